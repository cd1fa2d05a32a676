"""The same network in PyTorch: weights in, gradients out. Skipped without PyTorch, which no lock has."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.losses import LOSSES, smoothed_cross_entropy
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from tests.naive.differences import relative_error

torch = pytest.importorskip("torch")
F = torch.nn.functional
NAMES = {"hard_sigmoid": "hardsigmoid"}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients(activation: str, loss: str) -> None:
    random = np.random.default_rng(0)
    architecture = Architecture.mlp(Input((6,)), [7, 5], 3, activation=activation, loss=loss)
    net = Network(architecture, random.normal(size=architecture.n_parameters), dtype="float64")
    X = random.normal(size=(9, 6))
    classes = LOSSES[loss].targets == "classes"
    y = random.integers(0, 3, 9) if classes else random.random((9, 3)) * (1 if loss != "huber" else 4)
    theta = torch.tensor(net.theta, requires_grad=True)
    h, start = torch.tensor(X), 0
    for number, (W, b) in enumerate(net.layers, start=1):
        z = h @ theta[start : start + W.size].reshape(W.shape) + theta[start + W.size :][: b.size]
        start += W.size + b.size
        name = architecture.layers[number - 1].activation
        h = z if name == "identity" else getattr(F, NAMES.get(name, name))(z)
    target = torch.tensor(y)
    mean_loss = {
        "cross_entropy": lambda: F.cross_entropy(h, target),
        "binary_cross_entropy": lambda: F.binary_cross_entropy_with_logits(h, target, reduction="sum") / 9,
        "absolute": lambda: F.l1_loss(h, target, reduction="sum") / 9,
        "huber": lambda: F.huber_loss(h, target, reduction="sum") / 9,
        "poisson": lambda: (
            (  # without its constant
                F.poisson_nll_loss(h, target, reduction="sum") - (target - target * target.log()).sum()
            )
            / 9
        ),
        "squared_error": lambda: F.mse_loss(h, target, reduction="sum") / 9,
        "hinge": lambda: 3 * F.multi_margin_loss(h, target),  # it averages over the classes too
    }[loss]()
    mean_loss.backward()
    value, gradient = net.gradient(X, y)
    assert value == pytest.approx(mean_loss.item(), rel=1e-12)
    close = 1e-7 if activation == "hard_sigmoid" else 1e-12  # its slope there is 1/6 in single precision
    assert relative_error(gradient, theta.grad.numpy()) <= close


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing(smoothing: float) -> None:
    random = np.random.default_rng(0)
    z, y = random.normal(size=(9, 4)), random.integers(0, 4, 9)
    scores = torch.tensor(z, requires_grad=True)
    theirs = F.cross_entropy(scores, torch.tensor(y), label_smoothing=smoothing, reduction="none")
    theirs.sum().backward()
    losses, dz = smoothed_cross_entropy(z, y, smoothing)
    assert losses == pytest.approx(theirs.detach().numpy(), rel=1e-13)
    assert dz == pytest.approx(scores.grad.numpy(), abs=1e-15)


OPTIMIZERS_THERE = {
    "sgd": ("SGD", {}),
    "rmsprop": ("RMSprop", {"alpha": 0.9}),
    "adagrad": ("Adagrad", {"eps": 1e-8}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "nadam": ("NAdam", {}),
}


@pytest.mark.parametrize("name", OPTIMIZERS_THERE)
def test_fifty_steps(name: str) -> None:
    """Momentum is missing: PyTorch's velocity has no learning rate in it, which tells where the rate changes."""
    random = np.random.default_rng(0)
    theta, gradients = random.normal(size=5), random.normal(size=(50, 5))
    theirs = torch.nn.Parameter(torch.tensor(theta))
    kind, options = OPTIMIZERS_THERE[name]
    rule = getattr(torch.optim, kind)([theirs], lr=0.01, **options)
    ours = OPTIMIZERS[name]
    memory = [np.zeros(5) for _ in ours.memory]
    for t, g in enumerate(gradients, start=1):
        theirs.grad = torch.tensor(g)
        rule.step()
        ours.step(theta, g, *memory, t=t, learning_rate=0.01, **ours.settings)
    close = 1e-8 if name == "nadam" else 1e-12  # its running product there is in single precision
    assert theta == pytest.approx(theirs.detach().numpy(), rel=close)
