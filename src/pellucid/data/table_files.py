"""Tables in files of any kind: CSV, Parquet, Excel."""

from __future__ import annotations

import importlib.util
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.basics.errors import DataError, MissingPackageError, OptionError, did_you_mean
from pellucid.data.csv_files import checked_names, read_csv
from pellucid.data.frames import as_table, of_list
from pellucid.data.reading import first_line, read_bytes
from pellucid.data.tables import Table

CSV_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
EXCEL_ENDINGS = (".xlsx", ".xlsm")
TABLE_ENDINGS = (*CSV_ENDINGS, *PARQUET_ENDINGS, *EXCEL_ENDINGS)

_EXCEL_MISSING = "#N/A"
_EXCEL_FAULTS = ("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")


def read_table(path: str | Path, *, delimiter: str | None = None, sheet: str | None = None) -> Table:
    r"""The table in a CSV, Parquet or Excel file; the ending says which it is.

    Parameters
    ----------
    path : path
        Ending in .csv, .tsv, .txt, .parquet, .pq, .xlsx or .xlsm.
    delimiter : str, optional
        What stands between two cells of a CSV file.
    sheet : str, optional
        Which sheet of an Excel file; by default the first.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If there is no such file, or it can't be read as a table.
    MissingPackageError
        If the package that reads Parquet or Excel files is not installed.
    OptionError
        If there is a delimiter or a sheet for a file that has none.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("weight;height\n133;65\n")
    >>> read_table(path, delimiter=";").names
    ('weight', 'height')
    """
    ending = Path(path).suffix.lower()
    if delimiter is not None and ending not in CSV_ENDINGS:
        raise OptionError(f"--delimiter {delimiter} is about CSV files, but {path} is none; leave it out.")
    if sheet is not None and ending not in EXCEL_ENDINGS:
        raise OptionError(f"--sheet {sheet} is about Excel files, but {path} is none; leave it out.")
    if ending in CSV_ENDINGS:
        return read_csv(path, delimiter=delimiter)
    if ending in PARQUET_ENDINGS:
        return read_parquet(path)
    if ending in EXCEL_ENDINGS:
        return read_excel(path, sheet=sheet)
    remedy = "save it as .xlsx" if ending in (".xls", ".ods") else f"expected {', '.join(TABLE_ENDINGS)}"
    raise DataError(f"files ending in {ending or 'nothing'!r} are not read as tables; {remedy}.", path=path)


def read_parquet(path: str | Path) -> Table:
    """The table in a Parquet file, through Arrow.

    Raises
    ------
    DataError, MissingPackageError, StorageError
        As `read_table` does.

    Examples
    --------
    >>> read_parquet("no-such-file.parquet")
    Traceback (most recent call last):
    pellucid.basics.errors.DataError: no-such-file.parquet: there is no such file or folder. Check the name.
    """
    raw = read_bytes(path)
    _need("pyarrow", "Parquet")
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(pyarrow.BufferReader(raw))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"the file is no sound Parquet ({first_line(error)}); save it again.", path=path
        ) from None
    return as_table(table, title=str(path))


def read_excel(path: str | Path, *, sheet: str | None = None) -> Table:
    """The table in a sheet of an Excel file: the first row that is not empty holds the names.

    Parameters
    ----------
    path : path
        An .xlsx or .xlsm file; no macro in it is ever run.
    sheet : str, optional
        By default the first.

    Raises
    ------
    DataError, MissingPackageError, StorageError
        As `read_table` does.

    Examples
    --------
    >>> read_excel("no-such-file.xlsx")
    Traceback (most recent call last):
    pellucid.basics.errors.DataError: no-such-file.xlsx: there is no such file or folder. Check the name.
    """
    raw = read_bytes(path)
    _need("openpyxl", "Excel")
    rows = _excel_rows(path, raw, sheet, computed=True)
    if not rows:
        raise DataError("the sheet is empty; expected a row of names and then rows.", path=path)
    line, header = rows[0]
    while header and header[-1] is None:
        header = header[:-1]
    names = checked_names(path, f"row {line}", ["" if name is None else str(name) for name in header])
    if len(rows) == 1:
        raise DataError(
            "there is a row of names but no row below it; add rows.", path=path, place=f"row {line}"
        )
    for number, row in rows[1:]:
        if any(value is not None for value in row[len(names) :]):
            what = f"there is a value in column {len(names) + 1}, which has no name; give it one, or remove the value."
            raise DataError(what, path=path, place=f"row {number}")
    columns = [[row[j] if j < len(row) else None for _, row in rows[1:]] for j in range(len(names))]
    if any(all(value is None for value in column) for column in columns):
        _refuse_formulas(path, _excel_rows(path, raw, sheet, computed=False))
    lines = np.array([number for number, _ in rows[1:]], dtype=np.int64)
    held = tuple(
        of_list(_checked_cells(path, n, lines, c), "file") for n, c in zip(names, columns, strict=True)
    )
    return Table(str(path), names, held, lines, unit="row")


def _excel_rows(
    path: str | Path, raw: bytes, sheet: str | None, *, computed: bool
) -> list[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet that are not empty, each with its number; of formulas their results, or they themselves."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about colors, rules and pictures, which no table needs
        try:
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=computed)
            names = [page.title for page in book.worksheets]
            if sheet is not None and sheet not in names:
                hint = did_you_mean(sheet, names)
                raise DataError(
                    f"there is no sheet {sheet!r}.{hint} There are {', '.join(names)}.", path=path
                )
            page = book[sheet] if sheet is not None else book.worksheets[0]
            rows = [
                (number, tuple(row))
                for number, row in enumerate(page.iter_rows(values_only=True), start=1)
                if any(value is not None for value in row)
            ]
            book.close()
        except DataError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign parser, and no list of what bytes provoke in it
            raise DataError(
                f"the file is no sound .xlsx ({first_line(error)}); save it again, or as .csv.", path=path
            ) from None
    return rows


def _refuse_formulas(path: str | Path, rows: list[tuple[int, tuple[Any, ...]]]) -> None:
    """Formulas that no spreadsheet program has computed look empty, which nobody should take for missing values."""
    for number, row in rows[1:]:
        for j, value in enumerate(row, start=1):
            if isinstance(value, str) and value.startswith("="):
                raise DataError(
                    "there is a formula without its result; open the file in Excel or LibreOffice and save it again.",
                    path=path,
                    place=f"row {number}, column {j}",
                )


def _checked_cells(path: str | Path, name: str, lines: Any, cells: list[Any]) -> list[Any]:
    """The cells of a column with Excel's word for missing understood, and its faults told."""
    for line, cell in zip(lines.tolist(), cells, strict=True):
        if cell in _EXCEL_FAULTS:
            place = f"row {line}, column {name!r}"
            raise DataError(f"Excel could not compute the cell ({cell}); correct it.", path=path, place=place)
    return [None if isinstance(cell, str) and cell == _EXCEL_MISSING else cell for cell in cells]


def _need(package: str, kind: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise MissingPackageError(
            f'{kind} files are read by {package}, which is not installed; pip install "pellucid[tables]".'
        )
