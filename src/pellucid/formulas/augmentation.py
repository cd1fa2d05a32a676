"""Augmentation: the same picture a little shifted, turned, scaled, slanted and bent, differently in every epoch.

A digit stays the same digit when it moves by a pixel; a network to which it is a row of numbers has to learn this
from examples. So each epoch shows slightly different pictures of the same things. A transform is drawn for each
example from (seed, epoch, row) alone, and applied by looking up where each pixel of the new picture comes from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, uniform_rows
from pellucid.basics.errors import OptionError, ShapeError

LARGEST = {"shift": 1000.0, "rotation": 180.0, "scale": 1.0, "shear": 1.0, "elastic": 1000.0}
GRID = 5  # control points of the elastic transform along each side
PICTURES_AT_ONCE = 64  # their intermediate arrays together stay in a core's cache


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly pictures are changed while training; 0 switches a kind of change off.

    Parameters
    ----------
    shift : float
        Pixels, at most 1000: up or down, and left or right, each uniform on ± shift.
    rotation : float
        Degrees, at most 180: the angle about the picture's middle is uniform on ± rotation.
    scale : float
        A share, at most 1: 0.1 draws a factor from 1/1.1 to 1.1, its logarithm uniform, so that pictures grow as
        often as they shrink.
    shear : float
        A share, at most 1: with 0.1 a stroke slants by up to a tenth of its height, uniform on ± shear.
    elastic : float
        Pixels, at most 1000: the standard deviation by which control points, 5 × 5 over the picture, move up or
        down and left or right, each uniform on ± √3 elastic; between them the picture is stretched linearly.

    Raises
    ------
    OptionError
        If a value is not a number from 0 to its largest.

    References
    ----------
    Simard, Steinkraus, Platt (2003), Best practices for convolutional neural networks applied to visual document
    analysis, ICDAR, section 2.

    Examples
    --------
    >>> Augmentation(shift=2, rotation=10).is_on, Augmentation().is_on
    (True, False)
    >>> print(Augmentation.moderate())
    shift=1,rotation=10,scale=0.1,shear=0.1,elastic=1
    """

    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        for name, largest in LARGEST.items():
            value = getattr(self, name)
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if not number or not 0 <= value <= largest:
                raise OptionError(
                    f"The augmentation's {name} is {value!r}; expected a number from 0 to {largest:g}."
                )
            object.__setattr__(self, name, float(value))

    @classmethod
    def moderate(cls) -> Augmentation:
        """Strengths that suit small handwritten digits: each stays readable, and none stays as it was."""
        return cls(shift=1, rotation=10, scale=0.1, shear=0.1, elastic=1)

    @property
    def is_on(self) -> bool:
        """Whether it changes anything."""
        return any(getattr(self, name) > 0 for name in LARGEST)

    def __str__(self) -> str:
        strengths = {name: getattr(self, name) for name in LARGEST}
        told = [f"{name}={value!r}".removesuffix(".0") for name, value in strengths.items() if value]
        return ",".join(told) or "none"


@dataclass(frozen=True, slots=True, eq=False)
class Transforms:
    """Where each pixel of n new pictures comes from.

    Parameters
    ----------
    affine : (n, 6)
        a, b, t, a′, b′, t′ of each picture: the pixel in row r and column c comes from row a·r + b·c + t and column
        a′·r + b′·c + t′.
    displacement : (n, 2, g, g)
        What is added to that row and column at the control points, which stand evenly from corner to corner of the
        new picture; linear between them.

    Raises
    ------
    ShapeError
        If the shapes are others.
    """

    affine: Array
    displacement: Array

    def __post_init__(self) -> None:
        n, g = len(self.affine), self.displacement.shape[-1]
        if self.affine.shape != (n, 6) or self.displacement.shape != (n, 2, g, g) or g < 2:
            raise ShapeError(
                f"The transforms have shapes {self.affine.shape} and {self.displacement.shape}; "
                f"expected (n, 6) and (n, 2, g, g), g at least 2."
            )


