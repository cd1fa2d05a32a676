"""The dense layer's weighted sum, its gradients, the bias trick, dropout, and embeddings.

The lecture writes W h with one row of W for each neuron and h a column. Here a row is an example and W has one
*column* for each neuron, so that a whole batch is one product, z = h @ W + b; slides and lessons show Wᵀ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, uniform


def weighted_sum(h: Array, W: Array, b: Array) -> Array:
    """z = h W + b, for all neurons of a layer and all examples at once.

    Parameters
    ----------
    h : (n, n_in)
        Activations of the layer before; the features for the first layer.
    W : (n_in, n_out)
        Weights: ``W[i, j]`` leads from neuron i to neuron j.
    b : (n_out,)
        Biases.

    Returns
    -------
    (n, n_out)
        Pre-activations.

    Examples
    --------
    >>> weighted_sum(np.array([[2.0, 3.0]]), np.array([[0.0], [1.0]]), np.array([4.0])).tolist()
    [[7.0]]
    """
    return h @ W + b


def weighted_sum_gradients(h: Array, dz: Array) -> tuple[Array, Array]:
    """dW = hᵀ dz and db = Σ_i dz_i: the chain rule through z = h W + b, for the parameters.

    In the forward pass each W[i, j] met h[·, i] and went into z[·, j]; so its gradient is their product, summed
    over the examples.

    Parameters
    ----------
    h : (n, n_in)
    dz : (n, n_out)
        Gradient of the loss with respect to z.

    Returns
    -------
    dW : (n_in, n_out)
    db : (n_out,)

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, algorithm 6.4.
    """
    return h.T @ dz, dz.sum(axis=0)


def incoming_gradient(W: Array, dz: Array) -> Array:
    """dh = dz Wᵀ: the chain rule through z = h W + b, for the activations it came from.

    Parameters
    ----------
    W : (n_in, n_out)
    dz : (n, n_out)

    Returns
    -------
    (n, n_in)
    """
    return dz @ W.T


def weights_with_bias(W: Array, b: Array) -> Array:
    """[W; b]: the bias trick's matrix, the biases being one more row of weights.

    Parameters
    ----------
    W : (n_in, n_out)
    b : (n_out,)

    Returns
    -------
    (n_in + 1, n_out)

    Examples
    --------
    >>> h, W, b = np.array([[2.0, 3.0]]), np.array([[0.0], [1.0]]), np.array([4.0])
    >>> (with_one(h) @ weights_with_bias(W, b)).tolist() == weighted_sum(h, W, b).tolist()
    True
    """
    return np.vstack([W, b])


def with_one(h: Array) -> Array:
    """[h, 1]: the bias trick's activations, a neuron that always gives 1 being one more column.

    The product ``with_one(h) @ weights_with_bias(W, b)`` is the pre-activation z, not yet the next layer's h.
    """
    return np.hstack([h, np.ones((len(h), 1), dtype=h.dtype)])


def dropout_mask(
    n: int, units: int, *, rate: float, seed: int, epoch: int, step: int, layer: int, dtype: npt.DTypeLike
) -> Array:
    """1/(1 − rate) for the neurons that stay, 0 for those that drop out, drawn anew in every step.

    Because the mask is scaled during training ("inverted" dropout), the expected activation stays what it was and
    nothing has to be done when predicting.

    Parameters
    ----------
    n, units : int
        Examples in the batch, neurons in the layer.
    rate : float
        The probability with which a neuron drops out, 0 ≤ rate < 1.
    seed, epoch, step, layer : int
        The draw's address: the same address gives the same mask.
    dtype : dtype
        Of the mask.

    Returns
    -------
    (n, units)

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting.
    """
    draws = uniform(n * units, seed=seed, stream=Stream.DROPOUT, epoch=epoch, step=step, part=layer)
    keep = (draws >= rate).reshape(n, units)
    return keep.astype(dtype) / np.asarray(1 - rate, dtype=dtype)


def codes_of(column: Array, levels: int) -> Array:
    """A column of codes as whole numbers 0 … levels − 1; what is none of them becomes 0, the unknown level.

    Parameters
    ----------
    column : (n,)
    levels : int

    Examples
    --------
    >>> codes_of(np.array([2.0, 7.0, -1.0]), levels=3).tolist()
    [2, 0, 0]
    """
    known = (column >= 0) & (column < levels)
    return np.where(known, column, 0).astype(np.int64)


def embedded(x: Array, columns: Sequence[int], codes: Sequence[Array], tables: Sequence[Array]) -> Array:
    """The features without the columns of codes, followed by the numbers that stand for each code.

    Parameters
    ----------
    x : (n, d)
    columns : sequence of int
        Which hold codes.
    codes : sequence of (n,)
        What they hold; see `codes_of`.
    tables : sequence of (levels, size)
        The numbers for each level.

    Returns
    -------
    (n, d − columns + Σ size)

    References
    ----------
    Guo, Berkhahn (2016), Entity embeddings of categorical variables.
    """
    if not columns:
        return x
    return np.hstack(
        [np.delete(x, columns, axis=1), *(E[code] for E, code in zip(tables, codes, strict=True))]
    )


def embedding_gradient(slope: Array, codes: Array, levels: int) -> Array:
    """dE: for each level the sum of the slopes of the examples that have it.

    Parameters
    ----------
    slope : (n, size)
        With respect to the numbers that stood for the codes.
    codes : (n,)
    levels : int

    Returns
    -------
    (levels, size)
    """
    gradient = np.zeros((levels, slope.shape[1]), slope.dtype)
    np.add.at(gradient, codes, slope)
    return gradient
