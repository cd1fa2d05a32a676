"""The same network in PyTorch: weights in, gradients out. Skipped without PyTorch, which no lock has."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.losses import LOSSES
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from tests.naive.differences import relative_error

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients(activation: str, loss: str) -> None:
    random = np.random.default_rng(0)
    architecture = Architecture.mlp(Input((6,)), [7, 5], 3, activation=activation, loss=loss)
    net = Network(architecture, random.normal(size=architecture.n_parameters), dtype="float64")
    X = random.normal(size=(9, 6))
    y = random.integers(0, 3, 9) if loss in ("cross_entropy", "hinge") else random.random((9, 3))
    theta = torch.tensor(net.theta, requires_grad=True)
    h, start = torch.tensor(X), 0
    for number, (W, b) in enumerate(net.layers, start=1):
        z = h @ theta[start : start + W.size].reshape(W.shape) + theta[start + W.size :][: b.size]
        start += W.size + b.size
        name = architecture.layers[number - 1].activation
        h = {
            "identity": lambda z: z,
            "relu": torch.relu,
            "leaky_relu": torch.nn.functional.leaky_relu,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
        }[name](z)
    target = torch.tensor(y)
    F = torch.nn.functional
    mean_loss = {
        "cross_entropy": lambda: F.cross_entropy(h, target),
        "binary_cross_entropy": lambda: F.binary_cross_entropy_with_logits(h, target, reduction="sum") / 9,
        "squared_error": lambda: F.mse_loss(h, target, reduction="sum") / 9,
        "hinge": lambda: 3 * F.multi_margin_loss(h, target),  # it averages over the classes too
    }[loss]()
    mean_loss.backward()
    value, gradient = net.gradient(X, y)
    assert value == pytest.approx(mean_loss.item(), rel=1e-12)
    assert relative_error(gradient, theta.grad.numpy()) <= 1e-12
