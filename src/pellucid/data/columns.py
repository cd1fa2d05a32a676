"""What is known about each column of a table, and how it is written into a model file: reading trusts nothing."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ModelFileError

MAX_COLUMNS = 1_048_576
MAX_CLASSES = 1_048_576


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A feature: x = (value - mean) / std."""

    name: str
    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """An answer that is one of k classes; class j is called ``classes[j]``."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """An answer that is a number, learnt as (value - mean) / std."""

    name: str
    mean: float
    std: float

    def restore(self, y: Array) -> npt.NDArray[np.float64]:
        """Return standardized answers in the user's units: y · std + mean.

        Examples
        --------
        >>> NumberTarget("price", mean=100.0, std=20.0).restore(np.array([[0.5]])).tolist()
        [[110.0]]
        """
        return np.asarray(y, dtype=np.float64) * self.std + self.mean


def column_to_json(column: NumericColumn | ClassTarget | NumberTarget) -> dict[str, Any]:
    """Return a column's record as a dict of text, numbers and lists.

    Examples
    --------
    >>> column_to_json(ClassTarget("answer", ("no", "yes")))
    {'name': 'answer', 'classes': ['no', 'yes']}
    """
    record = asdict(column)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}


def feature_from_json(record: object, where: str) -> NumericColumn:
    """Return the feature in a record, or raise ModelFileError for anything unexpected in it."""
    fields = checked_fields(record, where, ("name", "mean", "std"))
    name = checked_text(fields["name"], f"{where}'s name")
    return NumericColumn(name, _number(fields["mean"], where), _std(fields["std"], where))


def target_from_json(record: object) -> ClassTarget | NumberTarget:
    """Return the target in a record, or raise ModelFileError for anything unexpected in it."""
    if isinstance(record, dict) and "classes" in record:
        fields = checked_fields(record, "the target", ("name", "classes"))
        entries = checked_list(fields["classes"], "the list of classes", MAX_CLASSES)
        labels = tuple(checked_text(label, "a class") for label in entries)
        if len(set(labels)) != len(labels) or len(labels) < 2:
            raise unsound("the classes are not two or more different labels")
        return ClassTarget(checked_text(fields["name"], "the target's name"), labels)
    target = feature_from_json(record, "the target")
    return NumberTarget(target.name, target.mean, target.std)


def checked_fields(record: object, where: str, expected: tuple[str, ...]) -> dict[str, Any]:
    """Return a record that is a dict with exactly the expected fields."""
    if not isinstance(record, dict) or set(record) != set(expected):
        raise unsound(f"{where} does not have exactly the fields {', '.join(expected)}")
    return record


def checked_list(value: object, where: str, limit: int) -> list[Any]:
    """Return a value that is a list of 1 to `limit` entries."""
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        raise unsound(f"{where} is not a list of 1 to {limit} entries")
    return value


def checked_text(value: object, where: str) -> str:
    """Return a value that is a text and not empty."""
    if not isinstance(value, str) or not value:
        raise unsound(f"{where} is not a text")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise unsound(f"{where} has a mean or std that is not a finite number")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float64's range
        return False


def _std(value: object, where: str) -> float:
    std = _number(value, where)
    if std <= 0:
        raise unsound(f"{where} has a standard deviation that is not above 0")
    return std


def unsound(what: str) -> ModelFileError:
    """The error for a damaged preparation, with what is wrong in it."""
    return ModelFileError(
        f"the preparation of the table's columns is damaged: {what}; save the model again or get another copy."
    )
