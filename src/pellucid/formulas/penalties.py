"""Penalties: what large weights cost, added to the loss. Biases are never penalized."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register


@dataclass(frozen=True, slots=True)
class Penalty:
    """A cost of weights and its slope, both for strength 1.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab; λ is the strength.
    value : callable
        ``value(W)``: one number.
    slope : callable
        ``slope(W)``: an array of W's shape.
    """

    name: str
    formula: str
    value: Callable[[Array], float]
    slope: Callable[[Array], Array]


def l1(W: Array) -> float:
    """Σ |w|: drives small weights to exactly 0."""
    return float(np.abs(W).sum(dtype=np.float64))


def l1_slope(W: Array) -> Array:
    """Sign of w; 0 at the kink."""
    return np.sign(W)


def l2(W: Array) -> float:
    """½ Σ w²: weight decay.

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 7.1.1.
    """
    return 0.5 * float((W * W).sum(dtype=np.float64))


def l2_slope(W: Array) -> Array:
    """W itself: each step shrinks a weight in proportion to its size."""
    return W


PENALTIES = register(
    "penalty",
    Penalty("l1", "λ Σ |w|", l1, l1_slope),
    Penalty("l2", "½ λ Σ w²", l2, l2_slope),
)
