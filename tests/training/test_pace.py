"""About fifty milliseconds at a time, whatever a step takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.training.pace import FIRST_STEPS, GROWTH, SECONDS_AT_A_TIME, Pace


@pytest.mark.parametrize("seconds_per_step", [1.5e-6, 1e-4, 0.01, 0.3])
def test_it_learns_how_many_steps_that_is(seconds_per_step: float) -> None:
    pace = Pace()
    for _ in range(20):
        pace.learn(pace.steps, pace.steps * seconds_per_step)
    assert pace.steps == pytest.approx(max(1, SECONDS_AT_A_TIME / seconds_per_step), rel=0.1)


def test_it_begins_with_few_and_grows_by_and_by() -> None:
    pace = Pace()
    assert pace.steps == FIRST_STEPS
    pace.learn(FIRST_STEPS, 1e-9)
    assert pace.steps == GROWTH * FIRST_STEPS


def test_a_short_call_at_an_epoch_s_end_slows_nothing_down() -> None:
    pace = Pace(steps=5000)
    pace.learn(3, 3e-6)
    assert pace.steps == 5000


def test_it_recovers_from_a_pause() -> None:
    pace = Pace(steps=5000)
    pace.learn(5000, 60.0)
    assert pace.steps == 4
    for _ in range(5):
        pace.learn(pace.steps, pace.steps * 1e-5)
    assert pace.steps == 5000


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 1e6))))
def test_there_is_always_a_step_to_take(calls: list[tuple[int, float]]) -> None:
    pace = Pace()
    for steps, seconds in calls:
        pace.learn(steps, seconds)
        assert pace.steps >= 1
