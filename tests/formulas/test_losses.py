from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy

from pellucid.basics.errors import ShapeError, UnknownNameError
from pellucid.formulas.losses import LOSSES, Loss, cross_entropy, hinge, smoothed_cross_entropy, softmax
from pellucid.formulas.regression import absolute, exponential, huber, poisson, squared_error
from tests.naive import loops

each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
scores = arrays(np.float64, (4, 3), elements=st.floats(-30, 30))

RAW_SCORES = np.array([[-6.8, 2.6, 5.9, 6.7, 1.9, -1.3, -5.7, 3.2, 1.3, 1.0]])  # the lecture's slide
PROBABILITIES = [
    9.064e-07,
    0.010957,
    0.297071,
    0.661143,
    0.005441,
    0.0002218,
    2.723e-06,
    0.019965,
    0.002986,
    0.002212,
]
ON_THE_SLIDE = [9e-07, 0.01, 0.29, 0.66, 5e-03, 2e-04, 2e-06, 0.02, 3e-03, 2e-03]
LAST_DIGIT = [1e-07, 0.01, 0.01, 0.01, 1e-03, 1e-04, 1e-06, 0.01, 1e-03, 1e-03]


def targets_for(loss: Loss, n: int, k: int, seed: int = 0) -> np.ndarray:
    """Answers of the kind that a loss takes."""
    random = np.random.default_rng(seed)
    if loss.targets == "classes":
        return random.integers(0, k, n)
    if loss.targets == "binary":
        return random.random((n, k))
    return random.poisson(2.0, (n, k)).astype(float) if loss.lowest == 0 else random.normal(size=(n, k))


@each_loss
@given(z=scores, seed=st.integers(0, 100))
def test_T05_a_loss_is_never_negative(loss: Loss, z: np.ndarray, seed: int) -> None:
    losses, dz = loss.value(z, targets_for(loss, len(z), z.shape[1], seed))
    assert losses.shape == (4,)
    assert dz.shape == z.shape
    assert (losses >= 0).all()


@each_loss
def test_T05_the_gradient_agrees_with_central_differences(loss: Loss) -> None:
    random = np.random.default_rng(1)
    z = random.normal(scale=3, size=(6, 4))
    y = targets_for(loss, *z.shape)
    _, dz = loss.value(z, y)
    h = 1e-5
    for j in range(z.shape[1]):
        step = np.zeros_like(z)
        step[:, j] = h
        numeric = (loss.value(z + step, y)[0] - loss.value(z - step, y)[0]) / (2 * h)
        assert np.abs(dz[:, j] - numeric).max() <= 1e-8


@each_loss
def test_T05_loss_and_gradient_agree_with_the_textbook_loops(loss: Loss) -> None:
    z = np.random.default_rng(2).normal(scale=4, size=(20, 5))
    y = targets_for(loss, *z.shape)
    losses, dz = loss.value(z, y)
    for i in range(len(z)):
        L, slope = loops.loss_and_slope(loss.name, z[i].tolist(), y[i].tolist())
        assert losses[i] == pytest.approx(L, rel=1e-12)
        assert dz[i] == pytest.approx(slope, rel=1e-12, abs=1e-14)


@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_scores_give_finite_losses_and_gradients(loss: Loss, dtype: Any) -> None:
    z = np.array([[1000.0, -1000.0], [-1000.0, 1000.0], [1000.0, 1000.0]], dtype=dtype)
    y = targets_for(loss, 3, 2)
    losses, dz = loss.value(z, y if loss.targets == "classes" else y.astype(dtype))
    assert np.isfinite(losses).all()
    assert np.isfinite(dz).all()
    assert losses.dtype == dz.dtype == loss.predictions(z).dtype == dtype


@pytest.mark.parametrize("loss", [loss for loss in LOSSES.values() if loss.targets == "classes"])
@given(z=scores, shift=st.floats(-100, 100))
def test_only_differences_of_class_scores_matter(loss: Loss, z: np.ndarray, shift: float) -> None:
    y = targets_for(loss, *z.shape)
    assert loss.value(z + shift, y)[0] == pytest.approx(loss.value(z, y)[0], rel=1e-9, abs=1e-12)


