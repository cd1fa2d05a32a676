"""Initializers: the random weights that training starts from; biases start at 0.

A good start keeps the size of signals (forward) and of gradients (backward) about the same from layer to layer.
All weights equal would be a bad one: neurons that start alike get the same gradient and stay alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, normal, uniform
from pellucid.basics.registers import register


@dataclass(frozen=True, slots=True)
class Initializer:
    """A distribution of initial weights.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    distribution : str
        "normal" around 0, or "uniform" between ± the same spread.
    variance : callable
        The weights' variance from (n_in, n_out, gain of the activation that follows).
    mean : float
        What they vary around.
    arrangement : callable, optional
        What becomes of the draws ``(n_in, n_out)`` of mean 0 and variance 1 before they are scaled; it keeps their
        mean and variance. Without it they stay as they are drawn.
    """

    name: str
    formula: str
    distribution: Literal["normal", "uniform"]
    variance: Callable[[int, int, float], float]
    mean: float = 0.0
    arrangement: Callable[[Array], Array] | None = None


def initial_weights(
    initializer: Initializer,
    n_in: int,
    n_out: int,
    *,
    gain: float,
    seed: int,
    layer: int,
    dtype: npt.DTypeLike,
) -> Array:
    """Random weights ``(n_in, n_out)`` of the initializer's variance; a uniform draw's limits are ± √(3 variance).

    Parameters
    ----------
    initializer : Initializer
    n_in, n_out : int
        Neurons before and after.
    gain : float
        Of the activation that follows.
    seed, layer : int
        The draw's address.
    dtype : dtype

    Examples
    --------
    >>> W = initial_weights(INITIALIZERS["he_normal"], 784, 16, gain=2.0, seed=0, layer=0, dtype="float32")
    >>> W.shape, round(float(W.std()), 3)
    ((784, 16), 0.05)
    """
    deviation = np.sqrt(initializer.variance(n_in, n_out, gain))
    count = n_in * n_out
    if initializer.distribution == "normal":
        draws = normal(count, seed=seed, stream=Stream.INITIAL_WEIGHTS, part=layer)
    else:
        halves = uniform(count, seed=seed, stream=Stream.INITIAL_WEIGHTS, part=layer)
        draws = (2 * halves - 1) * np.sqrt(3)  # uniform on ±√3 has variance 1
    draws = draws.reshape(n_in, n_out)
    if initializer.arrangement is not None:
        draws = initializer.arrangement(draws)
    return (initializer.mean + deviation * draws).astype(dtype)


def orthogonal(draws: Array) -> Array:
    """A random orthogonal matrix from normal draws: Q of draws = Q R, times √max(n_in, n_out).

    Its columns are at right angles and of one length (its rows, where there are fewer of those), so that W alone
    neither stretches nor squeezes any direction. With the signs of R's diagonal moved into Q, every such matrix is
    equally likely. The last bits are those of the linear algebra library that NumPy has.

    Parameters
    ----------
    draws : (n_in, n_out)
        Independent, normal.

    Returns
    -------
    (n_in, n_out)
        Scaled such that the numbers' variance is 1.

    Examples
    --------
    >>> Q = orthogonal(np.random.default_rng(0).normal(size=(4, 2))) / 2
    >>> bool(np.allclose(Q.T @ Q, np.eye(2)))
    True

    References
    ----------
    Saxe, McClelland, Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks, ICLR; Mezzadri (2007), How to generate random matrices from the classical compact groups, section 5.
    """
    n_in, n_out = draws.shape
    Q, R = np.linalg.qr(draws if n_in >= n_out else draws.T)
    Q *= np.where(np.diagonal(R) < 0, -1, 1)
    return np.sqrt(max(n_in, n_out)) * (Q if n_in >= n_out else Q.T)


INITIALIZERS = register(
    "initializer",
    Initializer("auto", "N(0, gain / n_in): He's for ReLU, LeCun's else", "normal", lambda i, o, g: g / i),
    Initializer("zeros", "0", "normal", lambda i, o, g: 0.0),
    Initializer(
        "constant", "0.05", "normal", lambda i, o, g: 0.0, mean=0.05
    ),  # to see neurons that stay alike
    Initializer("normal", "N(0, 0.05²)", "normal", lambda i, o, g: 0.05**2),
    Initializer("uniform", "U(−0.05, 0.05)", "uniform", lambda i, o, g: 0.05**2 / 3),
    Initializer("lecun_normal", "N(0, 1 / n_in)", "normal", lambda i, o, g: 1 / i),
    Initializer("lecun_uniform", "U(± √(3 / n_in))", "uniform", lambda i, o, g: 1 / i),
    Initializer("glorot_normal", "N(0, 2 / (n_in + n_out))", "normal", lambda i, o, g: 2 / (i + o)),
    Initializer("glorot_uniform", "U(± √(6 / (n_in + n_out)))", "uniform", lambda i, o, g: 2 / (i + o)),
    Initializer("he_normal", "N(0, 2 / n_in)", "normal", lambda i, o, g: 2 / i),
    Initializer("he_uniform", "U(± √(6 / n_in))", "uniform", lambda i, o, g: 2 / i),
    Initializer(
        "orthogonal", "√gain Q, QᵀQ = 1", "normal", lambda i, o, g: g / max(i, o), arrangement=orthogonal
    ),
)
