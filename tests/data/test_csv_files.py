import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import DataError, OptionError, StorageError
from pellucid.data.csv_files import read_csv
from pellucid.data.numerals import is_numeral, to_numbers

GOOD = "weight,height,target\n133,65,F\n160,72,M\n"


def write(folder, content, name="people.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_names_cells_and_lines(tmp_path):
    table = read_csv(write(tmp_path, GOOD))
    assert table.names == ("weight", "height", "target")
    assert table.column("target").tolist() == ["F", "M"]
    assert table.lines.tolist() == [2, 3]
    assert table.title.endswith("people.csv")


@pytest.mark.parametrize(
    ("content", "name", "options"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "people.csv", {}),
        (GOOD.replace("\n", "\r\n"), "people.csv", {}),
        (GOOD.replace(",", "\t"), "people.tsv", {}),
        (GOOD.replace(",", ";"), "people.csv", {"delimiter": ";"}),
        (GOOD.replace(",", " , "), "people.csv", {}),
        (GOOD.replace("\n", "\n\n"), "people.csv", {}),
        (GOOD.replace("weight", '"weight"').replace("133", '"133"'), "people.csv", {}),
        (GOOD.rstrip(), "people.csv", {}),
    ],
    ids=["bom", "crlf", "tab", "semicolon", "margins", "blank lines", "quotes", "no last newline"],
)
def test_the_same_table_in_many_spellings(tmp_path, content, name, options):
    table = read_csv(write(tmp_path, content, name), **options)
    assert table.names == ("weight", "height", "target")
    assert table.numbers("weight").tolist() == [133.0, 160.0]


def test_a_row_knows_its_line_after_a_cell_with_line_breaks(tmp_path):
    table = read_csv(write(tmp_path, 'x,note\n1,"two\nlines"\noops,b\n'))
    assert table.lines.tolist() == [2, 4]
    with pytest.raises(DataError, match=r"line 4, column 'x': 'oops' is not a number"):
        table.numbers("x")


BAD_FILES = {
    "empty file": (b"", ["empty", "line of names"]),
    "only a BOM": (b"\xef\xbb\xbf", ["empty"]),
    "header only": (b"x,y\n", ["line 1", "no row", "add rows"]),
    "UTF-16": ("x,y\n1,2\n".encode("utf-16"), ["byte 0", "UTF-16", "UTF-8"]),
    "UTF-16 big-endian": (b"\xfe\xff\0x\0,\0y", ["byte 0", "UTF-16", "UTF-8"]),
    "UTF-32": ("x,y\n".encode("utf-32"), ["byte 0", "UTF-32", "UTF-8"]),
    "Latin-1": ("x,größe\n1,2\n".encode("latin-1"), ["line 1, byte 4", "0xf6", "UTF-8"]),
    "Latin-1 below": ("x,y\n1,2\n3,é\n".encode("latin-1"), ["line 3, byte 10", "0xe9", "UTF-8"]),
    "NUL": (b"x,y\n1,\x002\n", ["byte 6", "NUL", "export"]),
    "short row": (b"x,y\n1,2\n3\n", ["line 3", "1 column,", "has 2", "correct the row"]),
    "long row": (b"x,y\n1,2,3\n", ["line 2", "3 columns", "has 2", "quoted"]),
    "doubled name": (b"x,y,x\n1,2,3\n", ["line 1", "'x'", "rename"]),
    "empty name": (b"x,,y\n1,2,3\n", ["line 1", "column 2", "no name"]),
    "open quote": (b'x,y\n1,2\n3,"4\n5,6\n', ["line 3, character 3", "never closed", "close it"]),
    "open quote in header": (b'"x,y\n1,2\n', ["line 1, character 1", "never closed"]),
    "text behind a quote": (b'x,y\n1,"2"3\n', ["line 2", "middle of a cell", "twice"]),
    "no header": (b"1,2\n3,4\n", ["line 1", "numbers", "names"]),
    "semicolons": (b"x;y\n1;2\n", ["line 1", "';'", "--delimiter ';'", "delimiter=';'"]),
    "tabs": (b"x\ty\n1\t2\n", ["line 1", "a tab", "--delimiter", r"delimiter='\t'"]),
    "bars": (b"x|y\n1|2\n", ["line 1", "--delimiter '|'"]),
}


