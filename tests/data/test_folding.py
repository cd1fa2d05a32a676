"""Folds: every row judges once, classes are shared evenly, groups stay together, as in scikit-learn's."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset
from pellucid.data.folding import fold_rows, folds

SEEDS = st.integers(0, 2**64 - 1)


def sizes(found):
    return np.array([len(fold.test) for fold in found])


def class_counts(found, y):
    return np.array([np.bincount(y[fold.test], minlength=y.max() + 1) for fold in found])


def check_cover(found, n, k, repeats=1):
    """Every row judges exactly once in each repeat and teaches in all other folds."""
    assert [(fold.repeat, fold.number) for fold in found] == [
        (repeat, number) for repeat in range(1, repeats + 1) for number in range(1, k + 1)
    ]
    for repeat in range(1, repeats + 1):
        judging = [fold.test for fold in found if fold.repeat == repeat]
        np.testing.assert_array_equal(np.sort(np.concatenate(judging)), np.arange(n))
    for fold in found:
        assert len(fold.test) > 0
        np.testing.assert_array_equal(np.sort(np.concatenate([fold.train, fold.test])), np.arange(n))
        np.testing.assert_array_equal(fold.test, np.sort(fold.test))
        np.testing.assert_array_equal(fold.train, np.sort(fold.train))


@given(n=st.integers(2, 150), k=st.integers(2, 10), repeats=st.integers(1, 3), seed=SEEDS)
def test_every_row_judges_once_in_each_repeat(n, k, repeats, seed):
    assume(n >= k)
    found = fold_rows(n, k=k, repeats=repeats, seed=seed)
    check_cover(found, n, k, repeats)
    assert np.ptp(sizes(found)) <= 1


@given(counts=st.lists(st.integers(5, 40), min_size=1, max_size=6), k=st.integers(2, 5), seed=SEEDS)
def test_no_class_and_no_fold_differs_by_more_than_one_row(counts, k, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    found = fold_rows(len(y), k=k, y=y, seed=seed)
    check_cover(found, len(y), k)
    assert (np.ptp(class_counts(found, y), axis=0) <= 1).all()
    assert np.ptp(sizes(found)) <= 1


@given(counts=st.lists(st.integers(5, 40), min_size=2, max_size=5), k=st.integers(2, 5))
def test_class_counts_are_as_even_as_scikit_learns(counts, k):
    y = np.repeat(np.arange(len(counts)), counts)
    ours = class_counts(fold_rows(len(y), k=k, y=y), y)
    theirs = np.array([np.bincount(y[test]) for _, test in StratifiedKFold(k).split(y, y)])
    np.testing.assert_array_equal(np.sort(ours, axis=0), np.sort(theirs, axis=0))


@given(
    groups=st.lists(st.integers(0, 15), min_size=8, max_size=80),
    classes=st.integers(1, 3),
    k=st.integers(2, 4),
    seed=SEEDS,
)
def test_a_group_is_in_one_fold_only(groups, classes, k, seed):
    groups = np.array(groups)
    assume(len(np.unique(groups)) >= k)
    y = np.arange(len(groups)) % classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of small classes
        found = fold_rows(len(groups), k=k, repeats=2, y=y, groups=groups, seed=seed)
    check_cover(found, len(groups), k, 2)
    for fold in found:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def unevenness(folds_of_rows, y):
    """Mean over classes of the spread between folds, in shares of the class: what scikit-learn keeps low."""
    shares = np.array([np.bincount(y[test], minlength=y.max() + 1) for test in folds_of_rows]) / np.bincount(
        y
    )
    return shares.std(axis=0).mean()


def patients(seed, n_groups, largest):
    """Groups of different sizes, each with a leaning towards one class."""
    rng = np.random.default_rng(seed)
    of_group = [
        rng.choice(3, size=rng.integers(1, largest + 1), p=rng.dirichlet([0.5, 0.4, 0.3]))
        for _ in range(n_groups)
    ]
    groups = np.repeat(np.arange(n_groups), [len(y) for y in of_group])
    return np.concatenate(of_group), groups


def test_grouped_folds_are_about_as_even_as_scikit_learns():
    ours, theirs = [], []
    for seed in range(15):
        y, groups = patients(seed, n_groups=40, largest=20)
        found = fold_rows(len(y), k=5, y=y, groups=groups, seed=seed)
        ours.append(unevenness([fold.test for fold in found], y))
        other = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(y, y, groups)
        theirs.append(unevenness([test for _, test in other], y))
    assert np.mean(ours) < 1.1 * np.mean(theirs)
    assert np.mean(ours) < 0.04  # a fifth is 0.2


def test_groups_of_one_row_are_stratified_almost_as_rows_are():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    found = fold_rows(100, k=5, y=y, groups=np.arange(100))
    assert (np.ptp(class_counts(found, y), axis=0) <= 1).all()


def test_groups_without_classes_make_folds_of_like_size():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(50), rng.integers(1, 12, size=50))
    found = fold_rows(len(groups), k=5, groups=groups)
    assert np.ptp(sizes(found)) <= 4


def test_repeats_differ_and_seeds_decide():
    y = np.arange(60) % 2
    groups = np.repeat(np.arange(20), [1, 2, 3, 4, 5] * 4)
    for options in ({}, {"y": y}, {"groups": groups}, {"y": y, "groups": groups}):
        first = fold_rows(60, repeats=3, seed=4, **options)
        again = fold_rows(60, repeats=3, seed=4, **options)
        other = fold_rows(60, repeats=3, seed=5, **options)
        assert [f.test.tolist() for f in first] == [f.test.tolist() for f in again]
        assert [f.test.tolist() for f in first] != [f.test.tolist() for f in other]
        judging = {repeat: {tuple(f.test) for f in first if f.repeat == repeat} for repeat in (1, 2, 3)}
        assert judging[1] != judging[2] != judging[3]


def test_more_repeats_leave_the_first_as_it_is():
    one, three = fold_rows(30, repeats=1, seed=9), fold_rows(30, repeats=3, seed=9)
    assert [f.test.tolist() for f in one] == [f.test.tolist() for f in three[:5]]


def test_every_pair_of_rows_is_apart_as_often_as_chance_has_it():
    together = np.zeros((12, 12))
    for fold in fold_rows(12, k=3, repeats=400):
        together[np.ix_(fold.test, fold.test)] += 1
    pairs = together[~np.eye(12, dtype=bool)] / 400
    assert np.abs(pairs - 3 / 11).max() < 0.12  # four of twelve: each row shares its fold with 3 of 11


def test_a_small_class_is_warned_of_by_name():
    y = np.array(["ill"] * 3 + ["well"] * 17)
    with pytest.warns(UserWarning, match=r"fewer rows than the 5 folds: ill \(3\)"):
        found = fold_rows(20, y=y)
    check_cover(found, 20, 5)
    assert sorted((y[fold.test] == "ill").sum() for fold in found) == [0, 0, 1, 1, 1]


def test_a_dataset_names_its_small_classes():
    data = Dataset(np.eye(10), np.array([0] * 8 + [1] * 2), classes=("common", "rare"))
    with pytest.warns(UserWarning, match=r"rare \(2\)"):
        assert len(list(folds(data, k=4))) == 4


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(DataError, match=r"too few groups \(3\) for 5 folds; ask for at most 3"):
        fold_rows(30, groups=np.arange(30) % 3)


def test_fewer_rows_than_folds_are_refused():
    with pytest.raises(DataError, match=r"too few rows \(4\) for 5 folds"):
        fold_rows(4)


@pytest.mark.parametrize("k", [1, 0, -2, 2.5, "5", True, None])
def test_a_k_that_is_no_number_of_folds_is_refused(k):
    with pytest.raises(OptionError, match="k is"):
        fold_rows(10, k=k)
    with pytest.raises(OptionError, match="repeats is"):
        fold_rows(10, repeats=k if k != 1 else 0)


def test_answers_and_groups_must_be_as_many_as_rows():
    with pytest.raises(ShapeError, match="y has shape"):
        fold_rows(10, y=np.zeros(9))
    with pytest.raises(ShapeError, match="groups has shape"):
        fold_rows(10, groups=np.zeros(11))


def test_folds_of_a_dataset_keep_groups_and_classes():
    groups = np.repeat(np.arange(10), 4)
    data = Dataset(np.arange(40.0)[:, None], groups % 2, classes=("a", "b"), groups=groups)
    judged = []
    for parts in folds(data, k=5, seed=1):
        assert not set(parts.train.groups) & set(parts.test.groups)
        assert parts.test.class_counts.tolist() == [4, 4]
        judged += parts.test.X[:, 0].tolist()
    assert sorted(judged) == list(range(40))


def test_folds_of_numbers_to_predict():
    data = Dataset(np.arange(11.0)[:, None], np.linspace(0, 1, 11))
    assert [len(parts.test) for parts in folds(data, k=3, repeats=2)] == [4, 4, 3] * 2


def test_folds_of_a_dataset_are_those_of_its_rows():
    y = np.arange(30) % 3
    data = Dataset(np.arange(30.0)[:, None], y, classes=("zebra", "ape", "mole"))  # not in alphabetical order
    ours = [parts.test.X[:, 0].astype(int).tolist() for parts in folds(data, k=4, seed=2)]
    assert ours == [fold.test.tolist() for fold in fold_rows(30, k=4, y=y, seed=2)]
