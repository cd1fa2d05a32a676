"""Estimators between processes and on disk: pickle, joblib, skops, and the .pellucid file."""

from __future__ import annotations

import copy
import pickle

import joblib
import numpy as np
import pytest

import pellucid
from pellucid import MLPClassifier, MLPRegressor
from tests.using.estimators.problems import DIABETES_X, DIABETES_Y, IRIS_X, IRIS_Y, QUICK, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FITTED = {
    "classes": lambda: MLPClassifier(**QUICK, normalization="batch").fit(IRIS_X, SPECIES),
    "two classes": lambda: MLPClassifier(**QUICK).fit(IRIS_X[:100], IRIS_Y[:100]),
    "labels": lambda: MLPClassifier(**QUICK).fit(IRIS_X, np.eye(3, dtype=int)[IRIS_Y]),
    "yes or no": lambda: MLPClassifier(**QUICK).fit(IRIS_X, IRIS_Y > 0),
    "fractions": lambda: MLPClassifier(**QUICK).fit(IRIS_X, IRIS_Y.astype(float)),
    "many classes": lambda: MLPClassifier(**QUICK).fit(IRIS_X, np.arange(150) % 12),
    "numbers": lambda: MLPRegressor(**QUICK).fit(IRIS_X, IRIS_Y),
    "prepared": lambda: MLPRegressor(**QUICK, scale="quantile").fit(
        IRIS_X, np.column_stack([IRIS_Y, -IRIS_Y])
    ),
}


def through_a_file(estimator, tmp_path):
    joblib.dump(estimator, tmp_path / "model.joblib")
    return joblib.load(tmp_path / "model.joblib")


WAYS = {
    "pickle": lambda estimator, tmp_path: pickle.loads(pickle.dumps(estimator)),
    "joblib": through_a_file,
    "deepcopy": lambda estimator, tmp_path: copy.deepcopy(estimator),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", FITTED)
def test_a_copy_is_the_same(kind, way, tmp_path):
    model = FITTED[kind]()
    again = WAYS[way](model, tmp_path)
    np.testing.assert_array_equal(again.predict(IRIS_X), model.predict(IRIS_X))
    assert again.loss_curve_ == model.loss_curve_
    assert again.history_.losses == model.history_.losses
    assert all(W.base is again.network_.theta for W in again.coefs_)
    assert not np.shares_memory(again.network_.theta, model.network_.theta)
    answers = model.predict(IRIS_X)
    for each in (model, again):  # both go on alike
        each.partial_fit(IRIS_X, answers)
    np.testing.assert_array_equal(again.network_.theta, model.network_.theta)


def test_what_somebody_wrote_into_coefs_is_kept():
    model = FITTED["classes"]()
    model.coefs_[1] = np.zeros((8, 3))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(IRIS_X), model.predict_proba(IRIS_X))
    assert not again.network_.layers[1].W.any()


@pytest.mark.parametrize("kind", FITTED)
def test_a_saved_network_predicts_the_same(kind, tmp_path):
    model = FITTED[kind]()
    again = type(model).load(model.save(tmp_path / "model.pellucid"))
    predicted, expected = again.predict(IRIS_X), model.predict(IRIS_X)
    np.testing.assert_array_equal(predicted, expected)
    if hasattr(model, "classes_"):
        assert again.classes_.tolist() == model.classes_.tolist()
        np.testing.assert_array_equal(again.predict_proba(IRIS_X), model.predict_proba(IRIS_X))
    assert again.summary() == model.summary()
    assert again.out_activation_ == model.out_activation_
    again.partial_fit(IRIS_X, expected)
    assert len(again.loss_curve_) == 1


def test_the_file_is_an_ordinary_one(tmp_path):
    model = FITTED["classes"]()
    net = pellucid.load(model.save(tmp_path / "iris.pellucid"))
    np.testing.assert_array_equal(model.classes_[net.predict(IRIS_X)], model.predict(IRIS_X))


def test_a_file_of_the_other_kind(tmp_path):
    path = FITTED["numbers"]().save(tmp_path / "numbers.pellucid")
    with pytest.raises(pellucid.PellucidError, match=r"MLPRegressor\.load"):
        MLPClassifier.load(path)
    path = FITTED["classes"]().save(tmp_path / "classes.pellucid")
    with pytest.raises(pellucid.PellucidError, match=r"MLPClassifier\.load"):
        MLPRegressor.load(path)


def test_an_unfitted_estimator_can_be_copied():
    assert pickle.loads(pickle.dumps(MLPClassifier(alpha=0.5))).alpha == 0.5


def test_skops(tmp_path):
    skops = pytest.importorskip("skops.io")
    for model in (FITTED["classes"](), MLPRegressor(**QUICK).fit(DIABETES_X, DIABETES_Y)):
        path = tmp_path / "model.skops"
        skops.dump(model, path)
        trusted = skops.get_untrusted_types(file=path)
        assert all(name.startswith("pellucid.") for name in trusted)
        again = skops.load(path, trusted=trusted)
        X = IRIS_X if model.n_features_in_ == 4 else DIABETES_X
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