@each_loss
def test_a_wrong_shape_is_named(loss: Loss) -> None:
    z = np.zeros((3, 2))
    with pytest.raises(ShapeError, match="y has shape"):
        loss.value(z, targets_for(loss, 4, 2))


@pytest.mark.parametrize("formula", [cross_entropy, hinge])
@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_class_without_a_score_is_named(formula: Any, wrong: int) -> None:
    with pytest.raises(ShapeError, match=f"y holds class {wrong}, but z has 2 columns"):
        formula(np.zeros((2, 2)), np.array([0, wrong]))


def test_T05_a_hopeless_score_warns_of_nothing() -> None:
    for dtype in (np.float32, np.float64):
        for size in (1e4, 1e30):
            z = np.array([[size, -size]], dtype=dtype)
            for losses, dz in (absolute(z, 0 * z), huber(z, 0 * z), poisson(z, 0 * z), poisson(z, 0 * z + 3)):
                assert np.isfinite(losses).all()
                assert np.isfinite(dz).all()


def test_huber_is_half_the_square_near_0_and_straight_beyond_1() -> None:
    near, beyond = np.array([[0.3, -0.9]]), np.array([[1.5, -40.0]])
    assert huber(near, 0 * near)[0] == pytest.approx(squared_error(near, 0 * near)[0] / 2, rel=1e-15)
    assert huber(beyond, 0 * beyond)[0] == pytest.approx(absolute(beyond, 0 * beyond)[0] - 2 / 2, rel=1e-15)
    assert huber(beyond, 0 * beyond)[1].tolist() == [[1, -1]]


def test_the_median_has_the_least_absolute_error() -> None:
    y = np.array([[0.0], [1.0], [5.0], [100.0], [101.0]])
    costs = [absolute(np.full_like(y, guess), y)[0].sum() for guess in range(102)]
    assert int(np.argmin(costs)) == np.median(y)
    assert absolute(y, y)[1].tolist() == [[0]] * 5  # at the kink


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 2e-3), (np.float64, 1e-9)])
@pytest.mark.parametrize("y", [1e-3, 1.0, 7.0, 1e6])
@pytest.mark.parametrize("off", [-1e-2, 1e-2, 0.5, -3.0, 3.0])
def test_poisson_keeps_its_digits_near_the_truth(off: float, y: float, dtype: Any, close: float) -> None:
    """y (e^u − 1 − u) for z = log y + u, where e^z − y z − y + y log y would cancel."""
    z, y_rounded = np.array([[math.log(y) + off]], dtype), np.array([[y]], dtype)
    u = np.longdouble(z.item()) - np.log(np.longdouble(y_rounded.item()))
    exact = float(np.longdouble(y_rounded.item()) * (np.expm1(u) - u))
    slack = 2 * float(np.finfo(dtype).eps) * abs(math.log(y)) / abs(off)  # what rounding log y alone costs
    assert poisson(z, y_rounded)[0].item() == pytest.approx(exact, rel=close + slack)


def test_poisson_is_half_the_deviance() -> None:
    from sklearn.metrics import mean_poisson_deviance

    random = np.random.default_rng(0)
    z, y = random.normal(size=(50, 1)), random.poisson(2.0, (50, 1)).astype(float)
    assert (y == 0).any()
    assert 2 * poisson(z, y)[0].mean() == pytest.approx(mean_poisson_deviance(y, exponential(z)), rel=1e-12)


@given(z=scores, smoothing=st.floats(0, 0.9), seed=st.integers(0, 100))
def test_smoothing_is_cross_entropy_with_softened_truth(z: np.ndarray, smoothing: float, seed: int) -> None:
    """H(q, p) = −Σ q log p with q = (1 − ε) onehot + ε / k, as in Keras and PyTorch."""
    y = np.random.default_rng(seed).integers(0, 3, 4)
    truth = (1 - smoothing) * np.eye(3)[y] + smoothing / 3
    losses, dz = smoothed_cross_entropy(z, y, smoothing)
    log_p = z - np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
    log_p -= z.max(axis=1, keepdims=True)
    assert losses == pytest.approx(-(truth * log_p).sum(axis=1), rel=1e-12, abs=1e-12)
    assert dz == pytest.approx(softmax(z) - truth, abs=1e-14)


