"""Normalized layers, embeddings, feature gains, rates and bounds: the reference engine against independent sums."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from pellucid.data.dataset import Input
from pellucid.data.table_parts import from_frame
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture, Dense, Embedding
from pellucid.network.engines.contract import Work
from pellucid.network.engines.reference import REFERENCE, backward, forward
from pellucid.network.network import Network
from pellucid.network.plain import is_plain, plain

N = 12


def network(*kinds: str, front: bool = False, **options: Any) -> Network:
    hidden = [Dense(5 + i, "tanh", normalization=kind) for i, kind in enumerate(kinds)]
    given = {"embeddings": (Embedding(1, 4, 3), Embedding(3, 3, 2)), "feature_gains": True} if front else {}
    architecture = Architecture(Input((4,)), (*hidden, Dense(3, "identity")), **given, **options)
    net = Network(architecture, seed=1, dtype="float64")
    rng = default_rng(2)
    net.theta[...] += 0.1 * rng.normal(size=net.theta.shape)
    net.buffers[...] = rng.uniform(0.5, 2, net.buffers.shape)
    return net


def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = default_rng(3)
    X = rng.normal(size=(N, 4))
    X[:, 1], X[:, 3] = rng.integers(0, 4, N), rng.integers(0, 3, N)
    return X, rng.integers(0, 3, N)


def mean_loss(net: Network, theta: np.ndarray, training: bool) -> float:
    X, y = examples()
    passed = forward(net.architecture, theta, X, buffers=net.buffers.copy(), training=training)
    return float(net.architecture.loss_function.value(passed.z[-1], y)[0].mean())


def central_differences(net: Network, training: bool) -> np.ndarray:
    slopes = np.empty_like(net.theta)
    for i in range(len(slopes)):
        step = np.zeros_like(net.theta)
        step[i] = 1e-6
        slopes[i] = (
            mean_loss(net, net.theta + step, training) - mean_loss(net, net.theta - step, training)
        ) / 2e-6
    return slopes


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("front", [True, False])
@pytest.mark.parametrize("kinds", [("batch",), ("layer",), ("batch", "none", "layer"), ("none",)])
def test_the_gradient_against_central_differences(
    kinds: tuple[str, ...], front: bool, training: bool
) -> None:
    net = network(*kinds, front=front)
    X, y = examples()
    passed = forward(net.architecture, net.theta, X, buffers=net.buffers.copy(), training=training)
    _, dz = net.architecture.loss_function.value(passed.z[-1], y)
    slope = backward(net.architecture, passed, dz / N, np.full_like(net.theta, np.nan))
    numeric = central_differences(net, training)
    assert np.linalg.norm(slope - numeric) <= 1e-7 * np.linalg.norm(numeric)


def test_predicting_an_example_does_not_depend_on_its_company() -> None:
    net = network("batch", "layer", front=True)
    X, _ = examples()
    assert net.logits(X)[3] == pytest.approx(net.logits(X[3:4])[0], rel=1e-12)


def test_an_unknown_code_is_level_0() -> None:
    net = network("none", front=True)
    X, _ = examples()
    X[0, 1], X[1, 1], X[2, 1] = 0, 99, -3
    X[1:3, [0, 2, 3]] = X[0, [0, 2, 3]]
    scores = net.logits(X)
    assert scores[0].tolist() == scores[1].tolist() == scores[2].tolist()


@pytest.mark.parametrize(
    ("kinds", "front"), [(("batch", "batch"), False), (("none",), True), (("batch",), True)]
)
def test_the_plain_network_gives_the_same_scores(kinds: tuple[str, ...], front: bool) -> None:
    net = network(*kinds, front=front)
    X, _ = examples()
    architecture, theta, features = plain(net.architecture, net.theta, X, net.buffers)
    assert is_plain(architecture)
    assert not is_plain(net.architecture)
    expected = REFERENCE.logits(net.architecture, net.theta, X, buffers=net.buffers)
    assert REFERENCE.logits(architecture, theta, features) == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert net.logits(X) == pytest.approx(
        expected, rel=1e-10, abs=1e-12
    )  # by the compiled engine, where it is there


def trained(
    net: Network, steps: int = 5, **options: Any
) -> tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray]:
    X, y = examples()
    optimizer = OPTIMIZERS[options.pop("optimizer", "adam")]
    work = Work(net.architecture, X, y, optimizer, dict(optimizer.settings), batch_size=N, **options)
    space = REFERENCE.workspace(work)
    theta, buffers = net.theta.copy(), net.buffers.copy()
    memory = tuple(theta.copy() if name == "average" else np.zeros_like(theta) for name in work.memory)
    REFERENCE.put(space, theta, memory, buffers)
    REFERENCE.advance(space, np.tile(np.arange(N), steps), 0, 0, 0, np.full(steps, 0.1))
    REFERENCE.take(space, theta, memory, buffers)
    return theta, memory, buffers


def test_running_means_approach_those_of_the_batch() -> None:
    net = network("batch")
    X, _ = examples()
    _, _, buffers = trained(net, steps=200, optimizer="sgd", clip_norm=1e-12)  # theta stays
    W, b = net.layers[0]
    z = X @ W + b
    kept = net.layout.statistics(buffers)[0]
    assert kept is not None
    assert kept.mean == pytest.approx(z.mean(axis=0), rel=1e-6)
    assert kept.variance == pytest.approx(z.var(axis=0, ddof=1), rel=1e-6)


def test_a_frozen_layer_stays_bit_for_bit() -> None:
    net = network("batch", "none")
    layers = (replace(net.architecture.layers[0], frozen=True), *net.architecture.layers[1:])
    net.architecture = replace(net.architecture, layers=layers)
    theta, _, _ = trained(net, max_norm=0.1, optimizer="adam")
    changed = {
        name: bool((t != net.layout.tensors(net.theta)[name]).any())
        for name, t in net.layout.tensors(theta).items()
    }
    assert changed == {
        "W1": False, "b1": False, "gain1": False, "offset1": False, "W2": True, "b2": True, "W3": True, "b3": True,
    }  # fmt: skip


def test_rates_are_factors_on_the_learning_rate() -> None:
    net = network("none")
    layers = (replace(net.architecture.layers[0], weight_rate=3.0, bias_rate=0.5), net.architecture.layers[1])
    own = Network(replace(net.architecture, layers=layers), net.theta, dtype="float64")
    usual, _, _ = trained(net, steps=1, optimizer="sgd")
    theta, _, _ = trained(own, steps=1, optimizer="sgd")
    ratio = (theta - net.theta) / (usual - net.theta)
    parts = net.layout.tensors(ratio)
    assert [float(np.median(part)) for part in parts.values()] == pytest.approx([3, 0.5, 1, 1])


def test_no_column_of_weights_grows_longer_than_allowed() -> None:
    net = network("none", "none")
    theta, _, _ = trained(net, max_norm=0.3)
    for W in net.layout.weights(theta):
        assert np.linalg.norm(W, axis=0).max() <= 0.3 * (1 + 1e-12)


def test_the_average_is_that_of_every_step() -> None:
    net = network("none")
    average = net.theta.copy()
    for steps in range(1, 4):
        theta, _, _ = trained(net, steps=steps, averaging=0.8)
        average = 0.8 * average + 0.2 * theta
    _, memory, _ = trained(net, steps=3, averaging=0.8)
    assert memory[-1] == pytest.approx(average, rel=1e-12)


def test_features_drop_out_and_are_scaled() -> None:
    net = network("none", input_dropout=0.5)
    still, _, _ = trained(network("none"), steps=1, optimizer="sgd")
    theta, _, _ = trained(net, steps=1, optimizer="sgd")
    assert (theta != still).any()


def test_gains_start_at_1_and_their_rate_counts() -> None:
    net = network("none", front=True, feature_gain_rate=0.0, embedding_rate=2.0)
    fresh = Network(net.architecture, seed=0)
    assert (fresh.layout.tensors(fresh.theta)["gains"] == 1).all()
    theta, _, _ = trained(net, steps=2)
    before, after = net.layout.tensors(net.theta), net.layout.tensors(theta)
    assert after["gains"].tobytes() == before["gains"].tobytes()
    assert (after["E1"] != before["E1"]).any()


def test_a_network_for_a_prepared_table_embeds_its_codes() -> None:
    towns = [f"town {i % 12}" for i in range(60)]
    frame = {"town": towns, "size": np.arange(60.0), "rent": np.arange(60.0) + 0.5}
    data = from_frame(frame, target="rent", embed="auto")
    net = Network.for_data(data, hidden=[4], engine="reference")
    assert [e.size for e in net.architecture.embeddings] == [8]
    assert net.logits(data.train.X).shape == (len(data.train), 1)
