"""From a network's scores to answers, and from people's answers to what the loss takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.network.architecture import Architecture


def probabilities(architecture: Architecture, logits: Array) -> Array:
    """The probability of each class ``(n, k)`` from raw scores; of both classes where there is one score."""
    p = architecture.judged_by.predictions(logits)
    if p.shape[1] == 1:
        return np.hstack([1 - p, p])
    if architecture.judged_by.targets == "binary":  # one yes or no for each class, judged apart
        p = np.maximum(p, np.finfo(p.dtype).tiny)
        return p / p.sum(axis=1, keepdims=True)
    return p


def decide(architecture: Architecture, logits: Array) -> Array:
    """The class of each example ``(n,)``, or the numbers ``(n, k)``, from raw scores.

    The class with the highest score wins; of equal ones, the first.
    """
    if architecture.judged_by.targets == "numbers":
        return architecture.judged_by.predictions(logits)
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).astype(np.int64)
    return logits.argmax(axis=1)


def targets(architecture: Architecture, y: Array, dtype: npt.DTypeLike) -> Array:
    """Answers in the form that the loss takes: classes ``(n,)``, or numbers ``(n, k)`` of that dtype.

    Raises
    ------
    ShapeError
        If they don't fit the network's outputs.
    DataError
        If yes-or-no answers are not between 0 and 1.
    """
    y, k = np.asarray(y), architecture.n_outputs
    kind = architecture.judged_by.targets
    if kind == "classes":
        if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
            raise ShapeError(f"y is {y.dtype} of shape {y.shape}; expected classes, integers of shape (n,).")
        _check_class_numbers(y, k)
        return y.astype(np.int64, copy=False)
    if y.ndim == 1 and k > 1 and np.issubdtype(y.dtype, np.integer):
        _check_class_numbers(y, k)
        y = np.eye(k)[y]  # classes, judged one by one
    y = y.reshape(len(y), -1).astype(dtype)
    if y.shape[1] != k:
        raise ShapeError(f"y has {y.shape[1]} numbers for each example; the network has {k} outputs.")
    if kind == "binary" and not ((y >= 0) & (y <= 1)).all():
        raise DataError(f"y holds {y.min():g} … {y.max():g}; {architecture.loss} expects 0 … 1.")
    return y


def checked_weights(sample_weight: Array, n: int) -> Array:
    """How much each of n examples counts, as float64.

    Raises
    ------
    ShapeError
        If there are not n weights.
    DataError
        If one is negative or not finite, or all are 0.
    """
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n,):
        raise ShapeError(f"sample_weight has shape {weights.shape}; expected ({n},), one for each example.")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError(
            "sample_weight holds a negative or non-finite number, or only zeros; expected weights ≥ 0."
        )
    return weights


def _check_class_numbers(y: Array, k: int) -> None:
    wrong = y[(y < 0) | (y >= k)]
    if len(wrong):
        raise ShapeError(f"y holds class {wrong[0]}, but the network has {k} outputs: 0 … {k - 1}.")
