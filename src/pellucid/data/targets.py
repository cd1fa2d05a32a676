"""The columns of answers: which ones they are, classes or quantities, and what fitting learns from them.

Which kind of answer a column holds is part of the table's schema, like its name: it is decided once, by all rows.
What is learnt about the answers (which classes, or mean and standard deviation) comes from training rows only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.columns import ClassTarget, NumberTarget, NumberTargets, Target
from pellucid.data.kinds import too_large
from pellucid.data.labels import MOST_NUMBER_CLASSES, are_quantities, are_too_many, sorted_labels
from pellucid.data.numerals import complaint, is_missing, shorten
from pellucid.data.tables import Table, Words

USUAL_TARGETS = ("target", "label", "class", "species", "y")


def find_targets(table: Table, target: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns of answers: those named, or else the one with a usual name.

    Raises
    ------
    DataError
        If a column does not exist, is named twice, or none has a usual name.

    Examples
    --------
    >>> table = Table("t", ("x", "Label"), (np.array(["1"]), np.array(["2"])), np.array([2]))
    >>> find_targets(table, None), find_targets(table, "x")
    (('Label',), ('x',))
    """
    if target is not None:
        names = (target,) if isinstance(target, str) else tuple(target)
        for name in names:
            table.stored(name)
        if not names or len(set(names)) < len(names):
            raise DataError(f"target is {target!r}; expected different columns.", path=table.title)
        return names
    for usual in USUAL_TARGETS:
        for name in table.names:
            if name.lower() == usual:
                return (name,)
    known = ", ".join(table.names[:20]) + (", …" if len(table.names) > 20 else "")
    raise DataError(
        f"no column is called {', '.join(USUAL_TARGETS[:-1])} or {USUAL_TARGETS[-1]}; say --target COLUMN (in "
        f'Python: target="...") with one of {known}.',
        path=table.title,
    )


def is_quantity(table: Table, name: str) -> bool:
    """Whether a target is to be learnt as a number: fractions, or many different values. All rows are asked.

    Words of a frame are classes, also where they are digits.

    Raises
    ------
    DataError
        If the column holds numbers with a slip among them.
    """
    column = table.stored(name)
    if not isinstance(column, Words):
        present = column[~np.isnan(column)] if column.dtype.kind == "f" else column
        return len(present) > 0 and are_quantities(present)
    if column.origin != "file":
        return False
    used = np.zeros(len(column.known), dtype=np.bool_)
    used[column.codes] = True
    used &= column.known  # a missing answer says nothing about the kind
    numbers = column.numbers[used]
    if not np.isnan(numbers).any():
        return len(numbers) > 0 and are_quantities(numbers)
    present_rows = column.known[column.codes]
    numerals = int((~np.isnan(column.numbers[column.codes]) & present_rows).sum())
    if numerals * 2 > int(present_rows.sum()) and len(numbers) > MOST_NUMBER_CLASSES:
        table.values(name)  # numbers with a slip among them: raises, with the place
    return False


def are_numbers(table: Table, names: Sequence[str]) -> bool:
    """Whether the answers are to be learnt as numbers; several always are."""
    return len(names) > 1 or is_quantity(table, names[0])


def class_labels(table: Table, name: str) -> Array:
    """The class label of each row, ``(n,)``, in one spelling.

    Raises
    ------
    DataError
        If a row has none.
    """
    words = table.words(name)
    missing = words.missing
    if missing.any():
        row = int(missing.argmax())
        raise DataError(complaint(table.cell(name, row)), path=table.title, place=table.place(name, row))
    return np.array(words.labels, dtype=object)[words.codes]


def group_labels(table: Table, group: str) -> Array:
    """The group of each row, ``(n,)``, as text.

    Raises
    ------
    DataError
        If the column does not exist or a cell is empty.
    """
    return class_labels(table, group).astype(np.str_)


def fit_target(table: Table, names: Sequence[str], *, quantity: bool) -> Target:
    """What is learnt about the target from a table of training rows: its classes, or its mean and deviation."""
    if quantity:
        targets = tuple(NumberTarget(name, *mean_and_std(table, name)) for name in names)
        return targets[0] if len(targets) == 1 else NumberTargets(targets)
    name = names[0]
    classes = sorted_labels(class_labels(table, name))
    place = f"column {name!r}"
    if len(classes) < 2:
        raise DataError(
            f"every training row has the same class, {shorten(classes[0])}; expected at least two classes.",
            path=table.title,
            place=place,
        )
    if are_too_many(len(classes), len(table)):
        raise DataError(
            f"the {len(table)} training rows have {len(classes)} different texts, too many to be classes; choose "
            "another target.",
            path=table.title,
            place=place,
        )
    return ClassTarget(name, classes)


def mean_and_std(table: Table, name: str) -> tuple[float, float]:
    """Mean and population standard deviation of a column; 1 for the latter where nothing varies."""
    numbers = table.numbers(name)
    if numbers.min() == numbers.max():  # never varies: becomes 0 everywhere, exactly
        return float(numbers[0]), 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # reported below
        mean, std = float(numbers.mean()), float(numbers.std())
    if not np.isfinite([mean, std]).all():
        raise too_large(table, name, numbers)
    return mean, std if std > 0 else 1.0  # differences below 1e-162 have squares that round to 0


def answers(table: Table, target: Target) -> Array:
    """The answers y: classes 0 … k-1, ``(n,)``, or standardized numbers, ``(n, k)``.

    Raises
    ------
    DataError
        If a label was not among the training rows' classes, or a cell can't be used.
    """
    if isinstance(target, ClassTarget):
        return _class_numbers(table, target)
    targets = target.targets if isinstance(target, NumberTargets) else (target,)
    return np.column_stack([(table.numbers(each.name) - each.mean) / each.std for each in targets])


def _class_numbers(table: Table, target: ClassTarget) -> npt.NDArray[np.int64]:
    words = table.words(target.name)
    number = {label: j for j, label in enumerate(target.classes)}
    numbers = np.array([*(number.get(label, -1) for label in words.labels), -1], dtype=np.int64)
    y = np.where(words.known, numbers, -1)[words.codes]
    if (y < 0).any():
        row = int(np.argmax(y < 0))
        raise DataError(
            _unknown_class(table.cell(target.name, row), target.classes),
            path=table.title,
            place=table.place(target.name, row),
        )
    return np.asarray(y, dtype=np.int64)


def _unknown_class(cell: str, classes: tuple[str, ...]) -> str:
    if is_missing(cell):
        return complaint(cell)
    known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
    return f"class {shorten(cell)} does not occur in the training rows ({known}); correct it."
