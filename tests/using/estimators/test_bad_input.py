"""What can't be learnt gets our own error, which says what to do; all of them are a ValueError too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from pellucid import MLPClassifier, MLPRegressor, PellucidError
from pellucid.basics.errors import OptionError
from pellucid.using.estimators.targets import named_labels
from tests.using.estimators.problems import DIABETES_X, DIABETES_Y, IRIS_X, IRIS_Y, QUICK, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = IRIS_X[:4]


def refusal(estimator, *arguments, method="fit", **keywords):
    """The error's message, once it is sure that it is ours and a ValueError."""
    with pytest.raises(PellucidError) as caught:
        getattr(estimator, method)(*arguments, **keywords)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1, 1, 1, 1], "one class only (1)"),
        (["a", None, "b", "a"], "None, first in example 1"),
        ([0, 1, None, 1], "None, first in example 2"),
        ([0.0, 1.0, np.nan, 1.0], "NaN or infinity, first in example 2"),
        (pd.array([0, 1, None, 1], dtype="Int64"), "first in example 2"),
        (np.array([1, "1", 2, "2"], dtype=object), "'1' and 1"),
        (np.array(["a", 1.5, "b", "a"], dtype=object), "'a' and 1.5"),
        ([0.5, 1.5, 0.5, 1.5], "use MLPRegressor"),
        (np.array([b"a", b"b", b"a", b"b"]), "bytes"),
        ([1j, 2j, 1j, 2j], "complex"),
        (np.array([[0, 2], [1, 1], [0, 1], [2, 2]]), "2 columns that are not all 0 or 1"),
        ([{}, {}, set(), set()], "Unknown label type"),
        (np.array(["2020-01-01", "2021-01-01"] * 2, dtype="datetime64[D]"), "astype(str)"),
        ([[0], [1, 2], [0], [1]], "different lengths"),
        ([0, 1, 0], "4 examples and y 3"),
        (None, "requires y"),
    ],
)
def test_labels_that_are_none(y, words):
    assert words in refusal(MLPClassifier(), X, y)


def test_labels_that_are_written_alike():
    class Label(float):
        def __str__(self):
            return "low"

    with pytest.raises(PellucidError, match="both written 'low'"):
        named_labels(np.array([Label(1), Label(2)], dtype=object))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1.0, np.nan, 1.0, 2.0], "NaN or infinity, first in example 1"),
        ([1.0, 2.0, np.inf, 2.0], "first in example 2"),
        ([1.0, None, 1.0, 2.0], "None"),
        (["a", "b", "a", "b"], "MLPClassifier for classes"),
        ([object()] * 4, "no number"),
        ([[[1.0]]] * 4, "expected (n,) or (n, k)"),
    ],
)
def test_numbers_that_are_none(y, words):
    assert words in refusal(MLPRegressor(), X, y)


def test_a_negative_count():
    assert "y ≥ 0" in refusal(MLPRegressor(loss="poisson"), X, [1.0, -2.0, 1.0, 2.0])


def test_features_too_large_for_float32():
    model = MLPClassifier(**QUICK).fit(IRIS_X.astype(np.float32), IRIS_Y)
    far = IRIS_X.copy()
    far[3, 1] = 1e300
    assert "1e+300, too large for float32, first in example 3" in refusal(model, far, method="predict")
    assert "too large" in refusal(model, far, IRIS_Y, method="partial_fit")
    with pytest.raises(PellucidError, match="too large"):
        MLPClassifier(**QUICK).fit(IRIS_X.astype(np.float32), IRIS_Y, validation_data=(far, IRIS_Y))


def test_features_so_large_that_training_overflows():
    far = IRIS_X * 1e150
    assert "scale='standard' does that" in refusal(MLPRegressor(**QUICK), far, IRIS_Y)
    assert MLPClassifier(**QUICK, scale="standard").fit(far, IRIS_Y).score(far, IRIS_Y) > 0.8


def test_weights_that_are_none():
    assert "expected (4,)" in refusal(MLPClassifier(), X, [0, 1, 0, 1], sample_weight=[1, 2])
    assert "weights ≥ 0" in refusal(MLPClassifier(), X, [0, 1, 0, 1], sample_weight=[1, -1, 1, 1])
    assert "class_weight" in refusal(MLPClassifier(class_weight="odd"), X, [0, 1, 0, 1])
    assert "validation_data is a int" in refusal(MLPClassifier(), X, [0, 1, 0, 1], validation_data=3)
    assert "groups has 2" in refusal(MLPClassifier(early_stopping=True), X, [0, 1, 0, 1], groups=[1, 2])


