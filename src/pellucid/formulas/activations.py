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
SELU_ALPHA = 1.6732632423543772848  # α₀₁ and λ₀₁ of Klambauer et al. (2017), appendix 4: with them mean 0 and
SELU_SCALE = 1.0507009873554804934  # variance 1 of the signals are a fixed point
FAR = 40.0  # the normal density so far from 0 is 0 in double precision, too
# 1 / E f(z)² for a standard normal z. Ten layers keep signals at that size; with a ReLU's gain of 2 they would grow.
ELU_GAIN, SOFTPLUS_GAIN = 1.55, 1.08


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
    kinks : tuple of float
        The z at which the formula changes: there f, f′ or f″ jumps, and a difference quotient means nothing.
    """

    name: str
    formula: str
    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    gain: float
    kinks: tuple[float, ...] = ()

    @property
    def analytic(self) -> bool:
        """Whether one formula holds everywhere: then it may be tested by a complex step."""
        return not self.kinks


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


def elu(z: Array) -> Array:
    """h = z where z > 0, else eᶻ − 1: the exponential linear unit, which goes down to −1 and brings the mean near 0.

    Examples
    --------
    >>> elu(np.array([-1000.0, -1.0, 2.0])).round(4).tolist()
    [-1.0, -0.6321, 2.0]

    References
    ----------
    Clevert, Unterthiner, Hochreiter (2016), Fast and accurate deep network learning by exponential linear units,
    ICLR, with α = 1.
    """
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))  # expm1 does not cancel near 0, as eᶻ − 1 would


def elu_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1 where z > 0, else eᶻ = h + 1.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return np.where(z > 0, 1, h + 1).astype(z.dtype)


def selu(z: Array) -> Array:
    """h = λ z where z > 0, else λ α (eᶻ − 1), λ = 1.0507, α = 1.6733: an ELU that keeps the size of signals.

    With the initializer "lecun_normal" (which "auto" is here) mean 0 and variance 1 pass from layer to layer.

    Examples
    --------
    >>> selu(np.array([-1000.0, 1.0])).round(4).tolist()
    [-1.7581, 1.0507]

    References
    ----------
    Klambauer, Unterthiner, Mayr, Hochreiter (2017), Self-normalizing neural networks, NeurIPS, section 2.
    """
    return np.where(z > 0, SELU_SCALE * z, SELU_SCALE * SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def selu_slope(z: Array, h: Array) -> Array:
    """dh/dz = λ where z > 0, else λ α eᶻ = h + λ α.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return np.where(z > 0, SELU_SCALE, h + SELU_SCALE * SELU_ALPHA).astype(z.dtype)


def softplus(z: Array) -> Array:
    """h = log(1 + eᶻ): a ReLU without the kink.

    Examples
    --------
    >>> softplus(np.array([-1000.0, 0.0, 1000.0])).round(4).tolist()
    [0.0, 0.6931, 1000.0]

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 3.10.
    """
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # never overflows, unlike log(1 + exp(z))


def softplus_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1 / (1 + e⁻ᶻ).

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return sigmoid(z)


def gelu(z: Array) -> Array:
    """h = z Φ(z), Φ(z) = ½ (1 + erf(z / √2)) the normal distribution: exact, not the approximation by tanh.

    Examples
    --------
    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.1587, 0.0, 0.8413]

    References
    ----------
    Hendrycks, Gimpel (2016), Gaussian error linear units (GELUs), arXiv:1606.08415, equation 1.
    """
    return z * _normal_distribution(z)


