"""What is known about each column of a table after fitting, and the features that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.numerals import shorten
from pellucid.data.scales import SCALES, Fitted
from pellucid.data.tables import YES_AND_NO, Table

_LARGEST = float(np.finfo(np.float32).max)  # a network may compute in float32

Coding = Literal["sign", "one_hot", "codes"]
CODINGS: tuple[Coding, ...] = ("sign", "one_hot", "codes")


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A column of numbers: a feature, and one more that tells where it is missing, if it ever was in training.

    Parameters
    ----------
    name : str
    center, spread : float
        For "standard" mean and standard deviation; see `scales.Fitted`.
    scale : str
        One of `SCALES`.
    fill : float, optional
        What a missing value counts as; by default the center.
    indicator : bool
        Whether there is a second feature, 1 where the value is missing and 0 elsewhere.
    knots : tuple of float
        For "quantile": quantiles of the training rows.

    Examples
    --------
    >>> NumericColumn("age", 30.0, 10.0, indicator=True).names
    ('age', 'age is missing')
    """

    name: str
    center: float
    spread: float
    scale: str = "standard"
    fill: float | None = None
    indicator: bool = False
    knots: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.fill is None:
            object.__setattr__(self, "fill", self.center)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each feature."""
        return (self.name, f"{self.name} is missing") if self.indicator else (self.name,)

    @property
    def n_codes(self) -> int:
        """0: the feature is a number, not a code."""
        return 0

    @property
    def kind(self) -> str:
        """What the column holds, in a word."""
        return "number"

    @property
    def becomes(self) -> str:
        """What is made of it, in words."""
        if self.scale == "quantile":
            what = f"rank among {len(self.knots)} quantiles, made normal"
        elif self.scale == "none":
            what = "as it is"
        else:
            spread = f"{self.spread:.4g}" if self.spread >= 0 else f"({self.spread:.4g})"
            center = f"− {self.center:.4g}" if self.center >= 0 else f"+ {-self.center:.4g}"
            what = f"(x {center}) / {spread}" + (", clipped smoothly at ±3" if self.scale == "robust" else "")
        return f"{what}; missing → {self.fill:.4g}, marked" if self.indicator else what

    def write(self, table: Table, out: Array) -> None:
        """Write the features of all rows into ``out``, (n, width).

        Raises
        ------
        DataError
            If a cell is no number, or too far away.
        """
        assert self.fill is not None
        values = table.values(self.name)
        absent = np.isnan(values)
        filled = np.where(absent, self.fill, values) if absent.any() else values
        fitted = Fitted(self.center, self.spread, self.fill, self.knots)
        with np.errstate(over="ignore"):  # reported below
            out[:, 0] = SCALES[self.scale].value(filled, fitted)
        if self.indicator:
            out[:, 1] = absent
        far = ~(np.abs(out[:, 0]) <= _LARGEST)
        if far.any():
            row = int(far.argmax())
            raise DataError(
                f"{shorten(table.cell(self.name, row))} lies absurdly far from the training rows' "
                f"{'mean' if self.scale == 'standard' else 'middle'} {self.center:.4g} (spread {self.spread:.4g}); "
                "correct the value.",
                path=table.title,
                place=table.place(self.name, row),
            )


@dataclass(frozen=True, slots=True)
class CategoryColumn:
    """A column of words: one feature of −1 and +1, or one feature for each level, or codes for an embedding.

    A missing word, and one that the training rows did not have, is 0 in each of these features.

    Parameters
    ----------
    name : str
    levels : tuple of str
        The words that have a place of their own, in their one spelling.
    coding : "sign", "one_hot" or "codes"
        "sign" for two levels: −1 and +1. "codes": 1 … k for the k levels, 0 for everything else.
    scale : str
        "robust" where its features are scaled as those of numbers are; else "none".
    centers, spreads : tuple of float
        For "robust", of each feature.

    Examples
    --------
    >>> CategoryColumn("sex", ("female", "male"), "sign").names
    ('sex=male',)
    """

    name: str
    levels: tuple[str, ...]
    coding: Coding
    scale: str = "none"
    centers: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each feature."""
        if self.coding == "codes":
            return (self.name,)
        return tuple(f"{self.name}={level}" for level in self.levels[self.coding == "sign" :])

    @property
    def n_codes(self) -> int:
        """How many codes there are, 0 included, if the feature is a code; else 0."""
        return len(self.levels) + 1 if self.coding == "codes" else 0

    @property
    def kind(self) -> str:
        """What the column holds, in a word."""
        return "yes or no" if set(self.levels) <= set(YES_AND_NO) else "category"

    @property
    def becomes(self) -> str:
        """What is made of it, in words."""
        if self.coding == "codes":
            return f"codes 1 … {len(self.levels)} for an embedding; 0: missing or unknown"
        shown = ", ".join(self.levels[:6]) + (
            f" and {len(self.levels) - 6} more" if len(self.levels) > 6 else ""
        )
        if self.coding == "sign":
            what = f"−1 {self.levels[0]}, +1 {self.levels[1]}"
        else:
            what = f"a feature for each of {shown}" if len(self.levels) > 1 else f"a feature for {shown}"
        return what + (", clipped smoothly at ±3" if self.scale == "robust" else "")

    def codes(self, table: Table) -> npt.NDArray[np.int64]:
        """The code of each row, ``(n,)``: 1 … k for the levels, 0 for a missing or unknown word."""
        words = table.words(self.name)
        place = {level: j for j, level in enumerate(self.levels, start=1)}
        for other, level in (*zip("01", YES_AND_NO, strict=True), *zip(YES_AND_NO, "01", strict=True)):
            if level in place:  # R, Excel and others write yes and no as numbers
                place.setdefault(other, place[level])
        codes = np.array([*(place.get(label, 0) for label in words.labels), 0], dtype=np.int64)
        return np.where(words.known, codes, 0)[words.codes]

    def coded(self) -> npt.NDArray[np.float64]:
        """The features of each code, (k + 1, width)."""
        k = len(self.levels)
        if self.coding == "codes":
            return np.arange(k + 1.0)[:, None]
        features = np.array([[0.0], [-1.0], [1.0]]) if self.coding == "sign" else np.eye(k + 1)[:, 1:]
        if self.scale != "none":
            for j, (center, spread) in enumerate(zip(self.centers, self.spreads, strict=True)):
                features[:, j] = SCALES[self.scale].value(features[:, j], Fitted(center, spread, center))
        return features

    def write(self, table: Table, out: Array) -> None:
        """Write the features of all rows into ``out``, (n, width)."""
        codes, features = self.codes(table), self.coded()
        for j in range(features.shape[1]):
            out[:, j] = features[codes, j]


