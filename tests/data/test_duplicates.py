"""Examples on two sides: found as brute force finds them, and not where chance alone puts rows side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist

import pellucid.data
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.duplicates import (
    NEAR,
    check_groups,
    shared_between_parts,
    shared_examples,
    shared_groups,
)
from pellucid.data.splits import split


def rows(X, **more):
    return Dataset(np.asarray(X), np.zeros(len(X)), **more)


def normal(n, d, seed):
    return np.random.default_rng(seed).normal(size=(n, d))


def pictures(n, seed, side=16):
    """Smooth blobs, so that pixels hang together as in real pictures."""
    rng = np.random.default_rng(seed)
    u = np.arange(side)
    centers, widths = rng.uniform(3, side - 3, (n, 2, 3)), rng.uniform(1.5, 4, (n, 3))
    waves = [
        np.exp(-((u - c[0, j])[:, None] ** 2 + (u - c[1, j]) ** 2) / w[j] ** 2)
        for c, w in zip(centers, widths, strict=True)
        for j in range(3)
    ]
    blobs = np.reshape(waves, (n, 3, side * side)).max(axis=1)
    return (255 * blobs).round().astype(np.uint8)


def test_equal_rows_are_found_with_their_twin():
    A = normal(200, 5, seed=0)
    B = np.vstack([A[17], normal(3, 5, seed=1), A[3]])
    found = shared_examples(rows(A), rows(B))
    assert (found.rows.tolist(), found.twins.tolist(), found.equal.all()) == ([0, 4], [17, 3], True)
    assert (found.n, found.n_shared, found.n_equal) == (5, 2, 2)


def test_the_first_of_several_equal_rows_is_the_twin():
    A = np.repeat(normal(10, 3, seed=0), 3, axis=0)
    assert shared_examples(rows(A), rows(A[[5, 29]])).twins.tolist() == [3, 27]


def test_equal_is_by_value_whatever_the_dtype():
    A = np.array([[0.0, 1.0], [-0.0, 2.0]])
    B = np.array([[0, 2], [0, 1]], dtype=np.uint8)
    assert shared_examples(rows(A), rows(B), tolerance=0).twins.tolist() == [1, 0]


@pytest.mark.parametrize("d", [3, 8, 40])
def test_near_rows_are_those_that_brute_force_finds(d):
    rng = np.random.default_rng(d)
    A, B = normal(600, d, seed=1) * rng.uniform(0.1, 10, d), normal(60, d, seed=2)
    spread = A.std(axis=0)
    B = B * spread
    for i, size in enumerate(np.geomspace(1e-6, 1, 30)):  # from hardly moved to far away
        B[i] = A[7 * i] + size * spread * rng.normal(size=d)
    found = shared_examples(rows(A), rows(B))
    distances = cdist(B / spread, A / spread)
    assert found.twins.tolist() == distances.argmin(axis=1)[found.rows].tolist()
    taken, nearest = distances.min(axis=1)[found.rows], np.delete(distances.min(axis=1), found.rows)
    assert len(taken) >= 10
    assert taken.max() < nearest.min()  # one distance parts near rows from others
    assert taken.max() <= NEAR * np.median(pdist(A / spread)) * 1.05


def test_near_pictures_are_those_that_brute_force_finds():
    A, B = pictures(800, seed=1), pictures(100, seed=2)
    rng = np.random.default_rng(3)
    for i, noise in enumerate(np.linspace(0, 40, 50)):
        B[i] = np.clip(A[3 * i] + rng.normal(scale=noise, size=256), 0, 255).round()
    input = Input.picture(16, 16)
    found = shared_examples(rows(A, input=input), rows(B, input=input))
    distances = cdist(B.astype(float), A.astype(float))
    near = distances.min(axis=1) <= NEAR * np.median(pdist(A[:1024].astype(float)))
    assert 5 <= near.sum() < 50
    assert abs(found.n_shared - near.sum()) <= 1  # the median is taken from a sample
    assert found.twins.tolist() == distances.argmin(axis=1)[found.rows].tolist()


def test_a_picture_saved_again_is_near_and_another_is_not():
    A = pictures(300, seed=1)
    again = np.clip(A[:40].astype(int) + np.random.default_rng(0).integers(-2, 3, (40, 256)), 0, 255)
    B = np.vstack([again.astype(np.uint8), pictures(60, seed=5)])
    input = Input.picture(16, 16)
    found = shared_examples(rows(A, input=input), rows(B, input=input))
    assert found.rows.tolist() == list(range(40))
    assert found.twins.tolist() == list(range(40))


@pytest.mark.parametrize("d", [1, 2, 3, 5, 20])
def test_independent_rows_are_seldom_taken_for_twins(d):
    found = shared_examples(rows(normal(3000, d, seed=0)), rows(normal(3000, d, seed=1)))
    assert found.n_shared <= 15  # one in a thousand is what is allowed for, in the mean


@pytest.mark.parametrize("d", [2, 5, 20])
def test_copies_with_a_little_noise_are_found_even_if_every_row_has_one(d):
    A = normal(1000, d, seed=0)
    copies = A + 1e-5 * normal(1000, d, seed=1)
    first, second = rows(np.vstack([A, A + 1e-5 * normal(1000, d, seed=2)])), rows(copies)
    found = shared_examples(first, second)
    assert found.n_shared == 1000
    assert (found.twins % 1000 == np.arange(1000)).mean() > 0.99


def test_rows_that_repeat_by_nature_are_compared_for_equality_only():
    codes = np.random.default_rng(0).integers(0, 3, size=(500, 2)).astype(float)
    found = shared_examples(rows(codes), rows(codes[:20] + 1e-9))
    assert found.n_shared == 0


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_handful_of_rows_is_no_trouble(n):
    A = normal(n, 4, seed=0)
    found = shared_examples(rows(A), rows(np.vstack([A, A + 10])))
    assert found.rows.tolist() == list(range(n))


def test_empty_parts_share_nothing():
    A = rows(normal(5, 2, seed=0))
    assert not shared_examples(A, A.take(slice(0, 0)))
    assert not shared_examples(A.take(slice(0, 0)), A)


def test_constant_features_and_absurd_numbers_are_no_trouble():
    A = normal(50, 3, seed=0)
    A[:, 1] = 7
    found = shared_examples(rows(A), rows(A[:4] + np.array([1e-7, 0, 0])))
    assert found.twins.tolist() == [0, 1, 2, 3]
    A[0, 2] = 1e300
    assert shared_examples(rows(A), rows(A[:4])).n_equal == 4


def test_tolerance_zero_finds_equal_rows_only():
    A = normal(100, 6, seed=0)
    B = np.vstack([A[4], A[5] + 1e-9])
    assert shared_examples(rows(A), rows(B), tolerance=0).rows.tolist() == [0]
    assert shared_examples(rows(A), rows(B)).rows.tolist() == [0, 1]


def test_twins_of_another_class_are_counted():
    X = normal(6, 3, seed=0)
    first = Dataset(X, np.array([0, 1, 0, 1, 0, 1]), classes=("a", "b"))
    second = Dataset(X, np.array([0, 1, 1, 0, 0, 1]), classes=("a", "b"))
    assert shared_examples(first, second).contradictions == 2
    renamed = Dataset(X, np.array([1, 0, 1, 0, 1, 0]), classes=("b", "a"))
    assert shared_examples(first, renamed).contradictions == 0


def test_the_warning_is_one_line_with_counts_examples_and_advice():
    A = normal(100, 6, seed=0)
    B = np.vstack([A[40], A[50] + 1e-6, normal(8, 6, seed=1)])
    warning = shared_examples(rows(A), rows(B)).warning
    assert warning.startswith("2 of 10 test rows are (nearly) the same as training rows (0 = 40, 1 ≈ 50), so")
    assert "give groups" in warning
    assert "\n" not in warning
    assert "1 of 1 test rows is the same as" in shared_examples(rows(A), rows(A[:1])).warning
    assert "is nearly the same as" in shared_examples(rows(A), rows(A[:1] + 1e-7)).warning
    assert ", …)" in shared_examples(rows(A), rows(A[:4])).warning
    nothing = shared_examples(rows(A), rows(normal(5, 6, seed=2)))
    assert (nothing.warning, bool(nothing)) == ("", False)


def test_rows_of_few_values_are_expected_to_repeat_and_the_warning_says_so():
    codes = np.random.default_rng(0).integers(0, 3, size=(200, 2)).astype(float)
    assert "equal rows are natural" in shared_examples(rows(codes[:150]), rows(codes[150:])).warning
    A = normal(100, 6, seed=0)
    few = shared_examples(rows(A), rows(np.vstack([A[:5], normal(5, 6, seed=1)])))
    assert "natural" not in few.warning


def test_groups_on_two_sides_are_told_and_refused():
    first, second = (
        Dataset(normal(4, 3, seed), np.zeros(4), groups=np.array(names))
        for seed, names in ((0, ["p1", "p1", "p2", "p3"]), (1, ["p3", "p4", "p2", "p2"]))
    )
    assert shared_groups(first, second) == ("p2", "p3")
    found = shared_examples(first, second)
    assert (found.n_shared, bool(found)) == (0, True)
    assert found.warning == "2 groups stand in both training and test rows (p2, p3); split by group."
    with pytest.raises(
        DataError, match=r"2 of the groups stand in both training and validation rows: p2, p3\."
    ):
        check_groups(first, second, ("training", "validation"))
    check_groups(first, second.take([1]))
    check_groups(first, rows(normal(4, 3, 2)))


def test_parts_of_other_widths_are_refused():
    with pytest.raises(ShapeError, match="3 features, the test rows 4"):
        shared_examples(rows(normal(5, 3, 0)), rows(normal(5, 4, 0)))


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, float("nan"), "0.1", True, None])
def test_a_tolerance_out_of_range_is_refused(tolerance):
    with pytest.raises(OptionError, match="tolerance is"):
        shared_examples(rows(np.eye(3)), rows(np.eye(3)), tolerance=tolerance)


def test_all_three_parts_are_compared():
    X = normal(30, 5, seed=0)
    parts = Splits(rows(X[:10]), validation=rows(X[9:20]), test=rows(X[19:]))
    assert [record.names for record in shared_between_parts(parts)] == [
        ("training", "validation"),
        ("validation", "test"),
    ]


def test_split_warns_when_asked_to_check():
    X = np.repeat(normal(40, 5, seed=0), 2, axis=0)  # two pictures of every patient
    with pytest.warns(UserWarning, match=r"of 16 test rows are the same as training rows .*give groups"):
        split(rows(X), check=True)
    split(rows(X))
    split(rows(X, groups=np.arange(80) // 2), check=True)  # warnings are errors


@given(st.integers(0, 2**32))
def test_what_is_found_is_a_pair_of_like_rows(seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(rng.integers(3, 60), rng.integers(1, 6))).round(int(rng.integers(0, 3)))
    B = A[rng.integers(0, len(A), 5)] + rng.choice([0, 1e-9, 1e-3, 1], size=(5, 1))
    found = shared_examples(rows(A), rows(B))
    equal = (A[found.twins] == B[found.rows]).all(axis=1)
    np.testing.assert_array_equal(found.equal, equal)
    missed = np.delete(np.arange(5), found.rows)
    assert not (A[None] == B[missed][:, None]).all(axis=2).any()


@pytest.mark.network
def test_mnist_shares_nothing_but_fashion_has_twins():
    digits, clothes = pellucid.data.mnist(), pellucid.data.fashion_mnist()
    assert not shared_examples(digits.train, digits.test)
    found = shared_examples(clothes.train, clothes.test)
    assert (found.n_shared, found.n_equal) == (6, 0)
