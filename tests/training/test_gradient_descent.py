"""Gradient descent as the lecture has it, and what can be learnt by it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.draws import Stream, permutation
from pellucid.data.dataset import Dataset
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from tests.training.clusters import clusters, finished, small


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_O07_one_step_is_the_old_weights_minus_the_rate_times_the_gradient(dtype: str) -> None:
    """Wⁿ⁺¹ = Wⁿ − α ∇L, to the last bit."""
    net, data = small(dtype=dtype), clusters()
    before, gradient = net.theta.copy(), net.gradient(data.X, data.y)[1]
    finished(net, data, epochs=1, batch_size=None, optimizer="sgd", learning_rate=0.25, shuffle=False)
    assert (net.theta == before - net.dtype.type(0.25) * gradient).all()


def test_O08_gradient_descent_lowers_the_loss_in_every_step() -> None:
    net, data = small(activation="tanh"), clusters()
    records = epochs(net, data, epochs=60, batch_size=None, optimizer="sgd", learning_rate=0.05)
    losses = [record.loss for record in records]
    assert (np.diff(losses) < 0).all()


@given(seed=st.integers(0, 1000))
def test_O06_a_small_step_against_the_gradient_lowers_the_loss(seed: int) -> None:
    net, data = small(seed=seed, activation="tanh"), clusters(seed=seed)
    loss, gradient = net.gradient(data.X, data.y)
    net.theta -= 1e-4 * gradient
    assert net.loss(data.X, data.y) < loss


def test_O05_no_direction_rises_more_steeply_than_the_gradient() -> None:
    net, data = small(activation="tanh"), clusters()
    loss, gradient = net.gradient(data.X, data.y)
    start, step = net.theta.copy(), 1e-4

    def rise(direction: np.ndarray) -> float:
        net.theta[...] = start + step * direction / np.linalg.norm(direction)
        return net.loss(data.X, data.y) - loss

    steepest = rise(gradient)
    assert steepest == pytest.approx(step * np.linalg.norm(gradient), rel=1e-3)
    directions = np.random.default_rng(0).normal(size=(1000, len(start)))
    assert max(rise(direction) for direction in directions) < steepest
    assert rise(-gradient) < min(rise(direction) for direction in directions)


def test_O12_the_gradient_tells_which_weight_matters_most_and_how_much_more() -> None:
    """L = (1.6 x + 0.05 y)² at x·1.6 + y·0.05 = 1: slopes 3.2 and 0.1, so x matters 32 times as much as y."""
    data = Dataset(np.array([[1.6, 0.05]]), np.array([0.0]))
    net = Network.for_data(data, hidden=[], dtype="float64")
    net.theta[...] = 0.625, 0, 0
    _, gradient = net.gradient(data.X, data.y)
    assert gradient[:2] == pytest.approx([3.2, 0.1])
    assert gradient[0] / gradient[1] == pytest.approx(32)
    before, changes = net.loss(data.X, data.y), []
    for index in (0, 1):
        net.theta[index] += 1e-7
        changes.append(net.loss(data.X, data.y) - before)
        net.theta[index] -= 1e-7
    assert changes == pytest.approx((1e-7 * gradient[:2]).tolist(), rel=1e-5)


def test_O12_the_weight_that_matters_most_has_the_largest_entry() -> None:
    """The slide's −∇C, without the dots: the gradient of a linear model at 0 is that, up to a factor."""
    slide = np.array([0.18, 0.45, -0.51, 0.40, -0.32, 0.82])
    data = Dataset(np.eye(6), slide)
    net = Network.for_data(data, hidden=[], initializer="zeros", dtype="float64")
    _, gradient = net.gradient(data.X, data.y)
    assert gradient[:6] == pytest.approx(-slide / 3)
    before, gains = net.loss(data.X, data.y), []
    for index in range(6):
        net.theta[index] += 1e-6 * np.sign(slide[index])
        gains.append(before - net.loss(data.X, data.y))
        net.theta[index] = 0.0
    assert np.argsort(gains).tolist() == np.argsort(np.abs(slide)).tolist()


