from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.state import Best, State
from pellucid.training.stopping import ALL_DONE, better, reason_to_stop
from tests.training.clusters import clusters, small, state_theta, steps_at_a_time


def record(number: int, *, loss: float = 1.0, validation_loss: float | None = None) -> Epoch:
    return Epoch(number, loss, None, 0.0, validation_loss, None, 0.1, 1, 1, 0.0, "", number, None)


def course(*validation_losses: float | None) -> list[Epoch]:
    return [record(number, validation_loss=loss) for number, loss in enumerate(validation_losses, start=1)]


NOTHING = np.empty(0)


def best_epoch(
    records: list[Epoch], plan: Plan | None = None, monitor: str = "validation_loss"
) -> Best | None:
    """Of records whose validation loss stands for whatever is monitored."""
    best = None
    for one in records:
        if one.validation_loss is not None:
            other = Best(one.number, one.validation_loss, monitor, one.number, NOTHING, NOTHING)
            best = better(best, other, plan or Plan())
    return best


def reason(records: list[Epoch], plan: Plan, **options: Any) -> str:
    best = best_epoch(records, plan, **options)
    return reason_to_stop(records[-1], State(NOTHING, (), NOTHING, epoch=len(records), best=best), plan)


def test_all_epochs_done() -> None:
    assert reason(course(None, None), Plan(epochs=3)) == ""
    assert reason(course(None, None, None), Plan(epochs=3)) == ALL_DONE


def test_patience_counts_from_the_best_epoch() -> None:
    plan = Plan(epochs=100, patience=2)
    assert reason(course(3, 2, 2.5), plan) == ""
    assert reason(course(3, 2, 2.5, 1, 2), plan) == ""
    assert reason(course(3, 2, 2.5, 2), plan) == "the validation loss has not improved for 2 epochs"


def test_of_a_score_more_is_better() -> None:
    plan = Plan(epochs=100, patience=2)
    assert reason(course(1, 2, 1.5), plan, monitor="validation_score") == ""
    said = reason(course(1, 2, 1.5, 2), plan, monitor="validation_score")
    assert said == "the validation score has not improved for 2 epochs"
    best = best_epoch(course(0.5, -np.inf, 0.75, np.nan), monitor="validation_score")
    assert best is not None
    assert (best.number, best.value) == (3, 0.75)


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


def test_or_the_last_of_equals_and_then_they_count_as_improvement() -> None:
    plan = Plan(epochs=100, patience=2, keep="latest_best")
    best = best_epoch(course(3, 1, 2, 1), plan)
    assert best is not None
    assert (best.number, best.improved) == (4, 4)
    assert reason(course(3, 1, 1, 1, 1, 2), plan) == ""
    assert reason(course(3, 1, 1, 1, 1, 2), replace(plan, keep="best")) != ""
    small_steps = best_epoch(course(3, 1, 1, 1), replace(plan, min_delta=0.1))
    assert small_steps is not None
    assert (small_steps.number, small_steps.improved) == (4, 2)


def test_what_is_better_by_less_than_min_delta_is_the_best_but_no_improvement() -> None:
    """scikit-learn's rule: against the best so far, and as much as `tol` is enough."""
    plan = Plan(epochs=100, patience=3, min_delta=0.125)
    best = best_epoch(course(2, 1, 0.9375, 0.875), plan)
    assert best is not None
    assert (best.number, best.improved) == (4, 2)
    assert reason(course(2, 1, 0.9375, 0.875), plan) == ""
    assert "for 3 epochs" in reason(course(2, 1, 0.9375, 0.875, 0.8125), plan)
    enough = best_epoch(course(2, 1, 0.875), plan)
    assert enough is not None
    assert enough.improved == 3


@given(
    losses=st.lists(st.integers(0, 12).map(lambda number: number / 4), min_size=1, max_size=40),
    patience=st.integers(1, 5),
    tol=st.sampled_from([0.25, 0.5, 1.0]),
    score=st.booleans(),
)
def test_patience_of_n_iter_no_change_and_one_is_scikit_learn_s(
    losses: list[float], patience: int, tol: float, score: bool
) -> None:
    """Its loop: count epochs without an improvement by tol, stop when there are more than n_iter_no_change."""
    plan = Plan(epochs=1000, patience=patience + 1, min_delta=tol)
    lowest, count, expected = np.inf, 0, None
    for number, loss in enumerate(losses, start=1):
        count = count + 1 if loss > lowest - tol else 0
        lowest = min(loss, lowest)
        if count > patience:
            expected = number
            break
    values = [-loss for loss in losses] if score else losses
    monitor = "validation_score" if score else "validation_loss"
    found = (n for n in range(1, len(losses) + 1) if reason(course(*values[:n]), plan, monitor=monitor))
    assert next(found, None) == expected


