"""Tables of text: CSV files read strictly, so that no cell ends up in another one's place."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, did_you_mean
from pellucid.data.numerals import complaint, is_missing, is_numeral, shorten, to_numbers
from pellucid.data.reading import read_bytes

_DELIMITERS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
_ENCODING_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The cells of a table as they were written; what they mean is the preparation's business.

    Parameters
    ----------
    title : str
        What the table is called; for a file, its path.
    names : tuple of str
        The name of each column.
    columns : tuple of (n,) arrays of str
        The cells, column by column.
    lines : (n,) array of int
        The line of the file on which each row begins, so that errors can say where.

    Examples
    --------
    >>> table = Table("pets", ("legs",), (np.array(["4", "2"], dtype=object),), np.array([2, 3]))
    >>> len(table), table.numbers("legs").tolist()
    (2, [4.0, 2.0])
    """

    title: str
    names: tuple[str, ...]
    columns: tuple[Array, ...]
    lines: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Array:
        """Return the cells of one column, ``(n,)``.

        Raises
        ------
        DataError
            If no column has that name.
        """
        if name not in self.names:
            known = ", ".join(self.names[:20]) + (", …" if len(self.names) > 20 else "")
            hint = did_you_mean(name, self.names)
            raise DataError(f"there is no column {name!r}.{hint} The columns are {known}.", path=self.title)
        return self.columns[self.names.index(name)]

    def without(self, names: Iterable[str]) -> Table:
        """The table less some columns.

        Raises
        ------
        DataError
            If there is no such column.
        """
        dropped = set(names)
        for name in dropped:
            self.column(name)
        kept = [j for j, name in enumerate(self.names) if name not in dropped]
        return replace(
            self, names=tuple(self.names[j] for j in kept), columns=tuple(self.columns[j] for j in kept)
        )

    def take(self, rows: Array) -> Table:
        """Return the table of some rows, by index or mask; each still knows its line in the file."""
        return replace(self, columns=tuple(cells[rows] for cells in self.columns), lines=self.lines[rows])

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return the numbers of one column, ``(n,)``.

        Raises
        ------
        DataError
            If a cell is no number: with its line, its column and what to do.
        """
        cells = self.column(name)
        numbers = to_numbers(cells)
        if numbers is not None:
            return numbers
        bad = next(i for i, cell in enumerate(cells) if not is_numeral(cell))
        if not is_missing(cells[bad]) and not any(is_numeral(cell) for cell in cells):
            raise DataError(
                f"the column holds text (such as {shorten(cells[bad])}), but this version uses columns of numbers "
                "only; leave it out (--ignore, in Python ignore=[…]) or code its values as numbers.",
                path=self.title,
                place=f"column {name!r}",
            )
        raise DataError(complaint(cells[bad]), path=self.title, place=self.place(name, bad))

    def place(self, name: str, row: int) -> str:
        """Return where a cell stands: "line 7, column 'age'"."""
        return f"line {self.lines[row]}, column {name!r}"


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
    records = _records(path, _decoded(path), delimiter)
    try:
        line, header = next(records)
    except StopIteration:
        raise DataError("the file is empty; expected a line of names and then rows.", path=path) from None
    names = _checked_names(path, line, header, delimiter)
    blocks = list(_blocks(path, records, names))
    if not blocks:
        raise DataError("there is a line of names but no row below it; add rows.", path=path, place="line 1")
    lines = np.concatenate([block_lines for block_lines, _ in blocks])
    columns = tuple(np.concatenate([cells[:, j] for _, cells in blocks]) for j in range(len(names)))
    return Table(str(path), names, columns, lines)


def _decoded(path: str | Path) -> str:
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
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"the byte 0x{raw[error.start]:02x} is not UTF-8; save the file again as 'CSV UTF-8'.",
            path=path,
            place=f"line {line}, byte {error.start}",
        ) from None


def _records(path: str | Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    shared: dict[str, str] = {}  # equal cells share one string: a table of pixels has only 256 of them
    while True:
        begins = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quoting_error(path, begins, text, error) from None
        if record:
            yield begins, list(map(shared.setdefault, record, record))


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


def _checked_names(path: str | Path, line: int, header: list[str], delimiter: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in header)
    place = f"line {line}"
    if len(names) == 1:
        _look_for_delimiter(path, place, names[0], delimiter)
    if all(is_numeral(name) for name in names):
        raise DataError(
            f"the first line holds numbers ({shorten(delimiter.join(names), 30)}); it must hold the names of "
            "the columns, so add a line of names.",
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


def _blocks(
    path: str | Path, records: Iterator[tuple[int, list[str]]], names: tuple[str, ...]
) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
    """Yield the rows in blocks of lines and cells, each checked to be as long as the header."""
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in records:
        if len(row) != len(names):
            raise DataError(
                f"the row has {_columns(len(row))}, but the first line has {len(names)}; "
                "correct the row (a cell that contains the delimiter must be quoted).",
                path=path,
                place=f"line {line}",
            )
        lines.append(line)
        rows.append(row)
        if len(rows) == _ROWS_AT_ONCE:
            yield np.array(lines, dtype=np.int64), np.array(rows, dtype=object)
            lines, rows = [], []
    if rows:
        yield np.array(lines, dtype=np.int64), np.array(rows, dtype=object)


def _columns(count: int) -> str:
    return f"{count} column" if count == 1 else f"{count} columns"