def gelu_slope(z: Array, h: Array) -> Array:
    """dh/dz = Φ(z) + z φ(z), φ(z) = e^{−z²/2} / √(2π) the normal density.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    near = np.clip(z, -FAR, FAR)  # beyond, the density is 0, and z² might overflow
    return _normal_distribution(z) + near * (np.exp(-near * near / 2) / np.sqrt(2 * np.pi).astype(z.dtype))


def _normal_distribution(z: Array) -> Array:
    """Φ(z) = ½ (1 + erf(z / √2)), without the cancellation that this has for z far below 0."""
    from scipy.special import ndtr

    return ndtr(z)


def silu(z: Array) -> Array:
    """h = z sigmoid(z): the sigmoid linear unit, also called swish.

    Examples
    --------
    >>> silu(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.2689, 0.0, 0.7311]

    References
    ----------
    Elfwing, Uchibe, Doya (2018), Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning, Neural Networks 107; Ramachandran, Zoph, Le (2017), Searching for activation functions.
    """
    return z * sigmoid(z)


def silu_slope(z: Array, h: Array) -> Array:
    """dh/dz = s + h (1 − s), s = sigmoid(z).

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    s = sigmoid(z)
    return s + h * (1 - s)


def mish(z: Array) -> Array:
    """h = z tanh(log(1 + eᶻ)): smooth, and like a ReLU far from 0.

    Examples
    --------
    >>> mish(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.3034, 0.0, 0.8651]

    References
    ----------
    Misra (2020), Mish: a self regularized non-monotonic activation function, BMVC, equation 1.
    """
    return z * np.tanh(softplus(z))


def mish_slope(z: Array, h: Array) -> Array:
    """dh/dz = t + z (1 − t²) sigmoid(z), t = tanh(log(1 + eᶻ)).

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    t = np.tanh(softplus(z))
    return t + z * ((1 - t * t) * sigmoid(z))


def hard_sigmoid(z: Array) -> Array:
    """h = max(0, min(1, z/6 + ½)): a sigmoid of three straight pieces.

    Examples
    --------
    >>> hard_sigmoid(np.array([-4.0, 0.0, 1.5, 4.0])).tolist()
    [0.0, 0.5, 0.75, 1.0]

    References
    ----------
    Courbariaux, Bengio, David (2015), BinaryConnect, NeurIPS, equation 3, with the slope 1/6 that PyTorch and Keras 3
    have, from Howard et al. (2019), Searching for MobileNetV3, ICCV, section 5.2.
    """
    return np.clip(z / 6 + 0.5, 0, 1)


def hard_sigmoid_slope(z: Array, h: Array) -> Array:
    """dh/dz = 1/6 where −3 < z < 3, else 0; at the kinks we take 0.

    Parameters
    ----------
    z, h : arrays of one shape
        Pre-activations and activations, ``h = f(z)``.
    """
    return np.where(np.abs(z) < 3, 1 / 6, 0).astype(z.dtype)


ACTIVATIONS = register(
    "activation",
    Activation("identity", "z", identity, identity_slope, gain=1.0),
    Activation("relu", "max(0, z)", relu, relu_slope, gain=2.0, kinks=(0.0,)),
    Activation(
        "leaky_relu",
        "z if z > 0 else 0.01 z",
        leaky_relu,
        leaky_relu_slope,
        gain=2.0 / (1 + LEAK**2),
        kinks=(0.0,),
    ),
    Activation("elu", "z if z > 0 else eᶻ − 1", elu, elu_slope, gain=ELU_GAIN, kinks=(0.0,)),
    Activation("selu", "λ z if z > 0 else λ α (eᶻ − 1)", selu, selu_slope, gain=1.0, kinks=(0.0,)),
    Activation("softplus", "log(1 + eᶻ)", softplus, softplus_slope, gain=SOFTPLUS_GAIN),
    Activation("gelu", "z Φ(z), Φ(z) = ½ (1 + erf(z / √2))", gelu, gelu_slope, gain=2.0),
    Activation("silu", "z sigmoid(z)", silu, silu_slope, gain=2.0),
    Activation("mish", "z tanh(log(1 + eᶻ))", mish, mish_slope, gain=2.0),
    Activation("sigmoid", "1 / (1 + e⁻ᶻ)", sigmoid, sigmoid_slope, gain=1.0),
    Activation("tanh", "tanh z", tanh, tanh_slope, gain=1.0),
    Activation(
        "hard_sigmoid",
        "max(0, min(1, z/6 + ½))",
        hard_sigmoid,
        hard_sigmoid_slope,
        gain=1.0,
        kinks=(-3.0, 3.0),
    ),
)