def test_O09_the_smaller_the_batch_the_noisier_the_gradient() -> None:
    net, data = small(), clusters(64)
    full = net.gradient(data.X, data.y)[1]

    def noise(size: int) -> float:
        batches = [permutation(64, seed=s, stream=Stream.SHUFFLE)[:size] for s in range(200)]
        gradients = np.array([net.gradient(data.X[rows], data.y[rows])[1] for rows in batches])
        assert np.linalg.norm(gradients.mean(axis=0) - full) < 0.35 * np.linalg.norm(full)  # no bias
        return float(np.sqrt(((gradients - full) ** 2).sum(axis=1).mean()))

    one, eight, thirty_two, everything = (noise(size) for size in (1, 8, 32, 64))
    assert one > 2 * eight > 2 * thirty_two > everything
    assert everything < 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_O10_every_optimizer_learns(optimizer: str) -> None:
    net, data = small(), clusters()
    first, *_, last = epochs(net, data, epochs=30, optimizer=optimizer, learning_rate=0.02, batch_size=8)
    assert last.loss < 0.8 * first.loss
    assert last.accuracy is not None
    assert last.accuracy > 0.6


def test_O13_the_chain_rule_on_random_chains() -> None:
    """dz/dx = dz/dy · dy/dx: ten chains of one neuron each, their slopes multiplied and checked by a nudge."""
    random = np.random.default_rng(0)
    for _ in range(10):
        activation = ["tanh", "sigmoid"][random.integers(2)]
        net = Network.for_data(
            Dataset(np.zeros((1, 1)), np.zeros(1)), hidden=[1, 1], activation=activation, dtype="float64"
        )
        net.theta[...] = random.normal(size=net.n_parameters)
        x = random.normal(size=1)
        trace = net.trace(x, 0.0)
        product = 2 * trace.logits[0]  # d(z²)/dz
        for layer in trace.layers:
            slope = net.architecture.layers[layer.number - 1].activation_function.slope(layer.z, layer.h)
            product *= slope[0] * layer.W[0, 0]
        nudge = (net.trace(x + 1e-6, 0.0).loss - net.trace(x - 1e-6, 0.0).loss) / 2e-6
        assert trace.dx[0] == pytest.approx(product, rel=1e-12)
        assert product == pytest.approx(nudge, rel=1e-6, abs=1e-9)


# What can be learnt


def test_N07_the_same_engine_fits_a_sine() -> None:
    x = np.linspace(-np.pi, np.pi, 100)[:, None]
    data = Dataset(x, np.sin(x[:, 0]))
    net = Network.for_data(data, hidden=[16, 16], activation="tanh", dtype="float64")
    finished(net, data, epochs=200, learning_rate=0.01)
    assert net.loss(data.X, data.y) < 1e-3


def test_B07_the_same_code_learns_what_its_labels_say() -> None:
    X = np.random.default_rng(0).normal(size=(80, 2))
    rules = {"right of the middle": X[:, 0] > 0, "above the middle": X[:, 1] > 0}
    point = np.array([[1.0, -1.0]])  # right of the middle, and not above it
    answers = []
    for truth in rules.values():
        data = Dataset(X, truth.astype(int), classes=("no", "yes"))
        net = Network.for_data(data, hidden=[8])
        finished(net, data, epochs=30, learning_rate=0.02)
        assert (net.predict(X) == truth).mean() > 0.95
        answers.append(int(net.predict(point)[0]))
    assert answers == [1, 0]


def test_F05_a_hidden_layer_learns_xor() -> None:
    data = Dataset(
        np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]), classes=("equal", "different")
    )
    net = Network.for_data(data, hidden=[8], seed=1)
    finished(net, data, epochs=2000, batch_size=None, learning_rate=0.02, loss_below=0.01)
    assert net.predict(data.X).tolist() == [0, 1, 1, 0]
