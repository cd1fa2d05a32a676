"""The loop: take the training examples in batches, step after step, epoch after epoch.

`epochs` is a generator of records. It updates the network before each yield, so that pausing is not asking for the
next record, and the weights after a ``break`` are those of the last record. `fit`, its display
and the command line are consumers; nothing reaches into it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.penalties import penalty
from pellucid.network import outputs
from pellucid.network.network import Network
from pellucid.network.scores import scores
from pellucid.training.pace import Pace
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, Progress
from pellucid.training.run import Run, checked_state, prepare, settled_plan
from pellucid.training.state import State, Tally
from pellucid.training.stopping import INTERRUPTED, better, reason_to_stop

Watch = Callable[[Progress], bool | None]


def epochs(
    net: Network,
    data: Dataset | Splits,
    plan: Plan | None = None,
    *,
    validation: Dataset | float | None = None,
    sample_weight: Array | None = None,
    state: State | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Iterator[Epoch]:
    """Train a network, yielding one record after each epoch.

    Parameters
    ----------
    net : Network
        Its theta is updated before each yield.
    data : Dataset or Splits
        What to learn from; of a `Splits` the training part, and its validation part if it has one.
    plan : Plan, optional
        The settings; or give them one by one as keywords: ``epochs=5, batch_size=32, optimizer="adam"`` …
    validation : Dataset or float, optional
        Examples to judge each epoch by, or the share of the training examples to set aside for that.
    sample_weight : (n,), optional
        How much each training example counts, in loss and accuracy; each batch takes its own weighted mean.
    state : State, optional
        Where to go on from: the last record's `state`. The plan's `epochs` counts from the very beginning.
    watch : callable, optional
        Called with a `Progress` about every 50 ms and after each epoch's last step; training stops where it returns
        True. It may be called several times with the same progress, also before the first step has been taken.

    Yields
    ------
    Epoch

    Raises
    ------
    OptionError
        If a setting is out of range.
    ShapeError, DataError
        If the data don't fit the network.
    DivergedError
        When NaN or infinity comes up; the network has the weights of the last good epoch.

    Examples
    --------
    >>> corners = Dataset(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]), classes=("=", "≠"))
    >>> net = Network.for_data(corners, hidden=[8])
    >>> for epoch in epochs(net, corners, epochs=500, learning_rate=0.05, batch_size=None, loss_below=0.1):
    ...     pass
    >>> epoch.accuracy, epoch.stopped[:17]
    (1.0, 'the training loss')
    """
    plan = settled_plan(net, plan, options)
    run = prepare(net, plan, data, validation, sample_weight)
    state = State.start(net, plan) if state is None else checked_state(net, plan, state)
    return _run(net, run, state, watch)


def _run(net: Network, run: Run, state: State, watch: Watch | None) -> Iterator[Epoch]:
    run.engine.put(run.workspace, state.theta, state.memory)
    pace = Pace()
    while state.epoch < run.plan.epochs:
        state, record, interrupted = _one_epoch(run, state, watch, pace)
        stopped = INTERRUPTED if interrupted else reason_to_stop(record, state.best, run.plan)
        theta, weights_of = state.theta, record.number
        if stopped and run.plan.patience is not None and state.best is not None:
            theta, weights_of = state.best.theta, state.best.number
        net.theta[...] = theta
        yield replace(record, stopped=stopped, weights_of=weights_of) if stopped else record
        if stopped:
            return


def _one_epoch(run: Run, state: State, watch: Watch | None, pace: Pace) -> tuple[State, Epoch, bool]:
    """State → State: one epoch, or the rest of one that was interrupted; every state has arrays of its own.

    The workspace holds the same numbers as the state, before and after.
    """
    steps = _steps(run, state, watch, pace)
    tally, number = steps.tally, state.epoch + 1
    theta = np.empty_like(state.theta)
    memory = tuple(np.empty_like(vector) for vector in state.memory)
    run.engine.take(run.workspace, theta, memory)
    validation_loss, validation_accuracy = _validate(run, theta)
    best = better(state.best, number, validation_loss, theta)
    done = tally.steps == run.steps_per_epoch
    t = state.t + tally.steps - state.step
    after = State(
        theta,
        memory,
        state.buffers.copy(),
        epoch=number if done else state.epoch,
        step=0 if done else tally.steps,
        t=t,
        tally=Tally() if done else tally,
        best=best,
    )
    record = Epoch(
        number=number,
        loss=tally.loss,
        accuracy=tally.accuracy,
        penalty=_penalty(run, theta),
        validation_loss=validation_loss,
        validation_accuracy=validation_accuracy,
        learning_rate=steps.learning_rate,
        steps=tally.steps,
        examples=tally.examples,
        seconds=tally.seconds,
        stopped="",
        weights_of=number,
        state=after,
        engine=run.engine.name,
    )
    return after, record, steps.interrupted


@dataclass(slots=True)
class Steps:
    """The steps of the epoch under way, and whether somebody wants no more of them.

    Parameters
    ----------
    run : Run
    epoch : int
        Completed before.
    tally : Tally
        Of those taken so far.
    watch : callable or None
    learning_rate : float
        Of the last one.
    interrupted : bool
    """

    run: Run
    epoch: int
    tally: Tally
    watch: Watch | None
    learning_rate: float = float("nan")
    interrupted: bool = False

    def stop(self) -> bool:
        """Tell whoever watches, and return whether to stop; who has said so once is not asked again."""
        if self.watch is not None and not self.interrupted:
            self.interrupted = bool(self.watch(self.progress()))
        return self.interrupted

    def progress(self) -> Progress:
        """Where they stand."""
        return Progress(
            epoch=self.epoch + 1,
            epochs=self.run.plan.epochs,
            examples=self.tally.examples,
            examples_in_epoch=self.run.n,
            loss=self.tally.loss,
            accuracy=self.tally.accuracy,
            seconds=self.tally.seconds,
        )


def _steps(run: Run, state: State, watch: Watch | None, pace: Pace) -> Steps:
    """Take the steps of one epoch from `state.step` on, some at a time; the workspace changes."""
    steps = Steps(run, state.epoch, state.tally, watch)
    n, size, last = run.n, run.work.batch_size, run.steps_per_epoch
    stop = None if watch is None else steps.stop
    began = time.perf_counter() - state.tally.seconds
    order = run.engine.order(n, run.plan.seed, state.epoch) if run.plan.shuffle else np.arange(n)
    step, t, now = state.step, state.t, time.perf_counter()
    while step < last and not steps.interrupted:
        count = min(pace.steps, last - step)
        rates = run.plan.learning_rates(n, t, t + count)
        rows = order[step * size : (step + count) * size]
        seen = run.engine.advance(run.workspace, rows, state.epoch, step, t, rates, stop)
        step, t = step + len(seen), t + len(seen)
        before, now = now, time.perf_counter()
        pace.learn(len(seen), now - before)
        steps.tally = steps.tally.plus(
            seen, examples=min(step * size, n), seconds=now - began, classified=run.train.is_classification
        )
        steps.learning_rate = float(rates[len(seen) - 1])
        steps.stop()
    return steps


def _penalty(run: Run, theta: Array) -> float:
    """What the weights cost; the record shows it even if it is not finite."""
    if not any(run.work.penalties.values()):
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return penalty(run.work.layout.weights(theta), run.work.penalties)


def _validate(run: Run, theta: Array) -> tuple[float | None, float | None]:
    """Loss and accuracy on the validation examples."""
    part, architecture = run.validation, run.work.architecture
    if part is None:
        return None, None
    with np.errstate(over="ignore", invalid="ignore"):  # the record shows what is not finite
        logits = scores(run.engine, architecture, theta, part.X, run.work.n_threads)
        losses, _ = architecture.loss_function.value(logits, run.validation_targets)
        right = outputs.right(architecture, logits, run.validation_targets)
    accuracy = float(np.mean(right)) if part.is_classification else None
    return float(losses.mean(dtype=np.float64)), accuracy
