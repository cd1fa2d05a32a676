"""Penalties: what large weights cost, added to the loss. Biases are never penalized.

Both together are the elastic net (Zou, Hastie 2005). A bound on the length of weights is no cost: see `bounds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def penalty(weights: Sequence[Array], strengths: Mapping[str, float]) -> float:
    """What all weights cost, Σ strength · value over the penalties and the layers' W.

    Parameters
    ----------
    weights : sequence of (n_in, n_out)
    strengths : mapping of str to float
        λ of each penalty of `PENALTIES` by name; 0 switches it off.

    Examples
    --------
    >>> penalty([np.array([[3.0, -4.0]])], {"l1": 0.5, "l2": 2.0})
    28.5
    """
    switched_on = {name: strength for name, strength in strengths.items() if strength}
    return sum(strength * sum(map(PENALTIES[name].value, weights)) for name, strength in switched_on.items())


def add_penalty_slopes(
    slopes: Sequence[Array], weights: Sequence[Array], strengths: Mapping[str, float]
) -> None:
    """Add the penalties' slopes to each dW, in place: dW + Σ strength · slope(W).

    Parameters
    ----------
    slopes, weights : sequences of (n_in, n_out)
        Each layer's dW, which changes, and W.
    strengths : mapping of str to float
        λ of each penalty by name.
    """
    for name, strength in strengths.items():
        if strength:
            for dW, W in zip(slopes, weights, strict=True):
                dW += dW.dtype.type(strength) * PENALTIES[name].slope(W)