def draw_transforms(
    augmentation: Augmentation, shape: tuple[int, int], *, seed: int, epoch: int, rows: npt.ArrayLike
) -> Transforms:
    """Random transforms of the examples `rows`, each from (seed, epoch, its row) alone.

    A point q of the picture goes to m + s R H (q − m) + d, about the middle m: slant H = [[1, 0], [h, 1]], rotation
    R by φ counterclockwise, factor s, shift d. The new picture asks where its points q come from, which is the
    inverse, m + H⁻¹ Rᵀ (q − m − d) / s.

    Parameters
    ----------
    augmentation : Augmentation
    shape : (rows, columns) of a picture
    seed, epoch : int
        The draws' address; with each row's number it is complete.
    rows : (n,)
        The examples' row numbers in the training data.

    Returns
    -------
    Transforms
        In float32.

    Examples
    --------
    >>> drawn = draw_transforms(Augmentation(shift=1), (28, 28), seed=0, epoch=0, rows=[4, 7])
    >>> drawn.affine.shape, drawn.displacement.shape
    ((2, 6), (2, 2, 5, 5))
    """
    down, right, turn, growth, slant = 2 * _uniform(rows, 5, seed, epoch, part=0).T - 1  # each in [−1, 1)
    phi = np.radians(augmentation.rotation) * turn
    h = augmentation.shear * slant
    s = (1 + augmentation.scale) ** growth
    cos, sin = np.cos(phi) / s, np.sin(phi) / s
    inverse = np.array([[cos, sin], [-h * cos - sin, cos - h * sin]])  # H⁻¹ Rᵀ / s, (2, 2, n)

    middle = (np.array(shape, dtype=np.float64)[:, None] - 1) / 2
    moved = middle + augmentation.shift * np.array([down, right])
    constant = middle - (inverse * moved).sum(axis=1)
    affine = np.concatenate([inverse, constant[:, None]], axis=1).reshape(6, -1).T
    return Transforms(
        np.ascontiguousarray(affine, dtype=np.float32),
        _displacement(augmentation.elastic, seed=seed, epoch=epoch, rows=rows),
    )


def _displacement(elastic: float, *, seed: int, epoch: int, rows: npt.ArrayLike) -> Array:
    """Moves of the control points ``(n, 2, g, g)``; uniform on ±√3 has variance 1."""
    if elastic == 0:
        return np.zeros((np.size(rows), 2, GRID, GRID), dtype=np.float32)
    draws = 2 * _uniform(rows, 2 * GRID * GRID, seed, epoch, part=1) - 1
    return (elastic * np.sqrt(3) * draws).reshape(-1, 2, GRID, GRID).astype(np.float32)


def _uniform(rows: npt.ArrayLike, count: int, seed: int, epoch: int, part: int) -> Array:
    return uniform_rows(rows, count, seed=seed, stream=Stream.AUGMENTATION, epoch=epoch, part=part)


def augmented_examples(
    X: Array,
    shape: tuple[int, ...],
    augmentation: Augmentation,
    *,
    seed: int,
    epoch: int,
    rows: npt.ArrayLike,
    dtype: npt.DTypeLike,
) -> Array:
    """Some examples of the training data, pictures of that shape, as an epoch shows them.

    Parameters
    ----------
    X : (n, d)
        These examples as stored, 0 being the background.
    shape : (rows, columns) or (rows, columns, channels) of a picture
        The channels of a picture move together.
    augmentation : Augmentation
    seed, epoch : int
        Which draw; an epoch is counted from 0.
    rows : (n,)
        The examples' row numbers in the training data.
    dtype : dtype
        Floating-point numbers to compute in.

    Returns
    -------
    (n, d)
        On the scale of the stored values, but not whole numbers any more.

    Examples
    --------
    >>> X = np.eye(9, dtype=np.uint8)
    >>> shift = Augmentation(shift=1)
    >>> augmented_examples(X, (3, 3), shift, seed=0, epoch=0, rows=range(9), dtype="float32").shape
    (9, 9)
    """
    high, wide = shape[:2]
    transforms = draw_transforms(augmentation, (high, wide), seed=seed, epoch=epoch, rows=rows)
    return augmented(X.reshape(-1, *shape).astype(dtype), transforms).reshape(len(X), math.prod(shape))


