from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
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


# Classes that count more than others


def test_class_weights_are_sample_weights_by_class_and_go_with_them() -> None:
    data, options = clusters(), {"epochs": 3, "batch_size": 8}
    own = np.random.default_rng(0).uniform(0.5, 2, N)
    by_hand = np.array([1.0, 5.0, 0.5])[data.y]
    given: dict[str, float] = {"b": 5, "c": 0.5}
    for weights in (None, own):
        expected = by_hand if weights is None else by_hand * weights
        one = finished(small(), data, sample_weight=expected, **options)
        other = finished(small(), data, sample_weight=weights, class_weight=given, **options)
        assert one.tobytes() == other.tobytes()


def test_balanced_classes_count_alike_and_only_those_that_are_learnt_from_are_counted() -> None:
    data = clusters(40).take([0, 3, 6, 9, 12, 15, 18, 1, 4, 2])  # 7, 2 and 1 of the three classes
    options: dict[str, Any] = {"epochs": 2, "batch_size": None}
    expected = np.array([10 / (3 * count) for count in (7, 2, 1)])[data.y]
    one = finished(small(), data, sample_weight=expected, **options)
    other = finished(small(), data, class_weight="balanced", **options)
    assert one.tobytes() == other.tobytes()
    share = list(epochs(small(), clusters(), class_weight="balanced", validation=0.2, epochs=1))
    assert share[0].examples == 40


@pytest.mark.parametrize(
    ("class_weight", "error", "why"),
    [
        ("balance", UnknownNameError, "Did you mean 'balanced'"),
        ({"d": 2}, UnknownNameError, "'d' is not a known class"),
        ({"a": -1}, OptionError, "class_weight gives -1"),
        ({"a": 0, "b": 0, "c": 0}, OptionError, "class_weight gives 0 to every class"),
    ],
)
def test_impossible_class_weights(class_weight: Any, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        epochs(small(), clusters(), class_weight=class_weight)


def test_numbers_have_no_class_weights() -> None:
    data = Dataset(np.zeros((3, 1)), np.zeros(3))
    with pytest.raises(OptionError, match="the data's answers are numbers; leave it out"):
        epochs(Network.for_data(data, hidden=[]), data, class_weight="balanced")
