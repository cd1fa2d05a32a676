"""The page: made from results, and nothing else."""

from __future__ import annotations

import pytest
from benchmarks.figure import cost_curves
from benchmarks.results import all_results

from benchmarks import document, tables
from tests.benchmarks.small import all_sections, results, workload_section


def cells(text: str) -> list[list[str]]:
    """A table's rows, without header and rule."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_committed_page_says_what_the_committed_results_say():
    assert document.PATH.read_text(encoding="utf-8") == document.document(all_results())


def test_the_committed_pictures_are_there():
    with_curves = [one["slug"] for one in all_results() if "k" in one["sections"]]
    assert [s for s in with_curves if not (document.PICTURES / document.picture_name(s)).exists()] == []


def test_ratios_stand_beside_what_is_aimed_at():
    (row,) = cells(tables.ratios({"b": workload_section()}))
    assert row == ["(b) 784-64-64-10", "32", "10.0", "≥ 11", "–", "≥ 14", "–", "≥ 3.6", "–", "25", "≥ 58"]


def test_times_are_of_the_best_variant_with_their_span():
    text = tables.times({"b": workload_section()})
    ours, theirs = cells(text)
    assert ours == ["(b) 784-64-64-10", "60,000", "Pellucid", "as it comes", "200", "100", "300", "3"]
    assert theirs[2:7] == ["PyTorch †", "2 threads", "2,000", "1,000", "9,000"]
    assert "Not measured: scikit-learn, 1 thread: it broke down." in text
    assert "Data: (b) MNIST." in text


def test_presets_show_what_was_missed_and_what_is_missing():
    fast, best = cells(tables.presets(all_sections()))
    assert fast == ["`--fast`", "98.00%", "97.90%", "98.10%", "≥ 98.0%", "1.10", "≤ 1.1", "2"]
    assert best[1] == "this version has no such preset"


def test_memory_is_of_every_process():
    rows = cells(tables.memory({"b": workload_section()}))
    assert [row[:2] for row in rows] == [
        ["Pellucid", "as it comes"],
        ["PyTorch", "1 thread"],
        ["PyTorch", "2 threads"],
    ]
    assert rows[0][2] == "100 MiB"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.01234, "0.0123"), (1.0, "1.00"), (99.96, "100.0"), (123.4, "123"), (12345.6, "12,346")],
)
def test_numbers_have_three_digits_that_count(number, text):
    assert tables.significant(number) == text


def test_the_page_tells_machine_versions_limit_and_engine():
    page = document.document([results()])
    assert "## Abacus 2000, 2 cores" in page
    assert "numpy 2.4.6, torch 2.13.0" in page
    assert "measured 2026-01-31 to 2026-02-01" in page
    assert "float32 100 GFLOP/s with one core, 200 with all" in page
    assert "Pellucid's engine: compiled" in page
    assert "not all parts" not in page
    assert f"](pictures/{document.picture_name('abacus-2000')})" in page
    assert page.count("\n### ") == 7


def test_the_page_admits_parts_of_another_version():
    mixed = results()
    mixed["sections"]["i"]["code"] = "older"
    assert "not all parts were measured with the same version of the code" in document.document([mixed])


def test_without_results_the_page_says_so():
    page = document.document([])
    assert "No machine has been measured yet" in page
    assert "|" not in page


def test_curves_are_drawn_with_the_limit():
    figure = cost_curves(all_sections()["k"])
    by_rows, by_width = figure.axes
    assert [line.get_label() for line in by_rows.get_lines()] == [
        "Pellucid",
        "PyTorch",
        "the machine's limit",
    ]
    assert by_width.get_lines()[0].get_ydata().tolist() == pytest.approx([10.0, 10.0])  # 0.01 s, 1,000 rows
    assert by_width.get_lines()[2].get_ydata().tolist() == pytest.approx(
        [2.0, 2.0]
    )  # 200 kFLOP at 100 GFLOP/s
