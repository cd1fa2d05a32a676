"""Class labels as people write them, and their order: "2" before "10", "setosa" before "virginica"."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.data.numerals import is_numeral

LARGEST_WHOLE = 2.0**53  # beyond it float64 no longer tells neighbors apart
MOST_NUMBER_CLASSES = 20
LONGEST_LABEL = 200  # characters


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


def normal_label(cell: str) -> str:
    r"""Return a label in its one spelling, which depends on this cell and on no other.

    Whole numbers as "7" (never "7.0" or "07"), yes and no as "True" and "False" (R writes TRUE, pandas True), other
    text on one line, without margins or characters that can't be shown, and of at most 200 characters. So a class or
    a level keeps its name from file to file, and from a file to a frame.

    Examples
    --------
    >>> [normal_label(cell) for cell in ("7.0", "07", "7.5", " cat ", "TRUE", "two\nlines")]
    ['7', '7', '7.5', 'cat', 'True', 'two lines']
    """
    if (
        is_numeral(cell) and abs(float(cell)) <= LARGEST_WHOLE
    ):  # larger ones are names, of which no digit may go
        return number_label(float(cell))
    word = printable(cell)
    return word.capitalize() if word.lower() in ("true", "false") else word[:LONGEST_LABEL]


def number_label(number: float) -> str:
    """Return a number as a label: "7" for a whole one, else all digits that matter.

    Examples
    --------
    >>> number_label(7.0), number_label(-0.0), number_label(0.1)
    ('7', '0', '0.1')
    """
    if number % 1 == 0 and abs(number) <= LARGEST_WHOLE:
        return str(int(number))
    return repr(float(number))


def printable(text: str) -> str:
    r"""Return text on one line: whatever can't be shown is a space, and there is none at the ends.

    Examples
    --------
    >>> printable(" two\nlines\x07")
    'two lines'
    """
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return text.strip()


def normal_labels(cells: Array) -> Array:
    """Return labels in one spelling, ``(n,)``; see `normal_label`.

    Examples
    --------
    >>> normal_labels(np.array(["7", "07", "7.0", "7e0", "7.5", " cat "], dtype=object)).tolist()
    ['7', '7', '7', '7', '7.5', 'cat']
    """
    spelling = {cell: normal_label(str(cell)) for cell in set(cells.tolist())}
    return np.array([spelling[cell] for cell in cells.tolist()], dtype=object)
