"""All that moves during training: keep one to pause, resume, branch or undo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.network import Network
from pellucid.training.plan import Plan


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
    """

    theta: Array
    memory: tuple[Array, ...]
    buffers: Array
    epoch: int = 0
    step: int = 0
    t: int = 0

    @classmethod
    def start(cls, net: Network, plan: Plan) -> State:
        """The state before the first step: the network's theta as it is, the optimizer's memory all 0."""
        names = OPTIMIZERS[plan.optimizer].memory
        memory = tuple(np.zeros_like(net.theta) for _ in names)
        return cls(net.theta.copy(), memory, net.buffers.copy())

    def copy(self) -> State:
        """The same state in arrays of its own."""
        memory = tuple(vector.copy() for vector in self.memory)
        return State(self.theta.copy(), memory, self.buffers.copy(), self.epoch, self.step, self.t)
