"""What training refuses, and how it ends when numbers stop being finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import DataError, DivergedError, OptionError, ShapeError, UnknownNameError
from pellucid.data.dataset import Dataset, Input
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from tests.training.clusters import N, clusters, finished, small, steps_at_a_time


@pytest.mark.parametrize(("dtype", "too_much"), [("float32", 1e30), ("float64", 1e200)])
def test_divergence_stops_in_the_very_step_and_keeps_the_last_good_epoch(dtype: str, too_much: float) -> None:
    net, data = small(dtype=dtype, activation="leaky_relu"), clusters()
    options: dict[str, Any] = {"optimizer": "sgd", "batch_size": 10}
    good = finished(net, data, epochs=1, learning_rate=0.1, **options).copy()
    with pytest.raises(DivergedError, match="Lower the learning rate") as caught:
        finished(net, data, epochs=5, learning_rate=too_much, **options)
    error = caught.value
    assert (error.epoch, error.step) == (
        1,
        2,
    )  # the first step leaves huge weights, the second can't use them
    assert (error.layer, error.quantity) in {("layer 2", "pre-activation"), ("layer 3", "pre-activation")}
    assert (net.theta == good).all()


@pytest.mark.parametrize(
    ("index", "layer"), [(0, "layer 1"), (24 + 6, "layer 2"), (24 + 6 + 30 + 5, "layer 3"), (-1, "layer 3")]
)
def test_a_planted_nan_is_found_in_the_first_step_and_its_layer_named(index: int, layer: str) -> None:
    net = small(activation="tanh")
    net.theta[index] = np.nan
    planted = net.theta.copy()
    with pytest.raises(DivergedError) as caught:
        finished(net, clusters())
    error = caught.value
    assert (error.epoch, error.step, error.layer, error.quantity) == (1, 1, layer, "pre-activation")
    assert net.theta.tobytes() == planted.tobytes()


@pytest.mark.parametrize("steps", [1, 3, 64])
def test_divergence_in_a_later_step_has_that_step_s_number(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_at_a_time(monkeypatch, steps)
    x = np.ones((40, 1))
    x[38] = 1e200  # squared, that is more than a float64 can hold
    data = Dataset(x, np.zeros(40))
    with pytest.raises(DivergedError) as caught:
        finished(Network.for_data(data, hidden=[], dtype="float64"), data, batch_size=4, shuffle=False)
    assert (caught.value.epoch, caught.value.step) == (1, 10)


@pytest.mark.parametrize(
    ("engine", "weight", "options", "quantity"),
    [
        ("auto", 1e200, {}, "loss on the scores"),
        ("reference", 10.0, {"l2": 1e308}, "gradient of W1"),
        ("auto", 3.0, {"learning_rate": 1e308}, "parameters after the update"),
    ],
)
def test_what_was_not_finite_is_named(
    engine: str, weight: float, options: dict[str, float], quantity: str
) -> None:
    data = Dataset(np.array([[1.0]]), np.array([1.0]))
    net = Network.for_data(data, hidden=[], dtype="float64")
    net.engine = engine
    net.theta[...] = weight, 0
    with pytest.raises(DivergedError) as caught:
        finished(net, data, optimizer="sgd", **options)
    error = caught.value
    assert (error.epoch, error.step, error.layer, error.quantity) == (1, 1, "layer 1", quantity)
    assert net.theta.tolist() == [weight, 0]


BAD_OPTIONS: list[dict[str, Any]] = [
    {"epochs": 0},
    {"batch_size": -1},
    {"learning_rate": -0.1},
    {"l2": -1},
    {"patience": 3},  # without validation data
    {"optimizer": "adm"},
    {"settings": {"beta3": 0.5}},
    {"schedule": "cosin"},
    {"seed": -1},
    {"plan": Plan(), "epochs": 3},  # both
    {"validation": 0.2, "sample_weight": np.ones(N)},
]


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=lambda options: "+".join(options))
def test_a_bad_option_is_refused_at_once_and_the_network_stays_as_it_was(options: dict[str, Any]) -> None:
    net = small()
    before = net.theta.copy()
    with pytest.raises(OptionError):
        epochs(net, clusters(), **options)
    assert (net.theta == before).all()


def test_a_state_of_another_network_or_optimizer() -> None:
    record = next(epochs(small(), clusters(), epochs=2))
    other = Network.for_data(clusters(), hidden=[3])
    for net, optimizer in ((small(), "sgd"), (other, "adam")):
        with pytest.raises(ShapeError, match="The state has"):
            epochs(net, clusters(), state=record.state, optimizer=optimizer)


def test_a_validation_loss_that_overflows_gives_no_warning() -> None:
    validation = clusters()
    validation.X[0] = 1e300
    record = next(
        epochs(small(loss="hinge"), clusters(), epochs=1, validation=validation, learning_rate=1e10)
    )
    assert record.validation_loss is not None
    assert not np.isfinite(record.validation_loss)


def test_an_unknown_name_gets_a_near_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'adam'"):
        epochs(small(), clusters(), optimizer="adm")
    with pytest.raises(UnknownNameError, match="Did you mean 'learning_rate'"):
        epochs(small(), clusters(), lerning_rate=0.1)


UNFIT = {
    "features": Dataset(np.zeros((3, 5)), np.zeros(3, dtype=int), classes=("a", "b", "c")),
    "classes": Dataset(np.zeros((3, 4)), np.array([0, 1, 3]), classes=("a", "b", "c", "d")),
    "numbers": Dataset(np.zeros((3, 4)), np.zeros(3)),
    "scale": Dataset(
        np.zeros((3, 4)), np.zeros(3, dtype=int), input=Input((4,), scale=2), classes=("a", "b", "c")
    ),
}


@pytest.mark.parametrize("data", UNFIT.values(), ids=list(UNFIT))
def test_data_that_do_not_fit_the_network(data: Dataset) -> None:
    net = small()
    before = net.theta.copy()
    with pytest.raises(DataError):
        epochs(net, data)
    assert (net.theta == before).all()
