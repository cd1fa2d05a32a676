from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.basics.errors import UnknownNameError
from pellucid.formulas.activations import ACTIVATIONS, Activation, relu, sigmoid
from pellucid.formulas.layers import weighted_sum
from tests.naive import loops

each_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
sums = st.floats(-30, 30)


@each_activation
def test_N03_the_slope_agrees_with_central_differences(activation: Activation) -> None:
    z = np.linspace(-6, 6, 241) + 0.013
    h = 1e-5
    assert all(np.abs(z - kink).min() > h for kink in activation.kinks)
    numeric = (activation.value(z + h) - activation.value(z - h)) / ((z + h) - (z - h))
    assert np.abs(activation.slope(z, activation.value(z)) - numeric).max() <= 1e-9


@each_activation
def test_N03_value_and_slope_agree_with_the_textbook_loops(activation: Activation) -> None:
    z = np.linspace(-20, 20, 161)
    h = activation.value(z)
    rel = 1e-13 if activation.name == "gelu" else 1e-15  # far below 0, Φ magnifies the rounding of z by z²
    assert h == pytest.approx([loops.value(activation.name, x) for x in z.tolist()], rel=rel, abs=1e-300)
    slopes = [loops.slope(activation.name, x) for x in z.tolist()]
    assert activation.slope(z, h) == pytest.approx(slopes, rel=1e-6, abs=1e-15)


@each_activation
def test_nothing_overflows_far_from_zero(activation: Activation) -> None:
    for dtype in (np.float32, np.float64):
        z = np.array([-1e30, -1e4, -1000, -90, 0, 90, 1000, 1e4, 1e30], dtype=dtype)
        h = activation.value(z)
        assert h.dtype == dtype
        assert activation.slope(z, h).dtype == dtype
        assert np.isfinite(h).all()
        assert np.isfinite(activation.slope(z, h)).all()


@each_activation
def test_a_nan_is_not_swallowed(activation: Activation) -> None:
    assert np.isnan(activation.value(np.array([np.nan]))).all()


RISING = sorted(set(ACTIVATIONS) - {"gelu", "silu", "mish"})


@pytest.mark.parametrize("name", RISING)
@given(z=arrays(np.float64, 20, elements=sums))
def test_activations_rise_with_z(name: str, z: np.ndarray) -> None:
    assert (np.diff(ACTIVATIONS[name].value(np.sort(z))) >= 0).all()


def test_N03_the_lecture_s_activations_are_registered() -> None:
    assert {"relu", "sigmoid", "tanh", "identity", "leaky_relu"} <= set(ACTIVATIONS)
    with pytest.raises(UnknownNameError, match="Did you mean 'relu'"):
        ACTIVATIONS["rellu"]


def test_F01_the_weighted_sum_as_a_loop_and_as_a_product() -> None:
    w, x = [0.5, -1.5, 2.0], [1.0, 2.0, 3.0]
    total = 0.0
    for weight, number in zip(w, x, strict=True):
        total += weight * number
    product = weighted_sum(np.array([x]), np.array(w)[:, None], np.zeros(1))
    assert total == 0.5 * 1 - 1.5 * 2 + 2 * 3 == product.item()


@given(z=arrays(np.float64, 20, elements=sums))
def test_F02_relu_is_the_maximum_of_the_sum_and_0(z: np.ndarray) -> None:
    assert relu(z).tolist() == [max(number, 0.0) for number in z.tolist()]


def test_F02_the_slope_at_the_kink_is_0() -> None:
    z = np.array([-1e-300, 0.0, 1e-300])
    assert ACTIVATIONS["relu"].slope(z, relu(z)).tolist() == [0, 0, 1]


@given(total=sums, b=sums)
def test_F06_a_neuron_fires_beyond_the_threshold_minus_b(total: float, b: float) -> None:
    """The slide has it the wrong way round: the output is Σ + b where Σ > −b, and 0 elsewhere."""
    h = relu(np.array([total + b])).item()
    assert (h > 0) == (total > -b)
    assert h == (total + b if total > -b else 0)


@pytest.mark.parametrize("name", ["gelu", "silu", "mish"])
def test_those_that_do_not_rise_dip_below_0_once(name: str) -> None:
    h = ACTIVATIONS[name].value(np.linspace(-20, 20, 4001))
    bottom = int(h.argmin())
    assert -0.31 < h[bottom] < -0.16
    assert (np.diff(h[: bottom + 1]) <= 0).all()
    assert (np.diff(h[bottom:]) >= 0).all()


def test_a_hard_sigmoid_s_slope_at_its_kinks_is_0() -> None:
    z = np.array([-3.5, -3.0, -2.9, 2.9, 3.0, 3.5])
    record = ACTIVATIONS["hard_sigmoid"]
    assert record.slope(z, record.value(z)).tolist() == [0, 0, 1 / 6, 1 / 6, 0, 0]


def test_selu_leaves_mean_0_and_variance_1_as_they_are() -> None:
    """What α and λ are made for: Klambauer et al. (2017), section 2. Integrated by Gauss's rule, piece by piece."""
    x, weights = np.polynomial.legendre.leggauss(200)
    z = np.concatenate([7.5 * x - 7.5, 7.5 * x + 7.5])  # −15 … 0 and 0 … 15: the kink is at an end
    density = np.tile(7.5 * weights, 2) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    h = ACTIVATIONS["selu"].value(z)
    assert (density * h).sum() == pytest.approx(0, abs=1e-12)
    assert (density * h * h).sum() == pytest.approx(1, abs=1e-12)


def test_F04_a_chain_of_sigmoids_loses_the_gradient_and_a_chain_of_relus_keeps_it() -> None:
    z = np.linspace(-5, 5, 101)
    sigmoid_slope = ACTIVATIONS["sigmoid"].slope(z, sigmoid(z))
    assert sigmoid_slope.max() == 0.25  # at z = 0, the best case

    def survives(name: str, layers: int, z0: float) -> float:
        """The gradient that is left after so many neurons in a row, each with weight 1."""
        activation, share, z = ACTIVATIONS[name], 1.0, np.array([z0])
        for _ in range(layers):
            h = activation.value(z)
            share *= activation.slope(z, h).item()
            z = h
        return share

    for layers in range(1, 11):
        assert survives("sigmoid", layers, 0.0) <= 0.25**layers
        assert survives("relu", layers, 0.5) == 1
    assert pytest.approx(9.5e-7, rel=0.01) == 0.25**10
