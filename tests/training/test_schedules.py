from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.training.plan import Plan
from pellucid.training.schedules import SCHEDULES, START, WARM_UP, Schedule

each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
PROGRESS = np.linspace(0, 1, 401)
ENDS = {"constant": (1, 1), "cosine": (1, 0), "one_cycle": (START, 0)}


@each_schedule
@given(s=st.floats(0, 1))
def test_a_factor_lies_between_0_and_1(schedule: Schedule, s: float) -> None:
    assert 0 <= schedule.factor(np.array([s])).item() <= 1


@each_schedule
def test_first_and_last_factor(schedule: Schedule) -> None:
    factors = schedule.factor(PROGRESS)
    assert factors.shape == PROGRESS.shape
    assert (factors[0], factors[-1]) == pytest.approx(ENDS[schedule.name], abs=1e-15)


def test_cosine_falls_slowly_then_fast_then_slowly() -> None:
    factors = SCHEDULES["cosine"].factor(PROGRESS)
    assert (np.diff(factors) < 0).all()
    assert factors[200] == pytest.approx(0.5)
    assert factors == pytest.approx(1 - factors[::-1])  # point symmetry


def test_one_cycle_rises_for_a_quarter_and_falls_for_the_rest() -> None:
    factors = SCHEDULES["one_cycle"].factor(PROGRESS)
    peak = int(factors.argmax())
    assert PROGRESS[peak] == WARM_UP
    assert factors[peak] == 1
    assert (np.diff(factors[: peak + 1]) > 0).all()
    assert (np.diff(factors[peak:]) < 0).all()


@each_schedule
def test_the_plan_s_learning_rates_follow_it_whatever_the_pieces(schedule: Schedule) -> None:
    plan = Plan(epochs=3, batch_size=4, learning_rate=0.5, schedule=schedule.name)
    n = 10  # three steps an epoch, nine in all
    whole = plan.learning_rates(n, 0, 9)
    assert whole == pytest.approx(0.5 * schedule.factor(np.arange(9) / 9))
    pieces = [plan.learning_rates(n, first, last) for first, last in ((0, 2), (2, 3), (3, 9))]
    assert np.concatenate(pieces).tolist() == whole.tolist()
    beyond = plan.learning_rates(n, 9, 12)  # after going on with fewer steps an epoch
    assert (beyond == 0.5 * schedule.factor(np.ones(3))).all()