def augmented(pictures: Array, transforms: Transforms) -> Array:
    """New pictures: p(y, x) at the position (y, x) that each pixel comes from, linear between p's pixels.

    Between the points of a grid q, the value at (y, x) is linear in y and in x: with i = ⌊y⌋, j = ⌊x⌋, u = y − i
    and v = x − j it is

        L(q, y, x) = (1−u) ((1−v) q[i, j] + v q[i, j+1]) + u ((1−v) q[i+1, j] + v q[i+1, j+1]).

    The pixel in row r and column c of a new picture is L(p, y, x) of the old one p, which is 0 outside, at

        y = (a·r + t) + b·c + L(D, ρ, κ)      x = (a′·r + t′) + b′·c + L(D′, ρ, κ)

    where D and D′ are the two displacements; ρ = r (g−1) / (rows−1) and κ = c (g−1) / (columns−1) tell where the
    pixel is among their control points, i and j going up to g−2 there. Each operation is rounded to the pictures'
    dtype in the order written (u and v of the control points only once). A transform that changes nothing gives
    back the picture bit for bit.

    Parameters
    ----------
    pictures : (n, rows, columns) or (n, rows, columns, channels)
        Floating-point numbers, 0 being the background.
    transforms : Transforms
        One for each picture, and hence the same for all its channels.

    Returns
    -------
    array like `pictures`
        Of the pictures' dtype.

    Raises
    ------
    ShapeError
        If there are not n pictures and n transforms.
    OptionError
        If the pictures are not stored as floating-point numbers.

    Examples
    --------
    >>> picture = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> one_to_the_right = Transforms(np.array([[1, 0, 0, 0, 1, -1]]), np.zeros((1, 2, 5, 5)))
    >>> augmented(picture, one_to_the_right).tolist()
    [[[0.0, 1.0], [0.0, 3.0]]]
    """
    n = len(transforms.affine)
    if pictures.ndim not in (3, 4) or len(pictures) != n:
        raise ShapeError(
            f"The pictures have shape {pictures.shape}; expected ({n}, rows, columns) or ({n}, rows, columns, "
            "channels)."
        )
    if pictures.dtype.kind != "f":
        raise OptionError(f"The pictures have dtype {pictures.dtype}; expected floating-point numbers.")
    old = pictures[..., None] if pictures.ndim == 3 else pictures
    new = np.empty(old.shape, dtype=old.dtype)
    for first in range(0, n, PICTURES_AT_ONCE):
        some = slice(first, first + PICTURES_AT_ONCE)
        y, x = _sources(transforms.affine[some], transforms.displacement[some], old.shape[1:3], old.dtype)
        new[some] = _sampled(old[some], y, x)
    return new.reshape(pictures.shape)


def _sources(
    affine: Array, displacement: Array, shape: tuple[int, ...], dtype: np.dtype
) -> tuple[Array, Array]:
    """The positions y and x ``(n, rows, columns)`` that the pixels come from."""
    r, c = (np.arange(side, dtype=dtype) for side in shape)
    a, b, t = affine.astype(dtype).reshape(-1, 2, 3).transpose(2, 1, 0)[..., None]  # each (2, n, 1)
    positions = (a * r + t)[..., None] + (b * c)[..., None, :]
    if displacement.any():
        positions += _between(displacement.astype(dtype).swapaxes(0, 1), shape)
    return positions[0], positions[1]


def _between(D: Array, shape: tuple[int, ...]) -> Array:
    """Control points' displacements ``(…, g, g)`` as those of all pixels, ``(…, rows, columns)``."""
    (i, u), (j, v) = (_beside(D.shape[-1], side, D.dtype) for side in shape)
    u = u[:, None]
    at_columns = (1 - v) * D[..., j] + v * D[..., j + 1]
    return (1 - u) * at_columns[..., i, :] + u * at_columns[..., i + 1, :]


def _beside(g: int, side: int, dtype: np.dtype) -> tuple[Array, Array]:
    """For each pixel along a side the control point before it, and how far it is on the way to the next."""
    position = np.arange(side) * (g - 1) / max(side - 1, 1)
    before = np.minimum(position.astype(np.int64), g - 2)
    return before, (position - before).astype(dtype)


def _sampled(pictures: Array, y: Array, x: Array) -> Array:
    """Each picture's values at its positions: the linear ones between four pixels, 0 outside."""
    n, rows, columns, channels = pictures.shape
    # Further outside is as black as just outside; so a frame of one pixel before and two behind is enough.
    y, x = y.clip(-1, rows), x.clip(-1, columns)
    framed = np.pad(pictures, ((0, 0), (1, 2), (1, 2), (0, 0))).reshape(-1, channels)
    i, j = np.floor(y), np.floor(x)
    u, v = (y - i)[..., None], (x - j)[..., None]
    width = columns + 3
    origin = np.arange(n)[:, None, None] * ((rows + 3) * width) + width + 1
    at = origin + i.astype(np.int64) * width + j.astype(np.int64)
    upper = (1 - v) * framed[at] + v * framed[at + 1]
    lower = (1 - v) * framed[at + width] + v * framed[at + width + 1]
    return (1 - u) * upper + u * lower
