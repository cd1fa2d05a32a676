"""Steps: take the training examples in batches, one epoch at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.training.pace import Pace
from pellucid.training.records import Progress
from pellucid.training.run import Run
from pellucid.training.state import State, Tally

Watch = Callable[[Progress], bool | None]


class Moved(NamedTuple):
    """Where an epoch has led; its arrays are nobody else's.

    Parameters
    ----------
    theta : (P,)
    memory : tuple of (P,)
    buffers : (B,)
    t : int
        Steps taken in all.
    tally : Tally
        Of the epoch.
    learning_rate : float
        Of the last step.
    began : float
        When the epoch did, or its rest, by `time.perf_counter`.
    done : bool
        Whether it is over; else it was broken off.
    interrupted : bool
        Whether somebody wants no more.
    reason : str
        Why nothing more can be done; empty if it can.
    """

    theta: Array
    memory: tuple[Array, ...]
    buffers: Array
    t: int
    tally: Tally
    learning_rate: float
    began: float
    done: bool
    interrupted: bool
    reason: str = ""


class Attention:
    """Whether to go on: asks whoever watches, and looks at the clock.

    Parameters
    ----------
    run : Run
    watch : callable or None
    before : State
        Where the epoch begins, or its rest.
    began : float
        When it did.
    """

    __slots__ = ("_deadline", "_epoch", "_run", "_watch", "interrupted", "late", "tally")

    def __init__(self, run: Run, watch: Watch | None, before: State, began: float) -> None:
        limit = run.plan.max_time
        self._run, self._watch, self._epoch = run, watch, before.epoch + 1
        self._deadline = math.inf if limit is None else began + limit - before.seconds
        self.interrupted = self.late = False
        self.tally = before.tally

    @property
    def is_needed(self) -> bool:
        """Whether anything could say stop."""
        return self._watch is not None or self._deadline < math.inf

    def stop(self) -> bool:
        """Tell whoever watches, and return whether to stop; who has said so once is not asked again."""
        if self.interrupted or self.late:
            return True
        if self._watch is not None:
            self.interrupted = bool(self._watch(self._progress()))
        self.late = self._deadline < math.inf and time.perf_counter() >= self._deadline
        return self.interrupted or self.late

    def _progress(self) -> Progress:
        """Where the epoch stands."""
        tally = self.tally
        return Progress(
            epoch=self._epoch,
            epochs=self._run.plan.epochs,
            examples=tally.examples,
            examples_in_epoch=self._run.n,
            loss=tally.loss,
            accuracy=tally.accuracy,
            seconds=tally.seconds,
        )


class Steps:
    """A way to move: each call takes the steps of an epoch, or of the rest of one that was broken off.

    The workspace holds the same numbers as the state, before and after.

    Parameters
    ----------
    run : Run
    state : State
        Where to begin.
    watch : callable or None
    """

    def __init__(self, run: Run, state: State, watch: Watch | None) -> None:
        self._run, self._watch, self._pace = run, watch, Pace()
        run.engine.put(run.workspace, state.theta, state.memory, state.buffers)

    def __call__(self, state: State) -> Moved:
        """State → what becomes of it; the state's arrays stay as they are."""
        run, began = self._run, time.perf_counter()
        attention = Attention(run, self._watch, state, began)
        tally, learning_rate = self._take(state, attention, began)
        theta, buffers = np.empty_like(state.theta), state.buffers.copy()
        memory = tuple([np.empty_like(vector) for vector in state.memory])
        run.engine.take(run.workspace, theta, memory, buffers)
        return Moved(
            theta,
            memory,
            buffers,
            t=state.t + tally.steps - state.step,
            tally=tally,
            learning_rate=learning_rate,
            began=began,
            done=tally.steps == run.steps_per_epoch,
            interrupted=attention.interrupted,
        )

    def _take(self, state: State, attention: Attention, began: float) -> tuple[Tally, float]:
        """Take the steps from `state.step` on, some at a time; the workspace changes."""
        run, pace = self._run, self._pace
        plan, n, size, last = run.plan, run.n, run.work.batch_size, run.steps_per_epoch
        stop = attention.stop if attention.is_needed else None
        order = run.engine.order(n, plan.seed, state.epoch) if plan.shuffle else np.arange(n)
        step, t, tally, learning_rate = state.step, state.t, state.tally, math.nan
        before, earlier = began, state.tally.seconds
        while step < last:
            count = min(pace.steps, last - step)
            rates = plan.learning_rates(n, t, t + count)
            if state.rate != 1:
                rates = rates * state.rate
            rows = order[step * size : (step + count) * size]
            seen = run.engine.advance(run.workspace, rows, state.epoch, step, t, rates, stop)
            step, t = step + len(seen), t + len(seen)
            now = time.perf_counter()
            pace.learn(len(seen), now - before)
            before = now
            tally = tally.plus(
                seen, examples=min(step * size, n), seconds=earlier + now - began, classified=run.classifies
            )
            attention.tally, learning_rate = tally, float(rates[len(seen) - 1])
            if stop is not None and stop():
                break
        return tally, learning_rate
