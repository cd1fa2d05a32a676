"""Cross-validation: what folds say together, checked by hand, and nothing of the judging rows in what is learnt."""

import math
import warnings
from functools import partial

import numpy as np
import pytest
from scipy import stats

from pellucid.basics.errors import DataError, OptionError, UnknownNameError
from pellucid.data.dataset import Dataset
from pellucid.data.folding import Fold, fold_rows
from pellucid.data.preparation import fit_preparation
from pellucid.data.tables import Table
from pellucid.data.toys import two_moons
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.understanding.evaluation.cross_validation import cross_validate
from pellucid.understanding.evaluation.folds import CrossValidation, FoldResult
from pellucid.understanding.evaluation.reliability import reliability
from pellucid.understanding.evaluation.report import evaluate

QUICK = {"epochs": 15, "learning_rate": 0.02}


def small(train):
    return Network.for_data(train, hidden=[8], seed=0, engine="reference")


def moons(n=150, seed=0):
    return two_moons(n, noise=0.2, seed=seed).train


def table(n=60, seed=0):
    """A quantity y = 1000 + 250 x, a column of noise, a patient, and whether y is high."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 1000 + 250 * x + 5 * rng.normal(size=n)
    patient = [f"p{i // 3}" for i in range(n)]
    high = ["yes" if value > 1000 else "no" for value in y]
    noise = rng.normal(50, 10, size=n)
    columns = [np.array([f"{v:.6f}" for v in c], dtype=object) for c in (x, noise, y)]
    words = [np.array(c, dtype=object) for c in (high, patient)]
    return Table("wages", ("x", "noise", "y", "high", "patient"), (*columns, *words), np.arange(2, n + 2))


def made_up(scores, n=50, k=5, metric="accuracy"):
    """A cross-validation with these scores."""
    empty = np.zeros(0, dtype=int)
    found = fold_rows(n, k=k, repeats=len(scores) // k)
    results = [
        FoldResult(f, 1 - s, {metric: s}, empty, empty, None, 1, 0.1, "")
        for f, s in zip(found, scores, strict=True)
    ]
    return CrossValidation("made up", n, ("a", "b"), tuple(results))


def test_mean_deviation_and_interval_by_the_formula():
    scores = [0.90, 0.85, 0.92, 0.88, 0.80]
    found = made_up(scores)
    mean, variance = np.mean(scores), np.var(scores, ddof=1)
    assert found.scores("accuracy").tolist() == scores
    assert found.mean("accuracy") == pytest.approx(mean)
    assert found.std("accuracy") == pytest.approx(math.sqrt(variance))
    half = 2.7764451052 * math.sqrt((1 / 5 + 10 / 40) * variance)  # t of 4 degrees of freedom at 97.5 %
    low, high = found.interval("accuracy")
    assert (low, high) == (pytest.approx(mean - half), pytest.approx(mean + half))
    naive = stats.t.interval(0.95, 4, loc=mean, scale=math.sqrt(variance / 5))
    assert high - low == pytest.approx(1.5 * (naive[1] - naive[0]))  # √(1 + 5/4)


def test_repeats_count_as_scores_but_the_overlap_remains():
    rng = np.random.default_rng(0)
    scores = rng.normal(0.8, 0.02, size=30).tolist()
    found = made_up(scores, k=10, n=100)
    low, high = found.interval("accuracy", confidence=0.9)
    half = stats.t.ppf(0.95, 29) * math.sqrt((1 / 30 + 1 / 9) * np.var(scores, ddof=1))
    assert (high - low) / 2 == pytest.approx(half)


def test_an_interval_stays_within_what_a_score_can_be():
    assert made_up([1.0, 0.9, 1.0, 1.0, 0.95]).interval("accuracy").high == 1.0
    assert made_up([0.5, 3.0, 0.1, 4, 0.2], metric="r2").interval("r2").low < 0
    found = made_up([0.5, 3.0, 0.1, 4, 0.2], metric="mean_absolute_error")
    assert found.interval("mean_absolute_error").low == 0
    assert found.interval("mean_absolute_error").high > 4
    assert made_up([1.0, 0.2, 1.0, 1.0, 0.95]).interval("loss").low == 0


def test_a_single_fold_tells_nothing_of_the_spread():
    one = CrossValidation("one", 50, None, made_up([0.9] * 5).folds[:1])
    assert math.isnan(one.std("accuracy"))
    assert one.interval("accuracy") == (-math.inf, 1.0)


@pytest.mark.parametrize("confidence", [0, 1, -1, 2])
def test_a_confidence_that_is_none_is_refused(confidence):
    with pytest.raises(OptionError, match="confidence"):
        made_up([0.9] * 5).interval("accuracy", confidence=confidence)


def test_an_unknown_metric_gets_a_near_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
        made_up([0.9] * 5).mean("acuracy")


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Classes by a threshold, no network: the truth is known, and the naive interval is too narrow."""
    rng = np.random.default_rng(0)
    held = {"corrected": 0, "naive": 0}
    for _ in range(300):
        x, y = rng.normal(size=60), rng.integers(0, 2, size=60)
        x = x + 1.2 * y
        results, truths = [], []
        for f in fold_rows(60, k=5, y=y):
            cut = (x[f.train][y[f.train] == 0].mean() + x[f.train][y[f.train] == 1].mean()) / 2
            score = float(((x[f.test] > cut) == y[f.test]).mean())
            results.append(FoldResult(f, 0.0, {"accuracy": score}, y, y, None, 1, 0.0, ""))
            truths.append((stats.norm.cdf(cut) + stats.norm.sf(cut, 1.2)) / 2)
        found, truth = CrossValidation("", 60, None, tuple(results)), np.mean(truths)
        low, high = found.interval("accuracy")
        half = stats.t.ppf(0.975, 4) * found.std("accuracy") / math.sqrt(5)
        held["corrected"] += low <= truth <= high
        held["naive"] += abs(found.mean("accuracy") - truth) <= half
    assert held["corrected"] >= 0.93 * 300
    assert held["naive"] < held["corrected"]


