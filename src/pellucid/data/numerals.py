"""The grammar of numbers in tables: plain decimal or scientific notation, and nothing that merely looks like it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

MISSING = frozenset({"", "na", "n/a", "nan", "?"})

_NUMERAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_COMMA_NUMERAL = re.compile(r"\s*[+-]?\d[\d.]*(?:,\d+)+(?:\.\d+)?\s*", re.ASCII)


def is_missing(cell: str) -> bool:
    """Whether a cell says that nobody knows: empty, NA, N/A, nan or ?.

    Examples
    --------
    >>> is_missing(" NA "), is_missing("0")
    (True, False)
    """
    return cell.strip().lower() in MISSING


def is_numeral(cell: str) -> bool:
    """Whether a cell holds a finite number in decimal or scientific notation.

    Examples
    --------
    >>> [is_numeral(cell) for cell in ("-1.5e3", ".5", "1_000", "inf", "1e400")]
    [True, True, False, False, False]
    """
    return _NUMERAL.fullmatch(cell) is not None and bool(np.isfinite(float(cell)))


def to_numbers(cells: Iterable[str], *, plain: bool = False) -> npt.NDArray[np.float64] | None:
    """Return cells as float64, or None if one of them is no number: then `complaint` tells which words fit.

    The whole column is converted at once; the grammar is only spelled out cell by cell where that failed.

    Parameters
    ----------
    cells : (n,) array or sequence of str
    plain : bool
        Whether it is known that no cell has an underscore or a character beyond ASCII.

    Examples
    --------
    >>> to_numbers(["1", "2.5"]).tolist()
    [1.0, 2.5]
    >>> to_numbers(["1", "infinity"]) is None
    True
    """
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64)
    except ValueError:
        return None
    # float() also reads "nan", "infinity", "1_000" and other scripts' digits, which are slips in a table
    if not np.isfinite(numbers).all() or not (plain or _is_plain("".join(cells))):
        return None
    return numbers


def _is_plain(text: str) -> bool:
    return "_" not in text and text.isascii()


def complaint(cell: str) -> str:
    """Return what is wrong with a cell that is no number, and what to do about it."""
    shown = shorten(cell)
    if is_missing(cell):
        what = "the cell is empty" if not cell.strip() else f"{shown} stands for a missing value"
        return f"{what}; remove the row or fill in a value."
    if _NUMERAL.fullmatch(cell):
        return f"{shown} is too large for a number (the limit is about 1.8e308); correct the value."
    if _COMMA_NUMERAL.fullmatch(cell):
        return (
            f"{shown} has a comma; write numbers as 1234.5, with a decimal point and no thousands separators."
        )
    return f"{shown} is not a number; correct the cell, remove the row or drop the column."


def shorten(cell: str, limit: int = 40) -> str:
    """Return a cell as an error message shows it: quoted, on one line, not too long."""
    return repr(cell if len(cell) <= limit else cell[: limit - 1] + "…")
