"""The data that everybody learns from, as files that every process can read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import pellucid
from benchmarks.workloads import PICTURES, POINTS

N_PICTURES, N_POINTS = 60_000, 500


def write_material(folder: Path) -> dict[str, dict[str, str]]:
    """Write all data sets into a folder.

    Returns
    -------
    dict
        For each kind the paths of ``X`` and ``y``, and what it is called.
    """
    return {
        PICTURES: _write(folder, PICTURES, *_pictures()),
        POINTS: _write(folder, POINTS, *_points()),
    }


def _write(folder: Path, name: str, X: np.ndarray, y: np.ndarray, title: str) -> dict[str, str]:
    paths = {"X": folder / f"{name}-X.npy", "y": folder / f"{name}-y.npy"}
    np.save(paths["X"], X)
    np.save(paths["y"], y.astype(np.int64))
    return {**{key: str(path) for key, path in paths.items()}, "title": title}


def _pictures() -> tuple[np.ndarray, np.ndarray, str]:
    """MNIST or, without it, as many random pictures: the same work, but nothing that could be learnt."""
    try:
        train = pellucid.data.mnist(on_event=lambda _: None).train
    except pellucid.PellucidError:
        train = None
    if train is not None and len(train) == N_PICTURES:
        return train.X, train.y, "MNIST"
    generator = np.random.default_rng(0)
    X = generator.integers(0, 256, (N_PICTURES, 784), dtype=np.uint8)
    return X, generator.integers(0, 10, N_PICTURES), "random pictures (MNIST could not be fetched)"


def _points() -> tuple[np.ndarray, np.ndarray, str]:
    """Points of a square; the class tells whether one lies in a disk of half the square's area."""
    X = np.random.default_rng(0).uniform(-1, 1, (N_POINTS, 2)).astype(np.float32)
    return X, (X**2).sum(axis=1) < 2 / np.pi, "points of a square"