def test_every_row_is_predicted_by_a_network_that_has_not_seen_it():
    data = moons()
    nets = []

    def make(train):
        nets.append(small(train))
        return nets[-1]

    found = cross_validate(make, data, k=4, seed=3, **QUICK)
    folds = fold_rows(len(data), k=4, y=data.y, seed=3)
    assert len(found.folds) == len(nets) == 4
    for result, fold, net in zip(found.folds, folds, nets, strict=True):
        np.testing.assert_array_equal(result.fold.test, fold.test)
        judging = data.take(fold.test)
        np.testing.assert_array_equal(result.predictions, net.predict(judging.X))
        assert result.metrics == evaluate(net, judging).metrics
        assert result.loss == pytest.approx(net.loss(judging.X, judging.y))
        np.testing.assert_array_equal(found.predictions()[fold.test], result.predictions)
        np.testing.assert_allclose(found.probabilities()[fold.test], net.probabilities(judging.X))
    np.testing.assert_array_equal(found.truth(), data.y)
    right = (found.predictions() == data.y).sum()
    assert np.trace(found.confusion) == right
    assert found.confusion.sum(axis=1).tolist() == data.class_counts.tolist()
    assert found.mean("accuracy") > 0.75


def test_each_network_is_what_training_on_its_rows_alone_gives():
    from pellucid.training.loop import epochs

    data = moons(80)
    nets = []

    def make(train):
        nets.append(small(train))
        return nets[-1]

    cross_validate(make, data, Plan(epochs=5, seed=1), k=2)
    fold = fold_rows(len(data), k=2, y=data.y)[1]
    alone = small(data.take(fold.train))
    for _ in epochs(alone, data.take(fold.train), Plan(epochs=5, seed=1)):
        pass
    np.testing.assert_array_equal(nets[1].theta, alone.theta)


def test_a_table_is_prepared_anew_by_each_folds_training_rows():
    rows = table()
    seen = []

    def make(train):
        seen.append(train)
        return small(train)

    found = cross_validate(make, rows.without(["high", "patient"]), target="y", k=3, epochs=2)
    x, y = rows.numbers("x"), rows.numbers("y")
    for train, result in zip(seen, found.folds, strict=True):
        own = result.fold.train
        assert len(train) == len(own)
        assert train.preparation.columns[0].center == pytest.approx(x[own].mean())
        assert train.preparation.target.mean == pytest.approx(y[own].mean())
        np.testing.assert_allclose(train.X.mean(axis=0), 0, atol=1e-12)
    assert len({train.preparation.target.mean for train in seen}) == 3


def test_the_answers_of_judging_rows_change_nothing_in_what_is_learnt():
    rows = table()
    cells = [c.cells() if hasattr(c, "cells") else c for c in rows.columns]
    first = cross_validate(small, rows.without(["high", "patient"]), target="y", k=3, epochs=2)
    judging = first.folds[0].fold.test
    changed = [c.copy() for c in cells]
    changed[2][judging] = "5000"
    changed[0][judging] = [f"{float(v) + 100:.6f}" for v in cells[0][judging]]
    poisoned = Table(rows.title, rows.names, tuple(changed), rows.lines)
    nets = []

    def make(train):
        nets.append(small(train))
        return nets[-1]

    cross_validate(make, rows.without(["high", "patient"]), target="y", k=3, epochs=2)
    cross_validate(make, poisoned.without(["high", "patient"]), target="y", k=3, epochs=2)
    np.testing.assert_array_equal(nets[0].theta, nets[3].theta)
    assert (nets[1].theta != nets[4].theta).any()


def test_numbers_are_predicted_in_the_tables_units():
    rows = table()
    found = cross_validate(
        lambda train: Network.for_data(train, hidden=[], dtype="float64", engine="reference"),
        rows.without(["high", "patient"]),
        target="y",
        k=4,
        epochs=200,
        learning_rate=0.05,
        batch_size=None,
    )
    y = rows.numbers("y")
    np.testing.assert_allclose(found.truth().ravel(), y, rtol=1e-9)
    assert np.abs(found.predictions().ravel() - y).mean() < 20
    assert found.mean("r2") > 0.95
    for method in (lambda: found.confusion, found.probabilities):
        with pytest.raises(OptionError, match="regression"):
            method()


