"""CSV files, read strictly, so that no cell ends up in another one's place."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import DataError, OptionError
from pellucid.data.csv_quick import quick_columns
from pellucid.data.labels import LARGEST_WHOLE, printable
from pellucid.data.numerals import is_missing, is_numeral, shorten, to_numbers
from pellucid.data.reading import read_bytes
from pellucid.data.tables import Column, Table, Words

_DELIMITERS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
_ENCODING_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_CELLS_AT_ONCE = 32_768  # as text they fit into a processor's cache
_COLUMNS_AT_ONCE = 16
_MOST_READINGS = 3
_LARGE = 2**20  # bytes; below, the quick reader's own start takes longer than reading


def read_csv(path: str | Path, *, delimiter: str | None = None) -> Table:
    r"""The table in a CSV file: the first line holds the names, every further line one example.

    Parameters
    ----------
    path : path
        A text file in UTF-8, with or without a byte-order mark.
    delimiter : str, optional
        What stands between two cells; by default a tab for ``.tsv``, else a comma.

    Returns
    -------
    Table
        The cells as text, with the line on which each row begins.

    Raises
    ------
    DataError
        If there is no such file, it is not UTF-8, rows have different lengths, a quote stays open, names are
        missing or doubled: always with the line and the remedy.
    StorageError
        If the file can't be read.

    References
    ----------
    Shafranovich (2005), RFC 4180, Common format for CSV files.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("weight,height\n133,65\n160,72\n")
    >>> table = read_csv(path)
    >>> table.names, table.numbers("height").tolist()
    (('weight', 'height'), [65.0, 72.0])
    """
    if delimiter is None:
        delimiter = "\t" if Path(path).suffix.lower() == ".tsv" else ","
    if len(delimiter) != 1 or delimiter in '"\r\n\0 ':
        raise OptionError(f"delimiter is {delimiter!r}; expected one character, such as ',' or ';'.")
    raw = _checked(path)
    records = _records(path, raw, delimiter)
    try:
        line, header = next(records)
    except StopIteration:
        raise DataError("the file is empty; expected a line of names and then rows.", path=path) from None
    if len(header) == 1:
        _look_for_delimiter(path, f"line {line}", header[0], delimiter)
    names = checked_names(path, f"line {line}", header)
    if len(raw) >= _LARGE and line == 1:
        found = quick_columns(raw, delimiter, len(names))
        if found is not None:
            return Table(str(path), names, tuple(found), np.arange(2, 2 + len(found[0]), dtype=np.int64))
    lines, columns = _columns(path, raw, delimiter, len(names))
    if not len(lines):
        raise DataError("there is a line of names but no row below it; add rows.", path=path, place="line 1")
    return Table(str(path), names, columns, lines)


def _checked(path: str | Path) -> bytes:
    """The bytes of a file that is text in UTF-8."""
    raw = read_bytes(path)
    for mark, encoding in _ENCODING_MARKS:
        if raw.startswith(mark):
            raise DataError(
                f"the file is {encoding}; expected UTF-8, so save it again as 'CSV UTF-8'.",
                path=path,
                place="byte 0",
            )
    if b"\0" in raw:
        place = f"byte {raw.index(0)}"
        raise DataError(
            "there is a NUL byte, which no text has; export the table again as 'CSV UTF-8'.",
            path=path,
            place=place,
        )
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"the byte 0x{raw[error.start]:02x} is not UTF-8; save the file again as 'CSV UTF-8'.",
            path=path,
            place=f"line {line}, byte {error.start}",
        ) from None
    return raw


def _records(path: str | Path, raw: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins; blank lines are passed over."""
    text = io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quoting_error(path, begins, raw.decode("utf-8-sig"), error) from None
        if record:
            yield begins, record


def _quoting_error(path: str | Path, line: int, text: str, error: csv.Error) -> DataError:
    lines = text.split("\n", line - 1)
    rest = lines[-1] if line <= len(lines) else ""
    column = rest.split("\n", 1)[0].find('"') + 1
    place = f"line {line}, character {column}" if column else f"line {line}"
    is_open = rest.count('"') % 2 == 1
    if "field larger" in str(error) and not is_open:
        place = f"line {line}"
        what = f"a cell is longer than {csv.field_size_limit():,} characters; shorten it, or drop the column"
    elif "unexpected end" in str(error) or "field larger" in str(error):
        what = 'a quote (") opens here and is never closed; close it, or remove it'
    else:
        what = (
            'a quote (") ends in the middle of a cell; write a quote inside a quoted cell twice, or remove it'
        )
    return DataError(f"{what}.", path=path, place=place)


def checked_names(path: str | Path, place: str, header: list[str]) -> tuple[str, ...]:
    """The names of a table's columns: none empty, none doubled, not all of them numbers.

    Raises
    ------
    DataError
        If they are not.

    Examples
    --------
    >>> checked_names("t.csv", "line 1", [" weight ", "height"])
    ('weight', 'height')
    """
    names = tuple(map(printable, header))
    if all(is_numeral(name) for name in names):
        raise DataError(
            f"the first {place.split()[0]} holds numbers ({shorten(', '.join(names), 30)}); it must hold the names of "
            f"the columns, so add a {place.split()[0]} of names.",
            path=path,
            place=place,
        )
    empty = [i for i, name in enumerate(names, start=1) if not name]
    if empty:
        raise DataError(f"column {empty[0]} has no name; give every column one.", path=path, place=place)
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataError(
            f"two columns are called {shorten(doubled[0])}; rename one of them.", path=path, place=place
        )
    return names


