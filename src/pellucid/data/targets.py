"""The column of answers: which one it is, classes or quantities, and what fitting learns from it.

Which kind of answer a column holds is part of the table's schema, like its name: it is decided once, by all rows.
What is learnt about the answers (which classes, or mean and standard deviation) comes from training rows only.
"""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.columns import ClassTarget, NumberTarget
from pellucid.data.labels import (
    MOST_NUMBER_CLASSES,
    are_quantities,
    are_too_many,
    normal_labels,
    sorted_labels,
)
from pellucid.data.numerals import complaint, is_missing, is_numeral, shorten, to_numbers
from pellucid.data.tables import Table

USUAL_TARGETS = ("target", "label", "class", "species", "y")


def find_target(table: Table, target: str | None) -> str:
    """Return the column of answers: the one named, or else the one with a usual name.

    Examples
    --------
    >>> find_target(Table("t", ("x", "Label"), (np.array(["1"]), np.array(["2"])), np.array([2])), None)
    'Label'
    """
    if target is not None:
        table.column(target)
        return target
    for usual in USUAL_TARGETS:
        for name in table.names:
            if name.lower() == usual:
                return name
    known = ", ".join(table.names[:20]) + (", …" if len(table.names) > 20 else "")
    raise DataError(
        f"no column is called {', '.join(USUAL_TARGETS[:-1])} or {USUAL_TARGETS[-1]}; say --target COLUMN (in "
        f'Python: target="...") with one of {known}.',
        path=table.title,
    )


def is_quantity(table: Table, name: str) -> bool:
    """Whether a target is to be learnt as a number: fractions, or many different values. All rows are asked.

    Raises
    ------
    DataError
        If the column holds numbers with a slip among them.
    """
    cells = table.column(name)
    present = cells[[not is_missing(cell) for cell in cells]]  # a missing answer says nothing about the kind
    numbers = to_numbers(present)
    if numbers is not None:
        return len(numbers) > 0 and are_quantities(numbers)
    numerals = sum(map(is_numeral, present))
    if numerals * 2 > len(present) and len(set(present)) > MOST_NUMBER_CLASSES:
        table.numbers(name)  # numbers with a slip among them: raises, with the place
    return False


def class_labels(table: Table, name: str) -> Array:
    """The class label of each row, ``(n,)``, in one spelling.

    Raises
    ------
    DataError
        If a row has none.
    """
    cells = table.column(name)
    for i, cell in enumerate(cells):
        if is_missing(cell):
            raise DataError(complaint(cell), path=table.title, place=table.place(name, i))
    return normal_labels(cells)


def fit_target(table: Table, name: str, *, quantity: bool) -> ClassTarget | NumberTarget:
    """What is learnt about the target from a table of training rows: its classes, or its mean and deviation."""
    if quantity:
        return NumberTarget(name, *mean_and_std(table, name))
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
        largest = int(np.argmax(np.abs(numbers)))
        raise DataError(
            f"{numbers[largest]:.3g} is too large to compute a standard deviation; correct the value or use "
            "a larger unit.",
            path=table.title,
            place=table.place(name, largest),
        )
    return mean, std if std > 0 else 1.0  # differences below 1e-162 have squares that round to 0
