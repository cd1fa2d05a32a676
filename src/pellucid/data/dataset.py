"""The record at the border of this room: X and y, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError

if TYPE_CHECKING:
    from pellucid.data.preparation import Preparation

FRAMINGS = ("", "resize", "digit")  # how people's pictures become examples: see Input
BYTES = (0.0, 255.0)  # black and white of 8-bit pictures


@dataclass(frozen=True, slots=True)
class Input:
    """What one example is, and how its stored values become the network's h: ``x = stored · scale + shift``.

    Scaling is a property of the data, written down here and saved with the model; it is never guessed from a
    dtype.

    Parameters
    ----------
    shape : tuple of int
        ``(28, 28)`` for a grayscale picture of 28 rows, ``(28, 28, 3)`` for one of three channels, ``(4,)`` for a
        row of four numbers.
    scale, shift : float
        The affine map from stored value to feature; 1 and 0 for numbers that are used as they are.
    framing : str
        How a picture that somebody brings becomes such an example: ``"resize"`` (to `shape`, nothing else) or
        ``"digit"`` (as MNIST's makers did: fit in the middle, centred by mass). Empty for rows of a table.
    shades : (float, float)
        Of pictures: the stored values that are black and white. ``(0, 255)`` for bytes, ``(0, 65535)`` for 16 bits,
        ``(0, 4095)`` for what a 12-bit camera leaves in 16; nothing else says how a file's shades are to be read.

    Examples
    --------
    >>> Input.picture(28, 28).size
    784
    >>> Input.picture(28, 28, channels=3, shades=(0, 4095)).shape
    (28, 28, 3)
    >>> print(Input.picture(28, 28, low=-0.5, high=0.5))
    28 × 28 pixels, 0 … 255 become -0.5 … 0.5
    """

    shape: tuple[int, ...]
    scale: float = 1.0
    shift: float = 0.0
    framing: str = ""
    shades: tuple[float, float] = BYTES

    def __post_init__(self) -> None:
        if not all(isinstance(side, int | np.integer) and side >= 1 for side in self.shape):
            raise OptionError(f"The input has shape {self.shape}; expected whole numbers of at least 1.")
        object.__setattr__(self, "shape", tuple(int(side) for side in self.shape))
        if self.framing not in FRAMINGS:
            raise UnknownNameError("framing", self.framing, FRAMINGS)
        if not (math.isfinite(self.scale) and self.scale != 0 and math.isfinite(self.shift)):
            raise OptionError(
                f"The input has scale {self.scale} and shift {self.shift}; expected finite numbers, scale not 0."
            )
        object.__setattr__(self, "shades", _checked_shades(self.shades))

    @classmethod
    def picture(
        cls,
        height: int,
        width: int,
        *,
        channels: int = 1,
        shades: tuple[float, float] = BYTES,
        low: float = 0.0,
        high: float = 1.0,
        framing: str = "resize",
    ) -> Input:
        """Pictures of so many channels: the stored values of `shades`, black and white, become low and high.

        Raises
        ------
        OptionError
            If a size is no positive whole number, or a range is empty.
        """
        if not low < high:
            raise OptionError(f"The features' range goes from {low} to {high}; expected low < high.")
        black, white = _checked_shades(shades)
        scale = (high - low) / (white - black)
        shape = (height, width) if channels == 1 else (height, width, channels)
        return cls(shape, scale, float(low - black * scale), framing, (black, white))

    @property
    def size(self) -> int:
        """d: how many features one example has."""
        return math.prod(self.shape)

    @property
    def is_picture(self) -> bool:
        """Whether an example can be drawn."""
        return len(self.shape) in (2, 3)

    @property
    def channels(self) -> int:
        """How many numbers a pixel has: 1 for shades of gray, 3 for colors."""
        return self.shape[2] if len(self.shape) == 3 else 1

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """The type in which pictures from files are kept: fractions up to 1, bytes up to 255, else 16 bits."""
        white = self.shades[1]
        return np.dtype(np.float32 if white <= 1 else np.uint8 if white <= 255 else np.uint16)

    def __str__(self) -> str:
        if not self.is_picture:
            return f"{self.size:,} numbers"
        rows, columns = self.shape[:2]
        channels = f" of {self.channels} channels" if self.channels > 1 else ""
        features = (value * self.scale + self.shift for value in self.shades)
        shades = " become ".join(f"{a:.6g} … {b:.6g}" for a, b in (self.shades, tuple(features)))
        return f"{rows} × {columns} pixels{channels}, {shades}"

    def features(self, X: Array, dtype: npt.DTypeLike) -> Array:
        """Return stored values ``(n, …)`` as features ``(n, d)`` of the network's dtype, scaled."""
        flat = X.reshape(len(X), -1)
        if self.scale == 1.0 and self.shift == 0.0:
            return np.asarray(flat, dtype=dtype)
        h = flat.astype(dtype)
        h *= np.asarray(self.scale, dtype=dtype)
        h += np.asarray(self.shift, dtype=dtype)
        return h


def _checked_shades(shades: tuple[float, float]) -> tuple[float, float]:
    try:
        black, white = (float(value) for value in shades)
    except (TypeError, ValueError):
        raise OptionError(f"shades is {shades!r}; expected two numbers, as (0, 255).") from None
    if not (math.isfinite(black) and math.isfinite(white) and black < white):
        raise OptionError(f"shades is {shades!r}; expected finite numbers, the smaller first.")
    return black, white


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples and their answers.

    Parameters
    ----------
    X : (n, d)
        One row for each example, as stored: pictures stay uint8, tables are prepared numbers.
    y : (n,) or (n, k)
        Classes 0 … k−1 (integers), or k numbers for each example (floats).
    input : Input, optional
        What a row is and how it is scaled; by default d numbers, used as they are.
    classes : sequence of str, optional
        The name of each class; None when y holds numbers (regression).
    names : sequence of str, optional
        The name of each feature.
    groups : (n,), optional
        Which patient, plate or writer each example came from; a split keeps a group together.
    preparation : Preparation, optional
        How a table's columns became X; saved with the model.
    title : str
        What the data is called in displays and reports.
    notes : tuple of str
        What happened on the way from the files and is worth knowing: sizes that were changed, files left out.

    Raises
    ------
    ShapeError
        If lengths do not agree.
    DataError
        If a class is missing from `classes`, or a value is no number, NaN or infinite.

    Examples
    --------
    >>> corners = Dataset(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1]), classes=("low", "high"))
    >>> len(corners), corners.n_features, corners.n_outputs
    (2, 2, 2)
    """

    X: Array
    y: Array
    input: Input = Input(())  # filled in below: as many numbers as X has columns
    classes: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    groups: Array | None = None
    preparation: Preparation | None = None
    title: str = "data"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        X, y = finite_numbers(self.X, "X"), np.asarray(self.y)
        if X.ndim < 2:
            raise ShapeError(f"X has shape {X.shape}; expected (examples, features).")
        X = X.reshape(len(X), math.prod(X.shape[1:]))  # not -1, which no examples leave undefined
        if self.classes is not None:
            object.__setattr__(self, "classes", tuple(str(c) for c in self.classes))
            y = _checked_classes(y, self.classes)
        else:
            y = _checked_numbers(y)
        if self.names is not None:
            object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        if self.input.shape == ():
            object.__setattr__(self, "input", Input((X.shape[1],)))
        object.__setattr__(self, "X", X)
        object.__setattr__(self, "y", y)
        self._check()

    def _check(self) -> None:
        n, d = self.X.shape
        if len(self.y) != n:
            raise ShapeError(f"X has {n} examples but y has {len(self.y)}; expected one answer for each.")
        if self.input.size != d:
            raise ShapeError(
                f"X has {d} features but the input is {self.input.shape}, which makes {self.input.size}."
            )
        if self.names is not None and len(self.names) != d:
            raise ShapeError(f"X has {d} features but there are {len(self.names)} names.")
        if self.groups is not None and len(self.groups) != n:
            raise ShapeError(f"X has {n} examples but groups has {len(self.groups)}.")

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        answers = (
            f"{self.n_outputs} classes" if self.is_classification else f"{self.n_outputs} numbers to predict"
        )
        return f"<Dataset {self.title}: {len(self):,} examples, {self.n_features:,} features, {answers}>"

    @property
    def n_features(self) -> int:
        """d: the number of features."""
        return int(self.X.shape[1])

    @property
    def n_outputs(self) -> int:
        """k: the number of classes, or of numbers to predict."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.y.ndim == 1 else int(self.y.shape[1])

    @property
    def is_classification(self) -> bool:
        """Whether y holds classes rather than numbers."""
        return self.classes is not None

    @property
    def pictures(self) -> Array:
        """X as pictures ``(n, rows, columns)``, or ``(n, rows, columns, channels)``: a view, never a copy.

        Raises
        ------
        ShapeError
            If the examples are rows of a table.
        """
        if not self.input.is_picture:
            raise ShapeError(f"The examples are rows of {self.n_features} numbers, not pictures.")
        return self.X.reshape(len(self.X), *self.input.shape)

    @property
    def class_counts(self) -> npt.NDArray[np.int64]:
        """How many examples each class has, ``(k,)``."""
        if self.classes is None:
            raise ShapeError("y holds numbers, not classes, so there is nothing to count.")
        return np.bincount(self.y, minlength=len(self.classes))

    def take(self, rows: Array | slice) -> Dataset:
        """Return the dataset of some rows, by index, mask or slice."""
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], groups=groups)

    def scaled(self, *, low: float, high: float) -> Dataset:
        """Return the same pictures with other features: black … white, such as 0 … 255, become low … high."""
        rows, columns = self.pictures.shape[1:3]
        it = self.input
        input = Input.picture(
            rows,
            columns,
            channels=it.channels,
            shades=it.shades,
            low=low,
            high=high,
            framing=it.framing,
        )
        return replace(self, input=input)


