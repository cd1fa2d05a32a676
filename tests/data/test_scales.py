import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.basics.errors import UnknownNameError
from pellucid.data.scales import (
    MOST_KNOTS,
    SCALES,
    fit_quantile,
    fit_robust,
    normal_rank,
    scale_called,
    smooth_clip,
)

NUMBERS = arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6)).filter(
    lambda x: x.min() < x.max()
)


@given(NUMBERS, st.sampled_from(sorted(SCALES)))
def test_every_scale_is_finite_and_keeps_the_order(values, name):
    scale = SCALES[name]
    fitted = scale.fit(values, MOST_KNOTS)
    grid = np.sort(np.concatenate([values, [-1e9, 0.0, 1e9]]))
    x = scale.value(grid, fitted)
    assert np.isfinite(x).all()
    assert (np.diff(x) >= -1e-12 * np.abs(x).max()).all()
    assert values.min() <= fitted.fill <= values.max() or np.isclose(fitted.fill, values.mean())
    assert fitted.spread > 0


def test_robust_is_the_recipe_s():
    x = np.random.default_rng(0).exponential(size=1001)
    q25, median, q75 = np.quantile(x, [0.25, 0.5, 0.75])
    s = (x - median) / (q75 - q25)
    np.testing.assert_allclose(smooth_clip(x, fit_robust(x)), s / np.sqrt(1 + (s / 3) ** 2), rtol=1e-12)


def test_robust_where_the_quartiles_meet_takes_half_the_range():
    x = np.array([0.0] * 9 + [4.0])
    s = x * 2 / 4
    np.testing.assert_allclose(smooth_clip(x, fit_robust(x)), s / np.sqrt(1 + (s / 3) ** 2), rtol=1e-12)


def test_huge_numbers_do_not_overflow():
    x = np.array([-1e308, -1e308, 1e308, 1e308, 0.0])
    assert np.isfinite(SCALES["quantile"].value(x, fit_quantile(x))).all()
    far = smooth_clip(np.array([-1e308, 1e308]), fit_robust(np.arange(10.0)))
    np.testing.assert_allclose(far, [-3, 3])


def test_ranks_are_scikit_learn_s_within_the_range():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    draws = np.random.default_rng(0)
    x = np.concatenate([draws.exponential(size=900), np.zeros(100)])
    fitted = fit_quantile(x)
    theirs = preprocessing.QuantileTransformer(n_quantiles=len(fitted.knots), output_distribution="normal")
    new = np.concatenate([draws.exponential(size=200) + 1e-3, [-5.0, 500.0]])
    np.testing.assert_allclose(
        normal_rank(new, fitted), theirs.fit(x[:, None]).transform(new[:, None])[:, 0], atol=1e-6
    )


def test_equal_values_get_the_middle_of_their_ranks():
    x = np.array([0.0] * 50 + list(np.linspace(1, 2, 50)))
    knots = fit_quantile(x)
    assert normal_rank(np.array([0.0]), knots)[0] == pytest.approx(-0.67, abs=0.1)  # rank ¼


@pytest.mark.parametrize(("n", "knots"), [(5, 10), (299, 10), (900, 30), (60_000, 1_000)])
def test_how_many_quantiles_are_kept(n, knots):
    assert len(fit_quantile(np.arange(float(n))).knots) == knots
    assert len(fit_quantile(np.arange(float(n)), 20).knots) == min(knots, 20)


def test_unknown_scales_are_told():
    with pytest.raises(UnknownNameError, match="Did you mean 'robust'"):
        scale_called("robst")
    assert scale_called(None) is SCALES["none"]
