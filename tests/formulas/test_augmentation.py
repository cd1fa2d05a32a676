"""Augmentation: what is drawn, where pixels come from (against SciPy and against plain loops), and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, stats

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.formulas.augmentation import (
    GRID,
    Augmentation,
    Transforms,
    augmented,
    augmented_examples,
    draw_transforms,
)

SHAPE = (28, 21)
MIDDLE = (np.array(SHAPE) - 1) / 2
EVERYTHING = Augmentation(shift=3, rotation=25, scale=0.3, shear=0.2, elastic=1.5)
KINDS = {"shift": 3, "rotation": 25, "scale": 0.3, "shear": 0.2, "elastic": 1.5}
NOTHING = Transforms(np.array([[1.0, 0, 0, 0, 1, 0]]), np.zeros((1, 2, GRID, GRID)))


def drawn(augmentation: Augmentation, n: int = 5, *, seed: int = 0, epoch: int = 0) -> Transforms:
    return draw_transforms(augmentation, SHAPE, seed=seed, epoch=epoch, rows=np.arange(n))


def noise(n: int, shape: tuple[int, int] = SHAPE, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 1, (n, *shape)).astype(dtype)


def blob(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """A smooth spot that is far from every edge."""
    y, x = np.indices(shape)
    return np.exp(-((y - MIDDLE[0] - 2) ** 2 + 2 * (x - MIDDLE[1] + 1) ** 2) / 8)[None]


def center(picture: np.ndarray) -> np.ndarray:
    """Row and column of the centre of mass."""
    return np.array(ndimage.center_of_mass(picture))


def matrices(transforms: Transforms) -> np.ndarray:
    """The 2 × 2 part, as (n, 2, 2) in float64."""
    return transforms.affine.reshape(-1, 2, 3)[:, :, :2].astype(np.float64)


# --- the pictures: SciPy and loops as witnesses ---


@pytest.mark.parametrize("shape", [(28, 21), (5, 9), (1, 7), (7, 1), (1, 1), (2, 2)])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "elastic"])
def test_affine_transforms_agree_with_scipy(kind, shape):
    pictures = noise(6, shape)
    transforms = draw_transforms(Augmentation(**{kind: KINDS[kind]}), shape, seed=1, epoch=0, rows=range(6))
    new = augmented(pictures, transforms)
    for picture, affine, got in zip(pictures, transforms.affine.astype(np.float64), new, strict=True):
        matrix = affine.reshape(2, 3)
        expected = ndimage.affine_transform(
            picture, matrix[:, :2], matrix[:, 2], order=1, mode="grid-constant", cval=0
        )
        assert got == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("shape", [(28, 21), (6, 5), (1, 9)])
def test_elastic_transforms_agree_with_scipy(shape, dtype, tolerance):
    pictures = noise(70, shape)
    transforms = draw_transforms(EVERYTHING, shape, seed=2, epoch=3, rows=range(70))
    new = augmented(pictures.astype(dtype), transforms)
    assert new.dtype == dtype
    indices = np.indices(shape, dtype=np.float64)
    among = [index * (GRID - 1) / max(side - 1, 1) for index, side in zip(indices, shape, strict=True)]
    for number, picture in enumerate(pictures):
        matrix = transforms.affine[number].astype(np.float64).reshape(2, 3)
        positions = np.tensordot(matrix[:, :2], indices, 1) + matrix[:, 2, None, None]
        for axis in range(2):
            moves = transforms.displacement[number, axis].astype(np.float64)
            positions[axis] += ndimage.map_coordinates(moves, among, order=1, mode="nearest")
        expected = ndimage.map_coordinates(picture, positions, order=1, mode="grid-constant", cval=0)
        assert np.abs(new[number] - expected).max() <= tolerance


def looped(picture, affine, displacement):
    """The formula of the docstring, pixel by pixel, each operation in the picture's dtype."""
    rows, columns = picture.shape
    number = picture.dtype.type
    one, g = number(1), displacement.shape[-1]
    a, b, t, a_, b_, t_ = affine.astype(number)

    def linear(value, i, j, u, v):
        upper = (one - v) * value(i, j) + v * value(i, j + 1)
        lower = (one - v) * value(i + 1, j) + v * value(i + 1, j + 1)
        return (one - u) * upper + u * lower

    def among(index, side):
        position = index * (g - 1) / max(side - 1, 1)
        before = min(int(position), g - 2)
        return before, number(position - before)

    def pixel(i, j):
        return picture[i, j] if 0 <= i < rows and 0 <= j < columns else number(0)

    new = np.empty_like(picture)
    for r in range(rows):
        for c in range(columns):
            (k, u), (m, v) = among(r, rows), among(c, columns)
            y = (a * number(r) + t) + b * number(c)
            x = (a_ * number(r) + t_) + b_ * number(c)
            y += linear(lambda i, j: number(displacement[0, i, j]), k, m, u, v)
            x += linear(lambda i, j: number(displacement[1, i, j]), k, m, u, v)
            i, j = math.floor(y), math.floor(x)
            new[r, c] = linear(pixel, i, j, y - number(i), x - number(j))
    return new


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(3))
def test_a_plain_loop_over_pixels_gives_the_same_bits(seed, dtype):
    pictures = noise(4, (9, 6), dtype)
    transforms = draw_transforms(EVERYTHING, (9, 6), seed=seed, epoch=0, rows=range(4))
    new = augmented(pictures, transforms)
    for number, picture in enumerate(pictures):
        expected = looped(picture, transforms.affine[number], transforms.displacement[number])
        assert new[number].tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_change_gives_back_the_very_picture(dtype):
    transforms = drawn(Augmentation(), 3)
    assert transforms.affine.tolist() == [[1, 0, 0, 0, 1, 0]] * 3
    assert not transforms.displacement.any()
    pictures = noise(3, dtype=dtype)
    assert augmented(pictures, transforms).tobytes() == pictures.tobytes()


