"""Optimizers: how a gradient becomes a step of theta. In order of increasing memory.

All of theta is one vector, so each is a few lines over vectors. The memory vectors (m, v) have theta's shape, start
at 0 and are updated in place, as is theta. In the formulas θ is theta, g the gradient, α the learning rate, t the
number of the step, counted from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One rule for updating parameters.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    step : callable
        ``step(theta, gradient, *memory, t=…, learning_rate=…, **settings)``, in place.
    learning_rate : float
        A sensible default.
    memory : tuple of str
        Names of the vectors it keeps between steps.
    settings : mapping of str to float
        Its further constants and their defaults.
    """

    name: str
    formula: str
    step: Callable[..., None]
    learning_rate: float
    memory: tuple[str, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)


def sgd(theta: Array, gradient: Array, *, t: int, learning_rate: float) -> None:
    """θ ← θ − α g: gradient descent, the negative gradient being the direction of steepest descent.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float

    Examples
    --------
    >>> theta = np.array([1.0])
    >>> sgd(theta, 2 * theta, t=1, learning_rate=0.1)  # the slope of θ² is 2θ
    >>> theta.tolist()
    [0.8]
    """
    theta -= learning_rate * gradient


def momentum(
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: float, momentum: float
) -> None:
    """v ← μ v − α g; θ ← θ + v: a ball that rolls downhill.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    v : (P,)
        The velocity; changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float
    momentum : float
        μ, the share of the velocity that stays.

    References
    ----------
    Polyak (1964); Goodfellow, Bengio, Courville (2016), Deep Learning, algorithm 8.2.
    """
    v *= momentum
    v -= learning_rate * gradient
    theta += v


def nesterov(
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: float, momentum: float
) -> None:
    """v ← μ v − α g; θ ← θ + μ v − α g: momentum that looks ahead.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    v : (P,)
        The velocity; changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float
    momentum : float
        μ, the share of the velocity that stays.

    References
    ----------
    Sutskever et al. (2013), On the importance of initialization and momentum in deep learning, in the form of
    Bengio et al. (2013), Advances in optimizing recurrent networks, which needs the gradient at θ only.
    """
    step = learning_rate * gradient
    v *= momentum
    v -= step
    theta += momentum * v
    theta -= step


def adagrad(theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: float, epsilon: float) -> None:
    """v ← v + g²; θ ← θ − α g / (√v + ε): rarely moved parameters take larger steps.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    v : (P,)
        Sum of the squared gradients; changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float
    epsilon : float
        ε, which keeps the denominator away from 0.

    References
    ----------
    Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization.
    """
    v += gradient * gradient
    theta -= learning_rate * gradient / (np.sqrt(v) + epsilon)


def rmsprop(
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: float, rho: float, epsilon: float
) -> None:
    """v ← ρ v + (1 − ρ) g²; θ ← θ − α g / (√v + ε): Adagrad that forgets.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    v : (P,)
        Running mean of the squared gradient; changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float
    rho : float
        ρ, the share of v that stays.
    epsilon : float
        ε, which keeps the denominator away from 0.

    References
    ----------
    Hinton (2012), Neural networks for machine learning, lecture 6e.
    """
    v *= rho
    v += (1 - rho) * gradient * gradient
    theta -= learning_rate * gradient / (np.sqrt(v) + epsilon)


def adam(
    theta: Array,
    gradient: Array,
    m: Array,
    v: Array,
    *,
    t: int,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """m ← β₁ m + (1−β₁) g; v ← β₂ v + (1−β₂) g²; θ ← θ − α m̂ / (√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).

    Averages of the gradient and of its square, both corrected for having started at 0.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    m, v : (P,)
        Running means of the gradient and of its square; they change in place.
    t : int
        Number of this step, from 1.
    learning_rate : float
    beta1, beta2 : float
        The shares of m and v that stay.
    epsilon : float
        ε, which keeps the denominator away from 0.

    References
    ----------
    Kingma, Ba (2015), Adam: a method for stochastic optimization, algorithm 1.
    """
    m *= beta1
    m += (1 - beta1) * gradient
    v *= beta2
    v += (1 - beta2) * (gradient * gradient)
    root = np.sqrt(v)
    root *= 1 / np.sqrt(1 - beta2**t)
    root += epsilon
    theta -= (learning_rate / (1 - beta1**t)) * m / root


OPTIMIZERS = register(
    "optimizer",
    Optimizer("sgd", "θ − α g", sgd, learning_rate=0.1),
    Optimizer(
        "momentum",
        "v = μ v − α g; θ + v",
        momentum,
        learning_rate=0.01,
        memory=("v",),
        settings={"momentum": 0.9},
    ),
    Optimizer(
        "nesterov",
        "v = μ v − α g; θ + μ v − α g",
        nesterov,
        learning_rate=0.01,
        memory=("v",),
        settings={"momentum": 0.9},
    ),
    Optimizer(
        "adagrad",
        "θ − α g / (√Σg² + ε)",
        adagrad,
        learning_rate=0.01,
        memory=("v",),
        settings={"epsilon": 1e-8},
    ),
    Optimizer(
        "rmsprop",
        "θ − α g / (√v + ε)",
        rmsprop,
        learning_rate=0.001,
        memory=("v",),
        settings={"rho": 0.9, "epsilon": 1e-8},
    ),
    Optimizer(
        "adam",
        "θ − α m̂ / (√v̂ + ε)",
        adam,
        learning_rate=0.001,
        memory=("m", "v"),
        settings={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    ),
)
