import datetime
import decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.frames import as_table, of_list
from pellucid.data.preparation import fit_features
from pellucid.data.tables import Words

PLAIN = {
    "number": [1.5, None, 2.0, 4.0],
    "whole": [1, 2, 3, 3],
    "word": ["a", None, "b", "a"],
    "yes": [True, False, None, True],
    "level": ["x", "y", None, "x"],
}


def of_pandas():
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(PLAIN).astype({"level": "category", "yes": "boolean"})


def of_nullable_pandas():
    pytest.importorskip("pyarrow")
    return of_pandas().convert_dtypes(dtype_backend="pyarrow").astype({"level": "category"})


def of_polars():
    pl = pytest.importorskip("polars")
    return pl.DataFrame(PLAIN).with_columns(pl.col("level").cast(pl.Categorical))


def of_arrow():
    pa = pytest.importorskip("pyarrow")
    table = pa.table(PLAIN)
    return table.set_column(4, "level", table["level"].dictionary_encode())


def of_batch():
    return of_arrow().to_batches()[0]


def of_dict():
    return {name: np.array(column) if name == "whole" else column for name, column in PLAIN.items()}


def of_series():
    frame = of_pandas()
    return {name: frame[name] for name in frame.columns}


FRAMES = [of_pandas, of_nullable_pandas, of_polars, of_arrow, of_batch, of_dict, of_series]


@pytest.mark.parametrize("make", FRAMES)
def test_the_same_table_in_every_kind_of_frame(make):
    table = as_table(make(), title="people")
    assert (table.names, len(table), table.title, table.unit) == (tuple(PLAIN), 4, "people", "row")
    np.testing.assert_array_equal(table.values("number"), [1.5, np.nan, 2.0, 4.0])
    np.testing.assert_array_equal(table.values("whole"), [1, 2, 3, 3])
    assert table.column("word").tolist() == ["a", "", "b", "a"]
    assert table.words("yes").cells().tolist() == ["True", "False", "", "True"]
    assert table.words("yes").origin == "yes or no"
    assert table.column("level").tolist() == ["x", "y", "", "x"]
    X = fit_features(table).features(make())
    np.testing.assert_array_equal(X, fit_features(PLAIN).features(PLAIN))


def test_columns_of_numbers_are_not_copied():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"])
    assert np.shares_memory(as_table(frame).stored("a"), frame["a"].to_numpy())
    pl = pytest.importorskip("polars")
    series = pl.Series("a", np.arange(3.0))
    assert np.shares_memory(as_table(pl.DataFrame([series])).stored("a"), series.to_numpy())
    array = np.arange(6.0).reshape(3, 2)
    table = as_table(array)
    assert table.names == ("x0", "x1")
    assert np.shares_memory(table.stored("x1"), array)


DATE = datetime.datetime(2024, 5, 1)


@pytest.mark.parametrize(
    ("values", "origin", "cells"),
    [
        (["a", 1, 2.0, None, float("nan"), True], "text", ["a", "1", "2", "", "", "True"]),
        ([True, np.bool_(False), None], "yes or no", ["True", "False", ""]),
        ([datetime.date(2024, 5, 1), None], "date", ["2024-05-01", ""]),
        ([DATE, DATE], "date", ["2024-05-01 00:00:00"] * 2),
        ([np.datetime64("NaT"), np.datetime64("2024-05-01")], "date", ["", "2024-05-01"]),
        ([[1], [2]], "unusable", ["things of type list"] * 2),
        ([1 + 2j, 3], "unusable", ["things of type complex"] * 2),
        ([10**400, 1], "text", [str(10**400), "1"]),
    ],
)
def test_what_stands_in_a_list(values, origin, cells):
    column = of_list(values)
    assert isinstance(column, Words)
    assert (column.origin, column.cells().tolist()) == (origin, cells)


def test_numbers_of_all_sorts_are_numbers():
    values = [1, 2.5, decimal.Decimal("0.5"), np.float32(3), True, None, float("nan")]
    np.testing.assert_array_equal(of_list(values), [1, 2.5, 0.5, 3, 1, np.nan, np.nan])


def test_pandas_own_things_that_are_no_features_are_told_when_they_are_used():
    pd = pytest.importorskip("pandas")
    days = pd.to_datetime(["2024-01-01", None, "2024-01-03"])
    frame = pd.DataFrame(
        {
            "x": [1, 2, 3],
            "day": days,
            "zoned": days.tz_localize("UTC"),
            "span": days - days[0],
            "month": days.to_period("M"),
            "list": [[1], [2], None],
            "complex": [1j, 2, 3],
            "interval": pd.cut([1, 5, 9], 3),
            "sparse": pd.arrays.SparseArray([0.0, 1.0, 0.0]),
        }
    )
    table = as_table(frame)
    assert table.words("interval").origin == "category"
    assert table.values("sparse").tolist() == [0, 1, 0]
    for name in ("day", "zoned", "span", "month"):
        assert table.words(name).missing.tolist() == [False, True, False]
        with pytest.raises(DataError, match=rf"column '{name}': the column holds dates .*--ignore {name}"):
            fit_features(frame[["x", name]])
    for name in ("list", "complex"):
        with pytest.raises(DataError, match=rf"column '{name}': .* things of type {name}.*--ignore {name}"):
            fit_features(frame[["x", name]])
    assert fit_features(frame[["x", "interval", "sparse"]]).names[0] == "x"


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({}, "no row"),
        ({"a": []}, "no row"),
        ({"a": [1, 2], "b": [1]}, "from 1 to 2 rows"),
        ({"a": [1], " a ": [1]}, "two columns are called 'a'"),
        ({"": [1]}, "no name"),
        ({("a", "b"): [1]}, "one name, not several"),
        ({"a": "text"}, "'a' is a str"),
        ({"a": 5}, "'a' is a int"),
        ({"a": np.eye(2)}, r"shape \(2, 2\)"),
        ([[1, 2]], "got a list"),
        (np.arange(3), "got a ndarray"),
        (None, "got a NoneType"),
    ],
)
def test_what_is_no_table_is_told(frame, words):
    with pytest.raises(DataError, match=words) as caught:
        as_table(frame, title="people")
    assert str(caught.value).startswith("people: ")


def test_a_lazy_frame_is_asked_to_be_collected():
    pl = pytest.importorskip("polars")
    with pytest.raises(DataError, match=r"call \.collect"):
        as_table(pl.LazyFrame({"a": [1]}))
    with pytest.raises(DataError, match=r"\(n,\)|expected a pandas or polars DataFrame"):
        as_table(pl.Series([1]))


def test_rows_of_different_lengths_are_a_matter_of_shape():
    with pytest.raises(ShapeError):
        as_table({"a": [1, 2], "b": [1]})


def test_names_of_any_kind_become_text():
    pd = pytest.importorskip("pandas")
    assert as_table(pd.DataFrame(np.eye(2))).names == ("0", "1")
    assert as_table({"two\nlines": [1]}).names == ("two lines",)


@given(
    st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.dates()))
)
def test_any_list_becomes_a_column_of_its_length(values):
    column = of_list(values)
    assert len(column) == len(values)
    missing = column.missing if isinstance(column, Words) else np.isnan(column)
    for value, gone in zip(values, missing.tolist(), strict=True):
        blank = isinstance(value, str) and (not value or value.isspace())
        assert gone == (value is None or value != value or blank)
