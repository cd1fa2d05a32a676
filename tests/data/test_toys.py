import numpy as np
import pytest

from pellucid.basics.errors import OptionError
from pellucid.data import toys

MAKERS = (
    toys.two_moons,
    toys.circles,
    toys.rings,
    toys.xor,
    toys.gaussians,
    toys.spirals,
    toys.checkerboard,
    toys.sine,
)
every_maker = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@every_maker
def test_500_examples_half_and_half(make):
    parts = make()
    assert len(parts.train) == len(parts.test) == 250
    assert parts.train.X.dtype == np.float64
    assert parts.train.names == (("x",) if make is toys.sine else ("x1", "x2"))


@every_maker
@pytest.mark.parametrize("n", [8, 9, 101])
def test_any_size(make, n):
    parts = make(n=n)
    assert (len(parts.train), len(parts.test)) == (n // 2, n - n // 2)


@every_maker
def test_classes_are_balanced_in_both_parts(make):
    for part in (make().train, make().test):
        if part.is_classification:
            assert np.ptp(part.class_counts) <= 1


@every_maker
def test_a_seed_is_a_set(make):
    first, again, other = make(seed=1, noise=0.1), make(seed=1, noise=0.1), make(seed=2, noise=0.1)
    np.testing.assert_array_equal(first.train.X, again.train.X)
    np.testing.assert_array_equal(first.test.y, again.test.y)
    assert not np.array_equal(first.train.X, other.train.X)


@every_maker
def test_the_parts_differ(make):
    parts = make()
    assert not {row.tobytes() for row in parts.train.X} & {row.tobytes() for row in parts.test.X}


@every_maker
def test_noise_has_the_spread_that_was_asked(make):
    clean, noisy = make(n=4000, noise=0.0), make(n=4000, noise=0.3)
    letter = "y" if make is toys.sine else "X"
    shift = getattr(noisy.train, letter) - getattr(clean.train, letter)
    assert shift.std() == pytest.approx(0.3, rel=0.05)
    assert abs(shift.mean()) < 0.03


@every_maker
@pytest.mark.parametrize(
    "options",
    [{"n": 0}, {"n": -5}, {"n": 2.5}, {"n": True}, {"noise": -0.1}, {"noise": float("nan")}, {"seed": -1}],
    ids=str,
)
def test_arguments_out_of_range_are_refused(make, options):
    with pytest.raises(OptionError):
        make(**options)


@pytest.mark.parametrize("make", [toys.rings, toys.spirals, toys.gaussians])
@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_as_many_classes_as_asked(make, n_classes):
    train = make(n=20 * n_classes, n_classes=n_classes).train
    assert train.class_counts.tolist() == [10] * n_classes


@pytest.mark.parametrize("make", [toys.rings, toys.spirals, toys.gaussians])
@pytest.mark.parametrize("n_classes", [0, 1, -2, 2.0, True])
def test_less_than_two_classes_are_refused(make, n_classes):
    with pytest.raises(OptionError, match="n_classes"):
        make(n_classes=n_classes)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (toys.circles, {"factor": 0.0}),
        (toys.circles, {"factor": 1.0}),
        (toys.checkerboard, {"cells": 1}),
        (toys.spirals, {"turns": float("inf")}),
    ],
)
def test_shapes_out_of_range_are_refused(make, options):
    with pytest.raises(OptionError):
        make(**options)


def test_moons_lie_on_their_half_circles():
    train = toys.two_moons(noise=0.0).train
    upper, lower = train.X[train.y == 0], train.X[train.y == 1]
    np.testing.assert_allclose(np.linalg.norm(upper, axis=1), 1.0)
    np.testing.assert_allclose(np.linalg.norm(lower - (1.0, 0.5), axis=1), 1.0)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


def test_xor_is_the_sign_of_the_product():
    train = toys.xor(noise=0.0).train
    np.testing.assert_array_equal(train.y, train.X.prod(axis=1) < 0)


@pytest.mark.parametrize("cells", [2, 3, 4, 5])
def test_a_square_of_the_board_has_one_color(cells):
    train = toys.checkerboard(n=2000, cells=cells).train
    column, row = np.floor((train.X + 1) / 2 * cells).astype(int).T
    np.testing.assert_array_equal((column + row) % 2, train.y)
    assert len({*zip(column.tolist(), row.tolist(), strict=True)}) == cells**2


def test_spirals_wind_outwards():
    train = toys.spirals(noise=0.0, n_classes=3, turns=2.0).train
    r = np.linalg.norm(train.X, axis=1)
    angle = np.arctan2(train.X[:, 1], train.X[:, 0]) - 2 * np.pi * (2.0 * r + train.y / 3)
    np.testing.assert_allclose(np.cos(angle), 1.0, atol=1e-12)
    assert r.min() >= 0.1
    assert r.max() <= 1.0


def test_sine_is_a_regression_of_one_feature():
    train = toys.sine(noise=0.0).train
    assert not train.is_classification
    np.testing.assert_allclose(train.y, np.sin(train.X[:, 0]))
    assert np.abs(train.X).max() <= np.pi


def test_four_people_are_those_of_the_tutorial():
    parts = toys.four_people()
    assert parts.test is None
    assert parts.train.X.tolist() == [[-2, -1], [25, 6], [17, 4], [-15, -6]]
    assert [parts.train.classes[c] for c in parts.train.y] == ["F", "M", "M", "F"]


def test_T01_a_set_is_pairs_of_example_and_label():
    train = toys.two_moons().train
    pairs = list(zip(train.X, train.y, strict=True))
    assert len(pairs) == len(train) == 250
    assert all(x.shape == (2,) and y in (0, 1) for x, y in pairs)
