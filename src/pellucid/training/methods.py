"""Every way in which theta can move: the optimizers, which take a step for each batch, and L-BFGS, which does not."""

from __future__ import annotations

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register
from pellucid.formulas.optimizers import OPTIMIZERS, Optimizer


def _no_step(theta: Array, gradient: Array, *, t: int, learning_rate: float) -> None:
    """L-BFGS asks for the loss at several points before it moves: see `training/lbfgs.py`."""
    raise NotImplementedError("L-BFGS has no step of its own")


LBFGS = Optimizer(
    "lbfgs",
    "θ − α H g, H from the last changes of θ and g, α by a line search over all examples",
    _no_step,
    learning_rate=1.0,
    settings={"max_fun": 15_000, "history": 10, "gtol": 1e-5, "ftol": 2.2e-9},
)
METHODS = register("optimizer", *OPTIMIZERS.values(), LBFGS)
