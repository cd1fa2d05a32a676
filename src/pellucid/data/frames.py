"""Frames of pandas, polars and Arrow, dicts of columns and arrays, as tables: none of these packages is imported."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.labels import number_label, printable
from pellucid.data.numerals import shorten
from pellucid.data.tables import YES_AND_NO, Column, Origin, Table, Words

_DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
_WORDS = (str, bool, np.bool_, Real, Decimal, *_DATES)
_MISSING = ("NAType", "NaTType")  # of pandas, which need not be installed


def as_table(frame: Any, *, title: str = "table") -> Table:
    """The table in a frame; columns of numbers are not copied.

    Parameters
    ----------
    frame : pandas or polars DataFrame, Arrow Table, mapping of columns, (n, d) array, or Table
        One row for each example. The columns of an array are called x0, x1, …
    title : str
        What errors call it.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If it is nothing of that kind, has no row, or two of its columns share a name.

    Examples
    --------
    >>> table = as_table({"height": [1.7, None], "name": ["Ann", "Bo"]})
    >>> table.names, table.values("height").tolist(), table.column("name").tolist()
    (('height', 'name'), [1.7, nan], ['Ann', 'Bo'])
    """
    if isinstance(frame, Table):
        return frame
    pairs = list(_columns(frame, title))
    names = [_name(name, title) for name, _ in pairs]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataError(f"two columns are called {shorten(doubled[0])}; rename one of them.", path=title)
    columns = [column for _, column in pairs]
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise ShapeError(
            f"the columns have from {lengths[0]} to {lengths[-1]} rows; make them equal.", path=title
        )
    if not lengths or lengths[0] == 0:
        raise DataError("there is no row, or no column; expected one row for each example.", path=title)
    return Table(title, tuple(names), tuple(columns), np.arange(lengths[0], dtype=np.int64), unit="row")


def _columns(frame: Any, title: str) -> Iterator[tuple[Any, Column]]:
    """The name and the column of each column of whatever it is."""
    package, kind = type(frame).__module__.partition(".")[0], type(frame).__name__
    if package == "pandas" and kind == "DataFrame":
        for i, name in enumerate(frame.columns):
            yield name, _of_pandas(frame.iloc[:, i])
    elif package == "polars" and kind == "DataFrame":
        for column in frame.get_columns():
            yield column.name, _of_polars(column)
    elif package == "pyarrow" and kind in ("Table", "RecordBatch"):
        for name, column in zip(frame.column_names, frame.columns, strict=True):
            yield name, _of_arrow(column)
    elif isinstance(frame, Mapping):
        for name, column in frame.items():
            yield name, _of_anything(column, name, title)
    elif isinstance(frame, np.ndarray) and frame.ndim == 2:
        for j in range(frame.shape[1]):
            yield f"x{j}", of_array(frame[:, j])
    else:
        remedy = "call .collect() first" if kind == "LazyFrame" else "make a table of it first"
        raise DataError(
            f"expected a pandas or polars DataFrame, an Arrow Table, a dict of columns or an array (n, d), but got a "
            f"{kind}; {remedy}.",
            path=title,
        )


def _name(name: object, title: str) -> str:
    if isinstance(name, tuple):
        raise DataError(f"a column is called {name!r}; give every column one name, not several.", path=title)
    text = printable(str(name))
    if not text:
        raise DataError("a column has no name; give every column one.", path=title)
    return text


def _of_pandas(series: Any) -> Column:
    kind = series.dtype
    if hasattr(series, "cat"):
        return _coded(series.cat.codes.to_numpy(), series.cat.categories, "category")
    if isinstance(kind, np.dtype) and kind.kind in "fiubc":
        return of_array(series.to_numpy())
    if getattr(kind, "kind", "O") in "fiub" and kind.name != "object":  # those with a mask, or Arrow's
        if kind.kind == "b":
            return _factorized(series, "yes or no")
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if getattr(kind, "kind", "O") in "Mm" or "period" in str(kind):
        return _factorized(series, "date")
    if kind.name == "object":
        return of_list(series.tolist())
    return _factorized(series, "text")


def _of_polars(series: Any) -> Column:
    kind = str(series.dtype.base_type())
    if series.dtype.is_numeric() and kind != "Decimal":
        return of_array(series.to_numpy())
    if kind in ("Categorical", "Enum"):
        return Words(*_compact(series.to_list()), "category")
    if kind in ("Date", "Datetime", "Time", "Duration"):
        return Words(*_compact(map(_text_or_none, series.to_list())), "date")
    return of_list(series.to_list())


def _of_arrow(column: Any) -> Column:
    kind = str(column.type)
    if kind.startswith(("int", "uint", "float", "double", "halffloat")):
        return of_array(
            np.asarray(column.to_numpy() if hasattr(column, "chunks") else column.to_numpy(False))
        )
    if kind.startswith("dictionary"):
        return Words(*_compact(map(_text_or_none, column.to_pylist())), "category")
    if kind in ("string", "large_string"):
        whole = column.combine_chunks() if hasattr(column, "chunks") else column
        coded = whole.dictionary_encode()
        return Words(coded.indices.fill_null(-1).to_numpy(), tuple(coded.dictionary.to_pylist()), "text")
    if kind.startswith(("date", "time", "duration")):
        return Words(*_compact(map(_text_or_none, column.cast("string").to_pylist())), "date")
    return of_list(column.to_pylist())


def _of_anything(column: Any, name: object, title: str) -> Column:
    """The column in a value of a mapping."""
    package, kind = type(column).__module__.partition(".")[0], type(column).__name__
    known: dict[tuple[str, str], Callable[[Any], Column]] = {
        ("pandas", "Series"): _of_pandas,
        ("pandas", "Categorical"): lambda c: _coded(c.codes, c.categories, "category"),
        ("polars", "Series"): _of_polars,
        ("pyarrow", "ChunkedArray"): _of_arrow,
    }
    if (package, kind) in known:
        return known[package, kind](column)
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            raise ShapeError(f"column {name!r} has shape {column.shape}; expected (n,).", path=title)
        return of_array(column)
    if isinstance(column, Sequence) and not isinstance(column, str | bytes):
        return of_list(column)
    raise DataError(f"column {name!r} is a {kind}; expected a list or an array.", path=title)


def of_array(array: Array) -> Column:
    """Return the column in an array ``(n,)`` of any dtype; numbers as they are, without a copy.

    Examples
    --------
    >>> of_array(np.array([True, False])).words
    ('False', 'True')
    """
    kind = array.dtype.kind
    if kind in "fiu":
        return array
    if kind == "b":
        return Words(array.astype(np.int8), YES_AND_NO, "yes or no")
    if kind in "Mm":
        return Words(*_compact(map(_text_or_none, array)), "date")
    if kind == "U":
        return Words(*_compact(array.tolist()), "text")
    return of_list(array.tolist())


def of_list(values: Sequence[Any], origin: Origin = "text") -> Column:
    """Return the column in a list of Python's own things: numbers, yes and no, words, dates, None.

    Parameters
    ----------
    values : sequence
        One for each row.
    origin : str
        What words are called that stand in it: "text", or "file" where NA means missing.

    Examples
    --------
    >>> of_list([1, None, 2.5]).tolist(), of_list([True, None]).codes.tolist(), of_list(["a", 1]).words
    ([1.0, nan, 2.5], [1, -1], ('a', '1'))
    """
    kinds = {type(value) for value in values}
    gone = {kind for kind in kinds if kind is type(None) or kind.__name__ in _MISSING}
    kinds -= gone
    if gone:
        values = [None if type(value) in gone else value for value in values]
    if str in kinds and float in kinds and all(issubclass(kind, _WORDS) for kind in kinds):  # perhaps all NaN
        values = [None if value != value else value for value in values]
        kinds = {type(value) for value in values} - {type(None)}
    if kinds and all(issubclass(kind, bool | np.bool_) for kind in kinds):
        codes = [-1 if value is None else int(value) for value in values]
        return Words(np.array(codes, dtype=np.int8), YES_AND_NO, "yes or no")
    if all(issubclass(kind, Real | Decimal) for kind in kinds):
        try:
            return np.array([math.nan if value is None else float(value) for value in values])
        except OverflowError:  # a whole number beyond all floats is a name
            pass
    if all(issubclass(kind, _DATES) for kind in kinds):
        return Words(*_compact(map(_text_or_none, values)), "date")
    odd = sorted(kind.__name__ for kind in kinds if not issubclass(kind, _WORDS))
    if odd:
        return Words(np.zeros(len(values), dtype=np.int8), (f"things of type {odd[0]}",), "unusable")
    return Words(*_compact(values if kinds == {str} else map(_text_or_none, values)), origin)


def _compact(texts: Iterable[str | None]) -> tuple[Array, tuple[str, ...]]:
    """The codes and the different words of texts, of which None is missing."""
    places: dict[str | None, int] = {None: -1}
    codes = np.array([places.setdefault(text, len(places) - 1) for text in texts], dtype=np.int32)
    return codes, tuple(text for text in places if text is not None)


def _factorized(series: Any, origin: Origin) -> Column:
    codes, values = series.factorize()
    return _coded(codes, values, origin)


def _coded(codes: Array, values: Iterable[Any], origin: Origin) -> Column:
    """The column of codes for values of any kind; −1 is missing."""
    words = tuple(_text_or_none(value) or "" for value in values)
    if origin == "yes or no":
        place = np.array([*(YES_AND_NO.index(word) for word in words), -1])
        return Words(place[codes], YES_AND_NO, origin)
    return Words(np.asarray(codes), words, origin)


def _text_or_none(value: Any) -> str | None:
    """The words for a value: whole numbers without a point, so that frames and files agree."""
    if value is None or (value != value) is True or type(value).__name__ in _MISSING:
        return None
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else number_label(float(value))
    if isinstance(value, np.datetime64 | np.timedelta64) and np.isnat(value):
        return None
    return str(value)