def test_another_monitor_begins_anew() -> None:
    one = Best(1, 0.1, "validation_loss", 1, NOTHING, NOTHING)
    other = Best(2, 0.9, "validation_score", 2, NOTHING, NOTHING)
    assert better(one, other, Plan()) is other


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


# By a score, or by the training loss


def scripted(values: list[float]) -> Any:
    """A score that gives these numbers, one after each epoch."""
    rest: Iterator[float] = iter(values)
    return lambda net: next(rest)


@pytest.mark.parametrize(("keep", "expected"), [("auto", 2), ("latest_best", 4), ("last", 6)])
def test_a_score_decides_and_the_weights_of_the_best_come_back(keep: str, expected: int) -> None:
    data, net = clusters(), small()
    options: dict[str, Any] = {"epochs": 99, "patience": 4 if keep != "latest_best" else 2, "keep": keep}
    score = scripted([1, 3, 2, 3, 2, 2, 2, 2])
    records = list(epochs(net, data, validation=clusters(seed=1), score=score, **options))
    last = records[-1]
    assert [one.validation_score for one in records] == [1, 3, 2, 3, 2, 2]
    assert all(one.validation_loss is not None for one in records)
    assert (last.number, last.weights_of) == (6, expected)
    assert last.stopped.startswith("the validation score has not improved")
    assert net.theta.tobytes() == state_theta(records[expected - 1]).tobytes()


def test_the_score_sees_the_network_after_the_epoch() -> None:
    data, net = clusters(), small()
    seen = []

    def score(judged: Network) -> float:
        assert judged is net
        seen.append(judged.theta.copy())
        return 0.5

    records = list(epochs(net, data, epochs=3, score=score))
    assert [theta.tobytes() for theta in seen] == [state_theta(one).tobytes() for one in records]
    assert [one.validation_loss for one in records] == [None] * 3


@pytest.mark.parametrize("bad", ["high", None, True, [0.5]])
def test_a_score_is_a_number(bad: Any) -> None:
    with pytest.raises(OptionError, match="expected a number, the higher the better"):
        list(epochs(small(), clusters(), epochs=2, score=lambda net: bad))
    with pytest.raises(OptionError, match="expected a function of the network"):
        epochs(small(), clusters(), score=0.5)  # type: ignore[arg-type]


