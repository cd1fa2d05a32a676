"""The column of answers: which one it is, classes or quantities, and what fitting learns from it."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.columns import ClassTarget, NumberTarget
from pellucid.data.labels import normal_labels, sorted_labels, whole_numbers
from pellucid.data.numerals import complaint, is_missing, is_numeral, shorten, to_numbers
from pellucid.data.tables import Table

USUAL_TARGETS = ("target", "label", "class", "species", "y")
MOST_NUMBER_CLASSES = 20  # whole numbers with more different values than this are quantities, not classes


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


def target_labels(table: Table, target: str | None = None) -> Array | None:
    """The class label of each row, ``(n,)``, for splits that keep the shares of classes; None for quantities.

    Raises
    ------
    DataError
        If the column does not exist or can't be used.
    """
    name = find_target(table, target)
    return None if _is_quantity(table, name, None) else normal_labels(table.column(name))


def fit_target(table: Table, name: str, rows: Array | None) -> ClassTarget | NumberTarget:
    """What is learnt about the target from the training rows: its classes, or its mean and standard deviation."""
    if _is_quantity(table, name, rows):
        return NumberTarget(name, *mean_and_std(table, name, rows))
    cells = table.column(name) if rows is None else table.column(name)[rows]
    classes = sorted_labels(normal_labels(cells))
    place = f"column {name!r}"
    if len(classes) < 2:
        raise DataError(
            f"every training row has the same class, {shorten(classes[0])}; expected at least two classes.",
            path=table.title,
            place=place,
        )
    if len(classes) > max(MOST_NUMBER_CLASSES, len(cells) // 2):
        raise DataError(
            f"the {len(cells)} training rows have {len(classes)} different texts, too many to be classes; choose "
            "another target.",
            path=table.title,
            place=place,
        )
    return ClassTarget(name, classes)


def mean_and_std(table: Table, name: str, rows: Array | None) -> tuple[float, float]:
    """Mean and population standard deviation of a column; 1 for the latter where nothing varies."""
    numbers = table.numbers(name, rows)
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
            place=table.place(name, largest, rows),
        )
    return mean, std if std > 0 else 1.0  # differences below 1e-162 have squares that round to 0


def _is_quantity(table: Table, name: str, rows: Array | None) -> bool:
    """Whether a target is to be learnt as a number: fractions, or many different values."""
    cells = table.column(name) if rows is None else table.column(name)[rows]
    for i, cell in enumerate(cells):
        if is_missing(cell):
            raise DataError(complaint(cell), path=table.title, place=table.place(name, i, rows))
    numbers = to_numbers(cells)
    if numbers is not None:
        return whole_numbers(cells) is None or len(np.unique(numbers)) > MOST_NUMBER_CLASSES
    numerals = sum(map(is_numeral, cells))
    if numerals * 2 > len(cells) and len(set(cells)) > MOST_NUMBER_CLASSES:
        table.numbers(name, rows)  # numbers with a slip among them: raises, with the place
    return False
