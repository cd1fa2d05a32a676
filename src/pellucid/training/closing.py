"""The end of an epoch: how good the network is now, which epoch was the best, and whether to go on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError
from pellucid.formulas.penalties import penalty
from pellucid.network import outputs
from pellucid.network.network import Network
from pellucid.network.scores import scores
from pellucid.training.records import Epoch
from pellucid.training.run import Run
from pellucid.training.state import Best, State, Tally
from pellucid.training.steps import Moved
from pellucid.training.stopping import INTERRUPTED, better, lowered, out_of_time, reason_to_stop


class Judged(NamedTuple):
    """What the network is worth on examples that it does not learn from; None what nobody asked for."""

    loss: float | None = None
    accuracy: float | None = None
    score: float | None = None


def close_epoch(net: Network, run: Run, before: State, moved: Moved) -> tuple[State, Epoch]:
    """The state after an epoch, and its record; the network gets its weights, or in the end those to keep.

    Of an epoch that was broken off, the state knows how far it went, and nothing of how good it was: going on from
    there is as if it had not been broken off.

    Parameters
    ----------
    net : Network
    run : Run
    before : State
    moved : Moved
    """
    plan, number = run.plan, before.epoch + 1
    theta = moved.memory[-1] if plan.averaging else moved.theta
    judged = _judge(net, run, theta, moved.buffers)
    best = _best(run, before.best, number, judged, moved.tally.loss, theta, moved.buffers)
    after = _after(run, before, moved, best)
    record = _record(run, number, moved, judged, theta, after)
    stopped = _stopped(run, record, after, moved)
    kept = best if stopped and plan.keeps_best else None
    net.theta[...] = theta if kept is None else kept.theta
    net.buffers[...] = moved.buffers if kept is None else kept.buffers
    if stopped:
        record = replace(record, stopped=stopped, weights_of=number if kept is None else kept.number)
    return after, record


def _judge(net: Network, run: Run, theta: Array, buffers: Array) -> Judged:
    """Loss and accuracy on the validation examples, and the score that somebody's function gives."""
    loss, accuracy = (None, None) if run.validation is None else _validate(run, theta, buffers)
    if run.score is None:
        return Judged(loss, accuracy)
    net.theta[...] = theta
    net.buffers[...] = buffers
    score = run.score(net)
    if isinstance(score, bool) or not isinstance(score, int | float | np.number):
        raise OptionError(f"score(net) is {score!r}; expected a number, the higher the better.")
    return Judged(loss, accuracy, float(score))


def _validate(run: Run, theta: Array, buffers: Array) -> tuple[float, float | None]:
    part, architecture = run.validation, run.work.architecture
    assert part is not None
    with np.errstate(over="ignore", invalid="ignore"):  # the record shows what is not finite
        logits = scores(run.engine, architecture, theta, part.X, run.work.n_threads, buffers)
        losses, _ = architecture.loss_function.value(logits, run.validation_targets)
        right = outputs.right(architecture, logits, run.validation_targets)
    accuracy = float(np.mean(right)) if part.is_classification else None
    return float(losses.mean(dtype=np.float64)), accuracy


def _best(
    run: Run, best: Best | None, number: int, judged: Judged, loss: float, theta: Array, buffers: Array
) -> Best | None:
    """The best epoch so far, this one included; the best before where nothing is monitored."""
    values = {"validation_loss": judged.loss, "validation_score": judged.score, "loss": loss}
    value = values.get(run.monitor)
    if value is None:
        return best
    return better(best, Best(number, value, run.monitor, number, theta, buffers), run.plan)


def _after(run: Run, before: State, moved: Moved, best: Best | None) -> State:
    number = before.epoch + 1
    seconds = before.seconds + (time.perf_counter() - moved.began)
    if not moved.done:
        tally = moved.tally if moved.tally.steps else Tally()
        return replace(
            before,
            theta=moved.theta,
            memory=moved.memory,
            buffers=moved.buffers,
            step=tally.steps,
            t=moved.t,
            tally=tally,
            seconds=seconds,
        )
    rate, reduced = lowered(best, before, run.plan, number)
    return State(
        moved.theta,
        moved.memory,
        moved.buffers,
        epoch=number,
        t=moved.t,
        best=best,
        rate=rate,
        reduced=reduced,
        seconds=seconds,
    )


def _record(run: Run, number: int, moved: Moved, judged: Judged, theta: Array, after: State) -> Epoch:
    tally = moved.tally
    return Epoch(
        number=number,
        loss=tally.loss,
        accuracy=tally.accuracy,
        penalty=_penalty(run, theta),
        validation_loss=judged.loss,
        validation_accuracy=judged.accuracy,
        learning_rate=moved.learning_rate,
        steps=tally.steps,
        examples=tally.examples,
        seconds=tally.seconds,
        stopped="",
        weights_of=number,
        state=after,
        engine=run.engine.name,
        validation_score=judged.score,
    )


def _stopped(run: Run, record: Epoch, after: State, moved: Moved) -> str:
    """Why training ends with this epoch; empty if it goes on."""
    if moved.interrupted:
        return INTERRUPTED
    if not moved.done:
        return moved.reason or out_of_time(run.plan)
    return moved.reason or reason_to_stop(record, after, run.plan)


def _penalty(run: Run, theta: Array) -> float:
    """What the weights cost; the record shows it even if it is not finite."""
    if not run.is_penalized:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return penalty(run.work.layout.weights(theta), run.work.penalties)
