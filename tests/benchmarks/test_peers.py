"""What runs in a peer's process, as far as the project's own environment has the libraries."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.connection import Connection
from benchmarks.peers.__main__ import serve
from benchmarks.peers.features import as_float32
from benchmarks.peers.pausing import one_epoch_at_a_time


@pytest.fixture
def job(tmp_path):
    generator = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", generator.integers(0, 256, (70, 784), dtype=np.uint8))
    np.save(tmp_path / "y.npy", np.arange(70) % 10)
    paths = {"X": str(tmp_path / "X.npy"), "y": str(tmp_path / "y.npy")}
    return {"rows": 60, "sizes": [784, 4, 10], "batch_size": 32, "seed": 0, "threads": 1, **paths}


def ask(peer: str, *requests: dict) -> list[dict]:
    lines, answers = io.StringIO("".join(json.dumps(request) + "\n" for request in requests)), io.StringIO()
    serve(peer, lines, answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


@pytest.mark.parametrize("task", ["train", "predict"])
@pytest.mark.parametrize("peer", ["pellucid", "scikit-learn"])
def test_a_peer_does_its_job(peer, task, job):
    with Connection(Path(sys.executable), peer) as connection:
        note = connection.set_up({"task": task, **job})
        assert note.startswith("engine: ") == (peer == "pellucid")
        assert connection.run(3) > 0
        assert connection.peak_bytes() > 1_000_000


def test_a_new_job_takes_the_old_ones_place(job):
    with Connection(Path(sys.executable), "scikit-learn") as connection:
        for _ in range(2):
            connection.set_up({"task": "train", **job})
            assert connection.run(2) > 0


def test_an_error_is_a_reply_of_one_line(capfd):
    (reply,) = ask("dummy", {"do": "set up", "job": {"X": "nowhere.npy", "y": "nowhere.npy"}})
    assert reply["error"].startswith("FileNotFoundError")
    assert "Traceback" in capfd.readouterr().err


def test_a_long_call_becomes_one_epoch_at_a_time():
    done = []

    def fit(pause):
        for epoch in range(3):
            done.append(epoch)
            pause()

    epochs = one_epoch_at_a_time(fit)
    next(epochs)
    assert done == []
    next(epochs)
    assert done == [0]
    next(epochs)
    next(epochs)
    assert done == [0, 1, 2]
    with pytest.raises(RuntimeError, match="ended by itself"):
        next(epochs)


def test_a_long_calls_error_is_raised_where_the_epoch_was_wanted():
    def fit(pause):
        raise ValueError("no")

    epochs = one_epoch_at_a_time(fit)
    next(epochs)
    with pytest.raises(ValueError, match="no"):
        next(epochs)


def test_features_are_what_pellucid_makes_of_pictures():
    pictures = np.array([[0, 51, 255]], dtype=np.uint8)
    np.testing.assert_allclose(as_float32(pictures), [[0, 0.2, 1]], rtol=1e-6)
    points = np.array([[0.5, -2.0]], dtype=np.float32)
    np.testing.assert_array_equal(as_float32(points), points)
