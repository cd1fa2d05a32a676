"""From a network's scores to answers, and from people's answers to what the loss takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import DataError, ShapeError
from pellucid.network.architecture import Architecture


def probabilities(architecture: Architecture, logits: Array) -> Array:
    """The probability of each class ``(n, k)`` from raw scores; of both classes where there is one score.

    Parameters
    ----------
    architecture : Architecture
    logits : (n, k)

    Returns
    -------
    (n, k)
        Each row adds up to 1; (n, 2) for one score.
    """
    predictions = architecture.loss_function.predictions
    if logits.shape[1] == 1:
        return np.hstack([predictions(-logits), predictions(logits)])  # not 1 − p, which would round to 0
    p = predictions(logits)
    if architecture.loss_function.targets == "binary":  # one yes or no for each class, judged apart
        p = np.maximum(p, np.finfo(p.dtype).tiny)
        return p / p.sum(axis=1, keepdims=True)
    return p


def decide(architecture: Architecture, logits: Array) -> Array:
    """The class of each example ``(n,)``, or the numbers ``(n, k)``, from raw scores.

    The class with the highest score wins; of equal ones, the first.

    Parameters
    ----------
    architecture : Architecture
    logits : (n, k)
    """
    if architecture.loss_function.targets == "numbers":
        return architecture.loss_function.predictions(logits)
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).astype(np.int64)
    return logits.argmax(axis=1)


def right(architecture: Architecture, logits: Array, y: Array) -> Array:
    """Which examples the network got right ``(n,)``; none where it predicts numbers, which are never quite right.

    Parameters
    ----------
    architecture : Architecture
    logits : (n, k)
    y : (n,) or (n, k)
        The truth in the form that the loss takes: of yes-or-no numbers, above ½ means yes, and of several the
        largest counts.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> net = Architecture.mlp(Input((4,)), hidden=[], n_outputs=3)
    >>> right(net, np.array([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]]), np.array([1, 1])).tolist()
    [True, False]
    """
    kind = architecture.loss_function.targets
    if kind == "numbers":
        return np.zeros(len(logits), dtype=np.bool_)
    if kind == "binary":
        y = y[:, 0] > 0.5 if y.shape[1] == 1 else y.argmax(axis=1)
    return decide(architecture, logits) == y


def targets(architecture: Architecture, y: Array, dtype: npt.DTypeLike) -> Array:
    """Answers in the form that the loss takes: classes ``(n,)``, or numbers ``(n, k)`` of that dtype.

    Parameters
    ----------
    architecture : Architecture
    y : (n,) or (n, k)
        Classes, or numbers.
    dtype : dtype
        Of numbers.

    Raises
    ------
    ShapeError
        If they don't fit the network's outputs.
    DataError
        If yes-or-no answers are not between 0 and 1, or counts are negative.
    """
    y, k = np.asarray(y), architecture.n_outputs
    if y.ndim == 0:
        raise ShapeError("y is a single number; expected one answer for each example, (n,) or (n, k).")
    kind = architecture.loss_function.targets
    if kind == "classes":
        if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
            raise ShapeError(f"y is {y.dtype} of shape {y.shape}; expected classes, integers of shape (n,).")
        _check_class_numbers(y, k)
        return y.astype(np.int64, copy=False)
    if y.ndim == 1 and k > 1 and np.issubdtype(y.dtype, np.integer):
        _check_class_numbers(y, k)
        y = np.eye(k)[y]  # classes, judged one by one
    y = finite_numbers(y, "y", dtype).reshape(len(y), math.prod(y.shape[1:])).astype(dtype)
    if y.shape[1] != k:
        raise ShapeError(f"y has {y.shape[1]} numbers for each example; the network has {k} outputs.")
    if len(y) and y.min() < architecture.loss_function.lowest:
        raise DataError(
            f"y holds {y.min():g}, but {architecture.loss} expects numbers of at least "
            f"{architecture.loss_function.lowest:g}."
        )
    if kind == "binary" and not ((y >= 0) & (y <= 1)).all():
        raise DataError(f"y holds {y.min():g} … {y.max():g}; {architecture.loss} expects 0 … 1.")
    return y


def _check_class_numbers(y: Array, k: int) -> None:
    wrong = y[(y < 0) | (y >= k)]
    if len(wrong):
        raise ShapeError(f"y holds class {wrong[0]}, but the network has {k} outputs: 0 … {k - 1}.")


def pooled(architecture: Architecture, logits: Sequence[Array]) -> Array:
    """The scores ``(n, k)`` whose probabilities are the mean of several networks' probabilities.

    Of numbers it is the mean of the scores themselves.

    Parameters
    ----------
    architecture : Architecture
        Of all of them.
    logits : sequence of (n, k)
        Each network's scores.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> linear = Architecture.mlp(Input((1,)), [], 2)
    >>> pooled(linear, [np.array([[0.0, 0.0]]), np.array([[0.0, 9e9]])]).round(4).tolist()
    [[-1.3863, -0.2877]]
    """
    loss = architecture.loss_function
    if loss.targets == "numbers":
        return np.mean(logits, axis=0)
    p = np.mean([loss.predictions(z) for z in logits], axis=0)
    tiny = np.finfo(p.dtype).tiny
    if loss.targets == "classes":
        return np.log(np.maximum(p, tiny))
    other = np.mean([loss.predictions(-z) for z in logits], axis=0)  # 1 − p, where p itself rounds to 1
    return np.log(np.maximum(p, tiny)) - np.log(np.maximum(other, tiny))
