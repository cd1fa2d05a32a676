"""Schedules: how the learning rate changes over a training run.

A schedule is a factor between 0 and 1 on the learning rate. It knows the progress s, 0 before the first step and nearly
1 in the last one, and e, the number of epochs completed before the step; both are arrays with an entry for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register

LEAST_SHARE = np.finfo(np.float64).tiny  # in the place of a share 0 that is divided by


@dataclass(frozen=True, slots=True)
class Schedule:
    """A course of the learning rate.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab; s is progress, 0 … 1, and e the number of completed epochs.
    factor : callable
        ``factor(s, e, **settings)``: an array of factors for arrays of progress and epochs.
    settings : mapping of str to number
        Its constants and their defaults; where the default is a whole number, only whole numbers from 1 are taken.
    shares : tuple of str
        The settings that lie between 0 and 1; others are at least 0.
    reacts : bool
        Whether it looks at how training goes; then `factor` gives 1, and what it makes of the learning rate stands in
        `State.rate`.
    """

    name: str
    formula: str
    factor: Callable[..., Array]
    settings: Mapping[str, float] = field(default_factory=dict)
    shares: tuple[str, ...] = ()
    reacts: bool = False


def constant(s: Array, e: Array, **settings: float) -> Array:
    """Always 1; whatever settings a schedule has that reacts.

    Parameters
    ----------
    s, e : (n,)
    """
    return np.ones_like(s)


def step(s: Array, e: Array, *, every: int, factor: float) -> Array:
    """factor^⌊e / every⌋: down by a factor every so many epochs.

    Parameters
    ----------
    s, e : (n,)
    every : int
    factor : float

    Examples
    --------
    >>> epochs = np.arange(6)
    >>> step(epochs / 6, epochs, every=2, factor=0.5).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    return np.float64(factor) ** (e // every)


def exponential(s: Array, e: Array, *, factor: float) -> Array:
    """factorᵉ: down by the same share after every epoch.

    Parameters
    ----------
    s, e : (n,)
    factor : float
    """
    return np.float64(factor) ** e


def inverse_time(s: Array, e: Array, *, decay: float, power: float) -> Array:
    """1 / (1 + decay · e)^power: down quickly at first, then ever more slowly.

    For ½ < power ≤ 1 these rates add up to infinity and their squares do not, which lets stochastic gradient descent
    reach any place and yet come to rest. scikit-learn's "invscaling" has the number of examples as `decay`, and its
    ``power_t`` as `power`.

    Parameters
    ----------
    s, e : (n,)
    decay, power : float

    Examples
    --------
    >>> inverse_time(np.zeros(3), np.array([0, 1, 3]), decay=1.0, power=2.0).tolist()
    [1.0, 0.25, 0.0625]

    References
    ----------
    Robbins, Monro (1951), A stochastic approximation method.
    Bottou (2012), Stochastic gradient descent tricks, section 5.2.
    """
    return np.asarray((1 + decay * np.asarray(e, np.float64)) ** -power)


def cosine(s: Array, e: Array, *, end: float = 0.0) -> Array:
    """end + (1 − end) ½ (1 + cos πs): from 1 gently down to `end`.

    Parameters
    ----------
    s, e : (n,)
    end : float

    Examples
    --------
    >>> cosine(np.array([0.0, 0.5, 1.0]), np.zeros(3)).round(6).tolist()
    [1.0, 0.5, 0.0]

    References
    ----------
    Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts.
    """
    return end + (1 - end) * (0.5 * (1 + np.cos(np.pi * s)))


def cosine_cycles(s: Array, e: Array, *, cycles: int) -> Array:
    """½ − ½ cos(2π log₂(1 + (2^cycles − 1) s)): up from 0 and down again, each time for twice as long.

    Parameters
    ----------
    s, e : (n,)
    cycles : int

    Examples
    --------
    >>> cosine_cycles(np.array([0, 1 / 15, 3 / 15, 7 / 15, 1]), np.zeros(5), cycles=4).round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data, where it has four cycles and is called coslog4.
    """
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + (2**cycles - 1) * s))


def one_cycle(s: Array, e: Array, *, start: float, rise: float, end: float) -> Array:
    """Up from `start` to 1 over the share `rise` of the run, then down to `end`, both along a cosine.

    Parameters
    ----------
    s, e : (n,)
    start, rise, end : float

    Examples
    --------
    >>> one_cycle(np.array([0.0, 0.25, 1.0]), np.zeros(3), start=0.04, rise=0.25, end=0.0).round(6).tolist()
    [0.04, 1.0, 0.0]

    References
    ----------
    Smith, Topin (2019), Super-convergence: very fast training of neural networks using large learning rates.
    """
    rising = start + (1 - start) * (1 - cosine(np.minimum(s / max(rise, LEAST_SHARE), 1), e))
    falling = cosine(np.maximum(s - rise, 0) / max(1 - rise, LEAST_SHARE), e, end=end)
    return np.where(s < rise, rising, falling)


def warm_up_factor(steps: Array, warm_up_steps: float) -> Array:
    """(t + 1) / T, at most 1: the learning rate rises in a line over the first T steps.

    The first step has 1/T and not 0, which would be a step to nowhere.

    Parameters
    ----------
    steps : (n,)
        t: how many steps were taken before each.
    warm_up_steps : float
        T.

    Examples
    --------
    >>> warm_up_factor(np.arange(6), 4).tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2.
    """
    return np.minimum((steps + 1) / warm_up_steps, 1)


SCHEDULES = register(
    "schedule",
    Schedule("constant", "1", constant),
    Schedule(
        "step",
        "factor^⌊e / every⌋",
        step,
        settings={"every": 5, "factor": 0.5},
        shares=("factor",),
    ),
    Schedule("exponential", "factorᵉ", exponential, settings={"factor": 0.95}, shares=("factor",)),
    Schedule(
        "inverse_time", "1 / (1 + decay · e)^power", inverse_time, settings={"decay": 0.1, "power": 1.0}
    ),
    Schedule("cosine", "end + (1 − end) ½ (1 + cos πs)", cosine, settings={"end": 0.0}, shares=("end",)),
    Schedule(
        "cosine_cycles",
        "½ − ½ cos(2π log₂(1 + (2^cycles − 1) s))",
        cosine_cycles,
        settings={"cycles": 4},
    ),
    Schedule(
        "one_cycle",
        "start → 1 → end, along cosines, the peak at s = rise",
        one_cycle,
        settings={"start": 1 / 25, "rise": 0.25, "end": 0.0},
        shares=("start", "rise", "end"),
    ),
    # Down to `factor` of what it was wherever the monitored quantity has not improved for `patience` epochs; where that
    # would have to happen again at a learning rate of `least` or below, training ends. scikit-learn's "adaptive" has
    # factor 1/5, least 10⁻⁶ and a patience of n_iter_no_change + 1.
    Schedule(
        "plateau",
        "times factor after each `patience` epochs without improvement",
        constant,
        settings={"factor": 0.2, "patience": 10, "least": 1e-6},
        shares=("factor",),
        reacts=True,
    ),
)
