"""What a plan asks of each step besides the optimizer: averages, clipping, bounds, smoothed truth. And statistics."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from tests.training.clusters import clusters, finished, small, state_theta, steps_at_a_time

each_engine = pytest.mark.parametrize("engine", ["auto", "reference"])


# Averages of theta


@each_engine
def test_the_network_gets_the_moving_average_of_theta_and_training_goes_on_with_theta(engine: str) -> None:
    """By hand: plain gradient descent, one step an epoch, a ← ½ a + ½ θ."""
    data, net = clusters(), small(engine=engine)
    twin = net.copy()
    average = net.theta.copy()
    options: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": None}
    for one in epochs(net, data, epochs=5, averaging=0.5, validation=data, **options):
        twin.theta -= 0.5 * twin.gradient(data.X, data.y)[1]
        average = 0.5 * average + 0.5 * twin.theta
        assert net.theta == pytest.approx(average, rel=1e-9)
        assert state_theta(one) == pytest.approx(twin.theta, rel=1e-9)
        assert one.validation_loss == pytest.approx(net.loss(data.X, data.y))


@each_engine
def test_an_average_interrupted_and_resumed_has_the_same_bits(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_at_a_time(monkeypatch, 1)
    data = clusters()
    plan = Plan(epochs=4, batch_size=8, averaging=0.9, warm_up=0.3, schedule="cosine", l2=0.01)
    whole = finished(small(engine=engine), data, plan=plan)
    looks = iter([False] * 16 + [True])
    net = small(engine=engine)
    *_, part = epochs(net, data, plan, watch=lambda now: next(looks, False))
    assert (part.stopped, part.number) == ("interrupted", 3)
    assert part.state is not None
    assert (net.theta == part.state.memory[-1]).all()
    other = small(seed=5, engine=engine)
    assert finished(other, data, plan=plan, state=part.state).tobytes() == whole.tobytes()


def test_the_best_weights_are_averages_too() -> None:
    data, net = clusters(), small()
    averages = []
    scores = iter([1.0, 3.0, 2.0, 0.0])
    for one in epochs(net, data, epochs=4, averaging=0.8, keep="best", score=lambda net: next(scores)):
        assert one.state is not None
        averages.append(one.state.memory[-1].copy())
    assert one.weights_of == 2
    assert (net.theta == averages[1]).all()


def test_a_state_without_an_average_does_not_fit_a_plan_with_one() -> None:
    record = next(epochs(small(), clusters(), epochs=2))
    with pytest.raises(ShapeError, match=r"expected .* and 3, .* averaging=0.9"):
        epochs(small(), clusters(), epochs=2, averaging=0.9, state=record.state)


# Bounds


@each_engine
def test_a_long_gradient_is_shortened(engine: str) -> None:
    data, net = clusters(), small(engine=engine)
    twin = net.copy()
    finished(net, data, epochs=1, batch_size=None, optimizer="sgd", learning_rate=0.5, clip_norm=1e-3)
    gradient = twin.gradient(data.X, data.y)[1]
    assert np.linalg.norm(gradient) > 1e-3
    step = 0.5 * 1e-3 * gradient / np.linalg.norm(gradient)
    assert net.theta == pytest.approx(twin.theta - step, rel=1e-9)


@each_engine
def test_no_neuron_s_weights_are_longer_than_max_norm(engine: str) -> None:
    net = small(engine=engine)
    finished(net, clusters(), epochs=3, learning_rate=0.1, max_norm=0.5)
    lengths = np.concatenate([np.linalg.norm(W, axis=0) for W, _ in net.layers])
    assert (lengths <= 0.5 + 1e-12).all()
    assert (lengths > 0.49).any()


# Truth that is not quite sure


@each_engine
def test_smoothed_classes(engine: str) -> None:
    """(1 − ε) CE + ε / k Σ −log p, of the first step; the validation loss is that of the truth."""
    data, net = clusters(), small(engine=engine)
    log_p = np.log(net.probabilities(data.X))
    expected = -(0.9 * log_p[np.arange(len(data)), data.y] + 0.1 * log_p.mean(axis=1)).mean()
    options: dict[str, Any] = {"batch_size": None, "optimizer": "sgd", "learning_rate": 1e-12}
    record = next(epochs(net, data, epochs=1, label_smoothing=0.1, validation=data, **options))
    assert record.loss == pytest.approx(expected)
    assert record.validation_loss == pytest.approx(-log_p[np.arange(len(data)), data.y].mean())


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_smoothed_yes_or_no(optimizer: str) -> None:
    """The same as learning from targets 0.1 and 0.9."""
    X = clusters().X
    y = (X[:, 0] > 0.5).astype(int)
    hard, soft = Dataset(X, y, classes=("no", "yes")), Dataset(X, np.where(y == 1, 0.9, 0.1))
    options: dict[str, Any] = {"epochs": 3, "optimizer": optimizer}
    one, other = (
        Network.for_data(hard, hidden=[4], loss="binary_cross_entropy", dtype="float64") for _ in "ab"
    )
    other.classes = None
    first = list(epochs(one, hard, label_smoothing=0.2, **options))
    second = list(epochs(other, soft, **options))
    assert one.theta == pytest.approx(other.theta, rel=1e-9)
    assert [e.loss for e in first] == pytest.approx([e.loss for e in second], rel=1e-9)


def test_smoothed_answers_are_right_where_the_truth_says_so() -> None:
    data = Dataset(clusters().X, (clusters().X[:, 0] > 0.5).astype(int), classes=("no", "yes"))
    net = Network.for_data(data, hidden=[4], loss="binary_cross_entropy", dtype="float64")
    right = (net.predict(data.X) == data.y).mean()
    options: dict[str, Any] = {"label_smoothing": 0.2, "learning_rate": 1e-12, "epochs": 1}
    assert next(epochs(net, data, **options)).accuracy == pytest.approx(right)


@pytest.mark.parametrize("loss", ["hinge"])
def test_smoothing_is_for_cross_entropy(loss: str) -> None:
    with pytest.raises(OptionError, match="the loss 'hinge' knows no shares of classes"):
        epochs(small(loss=loss), clusters(), label_smoothing=0.1)


# Running statistics of batch normalization


def normalized() -> Network:
    return small(normalization="batch", engine="reference")


def test_the_running_statistics_go_with_the_weights_and_the_state() -> None:
    data, net = clusters(), normalized()
    before = net.buffers.copy()
    for one in epochs(net, data, epochs=3, batch_size=10, validation=data):
        assert one.state is not None
        assert (net.buffers == one.state.buffers).all()
        assert one.validation_loss == pytest.approx(net.loss(data.X, data.y))
    assert (net.buffers != before).any()


def test_the_best_epoch_s_statistics_come_back_and_nobody_shares_them() -> None:
    data, net = clusters(), normalized()
    scores = iter([1.0, 3.0, 2.0])
    records: list[Epoch] = []
    for one in epochs(net, data, epochs=3, keep="best", score=lambda net: next(scores)):
        records.append(one)
    states = [one.state for one in records]
    assert states[1] is not None
    assert states[2] is not None
    assert (net.buffers == states[1].buffers).all()
    assert (states[1].buffers != states[2].buffers).any()
    assert not np.shares_memory(net.buffers, states[1].buffers)


def test_statistics_interrupted_and_resumed_have_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    steps_at_a_time(monkeypatch, 1)
    data, plan = clusters(), Plan(epochs=3, batch_size=10)
    whole = normalized()
    finished(whole, data, plan=plan)
    looks = iter([False] * 6 + [True])
    net = normalized()
    *_, part = epochs(net, data, plan, watch=lambda now: next(looks, False))
    assert part.stopped == "interrupted"
    finished(net, data, plan=plan, state=part.state)
    assert net.theta.tobytes() == whole.theta.tobytes()
    assert net.buffers.tobytes() == whole.buffers.tobytes()
    branch = normalized()
    second = list(islice(epochs(branch, data, plan), 2))[-1]
    finished(branch, data, plan=plan, state=second.state)
    assert branch.buffers.tobytes() == whole.buffers.tobytes()