@dataclass(frozen=True, slots=True)
class ConstantColumn:
    """A column that never varied in the training rows, from which nothing was learnt: its feature is always 0.

    Parameters
    ----------
    name : str
    value : str
        What it held in all of them; empty if nothing at all.
    """

    name: str
    value: str

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the feature."""
        return (self.name,)

    @property
    def n_codes(self) -> int:
        """0: the feature is no code."""
        return 0

    @property
    def kind(self) -> str:
        """What the column holds, in a word."""
        return "constant" if self.value else "empty"

    @property
    def becomes(self) -> str:
        """What is made of it, in words."""
        return (
            f"always 0, as it was always {self.value}" if self.value else "always 0, as it was always missing"
        )

    def write(self, table: Table, out: Array) -> None:
        """Write zeros into ``out``, (n, 1); the table need not even have the column."""
        out[:] = 0.0


FeatureColumn = NumericColumn | CategoryColumn | ConstantColumn


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """An answer that is one of k classes; class j is called ``classes[j]``."""

    name: str
    classes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold it."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """An answer that is a number, learnt as (value - mean) / std."""

    name: str
    mean: float
    std: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold it."""
        return (self.name,)

    def restore(self, y: Array) -> npt.NDArray[np.float64]:
        """Return standardized answers in the user's units: y · std + mean.

        Examples
        --------
        >>> NumberTarget("price", mean=100.0, std=20.0).restore(np.array([[0.5]])).tolist()
        [[110.0]]
        """
        return np.asarray(y, dtype=np.float64) * self.std + self.mean


@dataclass(frozen=True, slots=True)
class NumberTargets:
    """Several answers that are numbers, learnt together."""

    targets: tuple[NumberTarget, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold them."""
        return tuple(target.name for target in self.targets)

    @property
    def name(self) -> str:
        """What messages call them."""
        return ", ".join(self.columns)

    def restore(self, y: Array) -> npt.NDArray[np.float64]:
        """Return standardized answers ``(n, k)`` in the user's units.

        Examples
        --------
        >>> both = NumberTargets((NumberTarget("a", 1.0, 2.0), NumberTarget("b", 0.0, 10.0)))
        >>> both.restore(np.array([[0.5, 0.5]])).tolist()
        [[2.0, 5.0]]
        """
        y = np.asarray(y, dtype=np.float64)
        return y * [target.std for target in self.targets] + [target.mean for target in self.targets]


Target = ClassTarget | NumberTarget | NumberTargets
