"""A peer that sleeps instead of learning: for the tests of the harness."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def note() -> str:
    """What there is to say of it."""
    return "it sleeps"


def train(job: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Iterator[None]:
    """Sleep once for each epoch; break down where the job says so."""
    yield
    while True:
        if job.get("broken"):
            raise RuntimeError("it broke down\nin two lines")
        time.sleep(job.get("sleep", 0.0))
        yield


def predict(job: dict[str, Any], X: np.ndarray) -> Callable[[], object]:
    """Nothing, quickly."""
    return lambda: len(X)