def test_a_sparse_table_is_not_scaled():
    assert "toarray()" in refusal(MLPClassifier(scale="standard"), sparse.csr_array(X), [0, 1, 0, 1])


@pytest.mark.parametrize("scale", [None, "standard"])
def test_nothing_of_the_users_is_changed(scale):
    data, weights, labels = IRIS_X.copy(), np.ones(150), SPECIES.copy()
    for array in (data, weights, labels):
        array.setflags(write=False)
    frame = pd.DataFrame(data.copy(), columns=list("abcd"))
    frame["kind"] = np.where(data[:, 0] > 0, "big", None)
    before = frame.copy(deep=True)
    model = MLPClassifier(**QUICK, scale=scale, early_stopping=True).fit(data, labels, weights)
    model.predict(data)
    model.transform(data)
    MLPClassifier(**QUICK, scale=scale).fit(frame, labels).predict(frame)
    pd.testing.assert_frame_equal(frame, before)
    np.testing.assert_array_equal(data, IRIS_X)
    MLPRegressor(**QUICK, scale=scale).fit(DIABETES_X, DIABETES_Y)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"alpha": -1}, "alpha is -1; expected a number at least 0"),
        ({"activation": "relux"}, "Did you mean 'relu'?"),
        ({"solver": "adm"}, "Did you mean 'adam'?"),
        ({"solver": None}, "Known: "),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes must be > 0"),
        ({"hidden_layer_sizes": "10"}, "hidden_layer_sizes"),
        ({"batch_size": "all"}, "'auto'"),
        ({"max_iter": 0}, "at least 1"),
        ({"max_iter": True}, "at least 1"),
        ({"early_stopping": 1}, "True or False"),
        ({"validation_fraction": 1.0}, "at least 0 and below 1"),
        ({"n_iter_no_change": 2.5}, "numpy.inf"),
        ({"verbose": -1}, "True, False or a level"),
        ({"learning_rate": "slow"}, "learning rate schedule"),
        ({"layers": [64]}, "Dense(256"),
        ({"schedule": "cosine", "learning_rate": "adaptive", "solver": "sgd"}, "expected one of them"),
        ({"dropout": 1.0}, "dropout"),
        ({"scoring": "f2", "early_stopping": True}, "get_scorer_names"),
        ({"coefs_init": [np.zeros((4, 3))]}, "There are 1 coefs; expected 2"),
        ({"coefs_init": [np.zeros((4, 3)), None]}, "expected (4, 100)"),
        ({"intercepts_init": [np.full(100, np.nan), None]}, "no finite numbers"),
        ({"engine": "gpu"}, "is not a known engine"),
        ({"scale": "unit"}, "is not a known scale"),
        ({"initializer": "he"}, "he_"),
    ],
)
def test_parameters_out_of_range(settings, words):
    assert words in refusal(MLPClassifier(**settings), IRIS_X, IRIS_Y)


def test_partial_fit_has_its_own_refusals():
    assert "first call" in refusal(MLPClassifier(), X, [0, 1, 0, 1], method="partial_fit")
    started = MLPClassifier().partial_fit(X, [0, 1, 0, 1], classes=[0, 1])
    assert "not the same" in refusal(started, X, [0, 1, 0, 1], method="partial_fit", classes=[0, 2])
    assert "2 is none of [0 1]" in refusal(started, X, [0, 1, 2, 1], method="partial_fit")
    assert "'a' is none of" in refusal(started, X, ["a", "b", "a", "b"], method="partial_fit")
    for settings in ({"early_stopping": True}, {"calibrate": True}, {"class_weight": "balanced"}):
        assert next(iter(settings)) in refusal(
            MLPClassifier(**settings), X, [0, 1, 0, 1], method="partial_fit", classes=[0, 1]
        )
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    started.set_params(hidden_layer_sizes=(3,))
    assert "expected the same sizes" in refusal(started, X, [0, 1, 0, 1], method="partial_fit")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "lbfgs", "clip_norm": 1.0}, "'lbfgs' takes no steps"),
        ({"solver": "lbfgs", "schedule": "cosine"}, "'lbfgs' takes no steps"),
        ({"solver": "lbfgs", "averaging": 0.9}, "'lbfgs' takes no steps"),
        ({"solver": "adam", "weight_decay": 0.1}, "has none; choose 'adamw'"),
    ],
)
def test_parameters_that_would_be_ignored_are_refused(parameters, message):
    with pytest.raises(OptionError, match=message):
        MLPClassifier(**parameters).fit([[0.0], [1.0]], [0, 1])
