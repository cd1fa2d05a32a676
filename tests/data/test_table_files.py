import datetime
import sys

import numpy as np
import pytest

from pellucid.basics.errors import DataError, MissingPackageError, OptionError, StorageError
from pellucid.data import load, read_table
from pellucid.data.table_files import read_excel, read_parquet

ROWS = [("age", "sex", "kind"), (30, "f", "a"), (None, "m", "b"), (41.5, "f", "a"), (20, None, "b")]


def excel(path, rows, **more):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, others in more.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.save(path)
    return path


def parquet(path, **columns):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(
        pa.table(columns or dict(zip(ROWS[0], zip(*ROWS[1:], strict=True), strict=True))), path
    )
    return path


def csv_file(path):
    path.write_text("age,sex,kind\n30,f,a\nNA,m,b\n41.5,f,a\n20,,b\n")
    return path


def test_the_same_table_in_every_kind_of_file(tmp_path):
    files = [csv_file(tmp_path / "t.csv"), parquet(tmp_path / "t.parquet"), excel(tmp_path / "t.xlsx", ROWS)]
    for path in files:
        table = read_table(path)
        assert (table.names, table.title) == (ROWS[0], str(path))
        np.testing.assert_array_equal(table.values("age"), [30, np.nan, 41.5, 20])
        assert table.words("sex").missing.tolist() == [False, False, False, True]
        parts = load(path, target="kind", test=0.0)
        assert parts.train.names == ("age", "age is missing", "sex=m")
        assert parts.train.classes == ("a", "b")


def test_a_model_of_one_kind_of_file_judges_another(tmp_path):
    preparation = load(csv_file(tmp_path / "t.csv"), target="kind", test=0.0).train.preparation
    other = load(excel(tmp_path / "t.xlsx", ROWS), preparation=preparation, test=0.0).train
    same = load(tmp_path / "t.csv", preparation=preparation, test=0.0).train
    np.testing.assert_array_equal(other.X, same.X)
    np.testing.assert_array_equal(other.y, same.y)


def test_excel_rows_know_their_numbers(tmp_path):
    path = excel(tmp_path / "t.xlsx", [(), ("x", "y"), (1, "a"), (), ("tall", "b"), (3, "a"), (4, "a")])
    table = read_excel(path)
    assert table.lines.tolist() == [3, 5, 6, 7]
    with pytest.raises(DataError, match=r"t\.xlsx, row 5, column 'x': 'tall' is not a number"):
        table.values("x")
    with pytest.raises(DataError, match=r"row 5, column 'x': .*--categories x"):
        load(path, target="y", test=0.0)


def test_excel_sheets_are_chosen_by_name(tmp_path):
    path = excel(tmp_path / "t.xlsx", ROWS, Second=[("a", "b"), (1, 2)])
    assert read_table(path, sheet="Second").names == ("a", "b")
    with pytest.raises(
        DataError, match=r"no sheet 'Secnd'\. Did you mean 'Second'\? There are Sheet, Second"
    ):
        read_table(path, sheet="Secnd")


def test_excel_text_is_understood_as_that_of_other_files(tmp_path):
    rows = [
        ("x", "flag", "day"),
        ("1", True, datetime.date(2024, 1, 1)),
        ("NA", False, None),
        ("#N/A", None, None),
    ]
    table = read_excel(excel(tmp_path / "t.xlsx", rows))
    np.testing.assert_array_equal(table.values("x"), [1, np.nan, np.nan])
    assert table.words("flag").cells().tolist() == ["True", "False", ""]
    assert table.words("day").origin == "date"


BAD_SHEETS = {
    "empty": ([], "the sheet is empty"),
    "names only": ([("x", "y")], "row 1: there is a row of names but no row"),
    "numbers for names": ([(1, 2), (3, 4)], "the first row holds numbers"),
    "a name that is missing": ([("x", None, "y"), (1, 2, 3)], "column 2 has no name"),
    "doubled names": ([("x", "x"), (1, 2)], "two columns are called 'x'"),
    "a value beside the table": ([("x", "y"), (1, 2), (1, 2, 3)], "row 3: .*column 3, which has no name"),
    "a fault": (
        [("x", "y"), (1, 2), ("#DIV/0!", 2)],
        r"row 3, column 'x': Excel could not compute .*#DIV/0!",
    ),
}


