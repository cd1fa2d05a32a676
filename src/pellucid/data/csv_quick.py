"""Large CSV files in a hurry, through Arrow where it is installed.

The strict reader in `csv_files` says what a file means. This one gives the same columns many times faster, or nothing
at all where there is any doubt: quotes, blank lines, rows of different lengths.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
from typing import Any

import numpy as np

from pellucid.data.labels import LARGEST_WHOLE
from pellucid.data.numerals import MISSING, is_missing, is_numeral
from pellucid.data.tables import Column, Words

LONGEST_CELL = 131_072  # what the strict reader takes
_BLOCK = 1 << 20  # bytes that Arrow reads at a time
_MOST_READINGS = 5
_FIRST_ROWS = 200
_WRONG_COLUMN = re.compile(r"^In CSV column #(\d+):")
_SPELLINGS = sorted(
    "".join(letters)
    for word in MISSING
    for letters in itertools.product(*({letter, letter.upper()} for letter in word))
)


def quick_columns(raw: bytes, delimiter: str, width: int) -> list[Column] | None:
    r"""Return the columns below the first line of a file's bytes, or None where the strict reader has to look.

    Parameters
    ----------
    raw : bytes
        The file, which is sound UTF-8.
    delimiter : str
        What stands between two cells.
    width : int
        How many names the first line has.

    Examples
    --------
    >>> quick_columns(b'x,y\n1,"2"\n', ",", 2) is None
    True
    """
    start = raw.find(b"\n") + 1
    if importlib.util.find_spec("pyarrow") is None or not _is_plain(raw, start, delimiter):
        return None
    as_text = _text_at_first_sight(raw[start : start + _BLOCK], delimiter, width)
    for _ in range(_MOST_READINGS):
        found = _read(raw, start, delimiter, width, as_text)
        if not isinstance(found, int):
            return found
        as_text.add(found)
    return None


def _is_plain(raw: bytes, start: int, delimiter: str) -> bool:
    """Whether below the first line each line is a row, cut at every delimiter."""
    if start in (0, len(raw)) or raw.count(b'"', 0, start) % 2 or len(delimiter.encode()) > 1:
        return False
    blank = (
        raw[start : start + 1] in b"\r\n" or raw.find(b"\n\n", start) >= 0 or raw.find(b"\n\r", start) >= 0
    )
    return not blank and raw.find(b'"', start) < 0 and raw.count(b"\r") == raw.count(b"\r\n")


def _text_at_first_sight(begin: bytes, delimiter: str, width: int) -> set[int]:
    """The columns that hold text in the first rows."""
    lines = begin.split(b"\n", _FIRST_ROWS)[:-1]
    rows = [line.decode("utf-8", "replace").split(delimiter)[:width] for line in lines]
    return {j for row in rows for j, cell in enumerate(row) if not is_numeral(cell) and not is_missing(cell)}


def _read(raw: bytes, start: int, delimiter: str, width: int, as_text: set[int]) -> list[Column] | int | None:
    """The columns, some of them as text; or one that has to be text as well; or None in any doubt."""
    import pyarrow
    from pyarrow import csv

    kinds = {str(j): pyarrow.string() if j in as_text else pyarrow.float64() for j in range(width)}
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(pyarrow.py_buffer(raw).slice(start)),
            read_options=csv.ReadOptions(column_names=list(kinds), block_size=_BLOCK),
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=kinds, null_values=_SPELLINGS, strings_can_be_null=False
            ),
        )
    except pyarrow.ArrowInvalid as error:
        wrong = _WRONG_COLUMN.search(
            str(error)
        )  # else rows of different lengths: the strict reader tells which
        return int(wrong[1]) if wrong else None
    if table.num_rows != raw.count(b"\n", start) + (not raw.endswith(b"\n")):
        return None
    columns: list[Column] = []
    for j in range(width):
        column = _words(table.column(0)) if j in as_text else _numbers(table.column(0))
        if column is None:
            return None if j in as_text else j
        columns.append(column)
        table = table.remove_column(0)  # copied; the whole table twice would take much memory
    return columns


def _numbers(cells: Any) -> Column | None:
    """Numbers with NaN for null; None if one of them is infinite, or too large to lose no digit."""
    numbers = cells.to_numpy()
    if (np.abs(numbers) > LARGEST_WHOLE).any() or np.isnan(numbers).sum() != cells.null_count:
        return None
    return np.asarray(numbers, dtype=np.float64)


def _words(cells: Any) -> Words | None:
    """Words; None if one of them is longer than any cell may be."""
    from pyarrow import compute

    if compute.max(compute.binary_length(cells)).as_py() > LONGEST_CELL:
        return None
    coded = cells.combine_chunks().dictionary_encode()
    return Words(coded.indices.to_numpy(), tuple(coded.dictionary.to_pylist()))
