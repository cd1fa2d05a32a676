import numpy as np
import pytest

from pellucid.basics.errors import DataError
from pellucid.data import csv_files
from pellucid.data.csv_files import read_csv
from pellucid.data.csv_quick import quick_columns
from pellucid.data.frames import as_table
from pellucid.data.labels import normal_label
from pellucid.data.tables import Table, Words


def test_words_know_their_numbers_labels_and_gaps():
    words = Words.of(["7.0", "NA", "cat", "7.0", "TRUE"])
    assert words.words == ("7.0", "NA", "cat", "TRUE")
    assert words.missing.tolist() == [False, True, False, False, False]
    np.testing.assert_array_equal(words.numbers, [7, np.nan, np.nan, np.nan, np.nan])
    assert words.labels[0] == "7"
    assert words.labels[3] == "True"


def test_na_is_a_word_in_a_frame_and_missing_in_a_file():
    assert Words.of(["NA"], "file").missing.tolist() == [True]
    assert Words.of(["NA"], "text").missing.tolist() == [False]
    assert Words.of(["", " "], "text").missing.tolist() == [True, True]


def test_some_rows_keep_what_is_known_of_the_words():
    words = Words.of(list("abca"))
    known = words.labels
    taken = words.take(np.array([3, 1]))
    assert taken.cells().tolist() == ["a", "b"]
    assert taken.labels is known
    assert words.cells().tolist() == list("abca")


def test_numbers_are_words_too():
    table = as_table({"x": [2.0, None, 0.5, 2]})
    assert table.words("x").cells().tolist() == ["2", "", "0.5", "2"]
    assert table.cell("x", 1) == ""
    assert table.cell("x", 2) == "0.5"


def test_long_numbers_of_samples_are_told_apart():
    ids = np.array([2**60, 2**60 + 1])
    assert as_table({"id": ids}).words("id").cells().tolist() == [str(2**60), str(2**60 + 1)]


def test_places_are_lines_or_rows():
    table = as_table({"x": ["a", "b"]}).take(np.array([1]))
    assert table.place("x", 0) == "row 1, column 'x'"
    assert Table("t", ("x",), (np.array([1.0]),), np.array([7])).place("x", 0) == "line 7, column 'x'"


def test_a_column_of_another_dtype_is_refused():
    with pytest.raises(DataError, match="dtype complex128"):
        Table("t", ("x",), (np.array([1j]),), np.array([0]))


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("-0", "0"),
        ("12345678901234567890", "12345678901234567890"),
        ("tRuE", "True"),
        ("1_0", "1_0"),
        ("a\x07b", "a b"),
    ],
)
def test_labels_have_one_spelling(cell, label):
    assert normal_label(cell) == label
    assert normal_label(label) == label


# ---- the quick reader is the strict one, or silent

FILES = {
    "numbers": "x,y\n1,2\n3,-4.5e3\n",
    "text": "x,y\n1,a\n3,b\n",
    "gaps": "x,y\n1,NA\n,b\n?,nan\nN/A,n/a\n",
    "gaps in numbers": "x,y\n1,NA\n,3\n",
    "margins": "x,y\n 1 , a \n+2,b\n",
    "windows": "x,y\r\n1,2\r\n3,4\r\n",
    "no last newline": "x,y\n1,2\n3,4",
    "quoted names": '"x","y"\n1,2\n3,4\n',
    "other scripts": "x,y\n\u0661,2\nä,3\n",
    "slips": "x,y\ninf,1_000\n1,2\n0x1F,-nan\n",
    "late text": "x,y\n" + "1,2\n" * 500 + "late,2\n",
    "late long numbers": "x,y\n" + "1,2\n" * 500 + "12345678901234567891,2\n",
    "one column": "x\n1\n2\n",
    "huge": "x,y\n1e300,1\n1e400,2\n",
    "empty cells": "x,y\n,\n,\n",
}
DOUBTFUL = {
    "quotes": 'x,y\n"1",2\n',
    "short row": "x,y\n1\n",
    "long row": "x,y\n1,2,3\n",
    "blank line": "x,y\n1,2\n\n3,4\n",
    "blank first line": "x,y\n\n1,2\n",
    "blank line of windows": "x,y\r\n1,2\r\n\r\n3,4\r\n",
    "old line ends": "x,y\n1,2\r3,4\r",
    "no rows": "x,y\n",
    "name of two lines": '"x\nz",y\n1,2\n',
    "long cell": "x,y\n" + "z" * 140_000 + ",1\n",
}


def same(left, right):
    if isinstance(left, Words) != isinstance(right, Words):
        return False
    if isinstance(left, Words):
        return left.cells().tolist() == right.cells().tolist() and left.origin == right.origin
    return np.array_equal(left, right, equal_nan=True)


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_the_quick_reader_gives_what_the_strict_one_gives(tmp_path, monkeypatch, content):
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode())
    strict = read_csv(path)
    monkeypatch.setattr(csv_files, "_LARGE", 0)
    assert quick_columns(content.encode(), ",", len(strict.names)) is not None
    quick = read_csv(path)
    assert quick.names == strict.names
    assert quick.lines.tolist() == strict.lines.tolist()
    assert all(map(same, quick.columns, strict.columns))


@pytest.mark.parametrize("content", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_in_doubt_the_quick_reader_is_silent(content):
    pytest.importorskip("pyarrow")
    assert quick_columns(content.encode(), ",", 2) is None


def test_without_arrow_the_strict_reader_reads(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert quick_columns(b"x,y\n1,2\n", ",", 2) is None


def test_text_that_comes_late_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "t.csv"
    rows = [["007", "1", "NA", "2.50"]] * 20_000
    rows[15_000] = ["a", "1", "3", "b"]
    rows[19_999] = ["8", "c", "4", "d"]
    path.write_text("p,q,r,s\n" + "".join(",".join(row) + "\n" for row in rows))
    table = read_csv(path)
    for j, name in enumerate("pqs"):
        column = table.column(name)
        place = "pqrs".index(name)
        assert column[[0, 15_000, 19_999]].tolist() == [rows[i][place] for i in (0, 15_000, 19_999)], j
    assert table.values("r")[[15_000, 19_999]].tolist() == [3, 4]
