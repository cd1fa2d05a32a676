"""Does it fit? Class names, preparations, data sets and weights against a network's architecture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.columns import ClassTarget
from pellucid.data.dataset import Dataset
from pellucid.data.preparation import Preparation
from pellucid.formulas.losses import LOSSES
from pellucid.network.architecture import Architecture, Embedding

EMBEDDING_SIZE = 8  # numbers for each level (Holzmüller, Grinsztajn, Steinwart 2024)


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
    width, expected = len(preparation.names), architecture.input
    if (width, 1.0, 0.0) != (expected.size, expected.scale, expected.shift):
        raise OptionError(
            f"The preparation has {width} columns, not scaled further; the network takes {expected.size} features."
        )
    asked, given = len(preparation.codes), len(architecture.embeddings)
    if set(preparation.codes) != {(each.column, each.levels) for each in architecture.embeddings}:
        raise OptionError(
            f"The preparation makes codes of {asked} columns, and the network has {given} embeddings, other ones; "
            "prepare with embed='never', or give the network the embeddings that the preparation's codes ask for."
        )
    target = preparation.target
    if target is None:  # X and y were given apart
        return
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
    if dataset.input.is_picture and expected.is_picture and dataset.input.shape != expected.shape:
        raise ShapeError(
            f"The pictures are {dataset.input.shape}; the network expects {expected.shape}, though of as many pixels."
        )
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


def checked_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """A network's dtype, float32 or float64.

    Parameters
    ----------
    dtype : dtype

    Raises
    ------
    OptionError
        If it is another, or none.
    """
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        raise OptionError(f"dtype is {dtype!r}; expected 'float32' or 'float64'.") from None
    if wanted not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise OptionError(f"dtype is {dtype!r}; expected 'float32' or 'float64'.")
    return wanted


def embeddings_for(preparation: Preparation | None) -> tuple[Embedding, ...]:
    """The embeddings that a preparation's columns of codes need.

    Parameters
    ----------
    preparation : Preparation or None
    """
    codes = () if preparation is None else preparation.codes
    return tuple(Embedding(column, levels, EMBEDDING_SIZE) for column, levels in codes)


def scores_for(dataset: Dataset, loss: str) -> int:
    """How many scores a network needs for some data: one for each class or number, one for a yes or no.

    Parameters
    ----------
    dataset : Dataset
    loss : str

    Raises
    ------
    OptionError
        If the loss is not for the data's kind of answers.
    """
    if (LOSSES[loss].targets == "numbers") == dataset.is_classification:
        found, fits = ("classes", "numbers") if dataset.is_classification else ("numbers", "classes")
        raise OptionError(
            f"The loss {loss!r} is for {fits}, but the data's answers are {found}; choose another."
        )
    yes_or_no = loss == "binary_cross_entropy" and dataset.is_classification and dataset.n_outputs == 2
    return 1 if yes_or_no else dataset.n_outputs


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
