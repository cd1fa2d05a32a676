"""Stopping: which epoch is the best, and when training is over. Each rule gives a reason, or nothing."""

from __future__ import annotations

import math

from pellucid.basics.errors import OptionError
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.schedules import SCHEDULES
from pellucid.training.state import Best, State

ALL_DONE = "all epochs are done"
INTERRUPTED = "interrupted"
IN_WORDS = {
    "validation_loss": "the validation loss",
    "validation_score": "the validation score",
    "loss": "the training loss",
}


def monitored(plan: Plan, *, validates: bool, scores: bool) -> str:
    """The quantity that has to improve: "validation_score", "validation_loss" or "loss"; empty if nothing has to.

    Parameters
    ----------
    plan : Plan
    validates, scores : bool
        Whether there are validation examples, and a function for a score.

    Raises
    ------
    OptionError
        If the plan wants to look at what is not there.
    """
    there = {"validation_score": scores, "validation_loss": validates, "loss": True}
    if plan.monitor != "auto":
        if not there[plan.monitor]:
            missing = "score=…, a function" if plan.monitor == "validation_score" else "validation=0.1, say"
            raise OptionError(f"monitor is {plan.monitor!r}, but there is none; give {missing}.")
        return plan.monitor
    if scores or validates:
        return "validation_score" if scores else "validation_loss"
    wanted = "patience" if plan.patience is not None else "keep" if plan.keeps_best else ""
    if wanted:
        raise OptionError(
            f"{wanted} needs validation data; give validation=0.1, say, or a Dataset, or monitor='loss'."
        )
    return "loss" if SCHEDULES[plan.schedule].reacts else ""


def better(best: Best | None, other: Best, plan: Plan) -> Best:
    """The better of the best epoch so far and another one; of equals the first, or the last if the plan keeps that.

    NaN is never better. An epoch of another monitor's is not compared: what counts is the other epoch's monitor.

    Parameters
    ----------
    best : Best or None
    other : Best
        `improved` is its own number.
    plan : Plan
    """
    if best is None or best.monitor != other.monitor or math.isnan(best.value):
        return other
    sign = 1 if other.monitor == "validation_score" else -1
    new, old, equal_counts = sign * other.value, sign * best.value, plan.keep == "latest_best"
    wins = new > old or (equal_counts and new == old)
    improved = other.number if wins and new >= old + plan.min_delta else best.improved
    if wins:
        return Best(other.number, other.value, other.monitor, improved, other.theta, other.buffers)
    return best


def lowered(best: Best | None, before: State, plan: Plan, number: int) -> tuple[float, int]:
    """The factor on the learning rate after an epoch, and the epoch after which it was lowered last.

    Parameters
    ----------
    best : Best or None
        That epoch included.
    before : State
        Before that epoch.
    plan : Plan
    number : int
        Of that epoch.
    """
    if not _waited(best, before.reduced, plan, number) or _is_least(before.rate, plan):
        return before.rate, before.reduced
    return before.rate * plan.schedule_settings["factor"], number


def _waited(best: Best | None, reduced: int, plan: Plan, number: int) -> bool:
    """Whether a schedule that looks at how training goes has waited for long enough."""
    if best is None or not SCHEDULES[plan.schedule].reacts:
        return False
    return number - max(best.improved, reduced) >= plan.schedule_settings["patience"]


def _is_least(rate: float, plan: Plan) -> bool:
    """Whether the learning rate is as low as such a schedule may make it."""
    assert plan.learning_rate is not None
    return plan.learning_rate * rate <= plan.schedule_settings["least"]


def reason_to_stop(last: Epoch, after: State, plan: Plan) -> str:
    """The first rule that says stop, in words; empty if none does.

    Parameters
    ----------
    last : Epoch
    after : State
        Where training stands after that epoch.
    plan : Plan
    """
    for rule in (loss_is_low, no_more_improvement, rate_is_least, all_epochs_done, time_is_over):
        if reason := rule(last, after, plan):
            return reason
    return ""


def loss_is_low(last: Epoch, after: State, plan: Plan) -> str:
    """The lecture's second take-away: refine until the loss is below a threshold.

    Parameters
    ----------
    last : Epoch
    after : State
    plan : Plan
    """
    if plan.loss_below is not None and last.loss < plan.loss_below:
        return f"the training loss {last.loss:.4g} is below {plan.loss_below:g}"
    return ""


def no_more_improvement(last: Epoch, after: State, plan: Plan) -> str:
    """Early stopping: what is monitored has improved `patience` epochs ago or more.

    Parameters
    ----------
    last : Epoch
    after : State
    plan : Plan
    """
    best = after.best
    if plan.patience is None or best is None or last.number - best.improved < plan.patience:
        return ""
    return f"{IN_WORDS[best.monitor]} has not improved for {_epochs(plan.patience)}"


def rate_is_least(last: Epoch, after: State, plan: Plan) -> str:
    """A learning rate that should fall, but may not fall further.

    Parameters
    ----------
    last : Epoch
    after : State
    plan : Plan
    """
    if after.best is None or not _waited(after.best, after.reduced, plan, last.number):
        return ""
    rate, waited = last.learning_rate, int(plan.schedule_settings["patience"])
    return f"{IN_WORDS[after.best.monitor]} has not improved for {_epochs(waited)} at the learning rate {rate:.2g}"


def all_epochs_done(last: Epoch, after: State, plan: Plan) -> str:
    """The number of epochs that was asked for is reached.

    Parameters
    ----------
    last : Epoch
    after : State
    plan : Plan
    """
    return ALL_DONE if after.epoch >= plan.epochs else ""


def time_is_over(last: Epoch, after: State, plan: Plan) -> str:
    """The time that was given is used up.

    Parameters
    ----------
    last : Epoch
    after : State
    plan : Plan
    """
    return out_of_time(plan) if plan.max_time is not None and after.seconds >= plan.max_time else ""


def out_of_time(plan: Plan) -> str:
    """The words for that."""
    return f"the time of {plan.max_time:g} s is over"


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"
