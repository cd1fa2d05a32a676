"""All that moves during training: keep one to pause, resume, branch or undo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.network.engines.contract import Seen
from pellucid.network.network import Network
from pellucid.training.plan import Plan

MANY = 128  # numbers that NumPy adds faster than Python does


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the examples used so far in the epoch under way, each judged before the step it took part in.

    Parameters
    ----------
    loss_sum, weight : float
        Σ w_i L_i and Σ w_i; all w_i are 1 without sample weights.
    correct : float or None
        Σ w_i of the examples that the network got right; None for regression.
    examples, steps : int
    seconds : float
        Training time.
    """

    loss_sum: float = 0.0
    weight: float = 0.0
    correct: float | None = None
    examples: int = 0
    steps: int = 0
    seconds: float = 0.0

    @property
    def loss(self) -> float:
        """Mean loss."""
        return self.loss_sum / self.weight if self.weight else float("nan")

    @property
    def accuracy(self) -> float | None:
        """Share of correct answers."""
        return None if self.correct is None or not self.weight else self.correct / self.weight

    def plus(self, seen: Seen, *, examples: int, seconds: float, classified: bool) -> Tally:
        """The tally after some more steps, added one after the other: the same bits however they come in groups.

        Parameters
        ----------
        seen : Seen
        examples : int
            Used so far, these included.
        seconds : float
            Training time so far.
        classified : bool
            Whether the answers are classes, so that some are right.
        """
        loss_sum, weight = _added(self.loss_sum, seen.loss_sums), _added(self.weight, seen.weights)
        correct = _added(self.correct or 0.0, seen.correct) if classified else None
        steps = self.steps + len(seen)
        return Tally(loss_sum, weight, correct, examples, steps, seconds)


def _added(total: float, values: Array) -> float:
    """The sum of a total and some values, from the first to the last."""
    if len(values) < MANY:
        return reduce(add, values.tolist(), total)
    return float(np.add.accumulate(np.concatenate([[total], values]))[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best epoch so far by what is monitored, and its parameters.

    Parameters
    ----------
    number : int
        Of the epoch.
    value : float
        What it reached.
    monitor : str
        Of what: "validation_loss", "validation_score" or "loss".
    improved : int
        The last epoch that was better than all before by `Plan.min_delta` or more; a later one may be better still by
        less.
    theta, buffers : (P,), (B,)
        The network's after that epoch.
    """

    number: int
    value: float
    monitor: str
    improved: int
    theta: Array = field(repr=False)
    buffers: Array = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a training run stands.

    Parameters
    ----------
    theta : (P,)
        Parameters.
    memory : tuple of (P,)
        The optimizer's vectors; after them, where the plan asks for an average of theta, that.
    buffers : (B,)
        What is kept but not trained.
    epoch : int
        Epochs completed.
    step : int
        Steps taken in the epoch that is under way; 0 between epochs.
    t : int
        Steps taken in all.
    tally : Tally
        Of the epoch that is under way.
    best : Best or None
        None as long as nothing was monitored.
    rate : float
        What a schedule that looks at how training goes has made of the learning rate, as a factor.
    reduced : int
        The epoch after which it did so last; 0 if it never did.
    seconds : float
        Spent so far, validation included.
    """

    theta: Array
    memory: tuple[Array, ...]
    buffers: Array
    epoch: int = 0
    step: int = 0
    t: int = 0
    tally: Tally = Tally()
    best: Best | None = None
    rate: float = 1.0
    reduced: int = 0
    seconds: float = 0.0

    @classmethod
    def start(cls, net: Network, plan: Plan) -> State:
        """The state before the first step: the network's theta as it is, the optimizer's memory all 0.

        An average of theta starts at theta.

        Parameters
        ----------
        net : Network
        plan : Plan
        """
        memory = [np.zeros_like(net.theta) for _ in plan.memory]
        if plan.averaging:
            memory[-1][...] = net.theta
        return cls(net.theta.copy(), tuple(memory), net.buffers.copy())

    def copy(self) -> State:
        """The same state in arrays of its own."""
        memory = tuple(vector.copy() for vector in self.memory)
        return replace(self, theta=self.theta.copy(), memory=memory, buffers=self.buffers.copy())

    def __repr__(self) -> str:
        return f"<State: epoch {self.epoch}, step {self.step}, {self.theta.size:,} parameters>"
