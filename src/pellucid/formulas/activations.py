"""Activations: what a neuron makes of its weighted sum, h = f(z), and the slope dh/dz.

Value and slope stand together; the slope may use h as well as z, whichever is cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register

LEAK = 0.01  # the slope of leaky_relu left of zero (Maas, Hannun, Ng 2013)


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of one number and its slope.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    value : callable
        ``h = value(z)``, element by element.
    slope : callable
        ``dh/dz = slope(z, h)``.
    gain : float
        The factor in the variance gain / n_in of the weights that feed it, so that signals keep their size.
    analytic : bool
        Whether the formula has no kink: then it may be tested by a complex step.
    """

    name: str
    formula: str
    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    gain: float
    analytic: bool = True


def identity(z: Array) -> Array:
    """h = z: no activation, as in the readout layer."""
    return z


def identity_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return np.ones_like(z)


def relu(z: Array) -> Array:
    """h = max(0, z): the rectified linear unit.

    The neuron gives its weighted sum Σ + b where that is above 0, that is where Σ > −b, and 0 elsewhere.

    Examples
    --------
    >>> relu(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.3.1.
    """
    return np.maximum(z, 0)


def relu_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1 where z > 0, else 0; at the kink z = 0 we take 0.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Array) -> Array:
    """h = z where z > 0, else 0.01 z: a ReLU whose neurons can't die.

    References
    ----------
    Maas, Hannun, Ng (2013), Rectifier nonlinearities improve neural network acoustic models.
    """
    return np.where(z > 0, z, LEAK * z)


def leaky_relu_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1 where z > 0, else 0.01.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return np.where(z > 0, 1, LEAK).astype(z.dtype)


def sigmoid(z: Array) -> Array:
    """h = 1 / (1 + e⁻ᶻ): the logistic function, from 0 to 1.

    Examples
    --------
    >>> float(sigmoid(np.array(7.0)))
    0.9990889488055994

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 3.10.
    """
    small = np.exp(-np.abs(z))  # never overflows, unlike exp(-z) for z far below 0
    return np.where(z >= 0, 1, small) / (1 + small)


def sigmoid_slope(z: Array, h: Array) -> Array:
    """dh/dz = h (1 − h).

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return h * (1 - h)


def tanh(z: Array) -> Array:
    """h = tanh z, from −1 to 1."""
    return np.tanh(z)


def tanh_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1 − h².

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return 1 - h * h


ACTIVATIONS = register(
    "activation",
    Activation("identity", "z", identity, identity_slope, gain=1.0),
    Activation("relu", "max(0, z)", relu, relu_slope, gain=2.0, analytic=False),
    Activation(
        "leaky_relu",
        "z if z > 0 else 0.01 z",
        leaky_relu,
        leaky_relu_slope,
        gain=2.0 / (1 + LEAK**2),
        analytic=False,
    ),
    Activation("sigmoid", "1 / (1 + e⁻ᶻ)", sigmoid, sigmoid_slope, gain=1.0),
    Activation("tanh", "tanh z", tanh, tanh_slope, gain=1.0),
)
