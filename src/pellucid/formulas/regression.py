"""Losses of numbers: how far predictions are from the truth, example by example; `losses.py` has the register."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError

LARGEST_POWER = {
    4: 80.0,
    8: 700.0,
}  # by bytes of a number: e to this power, and sums of some, are still finite


def squared_error(z: Array, y: Array) -> tuple[Array, Array]:
    """Squared error, L_i = Σ_j (ŷ_j − y_j)² with ŷ = z, and its gradient 2 (ŷ − y).

    It is the lecture's SSE; the usual MSE divides by k besides, scikit-learn's loss is half of that.

    Parameters
    ----------
    z : (n, k)
        The predictions ŷ.
    y : (n, k)
        The truth.

    Returns
    -------
    losses : (n,)
        Summed over the k numbers.
    dz : (n, k)
        2 (ŷ − y).

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> squared_error(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]]))[0].tolist()
    [5.0]

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 5.1.4.
    """
    check_same_shape(z, y)
    error = z - y
    return (error * error).sum(axis=1), 2 * error


def absolute(z: Array, y: Array) -> tuple[Array, Array]:
    """Absolute error, L_i = Σ_j |z_j − y_j|, and a subgradient: outliers count no more than in proportion.

    The best constant prediction is the median.

    Parameters
    ----------
    z, y : (n, k)
        The predictions and the truth.

    Returns
    -------
    losses : (n,)
        Summed over the k numbers.
    dz : (n, k)
        The sign of z − y; 0 at the kink.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> losses, dz = absolute(np.array([[1.0, 2.0]]), np.array([[0.0, 5.0]]))
    >>> losses.tolist(), dz.tolist()
    ([4.0], [[1.0, -1.0]])

    References
    ----------
    Hastie, Tibshirani, Friedman (2009), The elements of statistical learning, section 10.6.
    """
    check_same_shape(z, y)
    error = z - y
    return np.abs(error).sum(axis=1), np.sign(error)


def huber(z: Array, y: Array) -> tuple[Array, Array]:
    """Huber's loss, L_i = Σ_j ½ e² where |e| ≤ 1, else |e| − ½, e = z_j − y_j: a square near 0, straight beyond.

    Parameters
    ----------
    z, y : (n, k)
        The predictions and the truth.

    Returns
    -------
    losses : (n,)
        Summed over the k numbers.
    dz : (n, k)
        e, held between −1 and 1.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> losses, dz = huber(np.array([[0.5, 3.0]]), np.array([[0.0, 0.0]]))
    >>> losses.tolist(), dz.tolist()
    ([2.625], [[0.5, 1.0]])

    References
    ----------
    Huber (1964), Robust estimation of a location parameter; with δ = 1.
    """
    check_same_shape(z, y)
    error = z - y
    dz = np.clip(error, -1, 1)
    return (dz * (error - dz / 2)).sum(axis=1), dz  # beyond 1 that is |e| − ½


def poisson(z: Array, y: Array) -> tuple[Array, Array]:
    """Poisson loss of counts, L_i = Σ_j e^{z_j} − y z_j − (y − y log y), and its gradient; e^z is the expected count.

    Minus the log-likelihood, less its least value: 0 where e^z = y. That is half of the Poisson deviance.

    Parameters
    ----------
    z : (n, k)
        Logarithms of the expected counts.
    y : (n, k)
        Counts, or rates: 0 or more.

    Returns
    -------
    losses : (n,)
        Summed over the k numbers.
    dz : (n, k)
        e^z − y.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> losses, dz = poisson(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))
    >>> losses.tolist(), dz.tolist()
    ([1.0], [[0.0, 1.0]])

    References
    ----------
    McCullagh, Nelder (1989), Generalized linear models, section 6.2 and table 2.1.
    """
    check_same_shape(z, y)
    expected = exponential(z)
    ahead = np.minimum(z, LARGEST_POWER[z.itemsize]) - np.log(np.maximum(y, np.finfo(z.dtype).tiny))
    # y (e^u − 1 − u) with u = z − log y. For small u this keeps the digits that e^z − y would lose
    excess = np.where(ahead < 1, y * np.expm1(np.minimum(ahead, 1)), expected - y)
    return np.maximum(excess - y * ahead, 0).sum(axis=1), expected - y


def exponential(z: Array) -> Array:
    """e^z: the expected count whose logarithm is z; held where e^z would overflow.

    Examples
    --------
    >>> exponential(np.array([0.0, 1.0])).round(4).tolist()
    [1.0, 2.7183]
    """
    return np.exp(np.minimum(z, LARGEST_POWER[z.itemsize]))


def check_same_shape(z: Array, y: Array) -> None:
    """Raise ShapeError unless there is one target for each score.

    Parameters
    ----------
    z, y : (n, k)
        Scores and targets.
    """
    if y.shape != z.shape:
        raise ShapeError(f"y has shape {y.shape}; expected that of z, {z.shape}.")
