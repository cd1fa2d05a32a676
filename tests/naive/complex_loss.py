"""The mean loss for complex parameters, so that one complex step gives a slope without any cancellation.

Im f(x + ih) / h = f′(x) + O(h²) for analytic f: with h = 1e-30 it is exact to rounding.
Squire, Trapp (1998), Using complex variables to estimate derivatives of real functions, SIAM Review 40.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erf, xlogy

Array = npt.NDArray[Any]

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
}


def mean_loss(
    theta: Array,
    sizes: Sequence[int],
    activations: Sequence[str],
    loss: str,
    X: Array,
    y: Array,
    *,
    weights: Array | None = None,
    masks: Sequence[Array | None] | None = None,
) -> complex:
    """The (weighted) mean loss of a network whose theta may be complex; masks multiply each layer's h."""
    h, start = X, 0
    masks = [None] * len(activations) if masks is None else masks
    for n_in, n_out, name, mask in zip(sizes, sizes[1:], activations, masks, strict=False):
        W = theta[start : start + n_in * n_out].reshape(n_in, n_out)
        start += n_in * n_out
        z = np.einsum("ni,ij->nj", h, W) + theta[start : start + n_out]
        start += n_out
        h = ACTIVATIONS[name](z) * (1 if mask is None else mask)
    losses = _losses(loss, h, y)
    return complex(np.average(losses, weights=weights))


def _losses(loss: str, z: Array, y: Array) -> Array:
    if loss == "cross_entropy":
        return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]
    if loss == "binary_cross_entropy":
        return (np.log(1 + np.exp(z)) - z * y).sum(axis=1)
    if loss == "squared_error":
        return ((z - y) ** 2).sum(axis=1)
    if loss == "poisson":
        return (np.exp(z) - y * z - (y - xlogy(y, y))).sum(axis=1)
    raise KeyError(f"write down the analytic formula of {loss!r} here")


def complex_step(f: Callable[[Array], complex], theta: Array, h: float = 1e-30) -> Array:
    """The gradient of an analytic f: one complex step along each axis."""
    slopes = np.empty(len(theta))
    for index in range(len(theta)):
        moved = theta.astype(complex)
        moved[index] += 1j * h
        slopes[index] = f(moved).imag / h
    return slopes
