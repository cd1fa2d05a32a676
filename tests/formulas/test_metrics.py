from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sklearn_metrics

from pellucid.basics.errors import ShapeError
from pellucid.formulas.metrics import METRICS, Metric, confusion_matrix, r2

TWINS = {
    "accuracy": sklearn_metrics.accuracy_score,
    "r2": sklearn_metrics.r2_score,
    "mean_squared_error": sklearn_metrics.mean_squared_error,
    "root_mean_squared_error": sklearn_metrics.root_mean_squared_error,
    "mean_absolute_error": sklearn_metrics.mean_absolute_error,
}
numbers = arrays(np.float64, (7, 2), elements=st.floats(-100, 100).map(lambda number: round(number, 3)))
classes = arrays(np.int64, 12, elements=st.integers(0, 4))
each_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))


@each_metric
@given(data=st.data())
def test_agrees_with_scikit_learn(metric: Metric, data: st.DataObject) -> None:
    kind = classes if metric.targets == "classes" else numbers
    y, predicted = data.draw(kind), data.draw(kind)
    if metric.name == "root_mean_squared_error":  # of all outputs together, not the mean of each one's root
        y, predicted = y.ravel(), predicted.ravel()
    assert metric.value(y, predicted) == pytest.approx(TWINS[metric.name](y, predicted), rel=1e-9, abs=1e-12)


@each_metric
def test_a_perfect_prediction_has_the_best_value(metric: Metric) -> None:
    y = np.array([0, 1, 2]) if metric.targets == "classes" else np.array([0.5, 1.0, 2.0])
    assert metric.value(y, y.copy()) == (1 if metric.best == "high" else 0)


@each_metric
def test_shapes_must_agree_and_hold_something(metric: Metric) -> None:
    with pytest.raises(ShapeError, match="expected the same"):
        metric.value(np.zeros(3), np.zeros(2))
    with pytest.raises(ShapeError, match="at least one example"):
        metric.value(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("predicted", [[2.0, 2.0, 2.0], [2.0, 2.0, 3.0]])
def test_r2_of_a_constant_truth(predicted: list[float]) -> None:
    y = np.full(3, 2.0)
    assert r2(y, np.array(predicted)) == sklearn_metrics.r2_score(y, predicted)


@given(y=classes, predicted=classes)
def test_the_confusion_matrix_agrees_with_scikit_learn(y: np.ndarray, predicted: np.ndarray) -> None:
    expected = sklearn_metrics.confusion_matrix(y, predicted, labels=range(5))
    assert confusion_matrix(y, predicted, 5).tolist() == expected.tolist()


def test_the_confusion_matrix_of_small_integers_does_not_overflow() -> None:
    y = np.array([29, 0, 29], dtype=np.uint8)
    matrix = confusion_matrix(y, y, 30)
    assert matrix[29, 29] == 2
    assert matrix.sum() == 3


@pytest.mark.parametrize("wrong", [-1, 2])
def test_the_confusion_matrix_names_a_class_that_it_has_no_row_for(wrong: int) -> None:
    with pytest.raises(ShapeError, match=f"class {wrong}"):
        confusion_matrix(np.array([0, 1]), np.array([0, wrong]), 2)
