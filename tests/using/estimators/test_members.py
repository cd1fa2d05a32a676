"""Several networks that answer together, and the default for tables."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import train_test_split

from pellucid import MLPClassifier, MLPRegressor
from pellucid.basics.errors import DataError, OptionError
from pellucid.data.dataset import Input
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.outputs import pooled, probabilities
from pellucid.using.estimators import members
from pellucid.using.estimators.members import member_rows

QUICK = {"hidden_layer_sizes": (16,), "max_iter": 12, "random_state": 0}


def test_every_row_is_held_out_once_and_rare_classes_never() -> None:
    y = np.array([0] * 20 + [1] * 15 + [2] * 2)
    rows = member_rows(y, 5, groups=None, seed=1)
    held_out = np.concatenate([test for _, test in rows])
    assert sorted(held_out) == list(range(35))
    for train, test in rows:
        assert set(train) | set(test) == set(range(37))
        assert not set(train) & set(test)
        assert {35, 36} <= set(train)


def test_groups_stay_together() -> None:
    groups = np.repeat(np.arange(12), 5)
    for train, test in member_rows(np.tile([0, 1], 30), 3, groups=groups, seed=0):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_pooled_scores_have_the_mean_of_the_probabilities(loss: str) -> None:
    architecture = Architecture.mlp(Input((2,)), [], 1 if loss == "binary_cross_entropy" else 3, loss=loss)
    rng = np.random.default_rng(0)
    each = [rng.normal(size=(6, architecture.n_outputs)) * 3 for _ in range(4)]
    expected = np.mean([probabilities(architecture, z) for z in each], axis=0)
    assert probabilities(architecture, pooled(architecture, each)) == pytest.approx(expected, rel=1e-9)


def test_members_answer_with_their_mean() -> None:
    X, y = load_wine(return_X_y=True)
    clf = MLPClassifier.auto(n_members=3, **QUICK).fit(X, y)
    assert len(clf.members_) == 3
    mean = np.mean([member.predict_proba(X) for member in clf.members_], axis=0)
    assert clf.predict_proba(X) == pytest.approx(mean, rel=1e-6)
    assert (clf.predict(X) == clf.classes_[mean.argmax(axis=1)]).all()
    weights = [member.coefs_[0] for member in clf.members_]
    assert not np.array_equal(weights[0], weights[1])


def test_numbers_are_averaged_in_the_users_units() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor.auto(n_members=2, **QUICK).fit(X, y)
    mean = np.mean([member.predict(X) for member in model.members_], axis=0)
    assert model.predict(X) == pytest.approx(mean)
    assert 50 < model.predict(X).mean() < 250


def test_the_same_random_state_gives_the_same_members() -> None:
    X, y = load_wine(return_X_y=True)
    one = MLPClassifier.auto(n_members=2, n_threads=1, **QUICK).fit(X, y)
    two = MLPClassifier.auto(n_members=2, n_threads=2, **QUICK).fit(X, y)
    assert one.predict_proba(X).tobytes() == two.predict_proba(X).tobytes()


def test_clone_and_pickle_keep_all_of_it() -> None:
    X, y = load_wine(return_X_y=True)
    clf = MLPClassifier.auto(n_members=2, **QUICK).fit(X, y)
    assert clone(clf).get_params() == clf.get_params()
    again = pickle.loads(pickle.dumps(clf))
    assert again.predict_proba(X).tobytes() == clf.predict_proba(X).tobytes()


def test_one_network_after_several_is_one() -> None:
    X, y = load_wine(return_X_y=True)
    clf = MLPClassifier.auto(n_members=2, **QUICK).fit(X, y)
    clf.set_params(n_members=1).fit(X, y)
    assert not hasattr(clf, "members_")


def test_what_excludes_each_other_is_refused(tmp_path) -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.raises(OptionError, match="n_members=1"):
        MLPClassifier.auto(n_members=2, **QUICK).fit(X, y, validation_data=(X, y))
    with pytest.raises(OptionError, match="warm_start"):
        MLPClassifier.auto(n_members=2, warm_start=True, **QUICK).fit(X, y)
    with pytest.raises(OptionError, match="save each of members_"):
        MLPClassifier.auto(n_members=2, **QUICK).fit(X, y).save(tmp_path / "x.pellucid")
    with pytest.raises(DataError, match="one group only"):
        MLPClassifier.auto(n_members=3, **QUICK).fit(X, y, groups=y)


@pytest.mark.slow
def test_the_default_for_tables_needs_no_tuning() -> None:
    X, y = load_diabetes(return_X_y=True)
    A, B, a, b = train_test_split(X, y, random_state=0)
    assert (
        MLPRegressor.auto(random_state=0).fit(A, a).score(B, b) > 0.2
    )  # untuned, overfitting networks are below 0
    X, y = load_wine(return_X_y=True)
    A, B, a, b = train_test_split(X, y, random_state=0, stratify=y)
    assert MLPClassifier.auto(random_state=0).fit(A, a).score(B, b) > 0.95


def test_a_frame_with_categories_and_gaps() -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=80), "town": [f"t{i % 11}" for i in range(80)]})
    frame.loc[::7, "size"] = np.nan
    y = np.where([i % 11 < 5 for i in range(80)], "yes", "no")
    clf = MLPClassifier.auto(n_members=2, **{**QUICK, "max_iter": 40}).fit(frame, y)
    assert clf.score(frame, y) > 0.9
    assert "town" in clf.summary()


def test_whoever_had_not_begun_when_somebody_stopped_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = load_diabetes(return_X_y=True)
    original = members._one_fit

    def stopping(*arguments: Any) -> Any:
        fit, requests = original(*arguments), arguments[-1]

        def one(rows: Any, seed: int) -> Any:
            member = fit(rows, seed)
            requests.__closure__[0].cell_contents.made = True  # as Ctrl-C would
            return member

        return one

    monkeypatch.setattr(members, "_one_fit", stopping)
    model = MLPRegressor.auto(n_members=5, n_threads=1, **QUICK).fit(X, y)
    assert len(model.members_) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": 50}, "consistent numbers of samples"),
        ({"groups": 50}, "consistent numbers of samples"),
        ({"sample_weight": 50}, "consistent numbers of samples"),
        ({"n": 4}, "4 examples for 5 members"),
    ],
)
def test_lengths_that_differ_are_refused(change: dict[str, int], message: str) -> None:
    n = change.get("n", 60)
    X, y = np.random.default_rng(0).normal(size=(n, 3)), np.arange(n) % 2
    given = {name: np.arange(length) % 2 for name, length in change.items() if name not in ("n", "y")}
    with pytest.raises(ValueError, match=message):
        MLPClassifier.auto(**QUICK).fit(X, y[: change.get("y", n)], **given)


def test_labels_that_are_whole_floats_are_classes() -> None:
    y = np.array([0.0] * 20 + [1.0] * 15 + [2.0] * 2)
    assert {35, 36} <= set(member_rows(y, 5, groups=None, seed=1)[0][0])


def test_partial_fit_is_for_one_network() -> None:
    X, y = load_wine(return_X_y=True)
    clf = MLPClassifier.auto(n_members=2, **QUICK).fit(X, y)
    with pytest.raises(OptionError, match="n_members=1"):
        clf.partial_fit(X, y)


@pytest.mark.parametrize(
    "other", [{"normalization": "batch"}, {"input_dropout": 0.5}, {"layers": [Dense(7)]}]
)
def test_the_tangent_parametrization_says_what_it_can_not_take(other: dict[str, Any]) -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.raises(OptionError, match="parametrization='tangent'"):
        MLPClassifier(parametrization="tangent", **other).fit(X, y)


def test_pooled_scores_do_not_saturate() -> None:
    architecture = Architecture.mlp(Input((1,)), [], 1, loss="binary_cross_entropy")
    each = [np.full((1, 1), 18.0, np.float32)] * 3
    assert pooled(architecture, each) == pytest.approx(18, rel=1e-3)
