import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import pellucid.data
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset
from pellucid.data.splits import split, split_rows

SHARES = st.floats(0, 0.6)


def parts_of(rows):
    return rows.train, rows.validation, rows.test


@given(n=st.integers(3, 200), test=SHARES, validation=SHARES, seed=st.integers(0, 2**64 - 1))
def test_parts_are_sorted_disjoint_and_cover_all(n, test, validation, seed):
    assume(test + validation < 0.95)
    rows = split_rows(n, test=test, validation=validation, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts_of(rows))), np.arange(n))
    for part in parts_of(rows):
        np.testing.assert_array_equal(part, np.sort(part))
    most = n - 1 - (validation > 0)  # a handful of rows: every part gets one
    assert len(rows.test) == (min(most, max(1, round(n * test))) if test > 0 else 0)
    assert len(rows.train) >= 1
    assert (len(rows.validation) > 0) == (validation > 0)


@given(
    sizes=st.lists(st.integers(3, 60), min_size=1, max_size=6),
    test=st.floats(0.1, 0.4),
    validation=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 1000),
)
def test_each_class_keeps_its_share_within_one_row(sizes, test, validation, seed):
    y = np.repeat(np.arange(len(sizes)), sizes)
    rows = split_rows(len(y), test=test, validation=validation, y=y, seed=seed)
    for share, part in ((test, rows.test), (validation, rows.validation)):
        counts = np.bincount(y[part], minlength=len(sizes))
        assert (np.abs(counts - share * np.array(sizes)) <= 1).all()
    assert (np.bincount(y[rows.train], minlength=len(sizes)) >= 1).all()


@given(
    groups=st.lists(st.integers(0, 12), min_size=6, max_size=80),
    classes=st.integers(1, 3),
    test=st.floats(0.05, 0.4),
    validation=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 1000),
)
def test_a_group_is_never_on_two_sides(groups, classes, test, validation, seed):
    groups = np.array(groups)
    assume(len(np.unique(groups)) >= 3)
    y = np.arange(len(groups)) % classes
    rows = split_rows(len(groups), test=test, validation=validation, y=y, groups=groups, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts_of(rows))), np.arange(len(groups)))
    train, inner, outer = (set(groups[part].tolist()) for part in parts_of(rows))
    assert not train & outer
    assert not train & inner
    assert not inner & outer
    assert train
    assert outer
    assert bool(inner) == (validation > 0)


def test_shares_of_many_small_groups_are_near_what_was_asked():
    groups = np.repeat(np.arange(100), 5)
    y = groups % 2  # a patient is ill or not
    rows = split_rows(500, test=0.2, validation=0.1, y=y, groups=groups, seed=3)
    assert abs(len(rows.test) - 100) <= 10
    assert abs(len(rows.validation) - 50) <= 10
    assert abs(y[rows.test].mean() - 0.5) <= 0.1


@given(st.integers(0, 2**64 - 1))
def test_the_same_seed_gives_the_same_split(seed):
    y = np.arange(40) % 3
    for first, second in zip(
        parts_of(split_rows(40, validation=0.1, y=y, seed=seed)),
        parts_of(split_rows(40, validation=0.1, y=y, seed=seed)),
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)


def test_another_seed_gives_another_split():
    splits = {tuple(split_rows(100, seed=seed).test.tolist()) for seed in range(20)}
    assert len(splits) == 20


def test_groups_are_drawn_by_seed_too():
    groups = np.repeat(np.arange(20), [1, 2, 3, 4, 5] * 4)
    splits = {tuple(split_rows(60, groups=groups, seed=seed).test.tolist()) for seed in range(20)}
    assert len(splits) > 15


def test_every_row_gets_its_turn_in_the_test_part():
    counts = np.zeros(20)
    for seed in range(400):
        counts[split_rows(20, test=0.25, seed=seed).test] += 1
    assert (np.abs(counts - 100) < 5 * np.sqrt(400 * 0.25 * 0.75)).all()


def test_a_class_of_one_row_goes_to_training():
    y = np.array([0] * 10 + [1])
    for seed in range(10):
        assert 10 in split_rows(11, test=0.4, validation=0.3, y=y, seed=seed).train


def test_classes_may_be_words_and_numbers_of_any_kind():
    words = np.array(["yes", "no"] * 10)
    numbers = np.array([-3, 7] * 10)
    for y in (words, numbers, words.tolist()):
        rows = split_rows(20, test=0.5, y=y)
        assert (np.asarray(y)[rows.test] == np.asarray(y)[0]).sum() == 5


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5, float("nan"), float("inf"), "0.2", True, None])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(OptionError, match="expected a share"):
        split_rows(10, test=share)
    with pytest.raises(OptionError, match="validation is"):
        split_rows(10, validation=share)


def test_shares_that_leave_nothing_for_training_are_refused():
    with pytest.raises(OptionError, match="nothing for training"):
        split_rows(10, test=0.5, validation=0.5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_rows_than_parts_are_refused(n):
    with pytest.raises(DataError, match="too few rows"):
        split_rows(n, test=0.2, validation=0.2)


def test_fewer_groups_than_parts_are_refused():
    with pytest.raises(DataError, match=r"too few groups .2. for 3 parts"):
        split_rows(10, test=0.2, validation=0.2, groups=np.arange(10) % 2)


def test_classes_that_are_all_single_rows_are_refused():
    with pytest.raises(DataError, match="test part"):
        split_rows(10, y=np.arange(10))


def test_y_of_another_length_is_refused():
    with pytest.raises(ShapeError, match="y has shape"):
        split_rows(10, y=np.zeros(9))


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(OptionError, match="seed"):
        split_rows(10, seed=seed)


def test_a_dataset_keeps_its_groups_together():
    groups = np.repeat(np.arange(10), 4)
    data = Dataset(np.arange(40.0)[:, None], groups % 2, classes=("a", "b"), groups=groups)
    parts = split(data, test=0.3, validation=0.2, seed=1)
    sides = [set(part.groups.tolist()) for part in (parts.train, parts.test, parts.validation)]
    assert sum(map(len, sides)) == 10
    assert set.union(*sides) == set(range(10))


def test_numbers_to_predict_are_split_too():
    data = Dataset(np.arange(10.0)[:, None], np.linspace(0, 1, 10))
    parts = split(data, test=0.3)
    assert (len(parts.train), len(parts.test), parts.validation) == (7, 3, None)


def test_a_share_of_zero_gives_no_part():
    parts = split(Dataset(np.arange(10.0)[:, None], np.linspace(0, 1, 10)), test=0.0)
    assert parts.test is None
    assert len(parts.train) == 10


@pytest.mark.parametrize("name", ["digits8x8", "two-moons", "checkerboard", "spirals"])
def test_T03_train_and_test_share_no_row(name):
    parts = pellucid.data.load(name, validation=0.2)
    train, test, validation = (
        {row.tobytes() for row in part.X} for part in (parts.train, parts.test, parts.validation)
    )
    assert train
    assert not train & test
    assert not train & validation
    assert not validation & test


@pytest.mark.network
def test_T03_train_and_test_share_no_row_of_mnist():
    parts = pellucid.data.mnist()
    train, test = ({row.tobytes() for row in part.X} for part in (parts.train, parts.test))
    assert len(train) == 60_000
    assert not train & test
