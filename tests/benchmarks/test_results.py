"""From samples to medians and ratios, and what is kept of an earlier run."""

from __future__ import annotations

import pytest
from benchmarks.machine import describe_machine, fingerprint, slug
from benchmarks.results import (
    all_results,
    best_of,
    is_current,
    load,
    ratio,
    save,
    share_of_limit,
    stamped,
    typical,
)
from benchmarks.workloads import WORKLOADS, Workload, flops_per_example, training_runners

from tests.benchmarks.small import workload_section


def test_the_typical_sample_is_the_median():
    assert typical({"seconds": [5.0, 1.0, 2.0]}) == 2.0
    assert typical({"failed": "no"}) is None


def test_the_best_variant_counts():
    runners = workload_section()["runners"]
    assert best_of(runners, "PyTorch")["variant"] == "2 threads"
    assert best_of(runners, "scikit-learn") is None


def test_a_ratio_is_the_others_median_over_ours():
    runners = workload_section()["runners"]
    assert ratio(runners, "PyTorch") == pytest.approx(2.0 / 0.2)
    assert ratio(runners, "scikit-learn") is None
    assert ratio(runners, "Pellucid") == 1.0


def test_the_share_is_of_the_greater_limit_around_the_workload():
    # 10 GFLOP in 0.2 s are 50 GFLOP/s, of 200
    assert share_of_limit(workload_section()) == pytest.approx(25.0)


def test_operations_by_hand():
    # forward and dW for all 2·3 + 3·1 weights, dh for the 3·1 behind the first layer; 2 operations each
    assert flops_per_example((2, 3, 1)) == 2 * (2 * 9 + 3)
    assert Workload((2, 3, 1), 4, rows=10).flops == 420
    assert WORKLOADS["b"].flops == pytest.approx(13.75e9, rel=0.01)


def test_a_single_core_has_no_second_variant():
    assert [r.name for r in training_runners(1, "points")] == [
        "pellucid",
        "pellucid-1",
        "torch-1",
        "scikit-learn-1",
        "jax-float32",
        "keras",
    ]


def test_results_survive_a_file(tmp_path):
    path = tmp_path / "results" / "abacus.json"
    assert load(path)["sections"] == {}
    results = {"machine": {}, "packages": {}, "sections": {"b": workload_section()}}
    save(path, results)
    assert load(path) == results
    assert [one["slug"] for one in all_results(path.parent)] == ["abacus"]


def test_a_section_of_other_code_is_out_of_date():
    results = {"sections": {"b": stamped({"runners": {}}, "new")}}
    assert is_current(results, "b", "new")
    assert not is_current(results, "b", "newer")
    assert not is_current(results, "c", "new")


def test_the_fingerprint_follows_code_and_versions(tmp_path):
    source = tmp_path / "src" / "pellucid" / "engine.py"
    source.parent.mkdir(parents=True)
    source.write_text("fast = True\n")
    first = fingerprint({"numpy": "1"}, tmp_path)
    assert fingerprint({"numpy": "2"}, tmp_path) != first
    source.write_text("fast = False\n")
    assert fingerprint({"numpy": "1"}, tmp_path) != first


@pytest.mark.parametrize(
    ("processor", "name"),
    [
        ("Intel(R) Xeon(R) Processor @ 2.50GHz", "intel-xeon-processor-2.50ghz-2-cores"),
        ("AMD Ryzen 7 7700 CPU", "amd-ryzen-7-7700-2-cores"),
    ],
)
def test_a_machine_has_a_name_for_files(processor, name):
    assert slug({"processor": processor, "cores": 2}) == name


def test_the_machine_is_described():
    about = describe_machine()
    assert about["processor"]
    assert about["cores"] >= 1
    assert about["memory_gib"] > 0
