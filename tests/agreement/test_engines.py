"""The compiled engine against the reference: the same numbers, but for rounding.

Single precision is judged by the reference in double precision: else one would measure NumPy's rounding, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.engines import compiled, reference
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.reference import REFERENCE
from tests.network.compiled.cases import a_work, answers, beginning, trained

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

from pellucid.network.engines.compiled import COMPILED

Array = np.ndarray[Any, np.dtype[Any]]
NEAR = 1e-4  # so close to a kink, rounding decides on the slope
CLOSE = {"float32": 1e-5, "float64": 1e-10}

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
each_optimizer = pytest.mark.parametrize("optimizer", fields.OPTIMIZER_CODES)


def far_from_kinks(architecture: Architecture, theta: Array, X: Array, y: Array) -> Array:
    """Which examples have no pre-activation, margin or error near a point where its formula changes."""
    all_z = reference.forward(architecture, theta, architecture.input.features(X, "float64")).z
    far = np.ones(len(X), bool)
    for layer, z in zip(architecture.layers, all_z, strict=True):
        for kink in layer.activation_function.kinks:
            far &= np.abs(z - kink).min(axis=1) > NEAR
    if architecture.loss == "hinge":
        margins = 1 + all_z[-1] - all_z[-1][np.arange(len(X)), y][:, None]
        far &= np.abs(margins).min(axis=1) > NEAR
    if architecture.loss in ("absolute", "huber"):
        errors = np.abs(all_z[-1] - y) - (architecture.loss == "huber")
        far &= np.abs(errors).min(axis=1) > NEAR
    return far


def random_theta(architecture: Architecture, dtype: str, seed: int = 0) -> Array:
    theta = np.random.default_rng(seed).normal(size=architecture.n_parameters)
    for W, _ in architecture.layout.layers(theta):
        W /= np.sqrt(len(W))  # so that signals neither die nor explode
    return theta.astype(dtype)


def assert_same_gradient(
    architecture: Architecture, X: Array, dtype: str, weights: Array | None = None, seed: int = 0
) -> None:
    """Losses and every tensor of the gradient, norm by norm."""
    theta = random_theta(architecture, dtype, seed)
    y = answers(architecture, len(X), np.random.default_rng(seed + 1), dtype)
    far = far_from_kinks(architecture, theta.astype("float64"), X, y)
    assert far.any()
    X, y, weights = X[far], y[far], weights if weights is None else weights[far]
    losses, slope = COMPILED.gradient(architecture, theta, X, y, weights)
    expected, exact = REFERENCE.gradient(architecture, theta.astype("float64"), X, y, weights)
    assert losses.dtype == slope.dtype == np.dtype(dtype)
    assert np.linalg.norm(losses - expected) <= CLOSE[dtype] * np.linalg.norm(expected)
    layout = architecture.layout
    for name, tensor in layout.tensors(slope).items():
        twin = layout.tensors(exact)[name]
        assert np.linalg.norm(tensor - twin) <= CLOSE[dtype] * np.linalg.norm(twin), name


# Gradients


@each_dtype
@pytest.mark.parametrize("activation", fields.ACTIVATION_CODES)
@pytest.mark.parametrize(
    ("loss", "k"),
    [
        ("cross_entropy", 3),
        ("binary_cross_entropy", 1),
        ("binary_cross_entropy", 3),
        ("squared_error", 2),
        ("hinge", 4),
        ("absolute", 2),
        ("huber", 17),
        ("poisson", 3),
    ],
)
def test_gradients_of_every_activation_and_loss(activation: str, loss: str, k: int, dtype: str) -> None:
    architecture = Architecture.mlp(Input((5,)), [8, 6], k, activation=activation, loss=loss)
    assert_same_gradient(architecture, np.random.default_rng(3).normal(size=(23, 5)), dtype)


def test_every_loss_is_among_them() -> None:
    assert (
        set(fields.LOSS_CODES)
        == {"cross_entropy", "binary_cross_entropy", "squared_error", "hinge", "absolute", "huber", "poisson"}
        == set(LOSSES)
    )
    assert set(fields.OPTIMIZER_CODES) <= set(OPTIMIZERS)
    assert set(fields.ACTIVATION_CODES) == set(ACTIVATIONS)


@each_dtype
@pytest.mark.parametrize("loss", ["cross_entropy", "poisson"])
@pytest.mark.parametrize("activation", fields.ACTIVATION_CODES)
def test_a_huge_pre_activation_is_no_trouble(activation: str, loss: str, dtype: str) -> None:
    """Where the reference gives finite numbers, so does this engine: saturated, both say the same."""
    architecture = Architecture.mlp(Input((2,)), [4], 3, activation=activation, loss=loss)
    theta = np.zeros(architecture.n_parameters, dtype)
    W, readout = (layer.W for layer in architecture.layout.layers(theta))
    W[...] = [[1, -1, 1, -1], [-1, 1, 1, -1]]
    readout[...] = 1e-3
    X = np.array([[1e4, 0.0], [0.0, -1e4], [50.0, 50.0], [0.0, 0.0]]).astype(dtype)
    y = answers(architecture, 4, np.random.default_rng(0), dtype)
    losses, slope = COMPILED.gradient(architecture, theta, X, y)
    expected, exact = REFERENCE.gradient(architecture, theta, X, y)
    assert np.isfinite(slope).all()
    assert losses == pytest.approx(expected, rel=1e-5 if dtype == "float32" else 1e-12)
    assert np.linalg.norm(slope - exact) <= CLOSE[dtype] * np.linalg.norm(exact)


@each_dtype
def test_expected_counts_are_held_alike_where_they_would_overflow(dtype: str) -> None:
    architecture = Architecture.mlp(Input((1,)), [], 5, loss="poisson")
    theta = np.array([0, 0, 0, 0, 0, 1000, -1000, 79.5, 699.5, 3], dtype)
    X, y = np.zeros((2, 1)), np.array([[0, 0, 0, 0, 0], [3, 4, 1e6, 2, 20]], dtype)
    losses, slope = COMPILED.gradient(architecture, theta, X, y)
    expected, exact = REFERENCE.gradient(architecture, theta, X, y)
    assert np.isfinite(expected).all()
    assert losses == pytest.approx(expected, rel=1e-6 if dtype == "float32" else 1e-12)
    assert slope == pytest.approx(exact, rel=1e-6 if dtype == "float32" else 1e-12)


@each_dtype
@pytest.mark.parametrize("n", [1, 7, 130])
@pytest.mark.parametrize(
    ("d", "hidden", "k"),
    [(1, [15], 1), (15, [1], 17), (17, [33], 15), (33, [300, 17], 33), (784, [16, 1], 10), (300, [1000], 2)],
)
def test_gradients_of_odd_sizes(d: int, hidden: list[int], k: int, n: int, dtype: str) -> None:
    loss = "squared_error" if k == 1 else "cross_entropy"
    architecture = Architecture.mlp(Input((d,)), hidden, k, activation="tanh", loss=loss)
    assert_same_gradient(architecture, np.random.default_rng(d).normal(size=(n, d)), dtype)


@each_dtype
@pytest.mark.parametrize("layers", range(7))
def test_gradients_of_no_to_six_hidden_layers(layers: int, dtype: str) -> None:
    activations = ("sigmoid", "relu", "identity", "leaky_relu", "tanh", "relu")[:layers]
    hidden = tuple(Dense(5 + 3 * i, name) for i, name in enumerate(activations))
    architecture = Architecture(Input((6,)), (*hidden, Dense(4, "identity")), "cross_entropy")
    assert_same_gradient(architecture, np.random.default_rng(7).normal(size=(40, 6)), dtype)


@each_dtype
def test_gradients_of_more_examples_than_a_slice_holds(dtype: str) -> None:
    architecture = Architecture.mlp(Input((9,)), [12], 3, activation="sigmoid")
    assert_same_gradient(architecture, np.random.default_rng(0).normal(size=(2500, 9)), dtype)


@each_dtype
@pytest.mark.parametrize("stored", ["uint8", "float32", "float64", "int16", "bool"])
@pytest.mark.parametrize("d", [16, 49])
def test_features_of_every_type(stored: str, d: int, dtype: str) -> None:
    random = np.random.default_rng(0)
    X: Array = random.normal(size=(20, d)).astype(stored)
    scale, shift = 0.5, -0.25
    if stored in ("uint8", "int16"):
        X, scale = random.integers(0, 256, (20, d)).astype(stored), 1 / 255
    architecture = Architecture.mlp(Input((d,), scale, shift), [8], 3, activation="tanh")
    assert_same_gradient(architecture, X, dtype)


@each_dtype
def test_weighted_gradients(dtype: str) -> None:
    architecture = Architecture.mlp(Input((5,)), [8], 3, activation="sigmoid")
    X, random = np.random.default_rng(3).normal(size=(23, 5)), np.random.default_rng(4)
    weights = random.uniform(0, 2, 23) * (random.random(23) < 0.7)
    assert_same_gradient(architecture, X, dtype, weights)


@each_dtype
def test_examples_that_count_nothing_give_no_gradient(dtype: str) -> None:
    architecture = Architecture.mlp(Input((5,)), [8], 3)
    X, y = np.random.default_rng(3).normal(size=(9, 5)), np.arange(9) % 3
    theta = random_theta(architecture, dtype)
    losses, slope = COMPILED.gradient(architecture, theta, X, y, np.zeros(9))
    assert (losses > 0).all()
    assert (slope == 0).all()


# Steps


def assert_same_run(one: list[Array], other: list[Array], start: Array, close: float) -> None:
    """The way that theta went, the optimizer's vectors, and what was seen on the way."""
    way = np.linalg.norm(other[0] - start)
    assert np.linalg.norm(one[0] - other[0]) <= close * way
    for vector, twin in zip(one[1:], other[1:], strict=True):
        assert np.linalg.norm(vector - twin) <= close * max(np.linalg.norm(twin), 1e-300)


