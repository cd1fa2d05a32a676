"""The chapter on the engine: its tables are what was measured, and what is measured computes what it should."""

from __future__ import annotations

import re

import numpy as np
import pytest
from benchmarks.results import all_results

from benchmarks import engine_page
from tests.benchmarks.test_document import cells


def small_results():
    """Results as small as they can be."""
    rows = [{"name": "slow", "flops": 0, "seconds": [3e-3, 1e-3, 2e-3]}]
    parts = dict.fromkeys(engine_page.TITLES, rows)
    parts["products"] = [{"name": "quick", "flops": 5e6, "seconds": [1e-4]}]
    parts["rounding"] = [{"name": "one chain", "error": 5.17e-7}]
    about = {
        "processor": "Abacus 2000",
        "cores": 2,
        "architecture": "x86_64",
        "system": "Linux",
        "python": "3.11.7",
    }
    limit = {"one_core": 100.0, "probe": "16 × float32, 24 accumulators"}
    return {
        "machine": about,
        "packages": {"numpy": "2.4.6"},
        "date": "2026-01-31",
        "limit": limit,
        "share_of_others": 0.01,
        "parts": parts,
    }


def test_the_committed_chapter_says_what_the_committed_results_say():
    page = engine_page.PAGE.read_text(encoding="utf-8")
    assert engine_page.with_tables(page, all_results(engine_page.RESULTS)) == page


def test_the_chapter_has_a_place_for_every_table():
    marked = re.findall(r"<!-- measured: (\w+) -->", engine_page.PAGE.read_text(encoding="utf-8"))
    assert sorted(marked) == sorted(["machines", *engine_page.TITLES])


def test_tables_stand_between_their_markers_and_nowhere_else():
    page = "before\n<!-- measured: products -->\nold\n<!-- end -->\nafter\n"
    written = engine_page.with_tables(page, [small_results()])
    assert written.startswith("before\n<!-- measured: products -->\n\n|")
    assert written.endswith("\n<!-- end -->\nafter\n")
    assert "old" not in written
    assert engine_page.with_tables(written, [small_results()]) == written
    assert "*Not measured yet.*" in engine_page.with_tables(written, [])


def test_a_product_is_told_in_shares_of_the_limit():
    (row,) = cells(engine_page.part_table(small_results(), "products"))
    assert row == ["quick", "100", "100", "100", "50.0", "50.0"]


def test_other_parts_have_median_least_and_greatest():
    assert cells(engine_page.part_table(small_results(), "start")) == [["slow", "2.00", "1.00", "3.00"]]
    assert cells(engine_page.part_table(small_results(), "rounding")) == [["one chain", "5.2e-07"]]


def test_the_machine_is_named():
    text = engine_page.machines([small_results()])
    assert "Abacus 2000, 2 cores" in text
    assert "Limit of one core: 100 GFLOP/s" in text
    assert "Other processes" not in text
    disturbed = {**small_results(), "share_of_others": 0.3}
    assert "Other processes took 30% of the processors" in engine_page.machines([disturbed])


@pytest.fixture(scope="module")
def bench():
    """The kernels, compiled once, and as little to do as possible."""
    pytest.importorskip("llvmlite", reason="the engine's compiler")
    from benchmarks import engine_ideas

    kernels, owner = engine_ideas.k.compiled()
    yield engine_ideas.Bench(kernels, repeats=1, is_trial=True)
    del owner


def test_parts_and_titles_are_the_same():
    from benchmarks import engine_ideas

    assert list(engine_ideas.PARTS) == list(engine_page.TITLES)


def test_every_form_of_the_product_is_numpys(bench):
    from benchmarks import engine_ideas

    ideas = engine_ideas.products(bench)  # compares each form that is compiled
    assert len(ideas) == 7
    found = bench.time(ideas[-1:])
    assert found[0]["seconds"][0] > 0


def test_pieces_round_better_than_one_chain(bench):
    from benchmarks import engine_ideas

    chain, pieces, _ = engine_ideas.rounding(bench)
    assert pieces["error"] < chain["error"] < 1e-6


def test_both_ways_to_the_update_move_weights_alike(bench):
    from benchmarks import engine_ideas

    where = engine_ideas._update_table(bench)
    arrays = {name: array for name, array in where.alive.items() if isinstance(array, np.ndarray)}
    before = {name: array.copy() for name, array in arrays.items()}
    moved = []
    for name in ("whole_gradient", "block_by_block"):
        for one, array in arrays.items():
            array[:] = before[one]
        where.times(bench.kernels[name])(1)
        moved.append(arrays["theta"].copy())
    np.testing.assert_array_equal(*moved)
    assert not np.array_equal(moved[0], before["theta"])


def test_adam_from_bits_is_adam_to_single_precision(bench):
    from benchmarks import engine_ideas

    where = engine_ideas._update_table(bench)
    arrays = {name: array for name, array in where.alive.items() if isinstance(array, np.ndarray)}
    theta, first, second = (arrays[name].copy() for name in ("theta", "first", "second"))
    m = first + (1 - np.float32(0.9)) * (arrays["gradient"] - first)
    v = second + (1 - np.float32(0.999)) * (arrays["gradient"] ** 2 - second)
    where.times(bench.kernels["adam_quick"])(1)
    np.testing.assert_allclose(arrays["theta"], theta - 1e-3 * m / (np.sqrt(v) + 1e-8), rtol=1e-4, atol=1e-6)


def test_a_layer_from_bytes_is_numpys(bench):
    from benchmarks import engine_ideas

    numpy, *engines = engine_ideas.layers(bench)  # compares the engine's with NumPy's
    assert len(engines) == 2
    assert bench.time([numpy, *engines])[0]["name"] == "NumPy"


def test_flushed_moments_are_zero_and_others_are_not(bench):
    from benchmarks import engine_ideas

    for name, is_zero in (("adam_flushed", True), ("adam", False)):
        where = engine_ideas._update_table(bench, tiny=True)
        where.times(bench.kernels[name])(1)
        assert (where.alive["first"] == 0).all() == is_zero


def test_two_threads_meet(bench):
    from benchmarks import engine_ideas

    for idea in engine_ideas.waiting(bench):
        idea.run(3)  # would wait forever for a thread that does not come
