"""Inside other people's tools: scikit-learn's meta-estimators and inspection, SHAP."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import MLPClassifier, MLPRegressor
from tests.using.estimators.problems import DIABETES_X, DIABETES_Y, IRIS_X, IRIS_Y, QUICK, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
EASY = QUICK | {"max_iter": 40}


def test_grid_search():
    grid = {"mlp__hidden_layer_sizes": [(), (8,)], "mlp__dropout": [0.0, 0.1], "mlp__activation": ["relu"]}
    steps = Pipeline([("scale", StandardScaler()), ("mlp", MLPClassifier(**EASY))])
    search = GridSearchCV(steps, grid, cv=3, scoring="f1_macro").fit(IRIS_X, SPECIES)
    assert search.best_score_ > 0.8
    assert search.best_estimator_["mlp"].network_.n_parameters > 0


@pytest.mark.slow
def test_grid_search_in_two_processes():
    search = GridSearchCV(MLPClassifier(**EASY), {"alpha": [0.0, 1.0]}, cv=3, n_jobs=2).fit(IRIS_X, SPECIES)
    alone = GridSearchCV(MLPClassifier(**EASY), {"alpha": [0.0, 1.0]}, cv=3).fit(IRIS_X, SPECIES)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])


def test_cross_validation():
    found = cross_validate(MLPClassifier(**EASY), IRIS_X, SPECIES, scoring=["accuracy", "roc_auc_ovo"], cv=3)
    assert found["test_roc_auc_ovo"].mean() > 0.9


def test_pipelines():
    forward = make_pipeline(StandardScaler(), MLPRegressor(**EASY)).fit(DIABETES_X, DIABETES_Y)
    assert forward.score(DIABETES_X, DIABETES_Y) > 0.4
    stacked = make_pipeline(MLPClassifier(**EASY), LogisticRegression()).fit(IRIS_X, SPECIES)
    assert stacked.score(IRIS_X, SPECIES) > 0.9
    assert stacked[:-1].get_feature_names_out()[0] == "mlpclassifier0"


def test_a_column_transformer():
    frame = pd.DataFrame({"length": IRIS_X[:, 2], "color": np.where(IRIS_X[:, 0] > 0, "red", "blue")})
    prepare = ColumnTransformer([("n", StandardScaler(), ["length"]), ("c", OneHotEncoder(), ["color"])])
    model = make_pipeline(prepare, MLPClassifier(**EASY)).fit(frame, SPECIES)
    assert model.score(frame, SPECIES) > 0.8


def test_calibrated_classifiers():
    model = CalibratedClassifierCV(MLPClassifier(**EASY), cv=3).fit(IRIS_X, SPECIES)
    assert model.score(IRIS_X, SPECIES) > 0.8
    np.testing.assert_allclose(model.predict_proba(IRIS_X).sum(axis=1), 1)


def test_ensembles_and_targets():
    members = [("one", MLPClassifier(**EASY)), ("two", LogisticRegression())]
    for ensemble in (VotingClassifier(members, voting="soft"), StackingClassifier(members, cv=2)):
        assert ensemble.fit(IRIS_X, SPECIES).score(IRIS_X, SPECIES) > 0.8
    several = MultiOutputClassifier(MLPClassifier(**EASY)).fit(IRIS_X, np.column_stack([SPECIES, SPECIES]))
    assert several.predict(IRIS_X).shape == (150, 2)
    logs = TransformedTargetRegressor(
        MLPRegressor(**EASY), func=np.exp, inverse_func=np.log, check_inverse=False
    )
    assert logs.fit(IRIS_X, IRIS_Y / 2.0).predict(IRIS_X).shape == (150,)


def test_inspection():
    model = MLPClassifier(**EASY).fit(IRIS_X, SPECIES)
    found = permutation_importance(model, IRIS_X, SPECIES, n_repeats=3, random_state=0)
    assert found.importances_mean[2:].sum() > found.importances_mean[:2].sum()  # petals tell more than sepals
    regression = MLPRegressor(**EASY).fit(DIABETES_X, DIABETES_Y)
    assert partial_dependence(regression, DIABETES_X, [2])["average"].shape[0] == 1


def test_metadata_is_routed():
    weights, groups = np.where(IRIS_Y == 0, 0.0, 1.0), np.arange(150) // 3
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPClassifier(**EASY, early_stopping=True)
        model.set_fit_request(sample_weight=True, groups=True, validation_data=False)
        model.set_score_request(sample_weight=True)
        found = cross_validate(
            model,
            IRIS_X,
            SPECIES,
            cv=3,
            params={"sample_weight": weights, "groups": groups},
            return_estimator=True,
        )
    assert "setosa" not in set(found["estimator"][0].predict(IRIS_X[IRIS_Y > 0]))


@pytest.mark.slow
def test_shap():
    shap = pytest.importorskip("shap")
    model = MLPRegressor(**EASY).fit(DIABETES_X, DIABETES_Y)
    X = DIABETES_X[:20]
    for explainer in (shap.Explainer(model.predict, X), shap.KernelExplainer(model.predict, X[:10])):
        values = explainer(X[:3])
        total = values.values.sum(axis=1) + values.base_values
        np.testing.assert_allclose(total, model.predict(X[:3]), atol=1e-6)
    classes = shap.Explainer(MLPClassifier(**EASY).fit(IRIS_X, SPECIES).predict_proba, IRIS_X[:20])
    assert classes(IRIS_X[:2]).values.shape == (2, 4, 3)
