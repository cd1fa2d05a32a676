"""y on its way in and out: labels become class numbers or yes-or-no columns, and come back as the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import column_or_1d

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError

BINARY, MULTICLASS, MULTILABEL = "binary", "multiclass", "multilabel"


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The classes of a problem, and what kind of problem it is.

    Parameters
    ----------
    kind : str
        "binary", "multiclass" or "multilabel".
    classes : (k,)
        The user's labels, sorted; of a multilabel problem the columns' numbers.
    is_sparse : bool
        Whether a multilabel y came as a sparse matrix, and predictions should.
    """

    kind: str
    classes: Array
    is_sparse: bool = False

    @property
    def n_outputs(self) -> int:
        """How many scores the network gives: one says which of two classes."""
        return 1 if self.kind == BINARY else len(self.classes)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The classes' names as text; None where an example may have several."""
        return None if self.kind == MULTILABEL else tuple(str(label) for label in self.classes)

    def encode(self, y: Array) -> Array:
        """The class number of each label ``(n,)``, or yes and no ``(n, k)`` as 1 and 0.

        Parameters
        ----------
        y : (n,) or (n, k)
            As `checked_labels` gives them.

        Raises
        ------
        DataError
            If a label is none of the classes.
        """
        if self.kind == MULTILABEL:
            if y.ndim != 2 or y.shape[1] != len(self.classes):
                raise ShapeError(
                    f"y has shape {y.shape}; expected (n, {len(self.classes)}), as when fitting began."
                )
            return y.astype(np.float64)
        if y.ndim != 1:
            raise ShapeError(f"y has shape {y.shape}; expected one label for each example, (n,).")
        try:
            codes = np.minimum(np.searchsorted(self.classes, y), len(self.classes) - 1)
            known = self.classes[codes] == y
        except TypeError:  # text against numbers
            known = np.zeros(len(y), dtype=np.bool_)
        if not np.all(known):
            new = y[~np.asarray(known, dtype=np.bool_)].tolist()[0]
            raise DataError(
                f"`y` has classes not in `self.classes_`: {new!r} is none of {self.classes}; name all classes in the "
                "first call, by classes=."
            )
        return codes.astype(np.int64)

    def decode(self, scores: Array) -> Any:
        """The labels that scores ``(n, n_outputs)`` say: the highest, or those above 0.

        Parameters
        ----------
        scores : (n, n_outputs)
            Logits.
        """
        if self.kind == MULTICLASS:
            return self.classes[scores.argmax(axis=1)]
        yes = scores > 0
        if self.kind == BINARY:
            return self.classes[yes[:, 0].astype(np.intp)]
        if self.is_sparse:
            from scipy.sparse import csr_matrix

            return csr_matrix(yes.astype(np.int64))
        return yes.astype(np.int64)


def learnt_labels(y: Array, *, is_sparse: bool = False) -> Labels:
    """The classes that checked labels hold.

    Parameters
    ----------
    y : (n,) or (n, k)
        As `checked_labels` gives them.
    is_sparse : bool

    Raises
    ------
    DataError
        If there is one class only.
    """
    if y.ndim == 2:
        return Labels(MULTILABEL, np.arange(y.shape[1]), is_sparse)
    return named_labels(np.unique(y))


def named_labels(classes: Array) -> Labels:
    """Labels for classes that are known.

    Parameters
    ----------
    classes : (k,)
        Sorted, each once.

    Raises
    ------
    DataError
        If there is one class only, or two look alike.
    """
    if len(classes) < 2:
        found = ", ".join(repr(label) for label in classes.tolist()) or "none"
        raise DataError(f"y holds one class only ({found}); expected at least two classes to tell apart.")
    names = [str(label) for label in classes]
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise DataError(f"two different classes are both written {twin!r}; give them names that differ.")
    return Labels(BINARY if len(classes) == 2 else MULTICLASS, classes)


