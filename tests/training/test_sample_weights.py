from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import DataError, ShapeError
from pellucid.training.loop import epochs
from tests.training.clusters import N, clusters, finished, small


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge", "binary_cross_entropy"])
def test_whole_weights_mean_repeated_examples_and_0_means_none(loss: str) -> None:
    data = clusters(6)
    weights = np.array([2.0, 0, 1, 3, 0, 1])
    rows = np.repeat(np.arange(6), weights.astype(int))
    options: dict[str, Any] = {"epochs": 5, "batch_size": None, "learning_rate": 0.05, "shuffle": False}
    weighted, repeated = small(loss=loss), small(loss=loss)
    by_weight = list(epochs(weighted, data, sample_weight=weights, **options))
    by_repetition = list(epochs(repeated, data.take(rows), **options))
    assert weighted.theta == pytest.approx(repeated.theta, rel=1e-9, abs=1e-12)
    assert [e.loss for e in by_weight] == pytest.approx([e.loss for e in by_repetition], rel=1e-9)


def test_equal_weights_change_nothing() -> None:
    data, options = clusters(), {"epochs": 2, "batch_size": 8}
    plain = finished(small(), data, **options)
    weighted = finished(small(), data, sample_weight=np.full(N, 3.0), **options)
    assert weighted == pytest.approx(plain, rel=1e-9, abs=1e-12)


def test_a_batch_of_weightless_examples_moves_nothing() -> None:
    data, net = clusters(8), small()
    twin = net.copy()
    weights = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    options: dict[str, Any] = {"epochs": 1, "optimizer": "sgd", "shuffle": False}
    finished(net, data, batch_size=4, sample_weight=weights, **options)
    finished(twin, data.take(slice(0, 4)), batch_size=None, **options)
    assert net.theta == pytest.approx(twin.theta, rel=1e-12)


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        (np.ones(N + 1), ShapeError),
        (np.ones((N, 1)), ShapeError),
        (-np.ones(N), DataError),
        (np.full(N, np.nan), DataError),
        (np.full(N, np.inf), DataError),
        (np.zeros(N), DataError),
    ],
)
def test_impossible_weights(weights: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error, match="sample_weight"):
        epochs(small(), clusters(), sample_weight=weights)
