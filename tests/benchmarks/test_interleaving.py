"""Taking turns, with peers that sleep."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.connection import Connection, PeerError, clean_environment
from benchmarks.interleaving import disturbance, in_turns, measure
from benchmarks.workloads import Runner


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("material")
    np.save(folder / "X.npy", np.zeros((10, 2), dtype=np.float32))
    np.save(folder / "y.npy", np.zeros(10, dtype=np.int64))
    paths = {"X": str(folder / "X.npy"), "y": str(folder / "y.npy")}
    return {"task": "train", "rows": 5, "sizes": [2, 2], "batch_size": 2, "seed": 0, **paths}


def python_of(_peer: str) -> Path:
    return Path(sys.executable)


def test_turns_go_round():
    assert list(in_turns("ABC", 2)) == [(0, "A"), (0, "B"), (0, "C"), (1, "A"), (1, "B"), (1, "C")]


def test_every_runner_gets_its_samples(job):
    runners = [Runner(name, name.upper(), "", "dummy", {"sleep": 0.2}) for name in ("x", "y")]
    said = []
    found = measure(runners, job, python_of, repeats=3, say=said.append)
    assert list(found) == ["x", "y"]
    assert [len(record["seconds"]) for record in found.values()] == [3, 3]
    assert min(min(record["seconds"]) for record in found.values()) >= 0.2  # nobody wakes early
    assert [record["note"] for record in found.values()] == ["it sleeps", "it sleeps"]
    assert all(record["peak_bytes"] > 1_000_000 for record in found.values())
    turns = [line[0] for line in said if " of 3" in line]
    assert turns == ["X", "Y", "X", "Y", "X", "Y"]


def test_short_epochs_are_run_several_at_a_time(job):
    found = measure([Runner("x", "X", "", "dummy", {"sleep": 0.001})], job, python_of, repeats=1)
    assert found["x"]["epochs_per_sample"] > 10
    assert found["x"]["seconds"][0] < 0.25  # of one epoch, not of all that made the sample


def test_who_breaks_down_stops_nobody_else(job):
    runners = [
        Runner("broken", "Broken", "", "dummy", {"broken": True}),
        Runner("sound", "Sound", "", "dummy", {"sleep": 0.3}),
        Runner("unknown", "Unknown", "", "nothing"),
    ]
    found = measure(runners, job, python_of, repeats=2)
    assert found["broken"]["failed"] == "RuntimeError: it broke down"
    assert "KeyError" in found["unknown"]["failed"]
    assert len(found["sound"]["seconds"]) == 2


def test_an_environment_that_is_not_there_stops_nobody(job, tmp_path):
    found = measure([Runner("x", "X", "", "dummy")], job, lambda _: tmp_path / "python", repeats=1)
    assert "No such file" in found["x"]["failed"]


def test_where_time_is_short_three_rounds_remain(job):
    found = measure([Runner("x", "X", "", "dummy", {"sleep": 0.3})], job, python_of, repeats=9, seconds=0.0)
    assert len(found["x"]["seconds"]) == 3


def test_a_process_that_ends_is_an_error_with_its_last_words():
    with Connection(Path(sys.executable), "dummy") as connection:
        connection.process.kill()
        with pytest.raises(PeerError, match="without a word"):
            connection.peak_bytes()


def test_predicting_is_timed_as_well(job):
    found = measure([Runner("x", "X", "", "dummy")], {**job, "task": "predict"}, python_of, repeats=1)
    assert len(found["x"]["seconds"]) == 1


def test_no_library_is_told_how_to_work(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PELLUCID_REGISTER_BITS", "128")
    monkeypatch.setenv("PELLUCID_DATA", "here")
    environment = clean_environment(MORE="1")
    assert not {"OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "PELLUCID_REGISTER_BITS"} & set(environment)
    assert environment["PELLUCID_DATA"] == "here"
    assert environment["MORE"] == "1"


def test_disturbance_is_the_typical_share():
    assert disturbance({"share_of_others": [0.9, 0.1, 0.0]}) == 0.1
    assert disturbance({}) == 0.0