def _checked_classes(y: Array, classes: tuple[str, ...]) -> npt.NDArray[np.int64]:
    if len(set(classes)) != len(classes):
        raise DataError("two classes have the same name; expected different ones.")
    if y.ndim != 1:
        raise ShapeError(f"y has shape {y.shape}; expected one class for each example, (n,).")
    if not np.issubdtype(y.dtype, np.integer):
        raise DataError(f"y has dtype {y.dtype}; expected the whole numbers 0 … {len(classes) - 1}.")
    wrong = y[(y < 0) | (y >= len(classes))]
    if len(wrong):
        raise DataError(
            f"y holds class {wrong[0]}; expected 0 … {len(classes) - 1} for {len(classes)} classes."
        )
    return y.astype(np.int64, copy=False)


def _checked_numbers(y: Array) -> Array:
    if y.dtype.kind in "OSU":
        raise DataError(f"y has dtype {y.dtype}; expected numbers, or whole numbers 0 … k-1 and classes=(…).")
    if y.ndim not in (1, 2):
        raise ShapeError(f"y has shape {y.shape}; expected (n,) or (n, k).")
    y = finite_numbers(y, "y")
    return y if y.dtype.kind == "f" else y.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """The parts of one data set: what is learnt from, what decides, and what judges at the end.

    Parameters
    ----------
    train : Dataset
    test : Dataset, optional
        Never touched by training.
    validation : Dataset, optional
        For decisions during training: stopping, settings.
    """

    train: Dataset
    test: Dataset | None = None
    validation: Dataset | None = None

    @property
    def title(self) -> str:
        """What the data is called."""
        return self.train.title

    def __repr__(self) -> str:
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        parts = ", ".join(f"{name} {len(part):,}" for name, part in named.items() if part is not None)
        return f"<Splits {self.title}: {parts}>"

    def scaled(self, *, low: float, high: float) -> Splits:
        """Return the same parts with another pixel range."""
        parts: Sequence[Dataset | None] = (self.train, self.test, self.validation)
        train, test, validation = (p if p is None else p.scaled(low=low, high=high) for p in parts)
        assert train is not None
        return Splits(train, test, validation)
