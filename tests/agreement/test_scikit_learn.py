"""Weights in, gradients out: one step of scikit-learn's perceptron on all examples, with learning rate 1.

Its squared error is half of ours (its loss also averages over outputs, its gradient does not); its log-loss is our
cross-entropy, and for two classes our binary cross-entropy.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from pellucid.data.dataset import Dataset, Input
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from tests.naive.differences import relative_error

ACTIVATIONS = {"identity": "identity", "relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}
HIDDEN = (7, 5)
each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)


def twin(kind: Any, net: Network, X: np.ndarray, y: np.ndarray, activation: str, **first: Any) -> Any:
    """scikit-learn's perceptron with our weights."""
    model = kind(
        hidden_layer_sizes=HIDDEN,
        activation=ACTIVATIONS[activation],
        solver="sgd",
        alpha=0.0,
        batch_size=len(X),
        learning_rate_init=1.0,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    model.partial_fit(X, y, **first)  # makes the arrays that we fill
    for (W, b), coefs, intercepts in zip(net.layers, model.coefs_, model.intercepts_, strict=True):
        coefs[...], intercepts[...] = W, b
    return model


def gradient_of(model: Any, net: Network, X: np.ndarray, y: np.ndarray, **options: Any) -> np.ndarray:
    """What one step of learning rate 1 takes away from the weights, in theta's order."""
    model.partial_fit(X, y, **options)
    change = np.empty_like(net.theta)
    for view, (W, b), coefs, intercepts in zip(
        net.layout.layers(change), net.layers, model.coefs_, model.intercepts_, strict=True
    ):
        view.W[...], view.b[...] = W - coefs, b - intercepts
    return change


def net_and_examples(n_outputs: int, loss: str, activation: str) -> tuple[Network, np.ndarray]:
    random = np.random.default_rng(5)
    architecture = Architecture.mlp(Input((6,)), HIDDEN, n_outputs, activation=activation, loss=loss)
    theta = random.normal(scale=0.5, size=architecture.n_parameters)
    return Network(architecture, theta, dtype="float64"), random.normal(size=(20, 6))


@each_activation
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_classifier(activation: str, n_classes: int, weighted: bool) -> None:
    loss, n_outputs = ("binary_cross_entropy", 1) if n_classes == 2 else ("cross_entropy", n_classes)
    net, X = net_and_examples(n_outputs, loss, activation)
    y = np.arange(20) % n_classes
    weights = np.linspace(0.5, 3, 20) if weighted else None
    model = twin(MLPClassifier, net, X, y, activation, classes=np.unique(y))
    assert net.probabilities(X) == pytest.approx(model.predict_proba(X), rel=1e-10, abs=1e-14)
    assert (net.predict(X) == model.predict(X)).all()
    theirs = gradient_of(model, net, X, y, sample_weight=weights)
    mean_loss, ours = net.gradient(X, y, weights)
    assert relative_error(ours, theirs) <= 1e-12
    assert mean_loss == pytest.approx(model.loss_, rel=1e-12)


@each_activation
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_regressor(activation: str, n_outputs: int, weighted: bool) -> None:
    net, X = net_and_examples(n_outputs, "squared_error", activation)
    y = np.random.default_rng(6).normal(size=(20, n_outputs))
    target = y[:, 0] if n_outputs == 1 else y
    weights = np.linspace(0.5, 3, 20) if weighted else None
    model = twin(MLPRegressor, net, X, target, activation)
    assert net.predict(X).reshape(target.shape) == pytest.approx(model.predict(X), rel=1e-12)
    theirs = gradient_of(model, net, X, target, sample_weight=weights)
    mean_loss, ours = net.gradient(X, y, weights)
    assert relative_error(ours, 2 * theirs) <= 1e-12
    assert mean_loss == pytest.approx(2 * n_outputs * model.loss_, rel=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "settings", "theirs"),
    [
        ("momentum", {"momentum": 0.8}, {"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": False}),
        ("nesterov", {"momentum": 0.8}, {"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": True}),
        ("adam", {}, {"solver": "adam"}),
    ],
)
def test_twenty_full_batch_epochs(optimizer: str, settings: dict[str, float], theirs: dict[str, Any]) -> None:
    """Adam's ε stands elsewhere there (against the uncorrected √v), so its paths agree a little less."""
    net, X = net_and_examples(3, "cross_entropy", "tanh")
    y = np.arange(20) % 3
    model = MLPClassifier(
        HIDDEN, activation="tanh", alpha=0.0, batch_size=20, learning_rate_init=0.01, max_iter=20, shuffle=False,
        tol=0.0, random_state=0, **theirs,
    )  # fmt: skip
    start = MLPClassifier(**{**model.get_params(), "max_iter": 1, "learning_rate_init": 1e-300})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged is meant
        start.fit(X, y)
        model.fit(X, y)
    for (W, b), coefs, intercepts in zip(net.layers, start.coefs_, start.intercepts_, strict=True):
        W[...], b[...] = coefs, intercepts
    data = Dataset(X, y, classes=("a", "b", "c"))
    for _ in epochs(
        net, data, epochs=20, batch_size=None, optimizer=optimizer, learning_rate=0.01, settings=settings
    ):
        pass
    end = np.concatenate(
        [part.ravel() for pair in zip(model.coefs_, model.intercepts_, strict=True) for part in pair]
    )
    assert relative_error(net.theta, end) <= (1e-4 if optimizer == "adam" else 1e-10)
