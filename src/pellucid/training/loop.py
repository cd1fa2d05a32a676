"""The loop: take the training examples in batches, step after step, epoch after epoch.

`epochs` is a generator of records. It updates the network before each yield, so that pausing is not asking for the
next record, and the weights after a ``break`` are those of the last record. `fit`, its display
and the command line are consumers; nothing reaches into it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, permutation
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.penalties import penalty
from pellucid.network.engines.contract import Seen
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, Progress
from pellucid.training.run import Run, checked_state, prepare, settled_plan
from pellucid.training.state import State, Tally
from pellucid.training.stopping import INTERRUPTED, better, reason_to_stop

STEPS_AT_A_TIME = 64  # between two looks at `watch`; results do not depend on it

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
        Called with a `Progress` every few steps and after each epoch's last; training stops where it returns True.

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
    while state.epoch < run.plan.epochs:
        state, record, interrupted = _one_epoch(net, run, state, watch)
        stopped = INTERRUPTED if interrupted else reason_to_stop(record, state.best, run.plan)
        theta, weights_of = state.theta, record.number
        if stopped and run.plan.patience is not None and state.best is not None:
            theta, weights_of = state.best.theta, state.best.number
        net.theta[...] = theta
        yield replace(record, stopped=stopped, weights_of=weights_of)
        if stopped:
            return


def _one_epoch(net: Network, run: Run, state: State, watch: Watch | None) -> tuple[State, Epoch, bool]:
    """State → State: one epoch, or the rest of one that was interrupted, on copies of all arrays."""
    state, interrupted = _steps(net, run, state.copy(), watch)
    done, tally = state.step == run.plan.steps_per_epoch(run.n), state.tally
    number = state.epoch + 1
    with np.errstate(over="ignore", invalid="ignore"):  # the record shows what is not finite
        validation_loss, validation_accuracy = _validate(net, run, state.theta)
        weighed = penalty(run.work.layout.weights(state.theta), run.work.penalties)
    best = better(state.best, number, validation_loss, state.theta)
    state = replace(state, best=best)
    if done:
        state = replace(state, epoch=number, step=0, tally=Tally())
    record = Epoch(
        number=number,
        loss=tally.loss,
        accuracy=tally.accuracy,
        penalty=weighed,
        validation_loss=validation_loss,
        validation_accuracy=validation_accuracy,
        learning_rate=float(run.plan.learning_rates(run.n, state.t - 1, state.t)[0]),
        steps=tally.steps,
        examples=tally.examples,
        seconds=tally.seconds,
        stopped="",
        weights_of=number,
        state=state,
    )
    return state, record, interrupted


def _steps(net: Network, run: Run, state: State, watch: Watch | None) -> tuple[State, bool]:
    """The steps of one epoch from `state.step` on, in chunks; theta and memory of `state` change in place."""
    n, per_step = run.n, run.work.batch_size
    last = run.plan.steps_per_epoch(n)
    order = _order(run.plan, n, state.epoch)
    before, began = state.tally.seconds, time.perf_counter()
    while state.step < last:
        count = min(STEPS_AT_A_TIME, last - state.step)
        rows = order[state.step * per_step : (state.step + count) * per_step]
        rates = run.plan.learning_rates(n, state.t, state.t + count)
        seen = net.engine.advance(
            run.workspace, state.theta, state.memory, rows, state.epoch, state.step, state.t, rates
        )
        tally = _added(state.tally, net, run, rows, seen)
        tally = replace(tally, steps=tally.steps + count, seconds=before + time.perf_counter() - began)
        state = replace(state, step=state.step + count, t=state.t + count, tally=tally)
        if watch is not None and watch(_progress(run, state)):
            return state, True
    return state, False


def _progress(run: Run, state: State) -> Progress:
    return Progress(
        epoch=state.epoch + 1,
        epochs=run.plan.epochs,
        examples=state.tally.examples,
        examples_in_epoch=run.n,
        loss=state.tally.loss,
        accuracy=state.tally.accuracy,
        seconds=state.tally.seconds,
    )


def _order(plan: Plan, n: int, epoch: int) -> Array:
    if not plan.shuffle:
        return np.arange(n)
    return permutation(n, seed=plan.seed, stream=Stream.SHUFFLE, epoch=epoch)


def _added(tally: Tally, net: Network, run: Run, rows: Array, seen: Seen) -> Tally:
    """The tally with some steps' examples, summed step by step: the same bits whatever the size of a chunk."""
    weights = np.ones(len(rows)) if run.work.sample_weight is None else run.work.sample_weight[rows]
    starts = np.arange(0, len(rows), run.work.batch_size)
    loss, weight, correct = tally.loss_sum, tally.weight, tally.correct
    for step_loss, step_weight in zip(
        np.add.reduceat(weights * seen.losses, starts), np.add.reduceat(weights, starts), strict=True
    ):
        loss, weight = loss + float(step_loss), weight + float(step_weight)
    if run.train.is_classification:
        right = net.decide(seen.logits) == run.train.y[rows]
        correct = (correct or 0.0) + float(weights[right].sum())
    return replace(tally, loss_sum=loss, weight=weight, correct=correct, examples=tally.examples + len(rows))


def _validate(net: Network, run: Run, theta: Array) -> tuple[float | None, float | None]:
    """Loss and accuracy on the validation examples."""
    part = run.validation
    if part is None:
        return None, None
    judged = net.copy()
    judged.theta[...] = theta
    logits = judged.logits(part.X)
    losses, _ = net.architecture.loss_function.value(logits, run.validation_targets)
    accuracy = float(np.mean(net.decide(logits) == part.y)) if part.is_classification else None
    return float(losses.mean(dtype=np.float64)), accuracy
