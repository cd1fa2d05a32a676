"""The blackboard: forward and backward pass in matrix notation, in NumPy. Readability before speed.

`passes` is the mathematics of one batch, `steps` what training makes of it.
"""

from __future__ import annotations

from pellucid.network.engines.contract import Engine
from pellucid.network.engines.reference.passes import Pass, backward, forward, gradient, logits
from pellucid.network.engines.reference.steps import advance, order, put, take, workspace

__all__ = [
    "REFERENCE",
    "Pass",
    "advance",
    "backward",
    "forward",
    "gradient",
    "logits",
    "order",
    "put",
    "take",
]

REFERENCE = Engine("reference", logits, gradient, workspace, put, advance, take, order)
