"""What every engine offers, and the records that pass between an engine and the training loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.formulas.optimizers import Optimizer
from pellucid.network.architecture import Architecture
from pellucid.network.layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """All that a training run needs besides the moving parts: what to learn, from what, and by which rule.

    Parameters
    ----------
    architecture : Architecture
    X : (n, d)
        Features as stored (uint8 pictures stay uint8).
    y : (n,) or (n, k)
        Targets in the form that the loss takes.
    optimizer : Optimizer
    settings : dict
        The optimizer's constants.
    penalties : mapping of str to float
        Strengths of the penalties, by name.
    batch_size : int
    seed : int
        For dropout; the order of the examples comes with each call.
    sample_weight : (n,), optional
        How much each example counts.
    """

    architecture: Architecture
    X: Array
    y: Array
    optimizer: Optimizer
    settings: dict[str, float] = field(default_factory=dict)
    penalties: Mapping[str, float] = field(default_factory=dict)
    batch_size: int = 32
    seed: int = 0
    sample_weight: Array | None = None

    @property
    def layout(self) -> Layout:
        """Where each weight lives in theta."""
        return self.architecture.layout


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network made of the examples of some steps, each before the step that it took part in.

    Parameters
    ----------
    losses : (m,)
        The loss of each example, without penalty, in the order in which they were used.
    logits : (m, k)
        Their scores.
    """

    losses: Array
    logits: Array


@dataclass(frozen=True, slots=True)
class Engine:
    """A way of computing a network: functions and nothing hidden.

    What must live between calls stands in a workspace that the caller owns.

    Parameters
    ----------
    name : str
    logits : callable
        ``logits(architecture, theta, X) → (n, k)``.
    gradient : callable
        ``gradient(architecture, theta, X, y, sample_weight=None) → losses (n,), gradient (P,)``: of the mean loss,
        without penalty or dropout.
    workspace : callable
        ``workspace(work) → anything``.
    advance : callable
        ``advance(workspace, theta, memory, order, epoch, step, t, learning_rates) → Seen``: one step for each
        learning rate, on the rows `order` in batches, updating theta and memory in place. `step` is the first
        step's number within the epoch, counted from 0 (dropout's address); `t` the number of steps taken before.
    """

    name: str
    logits: Callable[..., Array]
    gradient: Callable[..., tuple[Array, Array]]
    workspace: Callable[[Work], Any]
    advance: Callable[..., Seen]
