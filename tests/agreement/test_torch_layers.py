"""Normalized layers, embeddings and bounds against PyTorch, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from pellucid.data.dataset import Input
from pellucid.formulas.bounds import clip
from pellucid.network.architecture import Architecture, Dense, Embedding
from pellucid.network.engines.reference import backward, forward
from pellucid.network.network import Network

torch = pytest.importorskip("torch")

N = 11


def network(kind: str) -> Network:
    layers = (
        Dense(6, "tanh", normalization=kind),
        Dense(5, "tanh", normalization=kind),
        Dense(3, "identity"),
    )
    net = Network(Architecture(Input((4,)), layers), seed=5, dtype="float64")
    net.theta[...] += 0.3 * default_rng(1).normal(size=net.theta.shape)
    return net


def twin(net: Network, kind: str) -> Any:
    """The same network, built of PyTorch's parts."""
    parts = []
    gains = net.layout.gains(net.theta)
    for number, ((W, b), gain) in enumerate(zip(net.layers, gains, strict=True), start=1):
        linear = torch.nn.Linear(*W.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b.copy())
        parts.append(linear)
        if gain is not None:
            width = len(gain.gain)
            norm = torch.nn.BatchNorm1d(width) if kind == "batch" else torch.nn.LayerNorm(width)
            norm = norm.double()
            norm.weight.data, norm.bias.data = (
                torch.tensor(gain.gain.copy()),
                torch.tensor(gain.offset.copy()),
            )
            parts.append(norm)
        if number < net.n_layers:
            parts.append(torch.nn.Tanh())
    return torch.nn.Sequential(*parts)


def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = default_rng(2)
    return rng.normal(size=(N, 4)), rng.integers(0, 3, N)


@pytest.mark.parametrize("kind", ["batch", "layer"])
def test_normalized_layers_learn_as_pytorchs_do(kind: str) -> None:
    net, (X, y) = network(kind), examples()
    other = twin(net, kind)
    loss = torch.nn.functional.cross_entropy(other(torch.tensor(X)), torch.tensor(y))
    loss.backward()
    passed = forward(net.architecture, net.theta, X, buffers=net.buffers, training=True)
    losses, dz = net.architecture.loss_function.value(passed.z[-1], y)
    slope = backward(net.architecture, passed, dz / N, np.empty_like(net.theta))
    assert losses.mean() == pytest.approx(loss.item(), rel=1e-12)
    expected = [p.grad.numpy() for p in other.parameters()]
    found = [part.T if part.ndim == 2 else part for part in net.layout.tensors(slope).values()]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_running_means_and_predictions_are_pytorchs() -> None:
    net, (X, _) = network("batch"), examples()
    other = twin(net, "batch")
    for _ in range(3):
        other(torch.tensor(X))
        forward(net.architecture, net.theta, X, buffers=net.buffers, training=True)
    other.eval()
    assert net.logits(X) == pytest.approx(other(torch.tensor(X)).detach().numpy(), rel=1e-9, abs=1e-12)


def test_embeddings_get_pytorchs_gradient() -> None:
    architecture = Architecture(Input((2,)), (Dense(3, "identity"),), embeddings=(Embedding(0, 5, 4),))
    net, rng = Network(architecture, seed=1, dtype="float64"), default_rng(3)
    X = np.column_stack([rng.integers(0, 5, N), rng.normal(size=N)])
    y = rng.integers(0, 3, N)
    parts = {
        name: torch.tensor(part.copy(), requires_grad=True)
        for name, part in net.layout.tensors(net.theta).items()
    }
    h = torch.cat([torch.tensor(X[:, 1:]), parts["E1"][torch.tensor(X[:, 0]).long()]], dim=1)
    torch.nn.functional.cross_entropy(h @ parts["W1"] + parts["b1"], torch.tensor(y)).backward()
    _, slope = net.gradient(X, y)
    for name, ours in net.layout.tensors(slope).items():
        assert ours == pytest.approx(parts[name].grad.numpy(), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("most", [0.1, 100.0])
def test_gradients_are_clipped_as_pytorchs_are(most: float) -> None:
    ours = default_rng(4).normal(size=50)
    theirs = torch.zeros(50, dtype=torch.float64, requires_grad=True)
    theirs.grad = torch.tensor(ours.copy())
    torch.nn.utils.clip_grad_norm_([theirs], most)
    clip(ours, most)
    assert ours == pytest.approx(theirs.grad.numpy(), rel=1e-5)  # PyTorch adds 1e-6 to the length
