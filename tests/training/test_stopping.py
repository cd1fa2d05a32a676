from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest

from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.state import Best
from pellucid.training.stopping import ALL_DONE, better, reason_to_stop


def record(number: int, *, loss: float = 1.0, validation_loss: float | None = None) -> Epoch:
    return Epoch(number, loss, None, 0.0, validation_loss, None, 0.1, 1, 1, 0.0, "", number, None)


def course(*validation_losses: float | None) -> list[Epoch]:
    return [record(number, validation_loss=loss) for number, loss in enumerate(validation_losses, start=1)]


def best_epoch(records: list[Epoch]) -> Best | None:
    theta = np.empty(0)
    return reduce(lambda best, one: better(best, one.number, one.validation_loss, theta), records, None)


def reason(records: list[Epoch], plan: Plan) -> str:
    return reason_to_stop(records[-1], best_epoch(records), plan)


def test_all_epochs_done() -> None:
    assert reason(course(None, None), Plan(epochs=3)) == ""
    assert reason(course(None, None, None), Plan(epochs=3)) == ALL_DONE


def test_patience_counts_from_the_best_epoch() -> None:
    plan = Plan(epochs=100, patience=2)
    assert reason(course(3, 2, 2.5), plan) == ""
    assert reason(course(3, 2, 2.5, 1, 2), plan) == ""
    assert reason(course(3, 2, 2.5, 2), plan) == "the validation loss has not improved for 2 epochs"


def test_the_best_epoch_is_the_first_of_equals() -> None:
    best = best_epoch(course(3, 1, 2, 1))
    assert best is not None
    assert best.number == 2
    assert best_epoch(course(None, None)) is None
    broken = best_epoch(course(float("nan"), 2.0, 3.0))
    assert broken is not None
    assert broken.number == 2
    perfect = best_epoch(course(0.5, 0.0, 0.1))
    assert perfect is not None
    assert perfect.number == 2


def curve(n: int) -> Dataset:
    x = np.linspace(-1, 1, n)[:, None]
    return Dataset(x, x[:, 0] ** 2)


def test_O04_refine_until_the_loss_is_below_a_threshold() -> None:
    data = curve(30)
    net = Network.for_data(data, hidden=[16], dtype="float64")
    records = list(epochs(net, data, epochs=1000, learning_rate=0.02, loss_below=0.01))
    assert 2 < len(records) < 1000
    assert records[-1].loss < 0.01 <= records[-2].loss
    assert records[-1].stopped.startswith("the training loss")
    assert records[-1].stopped.endswith("is below 0.01")


def test_patience_stops_and_restores_the_best_weights() -> None:
    """Answers of pure chance: what is learnt by heart makes the validation loss rise again."""
    random = np.random.default_rng(0)
    train, validation = (Dataset(random.normal(size=(20, 5)), random.normal(size=20)) for _ in range(2))
    net = Network.for_data(train, hidden=[30], dtype="float64")
    thetas, records = [], []
    options: dict[str, Any] = {"epochs": 500, "learning_rate": 0.01, "patience": 4}
    for one in epochs(net, train, validation=validation, **options):
        assert one.state is not None
        records.append(one)
        thetas.append(one.state.theta.copy())
    losses = [one.validation_loss for one in records]
    best = int(np.argmin(losses))  # type: ignore[arg-type]
    last = records[-1]
    assert len(records) == best + 1 + 4 < 500
    assert last.weights_of == best + 1
    assert (net.theta == thetas[best]).all()
    assert net.loss(validation.X, validation.y) == pytest.approx(losses[best])
    assert all(one.weights_of == one.number for one in records[:-1])
