"""Class labels as people write them, and their order: "2" before "10", "setosa" before "virginica"."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.data.numerals import is_numeral

LARGEST_WHOLE = 2.0**53  # beyond it float64 no longer tells neighbors apart
MOST_NUMBER_CLASSES = 20


def sorted_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the different labels in order: as numbers if all are whole numbers, else alphabetically.

    Examples
    --------
    >>> sorted_labels(["10", "2", "2"]), sorted_labels(["b", "a", "10"])
    (('2', '10'), ('10', 'a', 'b'))
    """
    different = sorted(set(labels))
    try:
        return tuple(sorted(different, key=int))
    except ValueError:
        return tuple(different)


def are_quantities(numbers: npt.ArrayLike) -> bool:
    """Whether answers are quantities, not classes: some are no whole numbers, or more than 20 are different.

    The one rule for a table's target and for the integers y of an .npz file whose examples are rows.

    Examples
    --------
    >>> are_quantities([0, 1, 2, 1]), are_quantities([1, 2.5]), are_quantities(range(21))
    (False, True, True)
    """
    different = np.unique(np.asarray(numbers, dtype=np.float64))
    is_whole = (different % 1 == 0) & (np.abs(different) <= LARGEST_WHOLE)
    return bool(len(different) > MOST_NUMBER_CLASSES or not is_whole.all())


def are_too_many(n_classes: int, n_examples: int) -> bool:
    """Whether so many different texts are rather names or remarks than classes.

    Examples
    --------
    >>> are_too_many(20, 30), are_too_many(21, 30)
    (False, True)
    """
    return n_classes > max(MOST_NUMBER_CLASSES, n_examples // 2)


def normal_labels(cells: Array) -> Array:
    """Return labels in one spelling, ``(n,)``: whole numbers as "7" (never "7.0" or "07"), text without margins.

    A label's spelling depends on its own cell and on no other, so a class keeps its name from file to file.

    Examples
    --------
    >>> normal_labels(np.array(["7", "07", "7.0", "7e0", "7.5", " cat "], dtype=object)).tolist()
    ['7', '7', '7', '7', '7.5', 'cat']
    """
    spelling = {cell: _normal(str(cell)) for cell in set(cells.tolist())}
    return np.array([spelling[cell] for cell in cells.tolist()], dtype=object)


def _normal(cell: str) -> str:
    if is_numeral(cell):
        number = float(cell)
        if number % 1 == 0 and abs(number) <= LARGEST_WHOLE:
            return str(int(number))
    return cell.strip()
