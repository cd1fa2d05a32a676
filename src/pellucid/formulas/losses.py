"""Losses: how far the network's scores z are from the truth y, example by example.

Each function gives the loss L_i of every example and its gradient dz = dL_i/dz. The loss of a data set is the mean
of all L_i (weighted, where examples have weights); the engines take that mean, so it stands in one place and not in
every formula.

The squashing that turns scores into predictions (soft-max, sigmoid) belongs to the loss: the two together have a
simple, exact gradient, prediction − truth, and never meet log 0.

The losses of classes and of yes-or-no answers stand here, those of numbers in `regression.py`, all in one register.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.basics.registers import register
from pellucid.formulas.activations import identity, sigmoid
from pellucid.formulas.regression import (
    absolute,
    check_same_shape,
    exponential,
    huber,
    poisson,
    squared_error,
)

TargetKind = Literal["classes", "binary", "numbers"]


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss with its gradient, and the map from scores to predictions that goes with it.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    value : callable
        ``losses, dz = value(z, y)``: per example, ``(n,)`` and ``(n, k)``.
    predictions : callable
        From scores ``(n, k)`` to probabilities or numbers ``(n, k)``.
    targets : str
        What y is: "classes" ``(n,)`` integers, "binary" ``(n, k)`` numbers from 0 to 1, "numbers" ``(n, k)``.
    analytic : bool
        Whether one formula holds everywhere.
    lowest : float
        The least number that a target may be.
    """

    name: str
    formula: str
    value: Callable[[Array, Array], tuple[Array, Array]]
    predictions: Callable[[Array], Array]
    targets: TargetKind
    analytic: bool = True
    lowest: float = -math.inf


def softmax(z: Array) -> Array:
    """p_j = e^{z_j} / Σ_k e^{z_k}: scores become a probability distribution.

    Adding the same number to all scores changes nothing, so the largest is subtracted first and nothing overflows.

    Parameters
    ----------
    z : (n, k)
        Raw scores (logits), read as unnormalized log-probabilities.

    Returns
    -------
    (n, k)
        Each between 0 and 1; each row adds up to 1.

    Examples
    --------
    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.3.
    """
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z: Array, y: Array) -> tuple[Array, Array]:
    """Cross-entropy of soft-max scores, L_i = −log softmax(z_i)[y_i], and its gradient.

    Parameters
    ----------
    z : (n, k)
        Logits of n examples for k classes.
    y : (n,)
        The true class of each example, 0 … k−1.

    Returns
    -------
    losses : (n,)
        In nats; ln k for a network that knows nothing.
    dz : (n, k)
        The gradient of each L_i with respect to its z: softmax(z) − onehot(y).

    Raises
    ------
    ShapeError
        If y holds a class that z has no column for.

    Examples
    --------
    >>> losses, dz = cross_entropy(np.zeros((1, 10)), np.array([3]))
    >>> losses.round(4).tolist(), dz[0, 3].round(2).item()
    ([2.3026], -0.9)

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.3.
    """
    _check_classes(z, y)
    rows = np.arange(len(z))
    shifted = z - z.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[rows, y]  # log-sum-exp: finite where p itself rounds to 0
    dz = e / total
    dz[rows, y] -= 1
    return losses, dz


def smoothed_cross_entropy(z: Array, y: Array, smoothing: float) -> tuple[Array, Array]:
    """Cross-entropy against softened truth, L_i = (1 − ε) CE_i + (ε / k) Σ_j −log p_j, and its gradient.

    The truth gives its class 1 − ε + ε/k and each other ε/k, so that scores need not grow without end.

    Parameters
    ----------
    z : (n, k)
        Logits of n examples for k classes.
    y : (n,)
        The true class of each example, 0 … k−1.
    smoothing : float
        ε, from 0 (plain cross-entropy) to below 1.

    Returns
    -------
    losses : (n,)
        In nats; not 0 at best, but the entropy of the softened truth.
    dz : (n, k)
        softmax(z) − (1 − ε) onehot(y) − ε/k.

    Raises
    ------
    ShapeError
        If y holds a class that z has no column for.

    Examples
    --------
    >>> losses, dz = smoothed_cross_entropy(np.zeros((1, 4)), np.array([1]), 0.2)
    >>> losses.round(4).tolist(), dz.round(2).tolist()
    ([1.3863], [[0.2, -0.6, 0.2, 0.2]])

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, CVPR, section 7.
    """
    losses, dz = cross_entropy(z, y)
    k, truth = z.shape[1], z[np.arange(len(z)), y]
    # −log p_j = CE + z_y − z_j, whose mean over j is CE + z_y − mean z
    losses += smoothing * (truth - z.mean(axis=1))
    dz[np.arange(len(z)), y] += smoothing
    dz -= smoothing / k
    return losses, dz