def test_whole_pixels_are_moved_exactly_and_the_background_comes_in():
    picture = noise(1)
    affine = np.array([[1.0, 0, -3, 0, 1, 2]])  # three down, two to the left
    new = augmented(picture, Transforms(affine, NOTHING.displacement))[0]
    assert new[3:, :-2].tolist() == picture[0, :-3, 2:].tolist()
    assert not new[:3].any()
    assert not new[:, -2:].any()


@pytest.mark.parametrize("far", [-1000.0, -28.0, 28.0, 29.5, 1e9])
@pytest.mark.parametrize("which", [2, 5])
def test_far_outside_all_is_background(far, which):
    affine = NOTHING.affine.copy()
    affine[0, which] = far
    assert not augmented(noise(1), Transforms(affine, NOTHING.displacement)).any()


def test_pictures_do_not_leak_into_their_neighbors():
    pictures = noise(3)
    pictures[1] = 0
    assert not augmented(pictures, drawn(EVERYTHING, 3))[1].any()


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 130])
def test_a_picture_is_the_same_in_any_company(n):
    pictures, transforms = noise(n), drawn(EVERYTHING, n)
    together = augmented(pictures, transforms)
    assert together.shape == pictures.shape
    for number in range(n):
        alone = Transforms(transforms.affine[number, None], transforms.displacement[number, None])
        assert augmented(pictures[number, None], alone)[0].tobytes() == together[number].tobytes()


def test_values_stay_between_background_and_the_largest():
    new = augmented(noise(50, dtype="float32"), drawn(EVERYTHING, 50))
    assert new.min() >= 0
    assert new.max() <= np.nextafter(np.float32(1), np.float32(2))


def test_a_small_rotation_keeps_mass_and_turns_counterclockwise():
    picture = blob()
    angle = math.radians(8)
    cos, sin = math.cos(angle), math.sin(angle)
    inverse = np.array([[cos, sin], [-sin, cos]])
    affine = np.column_stack([inverse, MIDDLE - inverse @ MIDDLE]).reshape(1, 6)
    new = augmented(picture, Transforms(affine, NOTHING.displacement))
    assert new.sum() == pytest.approx(picture.sum(), rel=1e-3)
    before, after = center(picture[0]) - MIDDLE, center(new[0]) - MIDDLE
    polar = [math.atan2(-row, column) for row, column in (before, after)]  # rows go down
    assert polar[1] - polar[0] == pytest.approx(angle, abs=1e-3)
    assert np.hypot(*after) == pytest.approx(np.hypot(*before), rel=1e-3)


@pytest.mark.parametrize("stored", ["uint8", "float64"])
def test_examples_are_their_pictures_in_any_order(stored):
    X = (255 * noise(6)).astype(stored).reshape(6, -1)
    place = {"seed": 3, "epoch": 4, "dtype": "float32"}
    whole = augmented_examples(X, SHAPE, EVERYTHING, rows=range(6), **place)
    transforms = draw_transforms(EVERYTHING, SHAPE, seed=3, epoch=4, rows=range(6))
    pictures = augmented(X.reshape(6, *SHAPE).astype(np.float32), transforms)
    assert whole.shape == X.shape
    assert whole.tobytes() == pictures.tobytes()
    rows = np.array([5, 0, 3])
    some = augmented_examples(X[rows], SHAPE, EVERYTHING, rows=rows, **place)
    assert some.tobytes() == whole[rows].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_all_channels_of_a_picture_move_together(channels, dtype):
    pictures = np.random.default_rng(1).uniform(0, 1, (4, *SHAPE, channels)).astype(dtype)
    transforms = drawn(EVERYTHING, 4)
    new = augmented(pictures, transforms)
    assert new.shape == pictures.shape
    for channel in range(channels):
        alone = augmented(np.ascontiguousarray(pictures[..., channel]), transforms)
        assert new[..., channel].tobytes() == alone.tobytes()


