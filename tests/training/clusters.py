"""What the tests of training learn from, and the small network that learns it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training import steps as stepping
from pellucid.training.loop import epochs
from pellucid.training.pace import Pace
from pellucid.training.records import Epoch

N = 50


def clusters(n: int = N, seed: int = 0) -> Dataset:
    """Three classes of points in four dimensions, not quite apart."""
    random = np.random.default_rng(seed)
    y = np.arange(n) % 3
    return Dataset(random.normal(size=(n, 4)) + 1.5 * np.eye(4)[y], y, classes=("a", "b", "c"))


def small(data: Dataset | None = None, *, engine: str = "auto", **options: Any) -> Network:
    net = Network.for_data(data or clusters(), hidden=[6, 5], **{"dtype": "float64", **options})
    net.engine = engine
    return net


def finished(net: Network, data: Dataset, **options: Any) -> np.ndarray:
    """Theta after all epochs."""
    for _ in epochs(net, data, **options):
        pass
    return net.theta


class FixedPace(Pace):
    """Always the same number of steps, however long they take."""

    def learn(self, steps: int, seconds: float) -> None:
        pass


def steps_at_a_time(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Let training ask its engine for so many steps at a time."""
    monkeypatch.setattr(stepping, "Pace", lambda: FixedPace(steps))


def state_theta(record: Epoch) -> np.ndarray:
    assert record.state is not None
    return record.state.theta
