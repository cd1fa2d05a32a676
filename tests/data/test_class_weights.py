"""Class weights: scikit-learn's formula, names that are checked, and weights for each example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError
from pellucid.data.class_weights import class_weights, example_weights

ANSWERS = st.lists(st.integers(0, 5), min_size=1, max_size=60)


@given(ANSWERS)
def test_balanced_is_scikit_learns(answers):
    y = np.array(answers)
    occurring = np.unique(y)
    theirs = compute_class_weight("balanced", classes=occurring, y=y)
    np.testing.assert_allclose(class_weights(y, "balanced")[occurring], theirs, rtol=1e-14)
    np.testing.assert_allclose(
        example_weights(y, "balanced"), compute_sample_weight("balanced", y), rtol=1e-14
    )


@given(ANSWERS)
def test_balanced_classes_count_alike_and_the_mean_weight_is_one(answers):
    y = np.array(answers)
    weights = example_weights(y, "balanced")
    totals = np.bincount(y, weights=weights)[np.unique(y)]
    np.testing.assert_allclose(totals, totals[0])
    assert weights.mean() == pytest.approx(1)


def test_a_class_without_example_weighs_one_and_is_not_counted():
    y = np.array([0, 0, 0, 2])
    np.testing.assert_allclose(class_weights(y, "balanced", classes="abc"), [4 / 6, 1, 2])


def test_none_weighs_everything_alike():
    assert class_weights(np.array([0, 1, 1]), None, classes="abc").tolist() == [1, 1, 1]
    assert example_weights(np.array([0, 1, 1]), None).tolist() == [1, 1, 1]


def test_a_mapping_is_by_name_and_the_rest_weighs_one():
    y = np.array([0, 1, 2, 2])
    assert class_weights(y, {"ill": 3, "dead": 0.5}, classes=("well", "ill", "dead")).tolist() == [1, 3, 0.5]
    assert example_weights(y, {"ill": 3}, classes=("well", "ill", "dead")).tolist() == [1, 3, 1, 1]


def test_classes_that_are_numbers_may_be_named_by_number_or_in_print():
    y = np.array([0, 1])
    for classes in (("-1", "1"), (-1, 1), np.array([-1, 1])):
        assert class_weights(y, {1: 4, -1: 2}, classes=classes).tolist() == [2, 4]
        assert class_weights(y, {"1": 4, np.int64(-1): 2}, classes=classes).tolist() == [2, 4]
    assert class_weights(y, {1: 4}).tolist() == [1, 4]


def test_sample_weights_multiply():
    weights = example_weights(np.array([0, 0, 0, 1]), "balanced", sample_weight=np.array([1.0, 2, 0, 3]))
    np.testing.assert_allclose(weights, [2 / 3, 4 / 3, 0, 6])


def test_an_unknown_class_gets_a_near_name():
    with pytest.raises(UnknownNameError, match=r"'virginca' is not a known class. Did you mean 'virginica'"):
        class_weights(np.array([0, 1]), {"virginca": 2}, classes=("setosa", "virginica"))
    with pytest.raises(UnknownNameError, match="Did you mean 'balanced'"):
        class_weights(np.array([0, 1]), "balance")


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), "2", True, None])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(OptionError, match="expected a number"):
        class_weights(np.array([0, 1]), {1: weight})


def test_a_class_named_twice_is_refused():
    with pytest.raises(OptionError, match="twice"):
        class_weights(np.array([0, 1]), {1: 2, "1": 3})


def test_weights_that_leave_no_example_are_refused():
    with pytest.raises(OptionError, match="0 to every class that occurs"):
        class_weights(np.array([0, 0]), {"a": 0}, classes=("a", "b"))


@pytest.mark.parametrize("class_weight", [2.0, [1, 2], np.ones(2)])
def test_other_forms_are_refused(class_weight):
    with pytest.raises(OptionError, match="expected 'balanced'"):
        class_weights(np.array([0, 1]), class_weight)


def test_answers_must_be_classes():
    with pytest.raises(ShapeError, match="float64"):
        class_weights(np.array([0.5, 1.0]), "balanced")
    with pytest.raises(ShapeError, match=r"\(2, 1\)"):
        class_weights(np.array([[0], [1]]), "balanced")
    with pytest.raises(DataError, match="at least one"):
        class_weights(np.array([], dtype=int), "balanced")
    with pytest.raises(DataError, match=r"class -1; expected 0 … k"):
        class_weights(np.array([-1, 1]), "balanced")
    with pytest.raises(DataError, match=r"class 2; expected 0 … 1"):
        class_weights(np.array([0, 2]), "balanced", classes=("a", "b"))
    with pytest.raises(ShapeError, match="sample_weight has shape"):
        example_weights(np.array([0, 1]), "balanced", sample_weight=np.ones(3))
