"""Does it fit? Class names, preparations, data sets and weights against a network's architecture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.columns import ClassTarget
from pellucid.data.dataset import Dataset
from pellucid.data.preparation import Preparation
from pellucid.network.architecture import Architecture


def checked_classes(
    architecture: Architecture, classes: Iterable[str] | None, preparation: Preparation | None
) -> tuple[str, ...] | None:
    """The names of the classes: one for each score, or two where one score says yes or no; None for numbers.

    Parameters
    ----------
    architecture : Architecture
    classes : iterable of str, optional
    preparation : Preparation, optional

    Raises
    ------
    OptionError
        If they don't fit the network's scores, or the table's preparation says otherwise.
    """
    names = None if classes is None else tuple(str(name) for name in classes)
    numbers, expected = architecture.loss_function.targets == "numbers", max(architecture.n_outputs, 2)
    if names is not None and (numbers or len(names) != expected):
        what = "numbers, so it has no classes" if numbers else f"{expected} classes"
        raise OptionError(f"There are {len(names)} class names, but the network predicts {what}.")
    if preparation is not None:
        _check_preparation(architecture, names, preparation)
    return names


def _check_preparation(
    architecture: Architecture, classes: tuple[str, ...] | None, preparation: Preparation
) -> None:
    width, expected = len(preparation.columns), architecture.input
    if (width, 1.0, 0.0) != (expected.size, expected.scale, expected.shift):
        raise OptionError(
            f"The preparation has {width} columns, not scaled further; the network takes {expected.size} features."
        )
    target = preparation.target
    if isinstance(target, ClassTarget):
        fits = target.classes == classes
    else:
        fits = classes is None and architecture.loss_function.targets != "classes"
    if not fits:
        raise OptionError(f"The preparation's target {target.name!r} is not what the network predicts.")


def check_dataset(architecture: Architecture, classes: tuple[str, ...] | None, dataset: Dataset) -> None:
    """Raise an error unless a network can learn from a data set, or be judged by it.

    Parameters
    ----------
    architecture : Architecture
    classes : tuple of str, optional
        The network's; None if it has no names for them.
    dataset : Dataset

    Raises
    ------
    ShapeError
        If an example does not have the network's number of features.
    DataError
        If the answers are of another kind, the classes others, or the features scaled otherwise.
    """
    numbers, expected = architecture.loss_function.targets == "numbers", architecture.input
    if numbers and dataset.is_classification:
        raise DataError("The network predicts numbers, but the data's answers are classes.")
    if not numbers and not dataset.is_classification and architecture.loss_function.targets == "classes":
        raise DataError("The network tells classes apart, but the data's answers are numbers.")
    if dataset.n_features != expected.size:
        raise ShapeError(f"The data have {dataset.n_features} features; the network expects {expected.size}.")
    if dataset.is_classification and classes is not None and dataset.classes != classes:
        raise DataError(
            f"The data's classes are {_some(dataset.classes)}, the network's {_some(classes)}; "
            "expected the same, in the same order."
        )
    if (dataset.input.scale, dataset.input.shift) != (expected.scale, expected.shift):
        raise DataError(
            f"The data are scaled by {dataset.input.scale:g} and shifted by {dataset.input.shift:g}, the network "
            f"expects {expected.scale:g} and {expected.shift:g}; make it with Network.for_data on these data."
        )


def _some(classes: tuple[str, ...] | None) -> str:
    shown = list(classes or ())
    return ", ".join(shown[:6]) + (" …" if len(shown) > 6 else "")


def checked_weights(sample_weight: Array, n: int) -> Array:
    """How much each of n examples counts, as float64.

    Parameters
    ----------
    sample_weight : (n,)
    n : int

    Returns
    -------
    (n,)

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
    if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise DataError(
            "sample_weight holds a negative or non-finite number, or only zeros; expected weights ≥ 0."
        )
    return weights


def check_pairs(X: Array, y: Array) -> None:
    """Raise ShapeError unless there is one answer for each example, and at least one.

    Parameters
    ----------
    X : (n, d)
    y : (n,) or (n, k)
    """
    if len(X) != len(y) or len(X) == 0:
        raise ShapeError(
            f"X has {len(X)} examples and y {len(y)}; expected one answer for each, and at least one."
        )
