"""Every row of the lecture that this package covers has a test named after it, or a page that explains it."""

from __future__ import annotations

import pytest

from tests.architecture.repository import ROOT, files, functions

ROWS = """
    N02 N03 N04 N05 N06 N07
    F01 F02 F04 F05 F06 F07 F08 F09 F10 F12 F13
    T01 T03 T05 T06 T07 T08 T09 T10
    O02 O04 O05 O06 O07 O08 O09 O10 O12 O13 O14
    B07 P10 P11 P12 P13 P14
""".split()  # noqa: SIM905 - in lines, as the lecture has them
EXPLAINED = {"T04": "ARCHITECTURE.md", "N08": "ARCHITECTURE.md"}


@pytest.fixture(scope="module")
def test_names() -> list[str]:
    """The name of every test."""
    return [function.name for path in files(ROOT / "tests", "test_*.py") for function in functions(path)]


@pytest.mark.parametrize("row", ROWS)
def test_row_has_a_test(row, test_names):
    assert [name for name in test_names if name.startswith(f"test_{row}_")]


@pytest.mark.parametrize("row", EXPLAINED)
def test_row_is_explained(row):
    headings = [
        line
        for line in (ROOT / EXPLAINED[row]).read_text(encoding="utf-8").splitlines()
        if line.startswith("#") and f"({row})" in line
    ]
    assert len(headings) == 1
