"""The comparison on tables: who is better, what is out of date, which rows test; no table is fetched."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.tabular import results
from benchmarks.tabular.catalog import CATALOG
from benchmarks.tabular.code import code_of, code_of_function
from benchmarks.tabular.comparison import against, compare, ranks
from benchmarks.tabular.document import document
from benchmarks.tabular.material import Material
from benchmarks.tabular.scores import score_classes, score_numbers
from benchmarks.tabular.splits import split
from benchmarks.tabular.supervision import Worker
from benchmarks.tabular.table_set import CLASSES, NUMBER


def table(name="wine", kind=CLASSES):
    classes = ["a", "b"] if kind == CLASSES else []
    return Material(name, kind, "f", 100, 100, 3, 1, 0, 0, classes, "")


def record(accuracy, seconds=1.0, log_loss=0.5):
    times = {"fit_seconds": seconds, "fit_processor_seconds": seconds, "predict_seconds": 0.1}
    return {"accuracy": accuracy, "log_loss": log_loss, "share_of_others": 0.0, **times}


def compared(**by_method):
    """One table, with the accuracies of each method, seed by seed."""
    records = {
        ("wine", method.replace("_", "-"), seed): found if isinstance(found, dict) else record(found)
        for method, several in by_method.items()
        for seed, found in enumerate(several)
    }
    return compare(records, {"wine": table()}, [method.replace("_", "-") for method in by_method])


def test_the_least_error_has_rank_1_and_equals_share():
    assert ranks([0.3, 0.1, 0.1, np.inf]) == [3.0, 1.5, 1.5, 4.0]


def test_only_seeds_that_everybody_has_count():
    found = compared(scikit_learn=[0.5, 0.9, 0.9], forest=[0.6])["sets"]["wine"]
    assert found["seeds"] == [0]
    assert found["methods"]["forest"]["error_rank"] == 1.0


def test_a_failure_is_last_and_a_loss():
    found = compared(scikit_learn=[0.5, 0.5], forest=[0.9, {"failed": "no"}])
    assert found["sets"]["wine"]["methods"]["forest"]["error_rank"] == 2.0
    assert found["methods"]["forest"]["worse"] == 1
    assert found["methods"]["forest"]["failed_sets"] == 1


def test_wins_are_counted_against_the_baseline():
    found = compared(scikit_learn=[0.5, 0.6, 0.7], forest=[0.8, 0.9, 0.99])["methods"]["forest"]
    assert (found["better"], found["equal"], found["worse"]) == (1, 0, 0)
    assert found["clearly_better"] == 1


def test_the_variance_allows_for_overlap_by_hand():
    # differences 1, 2, 3: mean 2, deviation 1; t = 2 / √(1/3 + 1/4) = 2.6186 with 2 degrees of freedom
    found = against([2.0, 3.0, 4.0], [1.0, 1.0, 1.0])
    assert found["less"] == pytest.approx(2.0)
    assert found["p"] == pytest.approx(0.12007, abs=1e-4)


def test_what_is_called_impossible_has_a_bounded_price():
    assert score_classes(np.array([1]), np.array([[1.0, 0.0]]))["log_loss"] == pytest.approx(16.118, abs=1e-3)
    assert score_numbers(np.array([1.0, 3.0]), np.array([2.0, 2.0]))["rmse_share"] == 1.0


@pytest.mark.parametrize("kind", [CLASSES, NUMBER])
def test_groups_stay_on_one_side_of_a_split(kind):
    groups, y = np.repeat(np.arange(10), 5), np.tile([0, 1], 25)
    training, testing = split(kind, y, groups, seed=0)
    assert not set(groups[training]) & set(groups[testing])
    assert len(training) + len(testing) == 50


def test_a_split_keeps_the_proportions_of_classes_and_is_the_seeds():
    y = np.repeat([0, 1], [80, 20])
    _, testing = split(CLASSES, y, None, seed=1)
    assert y[testing].sum() == 4
    assert np.array_equal(testing, split(CLASSES, y, None, seed=1)[1])
    assert not np.array_equal(testing, split(CLASSES, y, None, seed=2)[1])


def test_a_comment_makes_no_result_old(tmp_path):
    (tmp_path / "one.py").write_text("def f(x):\n    return x + 1\n")
    (tmp_path / "two.py").write_text('def f(x):\n    """One more."""\n    return x + 1  # more\n')
    (tmp_path / "three.py").write_text("def f(x):\n    return x + 2\n")
    one, two, three = (code_of([tmp_path / f"{name}.py"]) for name in ("one", "two", "three"))
    assert one == two != three
    assert code_of_function("def f(): pass") == code_of_function("def f():\n    pass")


def test_a_line_that_was_cut_off_costs_nothing_else(tmp_path):
    path = tmp_path / "machine.jsonl"
    results.append(path, {"set": "wine", "method": "forest", "seed": 0, "accuracy": 0.9})
    with path.open("a") as file:
        file.write('{"set": "wi')
    results.append(path, {"set": "wine", "method": "forest", "seed": 0, "accuracy": 0.8})
    assert [one["accuracy"] for one in results.load(path).values()] == [0.8]


def test_a_fit_that_takes_too_long_is_ended():
    with Worker(time_limit=0) as worker:
        found = worker.fit(name="no such table", kind=CLASSES, k=2, method="forest", seed=0)
    assert "failed" in found


def test_the_page_has_the_figures_and_the_catalog():
    about = {
        "machine": {
            "processor": "P",
            "cores": 2,
            "architecture": "x86_64",
            "memory_gib": 8.0,
            "system": "Linux",
        }
    }
    about["machine"]["python"] = "3.11"
    about |= {"versions": {"numpy": ["2.4"]}, "dates": "2026-11-22", "unfinished": [], "threads": "2"}
    page = document([(about, compared(scikit_learn=[0.5], forest=[0.75]))], {"wine": table()})
    assert "| wine | 50.0 | **75.0** |" in page
    assert "| Random forest | 1 | 0 | 0 | 100% |" in page
    assert CATALOG["wine"].about in page


def test_a_group_and_a_dropped_column_are_no_target():
    for one in CATALOG.values():
        assert one.target not in {one.group, *one.dropped}
        assert all(one.dropped.values()), f"{one.name} drops a column without a reason"
