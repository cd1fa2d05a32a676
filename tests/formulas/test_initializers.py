from __future__ import annotations

import numpy as np
import pytest

from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS, Initializer, initial_weights

each_initializer = pytest.mark.parametrize("initializer", INITIALIZERS.values(), ids=list(INITIALIZERS))

# The variances as the papers have them, for n_in = 300, n_out = 500 and gain 2.
VARIANCES = {
    "auto": 2 / 300,
    "zeros": 0,
    "normal": 0.05**2,
    "uniform": 0.05**2 / 3,
    "lecun_normal": 1 / 300,
    "lecun_uniform": 1 / 300,
    "glorot_normal": 2 / 800,
    "glorot_uniform": 2 / 800,
    "he_normal": 2 / 300,
    "he_uniform": 2 / 300,
    "constant": 0,
    "orthogonal": 2 / 500,
}


def weights(initializer: Initializer, *, gain: float = 2.0, seed: int = 0, layer: int = 0) -> np.ndarray:
    return initial_weights(initializer, 300, 500, gain=gain, seed=seed, layer=layer, dtype="float64")


@each_initializer
def test_mean_and_variance_are_the_papers(initializer: Initializer) -> None:
    W = weights(initializer)
    variance = VARIANCES[initializer.name]
    assert W.shape == (300, 500)
    assert W.var() == pytest.approx(variance, rel=0.02, abs=1e-30)
    assert abs(W.mean() - initializer.mean) <= 4 * np.sqrt(variance / W.size) + 1e-15
    assert initializer.mean == (0.05 if initializer.name == "constant" else 0)


@each_initializer
def test_a_uniform_draw_keeps_its_limits_and_a_normal_one_has_tails(initializer: Initializer) -> None:
    W, deviation = weights(initializer), np.sqrt(VARIANCES[initializer.name])
    if initializer.distribution == "uniform":
        assert np.abs(W).max() <= np.sqrt(3) * deviation
        assert np.abs(W).max() == pytest.approx(np.sqrt(3) * deviation, rel=0.001)
    elif deviation:
        assert (np.abs(W) > 2 * deviation).mean() == pytest.approx(0.0455, rel=0.05)


@each_initializer
def test_the_seed_and_the_layer_decide_the_draw(initializer: Initializer) -> None:
    W = weights(initializer, seed=1)
    assert (weights(initializer, seed=1) == W).all()
    if VARIANCES[initializer.name]:
        assert (weights(initializer, seed=2) != W).mean() > 0.99
        assert (weights(initializer, seed=1, layer=1) != W).mean() > 0.99


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_have_the_network_s_dtype(dtype: str) -> None:
    W = initial_weights(INITIALIZERS["auto"], 3, 2, gain=1.0, seed=0, layer=0, dtype=dtype)
    assert W.dtype == dtype


def test_auto_follows_the_gain_of_the_activation() -> None:
    assert weights(INITIALIZERS["auto"], gain=1.0).var() == pytest.approx(1 / 300, rel=0.02)
    assert ACTIVATIONS["relu"].gain == 2
    assert ACTIVATIONS["tanh"].gain == ACTIVATIONS["identity"].gain == 1


def test_each_constant_weight_is_the_same() -> None:
    assert (weights(INITIALIZERS["constant"]) == 0.05).all()


@pytest.mark.parametrize(("n_in", "n_out"), [(1, 1), (7, 7), (40, 9), (9, 40), (1, 5)])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_orthogonal_weights_stretch_no_direction(n_in: int, n_out: int, gain: float) -> None:
    W = initial_weights(INITIALIZERS["orthogonal"], n_in, n_out, gain=gain, seed=3, layer=0, dtype="float64")
    squares = W.T @ W if n_in >= n_out else W @ W.T
    assert squares == pytest.approx(gain * np.eye(min(n_in, n_out)), abs=1e-13)


def test_orthogonal_weights_favor_no_sign() -> None:
    """A bare QR would make the diagonal of R, and with it one number of a 1 × 1 matrix, of one sign."""
    signs = [
        initial_weights(
            INITIALIZERS["orthogonal"], 1, 1, gain=1.0, seed=seed, layer=0, dtype="float64"
        ).item()
        for seed in range(64)
    ]
    assert set(np.round(signs, 12)) == {-1.0, 1.0}
    assert 16 <= signs.count(max(signs)) <= 48


LIKE_RELU = ["relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "mish"]


@pytest.mark.parametrize("activation", LIKE_RELU)
def test_auto_keeps_the_size_of_signals_through_ten_layers(activation: str) -> None:
    """He et al. (2015): with variance gain / n_in the mean square of z stays; too small weights let it vanish."""
    record = ACTIVATIONS[activation]
    h0 = np.random.default_rng(0).normal(size=(200, 300))
    spreads = {}
    for name in ("auto", "normal"):
        h = h0
        for layer in range(10):
            W = initial_weights(
                INITIALIZERS[name], 300, 300, gain=record.gain, seed=0, layer=layer, dtype="float64"
            )
            z = h @ W
            h = record.value(z)
        spreads[name] = z.std()
    smallest = {"gelu": 0.2, "silu": 0.04}.get(activation, 0.5)  # flatter than a ReLU near 0
    assert smallest * np.sqrt(2) < spreads["auto"] < 2 * np.sqrt(2)
    assert spreads["normal"] < (0.2 if activation in ("relu", "leaky_relu") else 0.75 * spreads["auto"])