@pytest.mark.parametrize("stored", ["uint8", "uint16", "float64"])
def test_examples_with_channels_are_their_pictures(stored):
    pictures = (255 * np.random.default_rng(1).uniform(0, 1, (6, *SHAPE, 3))).astype(stored)
    place = {"seed": 3, "epoch": 4, "rows": range(6)}
    seen = augmented_examples(
        pictures.reshape(6, -1), (*SHAPE, 3), EVERYTHING, dtype="float32", **place
    ).reshape(6, *SHAPE, 3)
    expected = augmented(pictures.astype(np.float32), draw_transforms(EVERYTHING, SHAPE, **place))
    assert seen.tobytes() == expected.tobytes()


# --- the draws ---


def test_a_transform_depends_on_seed_epoch_and_row_alone():
    rows = np.array([17, 4, 2**32 - 1, 0])
    together = draw_transforms(EVERYTHING, SHAPE, seed=5, epoch=2, rows=rows)
    for number, row in enumerate(rows):
        alone = draw_transforms(EVERYTHING, SHAPE, seed=5, epoch=2, rows=[row])
        assert alone.affine.tobytes() == together.affine[number].tobytes()
        assert alone.displacement.tobytes() == together.displacement[number].tobytes()
    others = [drawn(EVERYTHING, 4), drawn(EVERYTHING, 4, seed=1), drawn(EVERYTHING, 4, epoch=1)]
    assert len({row.tobytes() for other in others for row in other.affine}) == 12
    assert len({grid.tobytes() for other in others for grid in other.displacement}) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_switching_one_kind_off_leaves_the_draws_of_the_others(kind):
    rest = {name: value for name, value in KINDS.items() if name != kind}
    with_it, without = drawn(Augmentation(**KINDS), 9), drawn(Augmentation(**rest), 9)
    same_affine = (matrices(with_it) == matrices(without)).all()
    same_grid = (with_it.displacement == without.displacement).all()
    assert same_affine == (kind in ("shift", "elastic"))
    assert same_grid == (kind != "elastic")


def test_transforms_are_contiguous_float32():
    transforms = drawn(EVERYTHING)
    for array, shape in ((transforms.affine, (5, 6)), (transforms.displacement, (5, 2, GRID, GRID))):
        assert array.shape == shape
        assert array.dtype == np.float32
        assert array.flags.c_contiguous


N = 4000


def spread_evenly(values: np.ndarray, largest: float) -> bool:
    """Whether they are within ± largest, and uniform there."""
    within = np.abs(values).max() <= largest * (1 + 1e-5)
    return bool(within) and stats.kstest(values, stats.uniform(-largest, 2 * largest).cdf).pvalue > 1e-4


def test_shifts_are_uniform_and_independent():
    affine = drawn(Augmentation(shift=3), N).affine
    assert (matrices(drawn(Augmentation(shift=3), N)) == np.eye(2)).all()
    assert spread_evenly(affine[:, 2], 3)
    assert spread_evenly(affine[:, 5], 3)
    assert abs(np.corrcoef(affine[:, 2], affine[:, 5])[0, 1]) < 5 / math.sqrt(N)


def test_angles_are_uniform_about_the_middle():
    transforms = drawn(Augmentation(rotation=25), N)
    inverse = matrices(transforms)
    assert np.linalg.det(inverse) == pytest.approx(1, abs=1e-6)
    assert inverse[:, 0, 0] == pytest.approx(inverse[:, 1, 1])
    assert spread_evenly(np.degrees(np.arctan2(inverse[:, 0, 1], inverse[:, 0, 0])), 25)
    constant = transforms.affine.reshape(-1, 2, 3)[:, :, 2]
    assert inverse @ MIDDLE + constant == pytest.approx(np.tile(MIDDLE, (N, 1)), abs=1e-5)


def test_factors_are_uniform_in_their_logarithm():
    inverse = matrices(drawn(Augmentation(scale=0.3), N))
    assert (inverse[:, 0, 0] == inverse[:, 1, 1]).all()
    assert not inverse[:, 0, 1].any()
    assert spread_evenly(np.log(inverse[:, 0, 0]), math.log(1.3))


