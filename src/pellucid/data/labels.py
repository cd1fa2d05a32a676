"""Class labels as people write them, and their order: "2" before "10", "setosa" before "virginica"."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.data.numerals import to_numbers

LARGEST_WHOLE = 2.0**53  # beyond it float64 no longer tells neighbours apart


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


def whole_numbers(cells: Array) -> npt.NDArray[np.float64] | None:
    """Return the numbers of cells if every one is whole, else None."""
    numbers = to_numbers(cells)
    if numbers is None or (numbers % 1 != 0).any() or (np.abs(numbers) > LARGEST_WHOLE).any():
        return None
    return numbers


def normal_labels(cells: Array) -> Array:
    """Return labels in one spelling, ``(n,)``: whole numbers as "7" (never "7.0" or "07"), text without margins.

    Examples
    --------
    >>> normal_labels(np.array(["7", "07", "1.0"], dtype=object)).tolist()
    ['7', '7', '1']
    >>> normal_labels(np.array(["cat ", "7"], dtype=object)).tolist()
    ['cat', '7']
    """
    numbers = whole_numbers(cells)
    if numbers is not None:
        return np.array([str(int(number)) for number in numbers], dtype=object)
    return np.array([str(cell).strip() for cell in cells], dtype=object)
