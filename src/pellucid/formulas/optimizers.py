"""Optimizers: how a gradient becomes a step of theta. In order of increasing memory.

All of theta is one vector, so each is a few lines over vectors. The memory vectors (m, v) have theta's shape, start
at 0 and are updated in place, as is theta. In the formulas θ is theta, g the gradient, α the learning rate, t the
number of the step, counted from 1. α may be one number or, for layers that learn at rates of their own, ``(P,)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register

Rate = float | Array  # one for all parameters, or one for each
NADAM_WARM_UP = 0.96  # Dozat's base: β₁'s share grows from one half, the slower, the closer this is to 1


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One rule for updating parameters.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    step : callable
        ``step(theta, gradient, *memory, t=…, learning_rate=…, **settings)``, in place; the learning rate is a number
        or ``(P,)``.
    learning_rate : float or (P,)
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


def sgd(theta: Array, gradient: Array, *, t: int, learning_rate: Rate) -> None:
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
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: Rate, momentum: float
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
    learning_rate : float or (P,)
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
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: Rate, momentum: float
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
    learning_rate : float or (P,)
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


def adagrad(theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: Rate, epsilon: float) -> None:
    """v ← v + g²; θ ← θ − α g / (√v + ε): rarely moved parameters take larger steps.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    v : (P,)
        Sum of the squared gradients; changes in place.
    t : int
        Number of this step, from 1; not needed here.
    learning_rate : float or (P,)
    epsilon : float
        ε, which keeps the denominator away from 0.

    References
    ----------
    Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization.
    """
    v += gradient * gradient
    theta -= learning_rate * gradient / (np.sqrt(v) + epsilon)


def rmsprop(
    theta: Array, gradient: Array, v: Array, *, t: int, learning_rate: Rate, rho: float, epsilon: float
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
    learning_rate : float or (P,)
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
    learning_rate: Rate,
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
    learning_rate : float or (P,)
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


def adamw(
    theta: Array,
    gradient: Array,
    m: Array,
    v: Array,
    *,
    t: int,
    learning_rate: Rate,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> None:
    """θ ← (1 − α λ) θ, then a step of Adam: decay that does not pass through Adam's averages, as an L2 penalty would.

    As in PyTorch it reaches all of θ, biases, too.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    m, v : (P,)
        Adam's; they change in place.
    t : int
        Number of this step, from 1.
    learning_rate : float or (P,)
    beta1, beta2, epsilon : float
        Adam's.
    weight_decay : float
        λ.

    Examples
    --------
    >>> theta, m, v = np.array([1.0]), np.zeros(1), np.zeros(1)
    >>> adamw(theta, np.zeros(1), m, v, t=1, learning_rate=0.1, **OPTIMIZERS["adamw"].settings)
    >>> theta.tolist()
    [0.999]

    References
    ----------
    Loshchilov, Hutter (2019), Decoupled weight decay regularization, ICLR, algorithm 2.
    """
    theta -= (learning_rate * weight_decay) * theta
    adam(theta, gradient, m, v, t=t, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon)


def nadam(
    theta: Array,
    gradient: Array,
    m: Array,
    v: Array,
    *,
    t: int,
    learning_rate: Rate,
    beta1: float,
    beta2: float,
    epsilon: float,
    momentum_decay: float,
) -> None:
    """θ ← θ − α (a g + b m) / (√v̂ + ε), m, v, v̂ as in Adam, a and b from `nadam_shares`: Adam that looks ahead.

    Parameters
    ----------
    theta, gradient : (P,)
        theta changes in place.
    m, v : (P,)
        Adam's; they change in place.
    t : int
        Number of this step, from 1.
    learning_rate : float or (P,)
    beta1, beta2, epsilon : float
        Adam's.
    momentum_decay : float
        ψ: how fast β₁ reaches its full size.

    References
    ----------
    Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop; with the shares of m that PyTorch has.
    """
    m *= beta1
    m += (1 - beta1) * gradient
    v *= beta2
    v += (1 - beta2) * (gradient * gradient)
    root = np.sqrt(v)
    root *= 1 / np.sqrt(1 - beta2**t)
    root += epsilon
    new, old = nadam_shares(t, beta1=beta1, momentum_decay=momentum_decay)
    theta -= learning_rate * (new * gradient + old * m) / root


def nadam_shares(t: int, *, beta1: float, momentum_decay: float) -> tuple[float, float]:
    """a = (1 − μ_t) / (1 − Π_t) and b = μ_{t+1} / (1 − Π_{t+1}): the gradient's and m's shares in Nadam's step t.

    μ_i = β₁ (1 − ½ · 0.96^{ψ i}), and Π_t = μ_1 μ_2 … μ_t. Thus nothing but t has to be remembered.

    Parameters
    ----------
    t : int
        Number of the step, from 1.
    beta1, momentum_decay : float
        β₁ and ψ.

    Examples
    --------
    >>> nadam_shares(1, beta1=0.9, momentum_decay=0.0)  # all μ are 0.45
    (1.0, 0.5642633228840126)
    """
    enough = int(40 / (1 - beta1)) + 1  # Π ≤ β₁^t: after so many factors, 1 − Π is 1 to the last bit
    shares = beta1 * (1 - 0.5 * NADAM_WARM_UP ** (momentum_decay * np.arange(1.0, min(t, enough) + 1)))
    now, after = (beta1 * (1 - 0.5 * NADAM_WARM_UP ** (momentum_decay * i)) for i in (t, t + 1))
    product = float(shares.prod())
    return (1 - now) / (1 - product), after / (1 - product * after)


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
    Optimizer(
        "adamw",
        "(1 − α λ) θ − α m̂ / (√v̂ + ε)",
        adamw,
        learning_rate=0.001,
        memory=("m", "v"),
        settings={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
    ),
    Optimizer(
        "nadam",
        "θ − α (a g + b m) / (√v̂ + ε)",
        nadam,
        learning_rate=0.002,
        memory=("m", "v"),
        settings={"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum_decay": 0.004},
    ),
)