def test_patience_with_the_training_loss_needs_no_validation() -> None:
    options: dict[str, Any] = {"epochs": 400, "patience": 3, "monitor": "loss", "min_delta": 0.01}
    *_, last = epochs(small(), clusters(), learning_rate=0.01, **options)
    assert last.stopped == "the training loss has not improved for 3 epochs"
    assert last.number < 400


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"patience": 3}, r"patience needs validation data; .* monitor='loss'"),
        ({"keep": "best"}, "keep needs validation data"),
        ({"monitor": "validation_loss"}, "monitor is 'validation_loss', but there is none"),
        ({"monitor": "validation_score", "validation": 0.2}, "give score="),
    ],
)
def test_what_is_monitored_must_be_there(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        epochs(small(), clusters(), **options)


def test_the_best_weights_come_back_after_an_interrupt_too() -> None:
    data, net = clusters(), small()
    records: list[Epoch] = []
    watching = lambda now: len(records) == 4  # noqa: E731
    for one in epochs(net, data, epochs=9, keep="best", score=scripted([1, 5, 2, 3, 4]), watch=watching):
        records.append(one)
    assert (records[-1].stopped, records[-1].weights_of) == ("interrupted", 2)
    assert net.theta.tobytes() == state_theta(records[1]).tobytes()


def test_an_epoch_that_is_broken_off_does_not_enter_the_state_s_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever goes on from there would have another best epoch than whoever was never interrupted."""
    steps_at_a_time(monkeypatch, 1)
    data = clusters()
    options: dict[str, Any] = {"epochs": 3, "batch_size": 10, "keep": "best", "validation": clusters(seed=1)}
    looks = iter([False] * 7 + [True])
    first = list(
        epochs(small(), data, watch=lambda now: next(looks, False), score=scripted([1, 9]), **options)
    )
    assert (first[-1].number, first[-1].steps, first[-1].weights_of) == (2, 3, 2)
    assert first[-1].state is not None
    assert first[-1].state.best is not None
    assert (first[-1].state.best.number, first[-1].state.best.value) == (1, 1)


# Time


def test_time_that_is_over_ends_training_between_two_steps_and_it_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps_at_a_time(monkeypatch, 1)
    data, options = clusters(), {"epochs": 3, "batch_size": 4, "schedule": "cosine"}
    whole = list(epochs(small(), data, **options))
    net = small()
    (part,) = epochs(net, data, max_time=1e-9, **options)
    assert (part.stopped, part.steps) == ("the time of 1e-09 s is over", 1)
    assert part.state is not None
    assert part.state.seconds > 1e-9
    with pytest.raises(OptionError, match=r"The state has taken .* s is over; ask for more"):
        epochs(net, data, state=part.state, max_time=1e-9, **options)
    *_, last = epochs(net, data, state=part.state, max_time=1e9, **options)
    assert last.stopped == ALL_DONE
    assert state_theta(last).tobytes() == state_theta(whole[-1]).tobytes()
    assert last.loss == whole[-1].loss


def test_time_that_is_over_at_an_epoch_s_end() -> None:
    (record,) = epochs(small(), clusters(), epochs=3, batch_size=None, max_time=1e-9)
    assert record.stopped == "the time of 1e-09 s is over"
    assert record.state is not None
    assert (record.state.epoch, record.state.step) == (1, 0)
    *_, last = epochs(small(), clusters(), epochs=3, max_time=1e9)
    assert (last.number, last.stopped) == (3, ALL_DONE)


def test_the_state_knows_the_seconds_of_all_epochs() -> None:
    records = list(epochs(small(), clusters(), epochs=4))
    taken = [one.state.seconds for one in records if one.state is not None]
    assert all(
        later - earlier >= one.seconds
        for (earlier, later), one in zip(pairwise(taken), records[1:], strict=True)
    )
    assert taken[0] >= records[0].seconds


# A learning rate that falls where nothing improves


def test_plateau_divides_the_rate_and_ends_where_it_is_least() -> None:
    """scikit-learn's "adaptive": down whenever tol is missed in n_iter_no_change + 1 epochs, to 10⁻⁶ at most."""
    losses = [5.0, 4, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    options: dict[str, Any] = {
        "schedule": "plateau",
        "schedule_settings": {"factor": 0.25, "patience": 2, "least": 0.02},
        "learning_rate": 1.0,
        "optimizer": "sgd",
        "epochs": 99,
        "batch_size": None,
    }
    score = scripted([-loss for loss in losses])
    records = list(epochs(small(), clusters(), score=score, **options))
    rates = [one.learning_rate for one in records]
    # epoch 3 is the best; after 5 and 7 the rate falls, 8 is better; after 10 it falls to 1/64, below `least`
    assert rates == [1] * 5 + [1 / 4] * 2 + [1 / 16] * 3 + [1 / 64] * 2
    assert records[-1].stopped == (
        "the validation score has not improved for 2 epochs at the learning rate 0.016"
    )
    assert records[-1].weights_of == len(records)


def test_plateau_looks_at_the_training_loss_where_there_is_nothing_else_and_can_be_cut() -> None:
    data = clusters()
    plan = Plan(
        epochs=60,
        learning_rate=0.5,
        optimizer="momentum",
        schedule="plateau",
        schedule_settings={"patience": 2},
        min_delta=0.01,
        batch_size=10,
    )
    whole = list(epochs(small(), data, plan))
    rates = [one.learning_rate for one in whole]
    assert rates[0] == 0.5
    assert rates[-1] < 0.2
    for cut in (3, 9, 20):
        net, records = small(), []
        for one in epochs(net, data, plan):
            records.append(one)
            if one.number == cut:
                break
        records += epochs(net, data, plan, state=records[-1].state)
        assert [one.learning_rate for one in records] == rates
        assert state_theta(records[-1]).tobytes() == state_theta(whole[-1]).tobytes()
