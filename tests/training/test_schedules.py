from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.training.plan import Plan
from pellucid.training.schedules import SCHEDULES, Schedule, warm_up_factor
from tests.training.clusters import clusters, finished, small

each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
PROGRESS = np.linspace(0, 1, 401)
EPOCHS = np.arange(401) // 20  # of twenty steps each
ENDS = {
    "constant": (1, 1),
    "step": (1, 1 / 16),
    "exponential": (1, 0.95**20),
    "inverse_time": (1, 1 / 3),
    "cosine": (1, 0),
    "cosine_cycles": (0, 0),
    "one_cycle": (1 / 25, 0),
    "plateau": (1, 1),
}


def factors(schedule: Schedule, **settings: float) -> np.ndarray:
    return schedule.factor(PROGRESS, EPOCHS, **{**schedule.settings, **settings})


@each_schedule
@given(s=st.floats(0, 1), e=st.integers(0, 100_000))
def test_a_factor_lies_between_0_and_1(schedule: Schedule, s: float, e: int) -> None:
    assert 0 <= schedule.factor(np.array([s]), np.array([e]), **schedule.settings).item() <= 1


@each_schedule
@given(data=st.data())
def test_so_it_does_whatever_its_settings(schedule: Schedule, data: st.DataObject) -> None:
    settings: dict[str, float] = {}
    for name, default in schedule.settings.items():
        whole, share = isinstance(default, int), name in schedule.shares
        numbers = st.integers(1, 20) if whole else st.floats(0, 1) if share else st.floats(0, 1000)
        settings[name] = data.draw(numbers, label=name)
    assert Plan(schedule=schedule.name, schedule_settings=settings).schedule_settings == settings
    found = factors(schedule, **settings)
    assert found.shape == PROGRESS.shape
    assert ((found >= -1e-15) & (found <= 1 + 1e-15)).all()


@each_schedule
def test_first_and_last_factor(schedule: Schedule) -> None:
    found = factors(schedule)
    assert (found[0], found[-1]) == pytest.approx(ENDS[schedule.name], abs=1e-12)


def test_step_halves_every_five_epochs() -> None:
    found = factors(SCHEDULES["step"])
    assert found[[0, 99, 100, 199, 200, 399]].tolist() == [1, 1, 0.5, 0.5, 0.25, 0.125]


def test_exponential_falls_by_the_same_share_after_every_epoch() -> None:
    found = factors(SCHEDULES["exponential"], factor=0.5)
    assert found[::20].tolist() == [0.5**e for e in range(21)]
    assert (found[:20] == 1).all()


def test_inverse_time_can_be_scikit_learn_s_invscaling() -> None:
    """Its rate is learning_rate_init / (t + 1)^power_t, t counting the examples of all epochs that are over."""
    n, batches = 40, 5
    plan = Plan(
        epochs=4,
        batch_size=8,
        learning_rate=0.3,
        schedule="inverse_time",
        schedule_settings={"decay": n, "power": 0.5},
    )
    expected = [0.3 / (e * n + 1) ** 0.5 for e in range(4) for _ in range(batches)]
    assert plan.learning_rates(n, 0, 20).tolist() == pytest.approx(expected, rel=1e-15)


def test_cosine_falls_slowly_then_fast_then_slowly() -> None:
    found = factors(SCHEDULES["cosine"])
    assert (np.diff(found) < 0).all()
    assert found[200] == pytest.approx(0.5)
    assert found == pytest.approx(1 - found[::-1])  # point symmetry
    assert factors(SCHEDULES["cosine"], end=0.2) == pytest.approx(0.2 + 0.8 * found)


def test_one_cycle_rises_for_a_quarter_and_falls_for_the_rest() -> None:
    found = factors(SCHEDULES["one_cycle"])
    peak = int(found.argmax())
    assert PROGRESS[peak] == SCHEDULES["one_cycle"].settings["rise"] == 0.25
    assert found[peak] == 1
    assert (np.diff(found[: peak + 1]) > 0).all()
    assert (np.diff(found[peak:]) < 0).all()


def test_cosine_cycles_are_coslog4() -> None:
    """1/2 − 1/2 cos(2π log₂(1 + 15 s)): four cycles, each twice as long as the one before."""
    found = factors(SCHEDULES["cosine_cycles"])
    assert found == pytest.approx(0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * PROGRESS)))
    peaks = [i for i in range(1, 400) if found[i - 1] < found[i] >= found[i + 1]]
    assert len(peaks) == 4
    assert PROGRESS[peaks] == pytest.approx([(2 ** (c + 0.5) - 1) / 15 for c in range(4)], abs=1 / 400)
    with_two = factors(SCHEDULES["cosine_cycles"], cycles=2)
    assert sum(with_two[i - 1] < with_two[i] >= with_two[i + 1] for i in range(1, 400)) == 2


@each_schedule
@pytest.mark.parametrize("warm_up", [0.0, 0.5])
def test_the_plan_s_learning_rates_follow_it_whatever_the_pieces(schedule: Schedule, warm_up: float) -> None:
    plan = Plan(epochs=3, batch_size=4, learning_rate=0.5, schedule=schedule.name, warm_up=warm_up)
    n, settings = 10, schedule.settings  # three steps an epoch, nine in all
    whole = plan.learning_rates(n, 0, 9)
    expected = 0.5 * schedule.factor(np.arange(9) / 9, np.arange(9) // 3, **settings)
    rising = np.minimum(np.arange(1, 10) / 4.5, 1) if warm_up else 1.0
    assert whole == pytest.approx(expected * rising)
    pieces = [plan.learning_rates(n, first, last) for first, last in ((0, 2), (2, 3), (3, 9))]
    assert np.concatenate(pieces).tolist() == whole.tolist()
    beyond = plan.learning_rates(n, 9, 12)  # after going on with fewer steps an epoch
    assert (beyond == 0.5 * schedule.factor(np.ones(3), np.full(3, 3), **settings)).all()


def test_a_warm_up_begins_with_a_step_that_goes_somewhere_and_ends_at_the_full_rate() -> None:
    plan = Plan(epochs=10, batch_size=10, learning_rate=1.0, warm_up=0.2)
    rates = plan.learning_rates(50, 0, 50)  # five steps an epoch: ten of fifty warm up
    assert rates[:10].tolist() == pytest.approx(np.arange(1, 11) / 10)
    assert (rates[10:] == 1).all()
    assert warm_up_factor(np.arange(3), 0.5).tolist() == [1, 1, 1]  # shorter than a step: none


@pytest.mark.parametrize("schedule", ["step", "inverse_time", "cosine_cycles"])
def test_training_takes_these_rates(schedule: str) -> None:
    """One step an epoch of plain gradient descent: theta moves by the rate times the gradient."""
    data, net = clusters(), small(engine="reference")
    plan = Plan(epochs=6, batch_size=None, optimizer="sgd", learning_rate=0.2, schedule=schedule, warm_up=0.5)
    twin = net.copy()
    finished(net, data, plan=plan)
    for rate in plan.learning_rates(len(data), 0, 6):
        twin.theta -= rate * twin.gradient(data.X, data.y)[1]
    assert net.theta == pytest.approx(twin.theta, rel=1e-9)
