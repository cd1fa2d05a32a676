"""The dense layer's weighted sum, its gradients, the bias trick, and dropout.

The lecture writes W h with one row of W for each neuron and h a column. Here a row is an example and W has one
*column* for each neuron, so that a whole batch is one product, z = h @ W + b; slides and lessons show Wᵀ.
"""

from __future__ import annotations

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
