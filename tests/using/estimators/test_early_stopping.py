"""Stopping in time: by any scorer or the loss, on rows set aside or brought along, with the best weights in the end."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer

from pellucid import MLPClassifier, MLPRegressor
from pellucid.using.estimators import running
from tests.using.estimators.problems import DIABETES_X, DIABETES_Y, IRIS_X, IRIS_Y, QUICK, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
TRAIN, TEST = np.arange(0, 150, 2), np.arange(1, 150, 2)
HELD_OUT = {"validation_data": (IRIS_X[TEST], SPECIES[TEST])}
WILD = QUICK | {"learning_rate_init": 0.3, "max_iter": 40, "n_iter_no_change": np.inf, "early_stopping": True}


@pytest.mark.parametrize(
    "scoring", [None, "f1_macro", "neg_log_loss", "roc_auc_ovr", make_scorer(f1_score, average="micro")]
)
def test_the_network_kept_is_the_one_that_scored_best(scoring):
    model = MLPClassifier(**WILD, scoring=scoring).fit(IRIS_X[TRAIN], SPECIES[TRAIN], **HELD_OUT)
    scorer = get_scorer(scoring or "accuracy")
    assert scorer(model, *HELD_OUT["validation_data"]) == pytest.approx(model.best_validation_score_)
    assert max(model.validation_scores_) == model.best_validation_score_
    assert len(set(model.validation_scores_)) > 1
    assert model.history_.validation_scores == model.validation_scores_


def test_the_loss_can_decide():
    model = MLPClassifier(**WILD, scoring="loss").fit(IRIS_X[TRAIN], SPECIES[TRAIN], **HELD_OUT)
    assert -model.best_validation_score_ == pytest.approx(min(model.history_.validation_losses))
    loss = log_loss(SPECIES[TEST], model.predict_proba(IRIS_X[TEST]))
    assert loss == pytest.approx(-model.best_validation_score_)


def test_a_regressions_loss_is_told_in_scikit_learns_units():
    held_out = DIABETES_X[300:], DIABETES_Y[300:]
    model = MLPRegressor(**WILD, scoring="loss").fit(
        DIABETES_X[:300], DIABETES_Y[:300], validation_data=held_out
    )
    assert -model.best_validation_score_ == pytest.approx(
        np.mean((model.predict(held_out[0]) - held_out[1]) ** 2) / 2
    )


def test_brought_examples_are_all_that_validates():
    settings = QUICK | {"early_stopping": True, "max_iter": 3}
    model = MLPClassifier(**settings).fit(IRIS_X[TRAIN], SPECIES[TRAIN], **HELD_OUT)
    assert model.t_ == 3 * len(TRAIN)  # nothing was set aside
    without = MLPClassifier(**settings).fit(IRIS_X[TRAIN], SPECIES[TRAIN])
    assert without.t_ == 3 * (len(TRAIN) - 8)


def test_validation_without_early_stopping_is_told_and_changes_nothing():
    plain = MLPClassifier(**QUICK).fit(IRIS_X[TRAIN], SPECIES[TRAIN])
    told = MLPClassifier(**QUICK, scoring="f1_macro").fit(IRIS_X[TRAIN], SPECIES[TRAIN], **HELD_OUT)
    np.testing.assert_array_equal(plain.network_.theta, told.network_.theta)
    assert told.validation_scores_ is None
    assert len(told.history_.validation_losses) == len(told.history_.validation_scores) == told.n_iter_
    assert all(loss > 0 for loss in told.history_.validation_losses)
    assert plain.history_.validation_losses == [None] * plain.n_iter_


def test_weights_of_validation_examples_count():
    weights = np.where(SPECIES[TEST] == "setosa", 1.0, 0.0)
    model = MLPClassifier(**WILD).fit(
        IRIS_X[TRAIN], SPECIES[TRAIN], validation_data=(IRIS_X[TEST], SPECIES[TEST], weights)
    )
    rows = weights > 0
    assert model.best_validation_score_ == model.score(IRIS_X[TEST][rows], SPECIES[TEST][rows])


def test_groups_stay_together(monkeypatch):
    tasks = []
    monkeypatch.setattr(
        "pellucid.using.estimators.base.run", lambda task: tasks.append(task) or running.run(task)
    )
    groups = np.arange(150) // 5
    X = np.column_stack([IRIS_X, groups])
    MLPClassifier(**QUICK, early_stopping=True, validation_fraction=0.2).fit(X, SPECIES, groups=groups)
    learnt, held_out = (set(part.X[:, -1]) for part in (tasks[0].data, tasks[0].validation))
    assert learnt
    assert held_out
    assert not learnt & held_out


def test_a_rare_class_is_no_obstacle_where_there_are_many():
    y = np.concatenate([["once"], SPECIES[1:]])
    with pytest.warns(UserWarning, match="without regard to classes"):
        MLPClassifier(**QUICK, early_stopping=True).fit(IRIS_X, y)


def test_ctrl_c_leaves_the_best_weights(monkeypatch):
    class Pressed:
        made = False

    @contextmanager
    def pressed():
        yield Pressed

    monkeypatch.setattr(running, "stop_on_ctrl_c", pressed)

    def score(estimator, X, y):
        score.calls += 1
        Pressed.made = score.calls >= 10
        return 1.0 if score.calls == 4 else 0.5

    score.calls = 0
    settings = {**WILD, "max_iter": 10_000, "scoring": score}
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = MLPClassifier(**settings).fit(IRIS_X, IRIS_Y)
    assert model.n_iter_ < 10_000
    assert model.history_[-1].weights_of == 4
    assert model.predict(IRIS_X).shape == (150,)


def test_time_may_end_it():
    model = MLPClassifier(**QUICK | {"max_iter": 1_000_000, "n_iter_no_change": np.inf}, max_time=0.2)
    model.fit(IRIS_X, IRIS_Y)
    assert "the time of 0.2 s is over" in model.history_.stopped


def test_class_weights_do_not_change_what_a_score_means():
    """Without anything to tell classes apart by, accuracy is the share of one, however much one of them weighs."""
    is_first = IRIS_Y == 0
    weights = {True: 1e6, False: 1}
    model = MLPClassifier(**QUICK, early_stopping=True, validation_fraction=0.3, class_weight=weights)
    model.fit(np.zeros_like(IRIS_X), is_first)
    assert {round(score, 2) for score in model.validation_scores_} <= {0.33, 0.67}