def checked_labels(y: Any, who: str) -> Array:
    """y as an array of labels ``(n,)``, or of yes and no ``(n, k)``: nothing missing, one kind only.

    Parameters
    ----------
    y : array_like, series, frame or sparse matrix
        Never changed.
    who : str
        The estimator's name.

    Raises
    ------
    DataError
        If labels are missing, of several kinds, or no labels at all.
    """
    array = _array(y, who)
    if array.dtype.kind == "O":
        array = _one_kind(array)
    _check_no_gap(array)
    if array.dtype.kind == "S":
        raise DataError("y holds bytes; decode them to text, by y.astype(str), say.")
    if array.dtype.kind == "f" and (fractions := array[array != np.floor(array)]).size:
        raise DataError(
            f"Unknown label type: continuous. y holds {fractions[0]:g}, which is no class; use MLPRegressor for "
            "quantities, or turn y into text."
        )
    if array.dtype.kind not in "biufUO":
        raise DataError(
            f"Unknown label type: {array.dtype}. Expected whole numbers or text; use y.astype(str), say."
        )
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    if array.ndim == 2:
        _check_yes_or_no(array)
    elif array.ndim != 1:
        raise ShapeError(f"y should be a 1d array, got an array of shape {array.shape} instead.")
    return array


def checked_numbers(y: Any, who: str) -> npt.NDArray[np.float64]:
    """y as finite numbers ``(n, k)``.

    Parameters
    ----------
    y : array_like, series or frame
        Never changed.
    who : str
        The estimator's name.

    Raises
    ------
    DataError
        If something in it is no finite number.
    """
    array = _array(y, who)
    if array.dtype.kind == "O":
        _check_no_gap(array)
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"y holds what is no number: {error}; expected numbers to predict.") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"y has dtype {array.dtype}; expected numbers, or use MLPClassifier for classes.")
    _check_no_gap(array)
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ShapeError(f"y has shape {array.shape}; expected (n,) or (n, k).")
    return array.reshape(len(array), -1).astype(np.float64, copy=False)


def _array(y: Any, who: str) -> Array:
    if y is None:
        raise DataError(f"{who} requires y to be passed, but the target y is None; give fit(X, y).")
    if hasattr(y, "toarray"):
        y = y.toarray()
    try:
        array = np.asarray(y)
    except ValueError:  # rows of different lengths
        raise DataError("y has rows of different lengths; expected one answer for each example.") from None
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported: y holds complex numbers; expected real ones.")
    return array


def _one_kind(array: Array) -> Array:
    """An array of objects that are all text, or all numbers; numbers become an array of numbers."""
    gaps = np.array([_is_gap(value) for value in array.ravel()], dtype=np.bool_)
    if gaps.any():
        place = int(np.flatnonzero(gaps)[0]) // max(1, array[0].size if array.ndim > 1 else 1)
        raise DataError(
            f"y holds {array.ravel()[gaps][0]!r}, first in example {place}; remove it or name a class."
        )
    kinds = {type(value) for value in array.ravel()}
    text = {kind for kind in kinds if issubclass(kind, str)}
    if text and text != kinds:
        values = array.ravel().tolist()
        word = next(value for value in values if isinstance(value, str))
        other = next(value for value in values if not isinstance(value, str))
        raise DataError(
            f"y mixes labels of several kinds, {word!r} and {other!r}; make all text or all numbers, by astype(str), "
            "say."
        )
    if text:
        return array
    try:
        numbers = np.array(array.tolist())
    except ValueError:
        numbers = array
    if numbers.shape != array.shape or numbers.dtype.kind not in "biufS":
        shown = next(iter(kinds), object).__name__
        raise DataError(f"Unknown label type: unknown. y holds {shown}; expected whole numbers or text.")
    return numbers


def _is_gap(value: Any) -> bool:
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and value != value)
    )


def _check_no_gap(array: Array) -> None:
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        place = int(np.argwhere(~finite)[0][0])
        value = array[place].tolist()
        raise DataError(f"y holds NaN or infinity, first in example {place} ({value}); remove it.")
    if array.dtype.kind == "O":
        for place, value in enumerate(array.ravel()):
            if _is_gap(value):
                raise DataError(f"y holds {value!r}, first in entry {place}; remove it.")


def _check_yes_or_no(array: Array) -> None:
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise DataError(
            f"y has {array.shape[1]} columns that are not all 0 or 1; expected one label for each example, or a column "
            "of 0 and 1 for each label. For several targets use one classifier each, by MultiOutputClassifier, say."
        )
