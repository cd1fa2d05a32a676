"""Tables: columns of numbers and columns of words, each row knowing where it came from.

A column is held in one of two forms, whatever file or frame it came from: numbers are an array with NaN where one
is missing; everything else is `Words`, each row's place among the different words of the column.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, did_you_mean
from pellucid.data.labels import normal_label, number_label
from pellucid.data.numerals import complaint, is_missing, is_numeral, shorten

YES_AND_NO = ("False", "True")

Origin = Literal["file", "text", "category", "yes or no", "date", "unusable"]


@dataclass(frozen=True, eq=False)
class Words:
    """A column of words: each row's place among the different ones.

    Parameters
    ----------
    codes : (n,) array of int
        The place of each row's word in `words`; −1 where it is missing.
    words : tuple of str
        The different words, as they were written.
    origin : str
        Who wrote them: a "file", where all is text, numbers too, and NA means missing; or a frame, as "text",
        "category", "yes or no" or "date"; "unusable" for things that are no words at all.

    Examples
    --------
    >>> words = Words.of(["4", "NA", "4"])
    >>> words.codes.tolist(), words.words, words.missing.tolist()
    ([0, 1, 0], ('4', 'NA'), [False, True, False])
    """

    codes: npt.NDArray[np.signedinteger]
    words: tuple[str, ...]
    origin: Origin = "file"

    @classmethod
    def of(cls, cells: Iterable[str], origin: Origin = "file") -> Words:
        """Return the words of some cells, in the order in which they occur first."""
        places: dict[str, int] = {}
        codes = np.array([places.setdefault(cell, len(places)) for cell in cells], dtype=np.int32)
        return cls(codes, tuple(places), origin)

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Array) -> Words:
        """Return the words of some rows; `words` stays as it is."""
        taken = copy(self)  # with whatever is known of the words by now
        object.__setattr__(taken, "codes", self.codes[rows])
        return taken

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which of the different words say something, with one more entry, for the code −1, that doesn't."""
        empty = is_missing if self.origin == "file" else _is_empty
        return np.array([*(not empty(word) for word in self.words), False])

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows have no word, ``(n,)``."""
        return ~self.known[self.codes]

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The number that each of the different words is: NaN where it is none. One more entry for the code −1."""
        if self.origin == "yes or no":
            return np.array([float(word == YES_AND_NO[1]) for word in self.words] + [np.nan])
        return np.array([float(word) if is_numeral(word) else np.nan for word in self.words] + [np.nan])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The different words in their one spelling (several may have the same)."""
        return tuple(map(normal_label, self.words))

    def cells(self) -> Array:
        """Return the cells as text, ``(n,)``; empty where a word is missing."""
        return np.array([*self.words, ""], dtype=object)[self.codes]


def _is_empty(word: str) -> bool:
    return not word or word.isspace()


Column = Array | Words


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The columns of a table as they were found; what they mean is the preparation's business.

    Parameters
    ----------
    title : str
        What the table is called; for a file, its path.
    names : tuple of str
        The name of each column.
    columns : tuple of (n,) arrays or Words
        Arrays of numbers, with NaN for missing ones; arrays of text, which become `Words`; or `Words`.
    lines : (n,) array of int
        The line of the file, or the row of the frame, in which each row stands, so that errors can say where.
    unit : str
        What those numbers count: "line" or "row".

    Examples
    --------
    >>> table = Table("pets", ("legs",), (np.array(["4", "2"], dtype=object),), np.array([2, 3]))
    >>> len(table), table.numbers("legs").tolist()
    (2, [4.0, 2.0])
    """

    title: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: npt.NDArray[np.int64]
    unit: str = "line"

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(map(_held, self.columns)))

    def __len__(self) -> int:
        return len(self.lines)

    def stored(self, name: str) -> Column:
        """Return one column in the form in which it is held.

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

    def column(self, name: str) -> Array:
        """Return the cells of one column, ``(n,)``: numbers, or text.

        Raises
        ------
        DataError
            If no column has that name.
        """
        column = self.stored(name)
        return column.cells() if isinstance(column, Words) else column

    def without(self, names: Iterable[str]) -> Table:
        """The table less some columns.

        Raises
        ------
        DataError
            If there is no such column.
        """
        dropped = set(names)
        for name in dropped:
            self.stored(name)
        kept = [j for j, name in enumerate(self.names) if name not in dropped]
        return replace(
            self, names=tuple(self.names[j] for j in kept), columns=tuple(self.columns[j] for j in kept)
        )

    def take(self, rows: Array) -> Table:
        """Return the table of some rows, by index or mask; each still knows its line in the file."""
        columns = (c.take(rows) if isinstance(c, Words) else c[rows] for c in self.columns)
        return replace(self, columns=tuple(columns), lines=self.lines[rows])

    def words(self, name: str) -> Words:
        """Return one column as words, whatever it holds.

        Raises
        ------
        DataError
            If no column has that name, or it holds things that have no words.
        """
        column = self.stored(name)
        if not isinstance(column, Words):
            different, codes = np.unique(
                column, return_inverse=True
            )  # NaN, of which there is one, comes last
            label = str if column.dtype.kind in "iu" else number_label  # of a whole number no digit may go
            labels = tuple(label(number) for number in different.tolist() if number == number)
            codes = np.where(codes < len(labels), codes, -1).astype(np.int64)
            return Words(codes, labels, "category")
        if column.origin == "unusable":
            raise self._unusable(name, column)
        return column

    def values(self, name: str) -> npt.NDArray[np.float64]:
        """Return the numbers of one column, ``(n,)``, with NaN for missing ones.

        Raises
        ------
        DataError
            If a cell is neither a number nor missing: with its line, its column and what to do.
        """
        column = self.stored(name)
        if not isinstance(column, Words):
            values = np.asarray(column, dtype=np.float64)
            if values.dtype.kind == "f" and np.isinf(values).any():
                place = self.place(name, int(np.isinf(values).argmax()))
                what = "infinity is no number to compute with; correct the value, or leave it empty (NaN)."
                raise DataError(what, path=self.title, place=place)
            return values
        if column.origin == "unusable":
            raise self._unusable(name, column)
        wrong = np.isnan(column.numbers) & column.known
        if wrong.any() and wrong[column.codes].any():
            raise self._no_number(name, column, int(wrong[column.codes].argmax()))
        return column.numbers[column.codes]

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return the numbers of one column, ``(n,)``, of which none may be missing.

        Raises
        ------
        DataError
            If a cell is no number: with its line, its column and what to do.
        """
        numbers = self.values(name)
        absent = np.isnan(numbers)
        if absent.any():
            row = int(absent.argmax())
            raise DataError(complaint(self.cell(name, row)), path=self.title, place=self.place(name, row))
        return numbers

    def cell(self, name: str, row: int) -> str:
        """Return a cell as an error message shows it: empty where a value is missing."""
        column = self.stored(name)
        if isinstance(column, Words):
            return column.words[column.codes[row]] if column.codes[row] >= 0 else ""
        return "" if np.isnan(column[row]) else f"{column[row]:.6g}"

    def place(self, name: str, row: int) -> str:
        """Return where a cell stands: "line 7, column 'age'"."""
        return f"{self.unit} {self.lines[row]}, column {name!r}"

    def _no_number(self, name: str, column: Words, row: int) -> DataError:
        cell = self.cell(name, row)
        used = np.unique(column.codes)
        if len(used) > 1 and np.isnan(column.numbers[used]).all():
            return DataError(
                f"the column holds text (such as {shorten(cell)}), where numbers are expected; code its values as "
                "numbers, or choose another column.",
                path=self.title,
                place=f"column {name!r}",
            )
        return DataError(complaint(cell), path=self.title, place=self.place(name, row))

    def _unusable(self, name: str, column: Words) -> DataError:
        return DataError(
            f"the column holds {column.words[0]}, of which no feature can be made; leave it out (--ignore {name}, in "
            f"Python ignore=[{name!r}]), or make columns of numbers or words of it.",
            path=self.title,
            place=f"column {name!r}",
        )


def _held(column: Column) -> Column:
    """A column in one of the two forms."""
    if isinstance(column, Words):
        return column
    kind = column.dtype.kind
    if kind == "b":
        return Words(column.astype(np.int8), YES_AND_NO, "yes or no")
    if kind in "OUT":
        return Words.of(map(str, column.tolist()))
    if kind not in "fiu":
        raise DataError(f"a column has dtype {column.dtype}; expected numbers, words, or yes and no.")
    return column