def binary_cross_entropy(z: Array, y: Array) -> tuple[Array, Array]:
    """Cross-entropy of k independent yes/no answers, L_i = −Σ_j (y log p + (1−y) log(1−p)), p = sigmoid(z).

    Written as max(z, 0) − z y + log(1 + e^{−|z|}), which never overflows and never meets log 0.

    Parameters
    ----------
    z : (n, k)
        Logits.
    y : (n, k)
        The truth, 0 … 1.

    Returns
    -------
    losses : (n,)
        In nats, summed over the k answers; k ln 2 for a network that knows nothing.
    dz : (n, k)
        sigmoid(z) − y.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> losses, dz = binary_cross_entropy(np.array([[0.0]]), np.array([[1.0]]))
    >>> losses.round(4).tolist(), dz.tolist()
    ([0.6931], [[-0.5]])

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.2.
    """
    check_same_shape(z, y)
    losses = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return losses.sum(axis=1), sigmoid(z) - y


def hinge(z: Array, y: Array) -> tuple[Array, Array]:
    """Multi-class hinge loss, L_i = Σ_{j≠y_i} max(0, 1 + z_j − z_{y_i}), and a subgradient.

    Zero when the true class's score leads all others by at least 1.

    Parameters
    ----------
    z : (n, k)
        Scores of n examples for k classes.
    y : (n,)
        The true class of each example, 0 … k−1.

    Returns
    -------
    losses : (n,)
    dz : (n, k)
        A 1 for each class that comes too near, minus their number for the true one; 0 at the kink.

    Raises
    ------
    ShapeError
        If y holds a class that z has no column for.

    Examples
    --------
    >>> losses, dz = hinge(np.array([[3.0, 2.5, 0.0]]), np.array([0]))
    >>> losses.tolist(), dz.tolist()
    ([0.5], [[-1.0, 1.0, 0.0]])

    References
    ----------
    Weston, Watkins (1999), Support vector machines for multi-class pattern recognition.
    """
    _check_classes(z, y)
    rows = np.arange(len(z))
    margins = 1 + z - z[rows, y][:, None]
    margins[rows, y] = 0
    dz = (margins > 0).astype(z.dtype)  # at the kink, margin 0, we take 0
    losses = (margins * dz).sum(axis=1)
    dz[rows, y] = -dz.sum(axis=1)
    return losses, dz


def _check_classes(z: Array, y: Array) -> None:
    if y.shape != z.shape[:1]:
        raise ShapeError(f"y has shape {y.shape}; expected one class for each of the {len(z)} rows of z.")
    wrong = y[(y < 0) | (y >= z.shape[1])]
    if len(wrong):
        raise ShapeError(f"y holds class {wrong[0]}, but z has {z.shape[1]} columns: 0 … {z.shape[1] - 1}.")


LOSSES = register(
    "loss",
    Loss("cross_entropy", "−log softmax(z)[y]", cross_entropy, softmax, "classes"),
    Loss(
        "binary_cross_entropy",
        "−Σ (y log p + (1 − y) log(1 − p)), p = sigmoid(z)",
        binary_cross_entropy,
        sigmoid,
        "binary",
    ),
    Loss("squared_error", "Σ (z − y)²", squared_error, identity, "numbers"),
    Loss("absolute", "Σ |z − y|", absolute, identity, "numbers", analytic=False),
    Loss("huber", "Σ ½ e² if |e| ≤ 1 else |e| − ½, e = z − y", huber, identity, "numbers", analytic=False),
    Loss("poisson", "Σ e^z − y z − (y − y log y)", poisson, exponential, "numbers", lowest=0.0),
    # The hinge loss has no probabilities of its own: soft-max of its scores ranks classes, but is not calibrated.
    Loss("hinge", "Σ_{j≠y} max(0, 1 + z_j − z_y)", hinge, softmax, "classes", analytic=False),
)
