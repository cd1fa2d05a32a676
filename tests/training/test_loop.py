from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.draws import Stream, permutation
from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines.choice import Choice
from pellucid.network.engines.contract import Engine, Seen
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.engines.reference import steps as reference_steps
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Progress
from tests.training.clusters import N, clusters, finished, small, state_theta, steps_at_a_time

# The same numbers however training is cut into pieces


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_same_seed_gives_the_same_bits(optimizer: str, dtype: str) -> None:
    data = clusters()
    options: dict[str, Any] = {"optimizer": optimizer, "epochs": 2, "batch_size": 8, "seed": 4}
    one, same = (finished(small(dropout=0.3, dtype=dtype), data, **options) for _ in range(2))
    other = finished(small(dropout=0.3, dtype=dtype), data, **{**options, "seed": 5})
    assert one.tobytes() == same.tobytes()
    assert (one != other).any()


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_the_bits_do_not_depend_on_how_often_one_looks(
    schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, results = clusters(), []
    for steps in (1, 7, 64):
        steps_at_a_time(monkeypatch, steps)
        net = small(dropout=0.3)
        results.append(finished(net, data, epochs=3, batch_size=4, schedule=schedule).tobytes())
    assert len(set(results)) == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_interrupted_and_resumed_is_as_if_nothing_had_happened(
    optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_at_a_time(monkeypatch, 1)
    data = clusters()
    plan = Plan(epochs=4, batch_size=4, optimizer=optimizer, schedule="cosine", l2=0.001, seed=2)
    whole = finished(small(dropout=0.2), data, plan=plan)
    for looks in (1, 17, 30):  # the number of steps before the interruption, in different epochs
        net, seen = small(dropout=0.2), 0

        def watch(progress: Progress, looks: int = looks) -> bool:
            nonlocal seen
            seen += 1
            return seen == looks

        *_, interrupted = epochs(net, data, plan, watch=watch)
        assert interrupted.stopped == "interrupted"
        assert (net.theta == state_theta(interrupted)).all()
        assert interrupted.state is not None
        assert interrupted.state.step > 0
        *_, last = epochs(net, data, plan, state=interrupted.state)
        assert last.number == 4
        assert net.theta.tobytes() == whole.tobytes()


def test_going_on_from_an_epoch_s_end_is_as_if_nothing_had_happened() -> None:
    data, plan = clusters(), Plan(epochs=4, batch_size=8)
    whole = finished(small(), data, plan=plan)
    net = small()
    second = list(islice(epochs(net, data, plan), 2))[-1]
    assert second.state is not None
    kept = second.state.theta.copy()
    branch = small(seed=9)  # a state is all it takes: any network of that architecture will do
    assert finished(branch, data, plan=plan, state=second.state).tobytes() == whole.tobytes()
    assert (second.state.theta == kept).all()


def test_after_a_break_the_weights_are_those_of_the_last_record() -> None:
    net, data = small(), clusters()
    before = net.theta.copy()
    for record in epochs(net, data, epochs=10):
        assert (net.theta == state_theta(record)).all()
        if record.number == 3:
            break
    assert (net.theta == state_theta(record)).all()
    assert (net.theta != before).any()


def test_nothing_happens_before_the_first_record_is_asked_for() -> None:
    net = small()
    before = net.theta.copy()
    records = epochs(net, clusters())
    assert (net.theta == before).all()
    next(records)
    assert (net.theta != before).any()


# Batches


def test_the_last_partial_batch_is_used_like_the_others() -> None:
    """Ten examples in batches of four: the third step learns from the two that are left, with their mean."""
    data, net = clusters(10), small(engine="reference")
    twin = net.copy()
    record = next(epochs(net, data, epochs=1, batch_size=4, optimizer="sgd", learning_rate=0.1, seed=7))
    assert (record.steps, record.examples) == (3, 10)
    order = permutation(10, seed=7, stream=Stream.SHUFFLE, epoch=0)
    for rows in (order[:4], order[4:8], order[8:]):
        twin.theta -= 0.1 * twin.gradient(data.X[rows], data.y[rows])[1]
    assert net.theta.tolist() == twin.theta.tolist()


@pytest.mark.parametrize("batch_size", [None, N, N + 1, 10 * N])
def test_a_batch_of_all_examples_is_one_step(batch_size: int | None) -> None:
    net, data = small(), clusters()
    twin = net.copy()
    record = next(epochs(net, data, epochs=1, batch_size=batch_size, optimizer="sgd", learning_rate=0.1))
    assert (record.steps, record.examples) == (1, N)
    assert net.theta == pytest.approx(twin.theta - 0.1 * twin.gradient(data.X, data.y)[1], rel=1e-12)


@given(batch_size=st.integers(1, 60), n=st.integers(1, 40))
def test_every_example_is_used_once_in_an_epoch(batch_size: int, n: int) -> None:
    data = clusters(n)
    record = next(epochs(small(data), data, epochs=1, batch_size=batch_size))
    assert record.examples == n
    assert record.steps == -(-n // batch_size)


def test_without_shuffling_the_order_stays() -> None:
    data, net = clusters(6), small(engine="reference")
    twin = net.copy()
    finished(net, data, epochs=2, batch_size=3, optimizer="sgd", learning_rate=0.1, shuffle=False)
    for rows in (slice(0, 3), slice(3, 6)) * 2:
        twin.theta -= 0.1 * twin.gradient(data.X[rows], data.y[rows])[1]
    assert net.theta.tolist() == twin.theta.tolist()


# Penalties, dropout, scaling


def test_a_penalty_makes_weights_smaller_and_l1_sparser() -> None:
    data, sizes = clusters(), {}
    for name in ("none", "l1", "l2"):
        net = small()
        options: dict[str, Any] = {} if name == "none" else {name: 0.02}
        *_, last = epochs(net, data, epochs=100, learning_rate=0.01, batch_size=10, **options)
        weights = np.concatenate([W.ravel() for W in net.layout.weights(net.theta)])
        sizes[name] = (np.abs(weights).sum(), (np.abs(weights) < 0.01).mean())
        expected = {"none": 0.0, "l1": 0.02 * np.abs(weights).sum(), "l2": 0.01 * (weights**2).sum()}
        assert last.penalty == pytest.approx(expected[name])
    assert sizes["none"][0] > sizes["l2"][0]
    assert sizes["none"][0] > sizes["l1"][0]
    assert sizes["l1"][1] > sizes["l2"][1]


def test_dropout_acts_in_training_and_not_in_prediction() -> None:
    data = clusters()
    plain, dropped = small(), small(dropout=0.5)
    assert (plain.logits(data.X) == dropped.logits(data.X)).all()
    one, other = (next(epochs(net, data, epochs=1, batch_size=None)) for net in (plain, dropped))
    assert one.loss != other.loss
    assert (plain.theta != dropped.theta).any()


def test_uint8_pictures_train_as_their_scaled_numbers_do() -> None:
    random = np.random.default_rng(0)
    stored = random.integers(0, 256, size=(20, 6), dtype=np.uint8)
    y = np.arange(20) % 2
    pictures = Dataset(stored, y, input=Input.picture(2, 3, low=-0.5, high=0.5), classes=("a", "b"))
    numbers = Dataset(stored / 255 - 0.5, y, classes=("a", "b"))
    thetas = [finished(small(data), data, epochs=3, batch_size=4) for data in (pictures, numbers)]
    assert thetas[0] == pytest.approx(thetas[1], rel=1e-9, abs=1e-12)
    assert stored.dtype == np.uint8


# Validation, watching


def test_validation_judges_after_the_epoch_and_does_not_teach() -> None:
    train, validation = clusters(seed=1), clusters(seed=2)
    alone, judged = small(), small()
    finished(alone, train, epochs=2)
    *_, last = epochs(judged, train, epochs=2, validation=validation)
    assert alone.theta.tobytes() == judged.theta.tobytes()
    assert last.validation_loss == pytest.approx(judged.loss(validation.X, validation.y))
    assert last.validation_accuracy == (judged.predict(validation.X) == validation.y).mean()


def test_a_share_is_set_aside_and_never_learnt_from() -> None:
    record = next(epochs(small(), clusters(), epochs=1, validation=0.2))
    assert record.examples == 40
    assert record.validation_loss is not None
    with pytest.raises(OptionError):
        epochs(small(), clusters(), validation=1.5)


def test_of_splits_the_training_and_validation_parts_are_used_and_the_test_part_is_not() -> None:
    train, validation, test = clusters(seed=1), clusters(seed=2), clusters(seed=3)
    test.X.setflags(write=False)
    net, twin = small(), small()
    record = next(epochs(net, Splits(train, test, validation), epochs=1))
    same = next(epochs(twin, train, epochs=1, validation=validation))
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert record.validation_loss == same.validation_loss


def test_the_record_tells_loss_and_accuracy_of_each_example_before_its_step() -> None:
    net, data = small(), clusters()
    loss, right = net.loss(data.X, data.y), (net.predict(data.X) == data.y).mean()
    record = next(epochs(net, data, epochs=1, batch_size=None))
    assert record.loss == pytest.approx(loss)
    assert record.accuracy == pytest.approx(right)
    assert record.learning_rate == 0.001
    assert record.examples_per_second > 0


def test_watch_sees_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    steps_at_a_time(monkeypatch, 2)
    seen: list[Progress] = []
    finished(small(), clusters(), epochs=2, batch_size=10, watch=lambda progress: seen.append(progress))
    assert [(p.epoch, p.examples) for p in seen] == [
        (epoch, examples) for epoch in (1, 2) for examples in (20, 40, N)
    ]
    assert all(p.epochs == 2 and p.examples_in_epoch == N and np.isfinite(p.loss) for p in seen)


# Between the loop and its engine


def spying(engine: Engine, calls: list[tuple[Any, ...]]) -> Engine:
    """The same engine; it writes down what it is asked for."""

    def told(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any) -> Any:
            calls.append((name, *arguments))
            return function(*arguments)

        return wrapper

    names = ("workspace", "put", "advance", "take", "order", "logits")
    return replace(engine, **{name: told(name, getattr(engine, name)) for name in names})


def watched_by(calls: list[tuple[Any, ...]], engine: Engine = REFERENCE) -> Network:
    """A small network that a spying engine computes."""
    net = small()
    choice = Choice(spying(engine, calls))
    net.engine_for = lambda optimizer=None: choice  # type: ignore[method-assign]
    return net


def test_the_moving_parts_go_in_once_and_come_out_after_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    steps_at_a_time(monkeypatch, 3)
    calls: list[tuple[Any, ...]] = []
    finished(watched_by(calls), clusters(), epochs=2, batch_size=10, validation=clusters(seed=1))
    names = [name for name, *_ in calls]
    an_epoch = ["order", "advance", "advance", "take", "logits"]
    assert names == ["workspace", "put", *an_epoch, *an_epoch]
    advances = [tuple(arguments[2:5]) for name, *arguments in calls if name == "advance"]
    assert advances == [(0, 0, 0), (0, 3, 3), (1, 0, 5), (1, 3, 8)]  # epoch, step, t


def test_an_engine_may_take_fewer_steps_than_it_is_asked_for() -> None:
    def advance(space: Any, order: Any, epoch: int, step: int, t: int, rates: Any, stop: Any = None) -> Seen:
        return REFERENCE.advance(space, order[:16], epoch, step, t, rates[:2], stop)

    data, options = clusters(), {"epochs": 3, "batch_size": 8, "schedule": "cosine"}
    net = watched_by([], replace(REFERENCE, advance=advance))
    twin = small(engine="reference")
    lazy, whole = list(epochs(net, data, **options)), list(epochs(twin, data, **options))
    assert state_theta(lazy[-1]).tobytes() == state_theta(whole[-1]).tobytes()
    for one, other in zip(lazy, whole, strict=True):
        assert (one.loss, one.steps, one.learning_rate) == (other.loss, other.steps, other.learning_rate)


@pytest.mark.parametrize("weighted", [False, True])
def test_nor_do_loss_and_accuracy_depend_on_how_often_one_looks(
    weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, told = clusters(), []
    weights = np.random.default_rng(0).uniform(0, 2, N) if weighted else None
    for steps in (1, 2, 5, 64):
        steps_at_a_time(monkeypatch, steps)
        records = list(epochs(small(), data, epochs=3, batch_size=4, sample_weight=weights))
        told.append([(record.loss, record.accuracy) for record in records])
    assert told.count(told[0]) == len(told)


def test_watch_is_asked_during_a_long_call_and_not_again_once_it_has_said_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference_steps, "SECONDS_BETWEEN_LOOKS", -1.0)
    steps_at_a_time(monkeypatch, 1000)
    seen: list[Progress] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return len(seen) == 4

    *_, record = epochs(small(engine="reference"), clusters(), epochs=2, batch_size=5, watch=watch)
    assert (record.stopped, record.number, record.steps) == ("interrupted", 1, 4)
    assert [(p.epoch, p.examples, p.accuracy) for p in seen] == [(1, 0, None)] * 4  # all in one call
    assert record.state is not None
    assert (record.state.step, record.state.t) == (4, 4)


def test_who_says_stop_during_the_last_step_of_all_stops_there() -> None:
    """An engine may ask, and be through with all steps before it can heed the answer."""

    def advance(space: Any, order: Any, epoch: int, step: int, t: int, rates: Any, stop: Any = None) -> Seen:
        stop()
        return REFERENCE.advance(space, order, epoch, step, t, rates)

    net = watched_by([], replace(REFERENCE, advance=advance))
    (record,) = epochs(net, clusters(), epochs=9, batch_size=None, watch=lambda progress: True)
    assert (record.stopped, record.steps) == ("interrupted", 1)
    assert record.state is not None
    assert (record.state.epoch, record.state.step) == (1, 0)


def test_states_are_everybody_s_own() -> None:
    """What somebody does to a record's state does not reach into training."""
    data, net = clusters(), small()
    whole = finished(small(), data, epochs=3)
    for record in epochs(net, data, epochs=3):
        assert record.state is not None
        for vector in (record.state.theta, *record.state.memory):
            vector[...] = 7
    assert net.theta.tobytes() == whole.tobytes()


@pytest.mark.parametrize(("of_network", "of_plan"), [("reference", "auto"), ("auto", "reference")])
def test_the_record_names_the_engine_that_the_plan_or_the_network_asked_for(
    of_network: str, of_plan: str
) -> None:
    net = small()
    net.engine = of_network
    record = next(epochs(net, clusters(), epochs=1, engine=of_plan))
    assert record.engine == "reference"


def test_the_plan_s_threads_are_the_engine_s_but_not_more_than_there_are_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr("pellucid.network.engines.compiled.threads.available", lambda: 3)
    finished(watched_by(calls), clusters(), epochs=1, n_threads=8, validation=clusters(seed=1))
    (work,) = (arguments[0] for name, *arguments in calls if name == "workspace")
    (threads,) = (arguments[3] for name, *arguments in calls if name == "logits")
    assert work.n_threads == threads == 3


def test_a_state_of_another_dtype() -> None:
    record = next(epochs(small(dtype="float32"), clusters(), epochs=2))
    with pytest.raises(OptionError, match="The state is float32, the network float64"):
        epochs(small(), clusters(), state=record.state, epochs=2)
