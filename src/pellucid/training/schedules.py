"""Schedules: how the learning rate changes over a training run.

A schedule is a factor between 0 and 1 on the learning rate, as a function of progress s: 0 before the first step,
nearly 1 in the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register

WARM_UP = 0.25  # the share of a one-cycle run in which the learning rate rises
START = 1 / 25  # where one-cycle starts, as a share of its peak


@dataclass(frozen=True, slots=True)
class Schedule:
    """A course of the learning rate.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab; s is progress, 0 … 1.
    factor : callable
        ``factor(s)``, an array of factors for an array of progress.
    """

    name: str
    formula: str
    factor: Callable[[Array], Array]


def constant(s: Array) -> Array:
    """Always 1."""
    return np.ones_like(s)


def cosine(s: Array) -> Array:
    """½ (1 + cos πs): from 1 gently down to 0.

    Examples
    --------
    >>> cosine(np.array([0.0, 0.5, 1.0])).round(6).tolist()
    [1.0, 0.5, 0.0]

    References
    ----------
    Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts.
    """
    return 0.5 * (1 + np.cos(np.pi * s))


def one_cycle(s: Array) -> Array:
    """Up from 1/25 to 1 over the first quarter, then down to 0, both along a cosine.

    Examples
    --------
    >>> one_cycle(np.array([0.0, 0.25, 1.0])).round(6).tolist()
    [0.04, 1.0, 0.0]

    References
    ----------
    Smith, Topin (2019), Super-convergence: very fast training of neural networks using large learning rates.
    """
    rising = START + (1 - START) * (1 - cosine(np.minimum(s / WARM_UP, 1)))
    falling = cosine(np.maximum(s - WARM_UP, 0) / (1 - WARM_UP))
    return np.where(s < WARM_UP, rising, falling)


SCHEDULES = register(
    "schedule",
    Schedule("constant", "1", constant),
    Schedule("cosine", "½ (1 + cos πs)", cosine),
    Schedule("one_cycle", "1/25 → 1 → 0, along cosines, the peak at s = ¼", one_cycle),
)