def test_no_smoothing_is_cross_entropy_to_the_bit() -> None:
    z, y = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 1, 2, 3, 0])
    for plain, smoothed in zip(cross_entropy(z, y), smoothed_cross_entropy(z, y, 0.0), strict=True):
        assert (plain == smoothed).all()
    assert smoothed_cross_entropy(z.astype("float32"), y, 0.1)[0].dtype == np.float32


def test_an_unknown_loss_gets_a_near_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'cross_entropy'"):
        LOSSES["crossentropy"]


def test_T05_squared_error_is_the_sum_over_outputs() -> None:
    z, y = np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, 0.0, 5.0]])
    losses, dz = squared_error(z, y)
    assert losses.tolist() == [1 + 4 + 4]
    assert dz.tolist() == [[2, 4, -4]]


def test_T06_softmax_of_the_slide_s_raw_scores() -> None:
    p = softmax(RAW_SCORES)[0]
    assert p == pytest.approx(PROBABILITIES, rel=2e-4)
    assert round(p[3], 6) == 0.661143
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert (np.abs(p - ON_THE_SLIDE) <= LAST_DIGIT).all()  # one unit of the slide's last printed digit


def test_T07_probabilities_are_proportional_to_the_exponentials() -> None:
    p = softmax(RAW_SCORES)[0]
    assert p[3] / p[2] == pytest.approx(math.exp(0.8), rel=1e-12)
    assert math.exp(0.8) == pytest.approx(2.22554, abs=1e-5)


@given(z=arrays(np.float64, (3, 4), elements=st.floats(-1000, 1000)), shift=st.floats(-1000, 1000))
def test_T07_softmax_is_a_distribution_that_a_shift_does_not_change(z: np.ndarray, shift: float) -> None:
    p = softmax(z)
    assert ((p >= 0) & (p <= 1)).all()
    assert p.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-12)
    assert softmax(z + shift) == pytest.approx(p, abs=1e-12)


@given(z=arrays(np.float64, (1, 5), elements=st.floats(-20, 20)), y=st.integers(0, 4))
def test_T08_cross_entropy_minus_entropy_is_the_divergence(z: np.ndarray, y: int) -> None:
    """H(p, q) = −Σ p log q is −log q_y for a one-hot p, whose entropy is 0: all of it is divergence."""
    p, q = np.eye(5)[y], softmax(z)[0]
    loss = cross_entropy(z, np.array([y]))[0].item()
    assert loss == pytest.approx(-float((p * np.log(q)).sum()), rel=1e-9, abs=1e-12)
    assert loss - entropy(p) == pytest.approx(entropy(p, q), rel=1e-9, abs=1e-12)  # SciPy's KL divergence


def test_T08_the_logarithm_is_the_natural_one() -> None:
    nats = cross_entropy(RAW_SCORES, np.array([3]))[0].item()
    assert round(nats, 4) == 0.4138
    assert round(nats / math.log(2), 4) == 0.5970  # bits


def test_T09_the_loss_of_the_slide_s_three() -> None:
    losses, dz = cross_entropy(RAW_SCORES, np.array([3]))
    z = RAW_SCORES[0]
    assert losses.item() == pytest.approx(0.41378524528443866, abs=1e-12)
    assert losses.item() == pytest.approx(-math.log(math.exp(z[3]) / np.exp(z).sum()), abs=1e-12)
    assert dz[0] == pytest.approx(softmax(RAW_SCORES)[0] - np.eye(10)[3], abs=1e-15)
    assert dz[0, 3] == pytest.approx(-0.33886, abs=5e-6)


def test_T09_an_impossible_truth_costs_much_but_not_infinity() -> None:
    losses, _ = cross_entropy(np.array([[800.0, 0.0]]), np.array([1]))
    assert losses.item() == 800  # −log of a probability that rounds to 0
