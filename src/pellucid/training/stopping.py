"""Stopping: when training is over. Each rule looks at the last and the best epoch and gives a reason or nothing."""

from __future__ import annotations

import math

from pellucid.basics.arrays import Array
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.state import Best

ALL_DONE = "all epochs are done"
INTERRUPTED = "interrupted"


def reason_to_stop(last: Epoch, best: Best | None, plan: Plan) -> str:
    """The first rule that says stop, in words; empty if none does.

    Parameters
    ----------
    last : Epoch
    best : Best or None
        The one with the lowest validation loss so far, if there are validation data.
    plan : Plan
    """
    for rule in (loss_is_low, no_more_improvement, all_epochs_done):
        if reason := rule(last, best, plan):
            return reason
    return ""


def loss_is_low(last: Epoch, best: Best | None, plan: Plan) -> str:
    """The lecture's second take-away: refine until the loss is below a threshold.

    Parameters
    ----------
    last : Epoch
    best : Best or None
    plan : Plan
    """
    if plan.loss_below is not None and last.loss < plan.loss_below:
        return f"the training loss {last.loss:.4g} is below {plan.loss_below:g}"
    return ""


def no_more_improvement(last: Epoch, best: Best | None, plan: Plan) -> str:
    """Early stopping: the validation loss was best `patience` epochs ago or more.

    Parameters
    ----------
    last : Epoch
    best : Best or None
    plan : Plan
    """
    if plan.patience is None or best is None or last.number - best.number < plan.patience:
        return ""
    epochs = "1 epoch" if plan.patience == 1 else f"{plan.patience} epochs"
    return f"the validation loss has not improved for {epochs}"


def all_epochs_done(last: Epoch, best: Best | None, plan: Plan) -> str:
    """The number of epochs that was asked for is reached.

    Parameters
    ----------
    last : Epoch
    best : Best or None
    plan : Plan
    """
    return ALL_DONE if last.number >= plan.epochs else ""


def better(best: Best | None, number: int, validation_loss: float | None, theta: Array) -> Best | None:
    """The better of the best epoch so far and another one: the first of equals. NaN is never better.

    Parameters
    ----------
    best : Best or None
    number : int
        Of the other epoch.
    validation_loss : float or None
        Its own; None without validation data.
    theta : (P,)
        Its parameters; they are kept as they are, not copied.
    """
    if validation_loss is None:
        return best
    if best is None or math.isnan(best.validation_loss) or validation_loss < best.validation_loss:
        return Best(number, validation_loss, theta)
    return best
