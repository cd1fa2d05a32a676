"""L-BFGS: SciPy's own way, one iteration for each epoch, and no thread that stays behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from pellucid.basics.errors import DivergedError, OptionError, UnknownNameError
from pellucid.data.dataset import Dataset
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, Progress
from tests.training.clusters import N, clusters, small, state_theta

LBFGS: dict[str, Any] = {"optimizer": "lbfgs", "epochs": 12}


@pytest.fixture(autouse=True)
def no_thread_stays() -> Any:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def scipy_s_way(net: Network, data: Dataset, l2: float, iterations: int) -> tuple[list[float], np.ndarray]:
    """Losses after each iteration, and theta in the end."""
    twin, losses = net.copy(), []

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        twin.theta[...] = theta
        loss, gradient = twin.gradient(data.X, data.y)
        weights = twin.layout.weights(twin.theta)
        for slope, W in zip(twin.layout.weights(gradient), weights, strict=True):
            slope += l2 * W
        return loss + sum(0.5 * l2 * float((W**2).sum()) for W in weights), gradient

    found = minimize(
        value,
        net.theta.copy(),
        jac=True,
        method="L-BFGS-B",
        callback=lambda theta: losses.append(value(theta)[0]),
        options={"maxiter": iterations, "gtol": 1e-5, "ftol": 2.2e-9},
    )
    return losses, found.x


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_the_iterations_are_scipy_s(l2: float) -> None:
    data, net = clusters(), small(activation="tanh")
    losses, theta = scipy_s_way(net, data, l2, 12)
    records = list(epochs(net, data, l2=l2, **LBFGS))
    assert [one.number for one in records] == list(range(1, 13))
    assert [one.loss + one.penalty for one in records] == pytest.approx(losses, rel=1e-9)
    assert net.theta == pytest.approx(theta, rel=1e-6, abs=1e-9)
    assert records[-1].stopped == "all epochs are done"


def test_it_ends_where_scipy_ends() -> None:
    data, net = clusters(), Network.for_data(clusters(), hidden=[], dtype="float64")
    losses, theta = scipy_s_way(net, data, 0.1, 1000)
    records = list(epochs(net, data, l2=0.1, **{**LBFGS, "epochs": 1000}))
    assert len(records) == len(losses) < 100
    assert net.theta == pytest.approx(theta, rel=1e-9)
    assert records[-1].stopped.startswith(("no slope is steeper", "the loss falls by no more"))


def test_a_record_tells_of_the_network_after_the_iteration() -> None:
    data, net = clusters(), small(activation="tanh")
    for one in epochs(net, data, validation=data, **LBFGS):
        assert one.loss == pytest.approx(net.loss(data.X, data.y))
        assert one.accuracy == (net.predict(data.X) == data.y).mean() == one.validation_accuracy
        assert (one.steps, one.examples, one.learning_rate) == (1, N, 1.0)
        assert (state_theta(one) == net.theta).all()


def test_a_float32_network_ends_near_its_float64_twin() -> None:
    data = clusters()
    nets = [small(activation="tanh", dtype=dtype) for dtype in ("float32", "float64")]
    nets[1].theta[...] = nets[0].theta
    ends = [list(epochs(net, data, **LBFGS))[-1] for net in nets]
    assert ends[0].loss == pytest.approx(ends[1].loss, rel=1e-3)
    assert nets[0].theta.dtype == np.float32


def test_weights_mean_repeated_examples() -> None:
    data = clusters(6)
    weights = np.array([2.0, 0, 1, 3, 0, 1])
    repeated = data.take(np.repeat(np.arange(6), weights.astype(int)))
    one, other = small(activation="tanh"), small(activation="tanh")
    by_weight = list(epochs(one, data, sample_weight=weights, l2=0.1, **LBFGS))
    by_repetition = list(epochs(other, repeated, l2=0.1, **LBFGS))
    assert [e.loss for e in by_weight] == pytest.approx([e.loss for e in by_repetition], rel=1e-9)
    assert [e.accuracy for e in by_weight] == [e.accuracy for e in by_repetition]


def test_a_frozen_layer_stays_and_the_others_learn() -> None:
    data = clusters()
    layers = (Dense(6, "tanh", frozen=True), Dense(3, "identity"))
    net = Network(Architecture(data.input, layers), dtype="float64", classes=data.classes)
    before = net.theta.copy()
    *_, last = epochs(net, data, **LBFGS)
    changed = net.theta != before
    assert not changed[: 4 * 6 + 6].any()
    assert changed[4 * 6 + 6 :].all()
    assert last.loss < 0.9


# Leaving it


def test_after_a_break_the_thread_is_gone_and_the_weights_are_those_of_the_last_record() -> None:
    net = small(activation="tanh")
    for one in epochs(net, clusters(), **LBFGS):
        assert threading.active_count() > 1
        if one.number == 3:
            break
    assert (net.theta == state_theta(one)).all()


def test_python_can_end_while_training_is_paused() -> None:
    program = (
        "import pellucid\n"
        "from pellucid.data.toys import xor\n"
        "net = pellucid.Network.for_data(xor(), hidden=[4])\n"
        "net.engine = 'reference'\n"
        "records = pellucid.epochs(net, xor().train, optimizer='lbfgs')\n"
        "print(next(records).number)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_nothing_runs_before_the_first_record_is_asked_for() -> None:
    before = threading.active_count()
    records = epochs(small(), clusters(), **LBFGS)
    assert threading.active_count() == before
    next(records)
    records.close()  # type: ignore[attr-defined]


def test_pausing_changes_nothing() -> None:
    data, one, other = clusters(), small(activation="tanh"), small(activation="tanh")
    paused = epochs(one, data, **LBFGS)
    list(islice(paused, 4))
    whole = list(epochs(other, data, **LBFGS))
    rest = list(paused)
    assert rest[-1].loss == whole[-1].loss
    assert one.theta.tobytes() == other.theta.tobytes()


def test_going_on_from_a_state_counts_on_and_goes_further_down() -> None:
    data, net = clusters(), small(activation="tanh")
    first = list(epochs(net, data, **{**LBFGS, "epochs": 4}))
    second = list(epochs(net, data, state=first[-1].state, **LBFGS))
    assert [one.number for one in second] == list(range(5, 13))
    assert second[-1].loss < second[0].loss < first[-1].loss


def test_an_interrupt_ends_it_with_the_last_whole_iteration() -> None:
    seen: list[Progress] = []

    def watch(now: Progress) -> bool:
        seen.append(now)
        return len(seen) == 9

    net = small(activation="tanh")
    records = list(epochs(net, clusters(), watch=watch, **LBFGS))
    assert records[-1].stopped == "interrupted"
    assert len(records) < 9
    assert (net.theta == state_theta(records[-1])).all()
    assert all(np.isfinite(one.loss) for one in records)
    assert [one.number for one in records] == list(range(1, len(records) + 1))


def test_interrupted_at_once_it_has_moved_nothing() -> None:
    net = small()
    before = net.theta.copy()
    (record,) = epochs(net, clusters(), watch=lambda now: True, **LBFGS)
    assert (record.stopped, record.steps) == ("interrupted", 0)
    assert record.state is not None
    assert (record.state.epoch, record.state.step) == (0, 0)
    assert (net.theta == before).all()


def test_time_that_is_over_ends_it() -> None:
    (record,) = epochs(small(), clusters(), max_time=1e-9, **LBFGS)
    assert record.stopped == "the time of 1e-09 s is over"


def test_patience_and_the_best_weights() -> None:
    random = np.random.default_rng(0)
    train, validation = (Dataset(random.normal(size=(20, 5)), random.normal(size=20)) for _ in range(2))
    net = Network.for_data(train, hidden=[30], dtype="float64")
    records, thetas = [], []
    options = {**LBFGS, "epochs": 300, "patience": 5}
    for one in epochs(net, train, validation=validation, **options):
        records.append(one)
        thetas.append(state_theta(one).copy())
    losses = [one.validation_loss for one in records]
    best = int(np.argmin(losses))  # type: ignore[arg-type]
    assert len(records) == best + 6
    assert records[-1].weights_of == best + 1
    assert (net.theta == thetas[best]).all()


def test_max_fun_ends_it() -> None:
    records = list(epochs(small(), clusters(), settings={"max_fun": 5}, **LBFGS))
    assert records[-1].stopped == "the loss was asked for more than 5 times"
    assert len(records) <= 5


def test_at_the_bottom_there_is_nothing_to_do() -> None:
    data = Dataset(np.zeros((3, 2)), np.zeros(3))
    net = Network.for_data(data, hidden=[], initializer="zeros")
    (record,) = epochs(net, data, **LBFGS)
    assert (record.stopped, record.loss, record.steps) == ("no slope is steeper than 1e-05", 0.0, 0)


def test_a_loss_that_is_not_finite_is_an_error_and_the_weights_stay() -> None:
    data = Dataset(np.full((3, 2), 1e200), np.zeros(3))
    net = Network.for_data(data, hidden=[], dtype="float64")
    before = net.theta.copy()
    with pytest.raises(DivergedError) as caught:
        list(epochs(net, data, **LBFGS))
    assert (caught.value.epoch, caught.value.step, caught.value.quantity) == (1, 1, "loss on the scores")
    assert (net.theta == before).all()


def test_an_error_of_the_score_leaves_no_thread_either() -> None:
    def score(net: Network) -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(epochs(small(), clusters(), score=score, **LBFGS))


# What it refuses


def test_the_plan_shows_what_it_does() -> None:
    plan = Plan(**LBFGS)
    assert (plan.batch_size, plan.learning_rate, plan.memory) == (None, 1.0, ())
    assert plan.settings == {"max_fun": 15_000, "history": 10, "gtol": 1e-5, "ftol": 2.2e-9}
    with pytest.raises(UnknownNameError, match="Did you mean 'lbfgs'"):
        Plan(optimizer="lbfg")
    with pytest.raises(OptionError, match="history is 0; expected a whole number"):
        Plan(settings={"history": 0}, **LBFGS)


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0.1},
        {"schedule": "cosine"},
        {"clip_norm": 1.0},
        {"averaging": 0.9},
        {"warm_up": 0.1},
    ],
)
def test_settings_of_steps(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"{next(iter(options))} is .*'lbfgs'.*leave it out"):
        Plan(**options, **LBFGS)


@pytest.mark.parametrize(
    ("network", "options", "why"),
    [
        ({"dropout": 0.2}, {}, "can't train with dropout"),
        ({"normalization": "batch"}, {}, "can't train with batch normalization"),
        ({}, {"label_smoothing": 0.1}, "can't train with label smoothing"),
    ],
)
def test_a_loss_that_changes_by_itself(network: dict[str, Any], options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        epochs(small(**network), clusters(), **options, **LBFGS)


def test_every_record_has_its_own_arrays() -> None:
    records: list[Epoch] = list(epochs(small(), clusters(), **LBFGS))
    thetas = [state_theta(one) for one in records]
    assert not any(np.shares_memory(a, b) for a, b in pairwise(thetas))
