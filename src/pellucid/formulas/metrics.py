"""Metrics: how good predictions are, as one number that people compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.basics.registers import register


@dataclass(frozen=True, slots=True)
class Metric:
    """A score of predictions.

    Parameters
    ----------
    name : str
    formula : str
        For documentation, command line and lab.
    value : callable
        ``value(y, predicted)``: truth first.
    targets : str
        "classes": both are classes ``(n,)``; "numbers": both are ``(n, k)``.
    best : str
        Whether "high" or "low" is good.
    """

    name: str
    formula: str
    value: Callable[[Array, Array], float]
    targets: Literal["classes", "numbers"]
    best: Literal["high", "low"]


def accuracy(y: Array, predicted: Array) -> float:
    """Correct predictions over all predictions.

    Parameters
    ----------
    y, predicted : (n,)
        True and predicted classes.

    Raises
    ------
    ShapeError
        If the shapes differ or there is no example.

    Examples
    --------
    >>> accuracy(np.array([1, 0, 3, 3]), np.array([1, 0, 3, 5]))
    0.75
    """
    _check_same_shape(y, predicted)
    return float(np.mean(y == predicted))


def mean_squared_error(y: Array, predicted: Array) -> float:
    """Mean of (ŷ − y)² over examples and outputs.

    Parameters
    ----------
    y, predicted : (n,) or (n, k)
        The truth and the predictions.

    Raises
    ------
    ShapeError
        If the shapes differ or there is no example.

    Examples
    --------
    >>> mean_squared_error(np.array([1.0, 0.0, 0.0, 1.0]), np.zeros(4))
    0.5
    """
    _check_same_shape(y, predicted)
    return float(np.mean((np.asarray(predicted, dtype=np.float64) - y) ** 2))


def root_mean_squared_error(y: Array, predicted: Array) -> float:
    """√ of the mean squared error, in the units of y.

    Parameters
    ----------
    y, predicted : (n,) or (n, k)
        The truth and the predictions.

    Raises
    ------
    ShapeError
        If the shapes differ or there is no example.
    """
    return float(np.sqrt(mean_squared_error(y, predicted)))


def mean_absolute_error(y: Array, predicted: Array) -> float:
    """Mean of |ŷ − y|, in the units of y.

    Parameters
    ----------
    y, predicted : (n,) or (n, k)
        The truth and the predictions.

    Raises
    ------
    ShapeError
        If the shapes differ or there is no example.
    """
    _check_same_shape(y, predicted)
    return float(np.mean(np.abs(np.asarray(predicted, dtype=np.float64) - y)))


def r2(y: Array, predicted: Array) -> float:
    """R² = 1 − Σ(ŷ − y)² / Σ(y − mean y)²: 1 is perfect, 0 is as good as always saying the mean.

    Constant truth has no variation to explain: 1 if it is met exactly, else 0. The mean over several outputs.

    Parameters
    ----------
    y, predicted : (n,) or (n, k)
        The truth and the predictions.

    Raises
    ------
    ShapeError
        If the shapes differ or there is no example.

    References
    ----------
    Hastie, Tibshirani, Friedman (2009), The elements of statistical learning, section 3.2.
    """
    _check_same_shape(y, predicted)
    y, predicted = (np.asarray(a, dtype=np.float64).reshape(len(y), -1) for a in (y, predicted))
    missed = ((predicted - y) ** 2).sum(axis=0)
    total = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    constant = total == 0
    scores = np.where(constant, (missed == 0).astype(float), 1 - missed / np.where(constant, 1, total))
    return float(scores.mean())


def confusion_matrix(y: Array, predicted: Array, n_classes: int) -> npt.NDArray[np.int64]:
    """How often class i (row) was called class j (column), ``(k, k)``.

    Parameters
    ----------
    y, predicted : (n,)
        True and predicted classes, integers.
    n_classes : int
        k.

    Raises
    ------
    ShapeError
        If a class has no row, or the shapes differ.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    _check_same_shape(y, predicted)
    for classes in (y, predicted):
        wrong = classes[(classes < 0) | (classes >= n_classes)]
        if len(wrong):
            raise ShapeError(
                f"There is a class {wrong[0]}; expected 0 … {n_classes - 1} for {n_classes} classes."
            )
    rows = np.asarray(y, dtype=np.int64)  # uint8 labels would overflow in the product
    pairs = np.bincount(rows * n_classes + predicted, minlength=n_classes * n_classes)
    return pairs.reshape(n_classes, n_classes)


def _check_same_shape(y: Array, predicted: Array) -> None:
    if np.shape(y) != np.shape(predicted) or len(y) == 0:
        raise ShapeError(
            f"y has shape {np.shape(y)}, the predictions {np.shape(predicted)}; "
            "expected the same for both, and at least one example."
        )


METRICS = register(
    "metric",
    Metric("accuracy", "correct / n", accuracy, "classes", "high"),
    Metric("r2", "1 − Σ(ŷ − y)² / Σ(y − ȳ)²", r2, "numbers", "high"),
    Metric("mean_squared_error", "mean (ŷ − y)²", mean_squared_error, "numbers", "low"),
    Metric("root_mean_squared_error", "√ mean (ŷ − y)²", root_mean_squared_error, "numbers", "low"),
    Metric("mean_absolute_error", "mean |ŷ − y|", mean_absolute_error, "numbers", "low"),
)
