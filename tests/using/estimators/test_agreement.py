"""Ours against scikit-learn's, from the same random_state: the same numbers up to rounding, where it is no chance."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning

import pellucid as ours

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
IRIS = load_iris(return_X_y=True)
DIABETES_X, DIABETES_Y = load_diabetes(return_X_y=True)
TWO_NUMBERS = np.column_stack([DIABETES_Y / 100, DIABETES_X[:, 2]])


def both(name, X, y, *, fit=None, **settings):
    """Our estimator and scikit-learn's, fitted alike."""
    settings = {"random_state": 0, "max_iter": 20, "hidden_layer_sizes": (7, 5)} | settings
    return [getattr(home, name)(**settings).fit(X, y, **(fit or {})) for home in (ours, theirs)]


def assert_alike(mine, other, tolerance=1e-9):
    assert mine.n_iter_ == other.n_iter_
    for left, right in zip(
        [*mine.coefs_, *mine.intercepts_], [*other.coefs_, *other.intercepts_], strict=True
    ):
        np.testing.assert_allclose(left, right, atol=tolerance)


SGD = {"solver": "sgd", "shuffle": False, "learning_rate_init": 0.01, "batch_size": 50}


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    "settings",
    [
        {"momentum": 0.0},
        {"momentum": 0.9, "nesterovs_momentum": False},
        {"alpha": 0.1},
        {"learning_rate": "invscaling", "power_t": 0.25},
        {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    ],
)
def test_sgd_takes_the_same_steps(activation, settings):
    mine, other = both("MLPClassifier", *IRIS, **SGD, activation=activation, **settings)
    assert_alike(mine, other)
    np.testing.assert_allclose(mine.predict_proba(IRIS[0]), other.predict_proba(IRIS[0]), atol=1e-9)


@pytest.mark.parametrize("y", [DIABETES_Y[:440] / 100, TWO_NUMBERS[:440]])
def test_sgd_on_squares_takes_the_same_steps(y):
    settings = SGD | {"batch_size": 40, "alpha": 0.3}
    mine, other = both("MLPRegressor", DIABETES_X[:440], y, **settings)
    assert_alike(mine, other)
    np.testing.assert_allclose(mine.predict(DIABETES_X), other.predict(DIABETES_X), atol=1e-8)


def test_the_poisson_loss_takes_the_same_steps():
    y = np.round(DIABETES_Y[:440] / 50)
    mine, other = both("MLPRegressor", DIABETES_X[:440], y, **SGD | {"batch_size": 44}, loss="poisson")
    assert_alike(mine, other)
    assert mine.out_activation_ == other.out_activation_ == "exp"


@pytest.mark.parametrize("n_classes", [2, 3])
def test_two_classes_and_three(n_classes):
    rows = IRIS[1] < n_classes
    mine, other = both("MLPClassifier", IRIS[0][rows], IRIS[1][rows], **SGD)
    assert_alike(mine, other)
    assert (mine.n_outputs_, mine.out_activation_) == (other.n_outputs_, other.out_activation_)
    assert mine.loss_curve_ == pytest.approx(other.loss_curve_, abs=1e-4)  # the penalty is a step apart


def test_several_labels():
    X, y = make_multilabel_classification(100, random_state=0)
    mine, other = both("MLPClassifier", X, y, **SGD)
    assert_alike(mine, other)
    np.testing.assert_array_equal(mine.predict(X), other.predict(X))
    np.testing.assert_allclose(mine.predict_proba(X), other.predict_proba(X), atol=1e-9)


def test_adam_without_dead_neurons():
    # Only where a gradient is nearly 0 can the place of epsilon be seen, which is not the same.
    mine, other = both("MLPClassifier", *IRIS, activation="tanh", alpha=0.0, shuffle=False, batch_size=50)
    assert_alike(mine, other, 1e-5)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_lbfgs_goes_the_same_way(name):
    mine, other = both(name, *IRIS, solver="lbfgs", max_iter=15, activation="tanh")
    assert_alike(mine, other, 1e-6)
    assert mine.loss_ == pytest.approx(other.loss_, rel=1e-6)


def test_sample_weights_weigh_the_same():
    weights = np.linspace(0.5, 3, 150)
    settings = SGD | {"batch_size": 150, "alpha": 0.1}
    mine, other = both("MLPClassifier", *IRIS, fit={"sample_weight": weights}, **settings)
    assert_alike(mine, other)


def test_the_same_rows_are_set_aside_and_training_stops_in_the_same_epoch():
    rows = IRIS[1] < 2
    X, y = IRIS[0][rows], np.where(IRIS[1][rows] == 0, "one", "other")
    settings = {**SGD, "early_stopping": True, "max_iter": 200, "batch_size": 45, "learning_rate_init": 0.002}
    mine, other = both("MLPClassifier", X, y, **settings)
    assert_alike(mine, other)
    assert mine.validation_scores_ == pytest.approx(other.validation_scores_)
    assert mine.best_validation_score_ == other.best_validation_score_
    assert mine.n_iter_ < 200


@pytest.mark.parametrize("tol", [1e-4, 0.01, 0.1])
def test_training_stops_in_the_same_epoch(tol):
    settings = SGD | {"tol": tol, "max_iter": 400, "n_iter_no_change": 3, "alpha": 0.0}
    mine, other = both("MLPClassifier", *IRIS, **settings)
    assert mine.n_iter_ == other.n_iter_ < 400
    assert mine.t_ == other.t_


def test_a_warm_start_goes_on_as_scikit_learns_does():
    settings = SGD | {"warm_start": True, "random_state": 0, "max_iter": 5}
    mine, other = ours.MLPClassifier(**settings), theirs.MLPClassifier(**settings)
    for model in (mine, other):
        for _ in range(3):
            with pytest.warns(ConvergenceWarning):
                model.fit(*IRIS)
    assert_alike(mine, other)
    assert len(mine.loss_curve_) == len(other.loss_curve_) == 15
    assert mine.t_ == other.t_


def test_partial_fits_go_on_as_scikit_learns_do():
    settings = SGD | {"random_state": 0}
    mine, other = ours.MLPRegressor(**settings), theirs.MLPRegressor(**settings)
    for model in (mine, other):
        for _ in range(5):
            model.partial_fit(*IRIS)
    assert_alike(mine, other)
    assert mine.t_ == other.t_ == 750