def test_slants_are_uniform():
    inverse = matrices(drawn(Augmentation(shear=0.2), N))
    assert (inverse[:, 0] == [1, 0]).all()
    assert (inverse[:, 1, 1] == 1).all()
    assert spread_evenly(inverse[:, 1, 0], 0.2)


def test_control_points_move_by_the_standard_deviation():
    moves = drawn(Augmentation(elastic=1.5), N).displacement
    assert spread_evenly(moves.ravel()[::7], 1.5 * math.sqrt(3))
    assert moves.std(axis=0) == pytest.approx(np.full((2, GRID, GRID), 1.5), rel=0.05)
    assert abs(np.corrcoef(moves[:, 0, 0, 0], moves[:, 1, 0, 0])[0, 1]) < 5 / math.sqrt(N)


def test_the_whole_is_slant_then_rotation_and_factor_then_shift():
    """Each transform, applied to a point and back, is what the docstring says."""
    whole = matrices(drawn(EVERYTHING, 50))
    turned = matrices(drawn(Augmentation(rotation=25), 50))
    scaled = matrices(drawn(Augmentation(scale=0.3), 50))
    slanted = matrices(drawn(Augmentation(shear=0.2), 50))
    assert whole == pytest.approx(slanted @ turned @ scaled, abs=1e-6)
    shifted = drawn(Augmentation(shift=3), 50).affine[:, [2, 5]]  # −d, the inverse of a shift by d
    constant = drawn(EVERYTHING, 50).affine[:, [2, 5]]
    goes_to_middle = np.einsum("nij,nj->ni", whole, MIDDLE - shifted) + constant
    assert goes_to_middle == pytest.approx(np.tile(MIDDLE, (50, 1)), abs=1e-4)


# --- the record, and refusals ---


@given(st.sampled_from(sorted(KINDS)), st.floats(0, 1))
def test_it_is_on_when_one_kind_is(kind, strength):
    augmentation = Augmentation(**{kind: strength})
    assert augmentation.is_on == (strength > 0)
    assert type(getattr(augmentation, kind)) is float


def test_equal_strengths_are_equal_however_written():
    assert Augmentation(shift=2, rotation=np.float32(10)) == Augmentation(rotation=10.0, shift=np.int64(2))
    assert hash(Augmentation(shift=2)) == hash(Augmentation(shift=2.0))


def test_it_is_written_as_it_is_asked_for():
    assert str(Augmentation(elastic=0.1 + 0.2, shift=10)) == "shift=10,elastic=0.30000000000000004"
    assert str(Augmentation()) == "none"
    assert Augmentation.moderate().is_on


@pytest.mark.parametrize("value", [-1, -0.1, math.nan, math.inf, 1001, True, "2", None, [1]])
@pytest.mark.parametrize("kind", KINDS)
def test_other_strengths_are_refused(kind, value):
    with pytest.raises(
        OptionError, match=rf"^The augmentation's {kind} is .*; expected a number from 0 to \d+\.$"
    ):
        Augmentation(**{kind: value})


@pytest.mark.parametrize(("kind", "value"), [("scale", 10), ("shear", 1.01), ("rotation", 181)])
def test_a_share_in_percent_is_refused(kind, value):
    with pytest.raises(OptionError, match=f"{kind} is {value}; expected a number from 0 to"):
        Augmentation(**{kind: value})


@pytest.mark.parametrize("shape", [(2, 28, 21), (28, 21), (1, 28, 21, 1, 1), (0, 28, 21)])
def test_other_pictures_are_refused(shape):
    with pytest.raises(ShapeError, match=r"have shape .*expected \(1, rows, columns\)"):
        augmented(np.zeros(shape), NOTHING)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "complex64"])
def test_pictures_of_whole_numbers_are_refused(dtype):
    with pytest.raises(OptionError, match=f"have dtype {dtype}; expected floating-point"):
        augmented(np.zeros((1, *SHAPE), dtype=dtype), NOTHING)


@pytest.mark.parametrize(
    ("affine", "displacement"),
    [((1, 5), (1, 2, 5, 5)), ((6,), (6, 2, 5, 5)), ((2, 6), (1, 2, 5, 5)), ((1, 6), (1, 2, 5, 4)),
     ((1, 6), (1, 2, 1, 1)), ((1, 6), (1, 2, 5)), ((1, 6), (1, 3, 5, 5))],
)  # fmt: skip
def test_other_transforms_are_refused(affine, displacement):
    with pytest.raises(
        ShapeError, match=r"The transforms have shapes .*; expected \(n, 6\) and \(n, 2, g, g\)"
    ):
        Transforms(np.zeros(affine), np.zeros(displacement))