@pytest.mark.parametrize(("rows", "words"), BAD_SHEETS.values(), ids=BAD_SHEETS.keys())
def test_a_bad_sheet_gets_one_line_with_place_and_remedy(tmp_path, rows, words):
    with pytest.raises(DataError, match=words) as caught:
        read_excel(excel(tmp_path / "t.xlsx", rows))
    assert "t.xlsx" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\x03\x04" + bytes(100), b"PAR1" + bytes(20), b"x,y\n1,2\n"]
)
def test_a_file_that_only_claims_to_be_one(tmp_path, ending, content):
    path = tmp_path / f"t.{ending}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is no sound .*; save it again") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_damaged_files_give_a_data_error_or_a_table(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    (excel(path, ROWS) if ending == "xlsx" else parquet(path))
    sound = path.read_bytes()
    draws = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(sound)
        damaged[draws.integers(len(sound))] ^= int(draws.integers(1, 256))
        path.write_bytes(damaged[: len(sound) - int(draws.integers(0, 2)) * 30])
        told = ""
        try:
            assert len(read_table(path)) > 0
        except DataError as error:
            told = str(error)
        assert "\n" not in told


def test_what_is_said_about_other_files(tmp_path):
    with pytest.raises(DataError, match=r"no such file or folder"):
        read_table(tmp_path / "t.xlsx")
    (tmp_path / "d.parquet").mkdir()
    with pytest.raises(StorageError, match="that is a folder"):
        read_table(tmp_path / "d.parquet")
    with pytest.raises(DataError, match=r"'\.xls' are not read as tables; save it as \.xlsx"):
        read_table(tmp_path / "t.xls")
    with pytest.raises(OptionError, match=r"--delimiter ; is about CSV files"):
        read_table(parquet(tmp_path / "t.parquet"), delimiter=";")
    with pytest.raises(OptionError, match=r"--sheet One is about Excel files"):
        read_table(csv_file(tmp_path / "t.csv"), sheet="One")


@pytest.mark.parametrize(("read", "package"), [(read_parquet, "pyarrow"), (read_excel, "openpyxl")])
def test_without_the_package_the_command_that_installs_it_is_told(tmp_path, monkeypatch, read, package):
    (tmp_path / "t").write_bytes(b"x")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else object())
    with pytest.raises(
        MissingPackageError, match=rf'{package}, which is not installed; pip install "pellucid\[tables\]"'
    ):
        read(tmp_path / "t")


def test_arrow_s_own_kinds_of_columns(tmp_path):
    pa = pytest.importorskip("pyarrow")
    path = parquet(
        tmp_path / "t.parquet",
        number=pa.array([1, None, 3], pa.int16()),
        decimal=pa.array(["1.5", None, "2"]).cast(pa.decimal128(5, 2)),
        text=pa.array(["a", None, "b"], pa.large_string()),
        level=pa.array(["a", None, "b"]).dictionary_encode(),
        day=pa.array([datetime.date(2024, 1, 1), None, None]),
        nothing=pa.nulls(3),
        nested=pa.array([[1], [2], [3]]),
    )
    table = read_parquet(path)
    np.testing.assert_array_equal(table.values("number"), [1, np.nan, 3])
    np.testing.assert_array_equal(table.values("decimal"), [1.5, np.nan, 2])
    assert table.words("text").cells().tolist() == ["a", "", "b"]
    assert (table.words("level").origin, table.words("day").origin) == ("category", "date")
    assert np.isnan(table.values("nothing")).all()
    with pytest.raises(DataError, match="things of type list"):
        table.words("nested")


def test_nothing_heavy_is_imported_for_a_small_csv(tmp_path):
    import subprocess

    path = str(csv_file(tmp_path / "t.csv"))
    code = f"import sys; from pellucid.data import load; load({path!r}, target='kind', test=0.0);"
    code += "print([m for m in ('pandas', 'polars', 'pyarrow', 'openpyxl', 'scipy', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_formulas_that_nobody_computed_are_not_taken_for_gaps(tmp_path):
    path = excel(tmp_path / "t.xlsx", [("x", "twice"), (1, "=A2*2"), (2, "=A3*2")])
    with pytest.raises(DataError, match=r"row 2, column 2: there is a formula without its result"):
        read_excel(path)
    assert len(read_excel(excel(tmp_path / "u.xlsx", [("x", "nothing"), (1, None), (2, None)]))) == 2


def test_a_macro_file_is_a_table_too(tmp_path):
    path = excel(tmp_path / "t.xlsm", ROWS)
    assert len(read_table(path)) == 4
