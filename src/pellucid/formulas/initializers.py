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
    """

    name: str
    formula: str
    distribution: Literal["normal", "uniform"]
    variance: Callable[[int, int, float], float]


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
    return (deviation * draws).reshape(n_in, n_out).astype(dtype)


INITIALIZERS = register(
    "initializer",
    Initializer("auto", "N(0, gain / n_in): He's for ReLU, LeCun's else", "normal", lambda i, o, g: g / i),
    Initializer("zeros", "0", "normal", lambda i, o, g: 0.0),
    Initializer("normal", "N(0, 0.05²)", "normal", lambda i, o, g: 0.05**2),
    Initializer("uniform", "U(−0.05, 0.05)", "uniform", lambda i, o, g: 0.05**2 / 3),
    Initializer("lecun_normal", "N(0, 1 / n_in)", "normal", lambda i, o, g: 1 / i),
    Initializer("lecun_uniform", "U(± √(3 / n_in))", "uniform", lambda i, o, g: 1 / i),
    Initializer("glorot_normal", "N(0, 2 / (n_in + n_out))", "normal", lambda i, o, g: 2 / (i + o)),
    Initializer("glorot_uniform", "U(± √(6 / (n_in + n_out)))", "uniform", lambda i, o, g: 2 / (i + o)),
    Initializer("he_normal", "N(0, 2 / n_in)", "normal", lambda i, o, g: 2 / i),
    Initializer("he_uniform", "U(± √(6 / n_in))", "uniform", lambda i, o, g: 2 / i),
)
