"""Stopping: when training is over. Each rule looks at the records so far and gives a reason, or nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pellucid.training.plan import Plan
from pellucid.training.records import Epoch


def reason_to_stop(records: Sequence[Epoch], plan: Plan) -> str:
    """The first rule that says stop, in words; empty if none does.

    Parameters
    ----------
    records : sequence of Epoch
        All epochs so far, at least one.
    plan : Plan
    """
    for rule in (loss_is_low, no_more_improvement, all_epochs_done):
        if reason := rule(records, plan):
            return reason
    return ""


def loss_is_low(records: Sequence[Epoch], plan: Plan) -> str:
    """The lecture's second take-away: refine until the loss is below a threshold."""
    if plan.loss_below is not None and records[-1].loss < plan.loss_below:
        return f"the training loss {records[-1].loss:.4g} is below {plan.loss_below:g}"
    return ""


def no_more_improvement(records: Sequence[Epoch], plan: Plan) -> str:
    """Early stopping: the validation loss was best `patience` epochs ago or more."""
    if plan.patience is None or (best := best_epoch(records)) is None:
        return ""
    if records[-1].number - best.number >= plan.patience:
        return f"the validation loss has not improved for {plan.patience} epochs"
    return ""


def all_epochs_done(records: Sequence[Epoch], plan: Plan) -> str:
    """The number of epochs that was asked for is reached."""
    return f"all {plan.epochs} epochs are done" if records[-1].number >= plan.epochs else ""


def best_epoch(records: Sequence[Epoch]) -> Epoch | None:
    """The epoch of lowest validation loss, the first of equals; None without validation data."""
    judged = [(record.validation_loss, record) for record in records if record.validation_loss is not None]
    best = min(judged, key=lambda pair: math.inf if math.isnan(pair[0]) else pair[0], default=None)
    return None if best is None else best[1]
