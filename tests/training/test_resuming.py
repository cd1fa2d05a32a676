"""Interrupted and resumed is as never interrupted: weights, losses, and which epoch is the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.records import Epoch
from pellucid.training.state import State
from tests.training.clusters import clusters, small


def noise(seed: int) -> Dataset:
    random = np.random.default_rng(seed)
    return Dataset(random.normal(size=(20, 5)), random.normal(size=20))


def patient(net: Network, state: State | None = None, until: int = 10_000) -> list[Epoch]:
    records = []
    options = {"epochs": 300, "learning_rate": 0.01, "patience": 6}
    for record in epochs(net, noise(0), validation=noise(1), state=state, **options):  # type: ignore[arg-type]
        records.append(record)
        if record.number == until:
            break
    return records


def test_patience_goes_on_counting_after_a_pause() -> None:
    whole = Network.for_data(noise(0), hidden=[30], dtype="float64")
    uninterrupted = patient(whole)
    best = uninterrupted[-1].weights_of
    assert best < uninterrupted[-1].number < 300
    paused = Network.for_data(noise(0), hidden=[30], dtype="float64")
    first = patient(paused, until=best + 2)
    second = patient(paused, first[-1].state)
    assert second[-1].number == uninterrupted[-1].number
    assert second[-1].weights_of == best
    assert (paused.theta == whole.theta).all()


def test_the_record_of_an_epoch_that_was_interrupted_covers_all_of_it_in_the_end() -> None:
    data = clusters(100)
    whole = list(epochs(small(), data, epochs=2, batch_size=1))
    net = small()
    stops = iter([True])
    (part,) = epochs(net, data, epochs=2, batch_size=1, watch=lambda now: next(stops, False))
    assert part.stopped == "interrupted"
    assert part.examples < whole[0].examples
    rest = list(epochs(net, data, epochs=2, batch_size=1, state=part.state))
    assert [one.loss for one in rest] == [one.loss for one in whole]
    assert [one.accuracy for one in rest] == [one.accuracy for one in whole]
    assert [one.examples for one in rest] == [one.examples for one in whole]


def test_a_state_without_an_epoch_left_is_refused() -> None:
    net = small()
    (record,) = epochs(net, clusters(), epochs=1)
    with pytest.raises(OptionError, match="completed 1 epochs and the plan has 1; ask for more"):
        epochs(net, clusters(), epochs=1, state=record.state)


def test_a_state_of_another_network_or_optimizer_is_refused() -> None:
    (record,) = epochs(small(), clusters(), epochs=1)
    with pytest.raises(ShapeError, match=r"expected .* for this network"):
        epochs(Network.for_data(clusters(), hidden=[2]), clusters(), epochs=2, state=record.state)
    with pytest.raises(ShapeError, match="optimizer 'sgd'"):
        epochs(small(), clusters(), epochs=2, optimizer="sgd", state=record.state)


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        ({"data": ([[1.0]], [0])}, DataError, "tuple; expected pellucid.Dataset"),
        ({"validation": "0.2"}, OptionError, "validation is '0.2'"),
        ({"validation": True}, OptionError, "validation is True"),
        ({"validation": 1.5}, OptionError, "validation is 1.5"),
        ({"validation": "empty"}, DataError, "no example"),
        ({"state": "x"}, OptionError, "expected a State"),
        ({"plan": {"epochs": 3}}, OptionError, "expected a Plan"),
        ({"shuffle": "no"}, OptionError, "shuffle is 'no'"),
        ({"data": "renamed"}, DataError, "the network's"),
    ],
)
def test_what_does_not_belong_there_is_refused_before_the_first_step(arguments, error, why) -> None:  # type: ignore[no-untyped-def]
    data, net = clusters(), small()
    net.classes = data.classes
    if arguments.get("validation") == "empty":
        arguments = {"validation": data.take(slice(0, 0))}
    if arguments.get("data") == "renamed":
        arguments = {"data": replace(data, classes=tuple(reversed(data.classes or ())))}
    with pytest.raises(error, match=why):
        epochs(net, **{"data": data, **arguments})


def test_validation_targets_are_judged_before_training() -> None:
    data = clusters()
    more = replace(data, classes=("a", "b", "c", "d"), y=np.full(len(data), 3))
    with pytest.raises((DataError, ShapeError)):
        epochs(small(), data, validation=more)