def test_groups_of_a_table_stay_together():
    rows = table()
    found = cross_validate(small, rows.without(["y"]), target="high", group="patient", k=4, epochs=2)
    patients = rows.column("patient")
    for result in found.folds:
        assert not set(patients[result.fold.train]) & set(patients[result.fold.test])
    assert found.classes == ("no", "yes")


def test_a_class_of_one_row_is_told_apart_in_every_fold():
    rows = table()
    high = rows.column("high").copy()
    high[7] = "unheard of"
    columns = [c.cells() if hasattr(c, "cells") else c for c in rows.columns]
    columns[3] = high
    rows = Table(rows.title, rows.names, tuple(columns), rows.lines).without(["y", "patient"])
    with pytest.warns(UserWarning, match=r"unheard of \(1\)"):
        found = cross_validate(small, rows, target="high", k=3, epochs=20, learning_rate=0.02)
    assert found.classes == ("no", "unheard of", "yes")
    assert found.confusion.shape == (3, 3)
    assert found.confusion.sum() == 60
    assert found.confusion[1, 1] == 0  # nobody could learn it


def test_a_preparation_of_ones_own():
    rows = table().without(["y", "patient"])
    seen = []

    def make(train):
        seen.append(train.preparation.columns[0].scale)
        return small(train)

    cross_validate(make, rows, prepare=partial(fit_preparation, target="high", scale="robust"), k=2, epochs=1)
    assert seen == ["robust", "robust"]
    with pytest.raises(OptionError, match=r"target='high' .* prepare has a say"):
        cross_validate(small, rows, prepare=fit_preparation, target="high")


def test_a_dataset_prepared_by_all_its_rows_is_refused():
    rows = table().without(["y", "patient"])
    data = fit_preparation(rows, target="high").dataset(rows)
    with pytest.raises(DataError, match="prepared by all its rows"):
        cross_validate(small, data)


def test_options_of_tables_are_refused_for_a_dataset():
    with pytest.raises(OptionError, match="group='patient' is about a table's columns"):
        cross_validate(small, moons(), group="patient")


def test_early_stopping_sets_rows_of_the_fold_aside():
    found = cross_validate(small, moons(), k=3, epochs=40, patience=2, validation=0.2, learning_rate=0.05)
    assert any(result.epochs < 40 for result in found.folds)
    with pytest.raises(OptionError, match="each fold sets rows of its own aside"):
        cross_validate(small, moons(), validation=moons())


def test_weights_go_with_their_rows():
    data = moons(80)
    weights = np.where(data.y == 0, 1.0, 0.0)  # nobody learns class 1
    found = cross_validate(small, data, k=2, sample_weight=weights, epochs=60, learning_rate=0.05)
    assert (found.predictions() == 0).mean() > 0.95


def test_results_come_one_by_one_and_an_interruption_keeps_those_that_are_complete():
    arrived = []
    found = cross_validate(
        small, moons(), k=4, epochs=3, on_fold=arrived.append, watch=lambda now: len(arrived) == 2
    )
    assert [result.fold.number for result in arrived] == [1, 2]
    assert found.folds == tuple(arrived)
    with pytest.raises(OptionError, match="Repeat 1 is not complete"):
        found.predictions()
    assert found.confusion.sum() == sum(len(result.fold.test) for result in arrived)
    with pytest.raises(DataError, match="No fold was completed"):
        cross_validate(small, moons(), epochs=3, watch=lambda now: True)


def test_repeats_predict_every_row_again():
    data = moons(60)
    found = cross_validate(small, data, k=2, repeats=2, epochs=3)
    assert [(r.fold.repeat, r.fold.number) for r in found.folds] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert found.predictions(1).shape == found.predictions(2).shape == data.y.shape
    assert found.confusion.sum() == 2 * len(data)
    with pytest.raises(OptionError, match="Repeat 3"):
        found.predictions(3)


def test_out_of_fold_probabilities_can_be_judged():
    data = moons()
    found = cross_validate(small, data, k=3, **QUICK)
    assert reliability(found.probabilities(), found.truth()).n == len(data)


def test_what_is_told():
    data = moons(60)
    text = str(cross_validate(small, data, k=3, epochs=3))
    assert text.splitlines()[0] == f"{data.title}: 3 folds, {len(data)} rows"
    assert "accuracy" in text
    assert "95 % interval" in text
    assert "%" in text.splitlines()[2]


def test_settings_that_do_not_exist_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'epochs'"):
        cross_validate(small, moons(), epoch=3)


def test_groups_of_a_dataset_stay_together():
    data = moons(100)
    groups = np.arange(len(data)) // 4
    data = Dataset(data.X, data.y, classes=data.classes, groups=groups)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cross_validate(small, data, k=4, epochs=2)
    for result in found.folds:
        assert isinstance(result.fold, Fold)
        assert not set(groups[result.fold.train]) & set(groups[result.fold.test])