RUNS: dict[str, dict[str, Any]] = {
    "plain": {},
    "relu": {"activation": "relu"},
    "penalties": {"penalties": {"l1": 0.003, "l2": 0.02}},
    "dropout": {"dropout": 0.4},
    "dropout-sigmoid": {"dropout": 0.3, "activation": "sigmoid"},
    "sigmoid": {"activation": "sigmoid", "hidden": (15, 9, 1)},
    "weights": {"weighted": True},
    "one-layer": {"hidden": ()},
    "numbers": {"loss": "squared_error", "k": 2},
    "gelu": {"activation": "gelu", "dropout": 0.3, "hidden": (15, 9, 1)},
    "silu": {"activation": "silu", "dropout": 0.3, "loss": "huber", "k": 2},
    "mish": {"activation": "mish", "dropout": 0.3, "loss": "poisson", "k": 17},
    "hard_sigmoid": {"activation": "hard_sigmoid", "dropout": 0.3, "loss": "hinge"},
    "elu": {"activation": "elu", "dropout": 0.3, "hidden": (40, 33)},
    "selu": {"activation": "selu", "dropout": 0.3, "n": 2600, "batch_size": 1100, "hidden": (12,)},
    "softplus": {"activation": "softplus", "dropout": 0.3, "loss": "absolute", "k": 1},
    "smoothing": {"label_smoothing": 0.2, "k": 17, "weighted": True},
    "batch-larger-than-a-slice": {"n": 2600, "batch_size": 1100, "hidden": (12,), "dropout": 0.2},
    "all": {"dropout": 0.2, "weighted": True, "penalties": {"l1": 0.001, "l2": 0.01}, "hidden": (40, 33, 17)},
}


