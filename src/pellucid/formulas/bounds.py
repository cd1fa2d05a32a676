"""Bounds and averages of what training moves: gradients and weights no longer than is allowed, theta's mean course."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array


def clip(gradient: Array, most: float) -> None:
    """Shorten a gradient to ‖g‖ ≤ most, in place; its direction stays.

    Parameters
    ----------
    gradient : (P,)
    most : float

    Examples
    --------
    >>> g = np.array([3.0, 4.0])
    >>> clip(g, 1.0)
    >>> g.round(6).tolist()
    [0.6, 0.8]

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1.
    """
    length = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
    if length > most:
        gradient *= gradient.dtype.type(most / length)


def bound_columns(W: Array, most: float) -> None:
    """Shorten the weights that lead into each neuron, a column of W, to a length of at most `most`, in place.

    Parameters
    ----------
    W : (n_in, n_out)
    most : float

    Examples
    --------
    >>> W = np.array([[3.0, 0.1], [4.0, 0.2]])
    >>> bound_columns(W, 1.0)
    >>> W.round(6).tolist()
    [[0.6, 0.1], [0.8, 0.2]]

    References
    ----------
    Srivastava et al. (2014), Dropout, section 5.1: max-norm regularization.
    """
    lengths = np.sqrt(np.square(W, dtype=np.float64).sum(axis=0))
    long = lengths > most
    W[:, long] *= (most / lengths[long]).astype(W.dtype)


def average(mean: Array, theta: Array, kept: float) -> None:
    """a ← d a + (1 − d) θ, in place: an exponential moving average of theta's course.

    Parameters
    ----------
    mean, theta : (P,)
    kept : float
        d, the share of the average that stays.

    References
    ----------
    Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; in this form Kingma, Ba (2015),
    section 7.2.
    """
    mean += mean.dtype.type(1 - kept) * (theta - mean)