@pytest.mark.parametrize(("content", "words"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_gets_one_line_with_place_and_remedy(tmp_path, content, words):
    path = write(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_csv(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


BAD_CELLS = {
    "overflow": ("1e400", "too large"),
    "negative overflow": ("-1e999", "too large"),
    "nan": ("nan", "remove the row or fill in a value"),
    "NaN": ("NaN", "remove the row or fill in a value"),
    "empty": ("", "remove the row or fill in a value"),
    "NA": ("NA", "remove the row or fill in a value"),
    "N/A": ("N/A", "remove the row or fill in a value"),
    "question mark": ("?", "remove the row or fill in a value"),
    "infinity": ("infinity", "not a number"),
    "inf": ("-inf", "not a number"),
    "underscore": ("1_000", "not a number"),
    "hexadecimal": ("0x1F", "not a number"),
    "text": ("tall", "not a number"),
    "unit": ("65cm", "not a number"),
    "decimal comma": ('"1,5"', "decimal point"),
    "thousands": ('"1,234.5"', "thousands separators"),
    "continental": ('"1.234,5"', "decimal point"),
    "other script": ("\u0661\u0662", "not a number"),
    "formula": ("=A1+B1", "not a number"),
    "long": ("z" * 100_000, "not a number"),
}


@pytest.mark.parametrize(("cell", "remedy"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_a_bad_cell_gets_one_line_with_place_and_remedy(tmp_path, cell, remedy):
    path = write(tmp_path, f"age,size\n1,2\n3,{cell}\n5,6\n")
    with pytest.raises(DataError) as caught:
        read_csv(path).numbers("size")
    message = str(caught.value)
    assert message.startswith(f"{path}, line 3, column 'size': ")
    assert remedy in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 200


@pytest.mark.parametrize("rows", [np.array([0, 2]), np.array([True, False, True, True])])
def test_some_rows_know_their_lines(tmp_path, rows):
    table = read_csv(write(tmp_path, "x\n1\n2\nbad\n4\n"))
    assert table.take(np.array([3, 0])).numbers("x").tolist() == [4.0, 1.0]
    assert table.take(rows).title == table.title
    with pytest.raises(DataError, match="line 4, column 'x'"):
        table.take(rows).numbers("x")


def test_a_column_of_text_says_how_to_go_on(tmp_path):
    path = write(tmp_path, "island,size\nDream,1\nBiscoe,2\n")
    with pytest.raises(DataError, match=r"column 'island': .*text .*'Dream'.* numbers are expected"):
        read_csv(path).numbers("island")


def test_a_missing_column_gets_a_near_name(tmp_path):
    with pytest.raises(
        DataError, match=r"no column 'heigth'\. Did you mean 'height'\? The columns are weight"
    ):
        read_csv(write(tmp_path, GOOD)).column("heigth")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: there is no such file or folder\. Check the name"):
        read_csv(tmp_path / "none.csv")
    write(tmp_path, GOOD)
    with pytest.raises(DataError, match=r"no such file or folder\. Did you mean 'people\.csv'\?"):
        read_csv(tmp_path / "poeple.csv")
    with pytest.raises(DataError, match="no file can have that name"):
        read_csv("a\0b.csv")
    with pytest.raises(StorageError, match="that is a folder"):
        read_csv(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x,y\n1,2\n3," + "z" * 140_000 + "\n", "line 3: a cell is longer than 131,072 characters; shorten"),
        (
            'x,y\n1,2\n3,"' + "z" * 140_000 + '"\n',
            "line 3: a cell is longer than 131,072 characters; shorten",
        ),
        ('x,y\n1,"2\n' + "3,4\n" * 40_000, "line 2, character 3: a quote .* is never closed"),
    ],
    ids=["plain", "quoted", "open quote"],
)
def test_a_cell_that_is_too_long_is_no_open_quote(tmp_path, content, told):
    with pytest.raises(DataError, match=told):
        read_csv(write(tmp_path, content))


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_is_one_character(tmp_path, delimiter):
    with pytest.raises(OptionError, match="expected one character"):
        read_csv(write(tmp_path, GOOD), delimiter=delimiter)


def test_more_rows_than_one_block(tmp_path):
    n = 10_001
    table = read_csv(write(tmp_path, "x,y\n" + "".join(f"{i},{-i}\n" for i in range(n))))
    np.testing.assert_array_equal(table.numbers("y"), -np.arange(n))
    assert table.lines[-1] == n + 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_that_python_writes_is_read_exactly(number):
    assert is_numeral(repr(number))
    numbers = to_numbers(np.array([repr(number)], dtype=object))
    assert numbers is not None
    assert numbers[0] == number


@given(st.text(max_size=8))
def test_the_bulk_conversion_and_the_grammar_agree(cell):
    assert (to_numbers(np.array([cell], dtype=object)) is not None) == is_numeral(cell)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_table_or_a_data_error(tmp_path_factory, content):
    path = write(tmp_path_factory.mktemp("any"), content)
    error = None
    try:
        table = read_csv(path)
    except DataError as caught:
        error = str(caught)
    if error is None:
        assert all(len(column) == len(table) > 0 for column in table.columns)
    else:
        assert error.startswith(str(path))
        assert "\n" not in error