def _look_for_delimiter(path: str | Path, place: str, header: str, delimiter: str) -> None:
    """A header of one column with another delimiter in it was surely meant to be several."""
    for other, word in _DELIMITERS.items():
        if other != delimiter and other in header:
            flag = "$'\\t'" if other == "\t" else f"'{other}'"
            raise DataError(
                f"the columns are separated by {word}, but {_DELIMITERS.get(delimiter, repr(delimiter))} was "
                f"expected; say --delimiter {flag} (in Python: delimiter={other!r}).",
                path=path,
                place=place,
            )


def _columns(
    path: str | Path, raw: bytes, delimiter: str, width: int
) -> tuple[npt.NDArray[np.int64], tuple[Column, ...]]:
    """The lines and columns below the names. A column is text if any of its cells has to be.

    That may be found late, when the text of earlier rows has become numbers: then the file is read again, and after
    some times all columns are taken as text, which is slower and makes no other difference.
    """
    plain = raw.isascii() and b"_" not in raw
    as_text: set[int] = set()
    for reading in range(_MOST_READINGS + 1):
        if reading == _MOST_READINGS:
            as_text = set(range(width))
        gathered = _Gathered(width, frozenset(as_text), plain)
        for lines, rows in _blocks(path, _records(path, raw, delimiter), width):
            as_text |= gathered.add(lines, rows)
            if as_text > gathered.as_text:
                break
        else:
            break
    return gathered.columns()


class _Gathered:
    """The columns of a file, block by block: numbers as numbers, so that a large table fits into memory."""

    def __init__(self, width: int, as_text: frozenset[int], plain: bool) -> None:
        self.as_text, self._width, self._plain = as_text, width, plain
        self._lines: list[npt.NDArray[np.int64]] = []
        self._numbers: list[npt.NDArray[np.float64]] = []
        self._codes: dict[int, list[int]] = {j: [] for j in as_text}
        self._places: dict[int, dict[str, int]] = {j: {} for j in as_text}

    def add(self, lines: list[int], rows: list[list[str]]) -> set[int]:
        """Take a block of rows; return the columns that had to be text and were not said to be."""
        for j, places in self._places.items():
            self._codes[j] += [places.setdefault(row[j], len(places)) for row in rows]
            for row in rows:
                row[j] = "0"
        cells = list(chain.from_iterable(rows))
        numbers = _as_numbers(cells, self._plain)
        if numbers is None:
            return {
                j for j in range(self._width) if _as_numbers(cells[j :: self._width], self._plain) is None
            }
        self._numbers.append(numbers.reshape(len(rows), self._width))
        self._lines.append(np.array(lines, dtype=np.int64))
        return set()

    def columns(self) -> tuple[npt.NDArray[np.int64], tuple[Column, ...]]:
        """The line of each row, and all columns in order."""
        rows = np.concatenate(self._numbers or [np.empty((0, self._width))])
        self._numbers.clear()
        columns: list[Column] = []
        for j in range(0, self._width, _COLUMNS_AT_ONCE):  # one at a time they would lie far apart in memory
            columns += list(np.ascontiguousarray(rows[:, j : j + _COLUMNS_AT_ONCE].T))
        for j, places in self._places.items():
            columns[j] = Words(np.array(self._codes[j], dtype=np.int32), tuple(places))
        return np.concatenate(self._lines or [np.empty(0, dtype=np.int64)]), tuple(columns)


def _as_numbers(cells: Sequence[str], plain: bool) -> npt.NDArray[np.float64] | None:
    """Cells as numbers, NaN where one is missing; None if the text of one says more than that."""
    numbers = to_numbers(cells, plain=plain)
    if numbers is None:
        there = [not is_missing(cell) for cell in cells]
        present = to_numbers(list(compress(cells, there)), plain=plain)
        if present is None:
            return None
        numbers = np.full(len(cells), np.nan)
        numbers[there] = present
    if (np.abs(numbers) > LARGEST_WHOLE).any():  # perhaps the number of a sample, of which no digit may go
        return None
    return numbers


def _blocks(
    path: str | Path, records: Iterator[tuple[int, list[str]]], width: int
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Yield the rows below the names in blocks, with their lines, each checked to be as long as the header."""
    next(records)
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in records:
        if len(row) != width:
            raise DataError(
                f"the row has {_counted(len(row))}, but the first line has {width}; "
                "correct the row (a cell that contains the delimiter must be quoted).",
                path=path,
                place=f"line {line}",
            )
        lines.append(line)
        rows.append(row)
        if len(rows) * width >= _CELLS_AT_ONCE:
            yield lines, rows
            lines, rows = [], []
    if rows:
        yield lines, rows


def _counted(count: int) -> str:
    return f"{count} column" if count == 1 else f"{count} columns"
