"""How much does an example of each class count? Rare classes more, if one says so."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError

Weights = npt.NDArray[np.float64]
ClassWeight = Mapping[Any, float] | str | None


def class_weights(y: Array, class_weight: ClassWeight, classes: Sequence[Any] | None = None) -> Weights:
    """The weight of each class: n / (k n_c) where "balanced", so that all k classes count alike.

    Parameters
    ----------
    y : (n,)
        The class of each training example, 0 … k−1; n_c of them are of class c.
    class_weight : "balanced", mapping or None
        A mapping gives weights by the class's name (or number, without `classes`); classes that it leaves out
        weigh 1. None: every class weighs 1.
    classes : sequence, optional
        The name of each class; by default as many classes as the largest number in y tells.

    Returns
    -------
    (k,)
        Of "balanced", a class without an example weighs 1 and is not counted in k.

    Raises
    ------
    UnknownNameError
        If the mapping names a class that does not exist, or `class_weight` is another word.
    OptionError
        If a weight is negative or not finite, or no example would count.
    ShapeError, DataError
        If y does not hold classes 0 … k−1, at least one.

    References
    ----------
    King, Zeng (2001), Logistic regression in rare events data, Political Analysis 9; scikit-learn's
    class_weight="balanced" is the same formula.

    Examples
    --------
    >>> class_weights(np.array([0, 0, 0, 1]), "balanced").round(3).tolist()
    [0.667, 2.0]
    >>> class_weights(np.array([0, 0, 0, 1]), {"ill": 5}, classes=("well", "ill")).tolist()
    [1.0, 5.0]
    """
    y = _checked_classes(np.asarray(y), classes)
    k = len(classes) if classes is not None else int(y.max()) + 1
    counts = np.bincount(y, minlength=k)
    if class_weight is None:
        return np.ones(k)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise UnknownNameError("class weight", class_weight, ("balanced",))
        occurring = np.count_nonzero(counts)
        return np.where(counts > 0, len(y) / (occurring * np.maximum(counts, 1)), 1.0)
    if not isinstance(class_weight, Mapping):
        raise OptionError(
            f"class_weight is {class_weight!r}; expected 'balanced', or a weight for each class such as "
            "{'ill': 5}."
        )
    weights = _by_name(class_weight, tuple(classes) if classes is not None else tuple(range(k)))
    if not weights[counts > 0].any():
        raise OptionError("class_weight gives 0 to every class that occurs; expected one above 0.")
    return weights


def example_weights(
    y: Array,
    class_weight: ClassWeight,
    classes: Sequence[Any] | None = None,
    sample_weight: Array | None = None,
) -> Weights:
    """The weight of each example ``(n,)``: that of its class, times its own where it has one.

    Parameters
    ----------
    y : (n,)
        The class of each training example, 0 … k−1.
    class_weight : "balanced", mapping or None
        As `class_weights` takes it.
    classes : sequence, optional
        The name of each class.
    sample_weight : (n,), optional
        How much each example counts besides.

    Returns
    -------
    (n,)

    Raises
    ------
    OptionError, ShapeError, DataError
        As `class_weights` does; ShapeError also if there is not one `sample_weight` for each example.

    Examples
    --------
    >>> example_weights(np.array([0, 0, 0, 1]), {1: 3.0}, sample_weight=np.array([1, 1, 2, 2])).tolist()
    [1.0, 1.0, 2.0, 6.0]
    """
    weights = class_weights(y, class_weight, classes)[np.asarray(y)]
    if sample_weight is None:
        return weights
    own = np.asarray(sample_weight, dtype=np.float64)
    if own.shape != weights.shape:
        raise ShapeError(
            f"sample_weight has shape {own.shape}; expected ({len(weights)},), one for each example."
        )
    return weights * own


def _by_name(class_weight: Mapping[Any, float], classes: tuple[Any, ...]) -> Weights:
    """Return the weights of a mapping; a class may be called by its name, or by what that looks like in print."""
    numbers: dict[Hashable, int] = {str(name): j for j, name in enumerate(classes)}
    numbers |= {name: j for j, name in enumerate(classes)}
    weights, named = np.ones(len(classes)), set()
    for name, weight in class_weight.items():
        number = numbers.get(name, numbers.get(str(name)))
        if number is None:
            raise UnknownNameError("class", name, map(str, classes))
        is_number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
        if not is_number or not 0 <= weight < np.inf:
            raise OptionError(f"class_weight gives {weight!r} to class {name!r}; expected a number ≥ 0.")
        if number in named:
            raise OptionError(f"class_weight names class {name!r} twice; expected one weight for each class.")
        named.add(number)
        weights[number] = weight
    return weights


def _checked_classes(y: Array, classes: Sequence[Any] | None) -> npt.NDArray[np.int64]:
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise ShapeError(
            f"y is {y.dtype} of shape {y.shape}; class weights need classes, integers of shape (n,)."
        )
    if not len(y):
        raise DataError("There is no example to count classes of; expected at least one.")
    if y.min() < 0 or (classes is not None and y.max() >= len(classes)):
        wrong, k = (y.min(), "k") if y.min() < 0 else (y.max(), len(classes or ()))
        raise DataError(f"y holds class {wrong}; expected 0 … {k if k == 'k' else int(k) - 1}.")
    return y.astype(np.int64, copy=False)
