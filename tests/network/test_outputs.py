"""Which answers are right."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.basics.errors import DataError
from pellucid.data.dataset import Input
from pellucid.formulas.losses import LOSSES
from pellucid.network import outputs
from pellucid.network.architecture import Architecture


def with_outputs(k: int, loss: str) -> Architecture:
    return Architecture.mlp(Input((2,)), [], k, loss=loss)


@pytest.mark.parametrize("loss", [loss.name for loss in LOSSES.values() if loss.targets == "classes"])
def test_of_classes_the_highest_score_wins_and_of_equal_ones_the_first(loss: str) -> None:
    scores = np.array([[0.1, 0.9, 0.2], [0.5, 0.5, 0.1], [0.5, 0.5, 0.1], [-3.0, -2.0, -1.0]])
    right = outputs.right(with_outputs(3, loss), scores, np.array([1, 0, 1, 0]))
    assert right.tolist() == [True, True, False, False]


def test_of_one_yes_or_no_the_sign_decides() -> None:
    scores, y = np.array([[2.0], [0.0], [-1.0], [0.1]]), np.array([[1.0], [0.5], [0.9], [0.2]])
    right = outputs.right(with_outputs(1, "binary_cross_entropy"), scores, y)
    assert right.tolist() == [True, True, False, False]


def test_of_several_yes_or_nos_the_largest_counts() -> None:
    scores, y = np.array([[2.0, 1.0], [1.0, 1.0], [0.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.2, 0.9]])
    right = outputs.right(with_outputs(2, "binary_cross_entropy"), scores, y)
    assert right.tolist() == [True, False, True]


def test_numbers_are_never_quite_right() -> None:
    scores = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert not outputs.right(with_outputs(2, "squared_error"), scores, scores).any()


@pytest.mark.parametrize(
    ("k", "loss"), [(4, "hinge"), (1, "binary_cross_entropy"), (4, "binary_cross_entropy")]
)
def test_it_is_what_is_predicted_compared_with_the_classes(k: int, loss: str) -> None:
    architecture, random = with_outputs(k, loss), np.random.default_rng(0)
    classes, scores = random.integers(0, max(k, 2), 40), random.normal(size=(40, k))
    y = outputs.targets(architecture, classes, "float64")
    right = outputs.right(architecture, scores, y)
    assert (right == (outputs.decide(architecture, scores) == classes)).all()
    assert 0 < right.sum() < 40


def test_a_negative_count_is_refused() -> None:
    counts = Architecture.mlp(Input((2,)), [], 1, loss="poisson")
    assert outputs.targets(counts, np.array([0, 3]), "float32").tolist() == [[0], [3]]
    with pytest.raises(DataError, match="y holds -1, but poisson expects numbers of at least 0"):
        outputs.targets(counts, np.array([2.0, -1.0]), "float32")