@each_optimizer
@pytest.mark.parametrize("run", RUNS)
def test_steps_in_double_precision(optimizer: str, run: str) -> None:
    work = a_work(optimizer=optimizer, dtype="float64", **RUNS[run])
    start = beginning(work, "float64")[0]
    expected = trained(work, "float64", engine=REFERENCE)
    assert_same_run(trained(work, "float64"), expected, start, 1e-9)


@each_optimizer
@pytest.mark.parametrize("run", ["plain", "dropout", "weights"])
def test_steps_in_single_precision(optimizer: str, run: str) -> None:
    work = a_work(optimizer=optimizer, dtype="float32", **RUNS[run])
    start = beginning(work, "float32")[0]
    expected = trained(work, "float64", engine=REFERENCE)
    assert_same_run(trained(work, "float32"), expected, start, 1e-4)


@each_dtype
def test_a_batch_whose_examples_count_nothing_changes_nothing(dtype: str) -> None:
    work = replace(a_work(optimizer="sgd", dtype=dtype), sample_weight=np.zeros(41))
    got = trained(work, dtype)
    assert (got[0] == beginning(work, dtype)[0]).all()
    assert (got[-3] == 0).all()
    assert (got[-2] == 0).all()
    assert (got[-1] == 0).all()


@each_dtype
def test_the_same_answers_count_as_right(dtype: str) -> None:
    """Equal scores, too: the first of the largest is the answer, and a single score above 0 is a yes."""
    for loss, k in (
        ("cross_entropy", 5),
        ("hinge", 5),
        ("binary_cross_entropy", 1),
        ("binary_cross_entropy", 4),
    ):
        work = a_work((), loss=loss, k=k, optimizer="sgd", dtype=dtype)
        for scale in (0.0, 1.0):
            theta = scale * beginning(work, dtype)[0]
            seen = []
            for engine in (COMPILED, REFERENCE):
                space = engine.workspace(work)
                engine.put(space, theta, ())
                seen.append(engine.advance(space, np.arange(41), 0, 0, 0, np.full(3, 1e-9)))
            assert seen[0].correct.tolist() == seen[1].correct.tolist()


# Predictions


@each_dtype
@pytest.mark.parametrize("n", [1, 63, 64, 65, 300])
@pytest.mark.parametrize("activation", fields.ACTIVATION_CODES)
def test_scores(activation: str, n: int, dtype: str) -> None:
    architecture = Architecture.mlp(Input((19,), 0.5, 0.1), [33, 8], 7, activation=activation)
    theta, X = random_theta(architecture, dtype), np.random.default_rng(n).normal(size=(n, 19))
    scores = COMPILED.logits(architecture, theta, X)
    expected = REFERENCE.logits(architecture, theta.astype("float64"), X)
    assert scores.shape == (n, 7)
    assert scores.dtype == np.dtype(dtype)
    assert np.linalg.norm(scores - expected) <= CLOSE[dtype] * np.linalg.norm(expected)
