"""All that moves during training: keep one to pause, resume, branch or undo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines.contract import Seen
from pellucid.network.network import Network
from pellucid.training.plan import Plan


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
        sums = np.empty((3, len(seen) + 1))
        sums[:, 0] = self.loss_sum, self.weight, self.correct or 0.0
        sums[0, 1:], sums[1, 1:], sums[2, 1:] = seen.loss_sums, seen.weights, seen.correct
        loss_sum, weight, correct = np.add.accumulate(sums, axis=1)[:, -1].tolist()
        steps = self.steps + len(seen)
        return Tally(loss_sum, weight, correct if classified else None, examples, steps, seconds)


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The epoch of lowest validation loss so far, and its parameters ``(P,)``."""

    number: int
    validation_loss: float
    theta: Array = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a training run stands.

    Parameters
    ----------
    theta : (P,)
        Parameters.
    memory : tuple of (P,)
        The optimizer's vectors.
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
        None as long as nothing was validated.
    """

    theta: Array
    memory: tuple[Array, ...]
    buffers: Array
    epoch: int = 0
    step: int = 0
    t: int = 0
    tally: Tally = Tally()
    best: Best | None = None

    @classmethod
    def start(cls, net: Network, plan: Plan) -> State:
        """The state before the first step: the network's theta as it is, the optimizer's memory all 0.

        Parameters
        ----------
        net : Network
        plan : Plan
        """
        names = OPTIMIZERS[plan.optimizer].memory
        memory = tuple(np.zeros_like(net.theta) for _ in names)
        return cls(net.theta.copy(), memory, net.buffers.copy())

    def copy(self) -> State:
        """The same state in arrays of its own."""
        memory = tuple(vector.copy() for vector in self.memory)
        return replace(self, theta=self.theta.copy(), memory=memory, buffers=self.buffers.copy())

    def __repr__(self) -> str:
        return f"<State: epoch {self.epoch}, step {self.step}, {self.theta.size:,} parameters>"
