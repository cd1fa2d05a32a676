"""Normalization: weighted sums brought to mean 0 and variance 1, over the batch or over a layer's neurons.

A normalized layer computes z = h W + b as ever, then ẑ = (z − μ) / √(σ² + ε), then γ ẑ + β with two learnt numbers
for each neuron, the gain γ and the offset β; that goes into the activation.

Batch normalization takes μ and σ² of each neuron over the examples of the batch, and remembers running means of them,
with which it predicts: then no example depends on another. Layer normalization takes them over the neurons of one
example, in training and prediction alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.registers import register

EPSILON = 1e-5  # keeps the denominator away from 0
NEWEST = 0.1  # the share of the newest batch in the running means


@dataclass(frozen=True, slots=True)
class Normalization:
    """A way of normalizing the weighted sums of a layer.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    axis : int or None
        Along which means and variances are taken in a batch ``(n, n_out)``: 0 for the examples, 1 for the neurons;
        None where nothing is normalized.
    """

    name: str
    formula: str
    axis: int | None

    @property
    def remembers(self) -> bool:
        """Whether it keeps running means and variances for predicting."""
        return self.axis == 0


def statistics(z: Array, axis: int) -> tuple[Array, Array]:
    """Mean and (population) variance along an axis, which stays with length 1.

    Parameters
    ----------
    z : (n, n_out)
    axis : int

    Returns
    -------
    mean, variance : (1, n_out) or (n, 1)
    """
    mean = z.mean(axis=axis, keepdims=True)
    return mean, np.square(z - mean).mean(axis=axis, keepdims=True)


def standardized(z: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """ẑ = (z − μ) / √(σ² + ε), and the factor 1 / √(σ² + ε).

    Parameters
    ----------
    z : (n, n_out)
    mean, variance : (1, n_out) or (n, 1)

    Examples
    --------
    >>> z = np.array([[1.0], [3.0]])
    >>> standardized(z, *statistics(z, axis=0))[0].round(4).tolist()
    [[-1.0], [1.0]]

    References
    ----------
    Ioffe, Szegedy (2015), Batch normalization; Ba, Kiros, Hinton (2016), Layer normalization.
    """
    factor = 1 / np.sqrt(variance + z.dtype.type(EPSILON))
    return (z - mean) * factor, factor


def standardized_gradient(slope: Array, standard: Array, factor: Array, axis: int | None) -> Array:
    """From the slope with respect to ẑ to that with respect to z.

    Where μ and σ² were taken from z itself, they move with it:
    dz = factor · (dẑ − mean(dẑ) − ẑ · mean(dẑ · ẑ)), means along the axis.

    Parameters
    ----------
    slope : (n, n_out)
        dẑ.
    standard : (n, n_out)
        ẑ.
    factor : (1, n_out) or (n, 1)
    axis : int or None
        None where μ and σ² were given numbers: then dz = factor · dẑ.

    References
    ----------
    Ioffe, Szegedy (2015), section 3.
    """
    if axis is None:
        return slope * factor
    mean = slope.mean(axis=axis, keepdims=True)
    along = (slope * standard).mean(axis=axis, keepdims=True)
    return factor * (slope - mean - standard * along)


def remembered(running: Array, newest: Array) -> None:
    """r ← 0.9 r + 0.1 · newest, in place: what batch normalization knows of all batches.

    Parameters
    ----------
    running, newest : (n_out,)
    """
    running += running.dtype.type(NEWEST) * (newest - running)


NORMALIZATIONS = register(
    "normalization",
    Normalization("none", "z", None),
    Normalization("batch", "γ (z − μ) / √(σ² + ε) + β, over the batch", 0),
    Normalization("layer", "γ (z − μ) / √(σ² + ε) + β, over the neurons", 1),
)
