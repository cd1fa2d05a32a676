"""How a column of numbers becomes a feature: standardized, robust, by rank, or as it is.

Networks learn fastest from features around 0 and of size about 1. Each scale takes from the training rows the
numbers that its formula needs; they are saved with the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.registers import register

MOST_KNOTS = 1_000  # of one column
FEWEST_KNOTS = 10
ROWS_PER_KNOT = 30
_SMOOTH = 3.0  # a smoothly clipped feature lies between −3 and 3
_OUTERMOST = 1e-7  # ranks nearer to 0 or 1 count as this; then no feature is beyond ±5.2

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a scale found in the training rows.

    Parameters
    ----------
    center, spread : float
        Every scale but "quantile" begins with (value − center) / spread.
    fill : float
        What a missing value counts as.
    knots : tuple of float
        Quantiles of the training rows at equal distances of rank, from the least value to the largest.
    """

    center: float
    spread: float
    fill: float
    knots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """A way to make a feature of a column.

    Parameters
    ----------
    name, formula : str
    fit : callable
        Gets the column's values that are there, of which at least two differ, and the largest number of knots.
    value : callable
        Gets any values and what was fitted; gives the feature.
    """

    name: str
    formula: str
    fit: Callable[[Numbers, int], Fitted]
    value: Callable[[Numbers, Fitted], Numbers]


def fit_standard(values: Numbers, most_knots: int = MOST_KNOTS) -> Fitted:
    """Mean and the population's standard deviation; a missing value counts as the mean.

    Examples
    --------
    >>> fit_standard(np.array([1.0, 3.0]))
    Fitted(center=2.0, spread=1.0, fill=2.0, knots=())
    """
    mean, std = float(values.mean()), float(values.std())
    return Fitted(
        mean, std if std > 0 else 1.0, mean
    )  # differences below 1e-162 have squares that round to 0


def fit_robust(values: Numbers, most_knots: int = MOST_KNOTS) -> Fitted:
    """Median and the distance between the quartiles; where that is 0, half of the whole range.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data, section 3.

    Examples
    --------
    >>> fit_robust(np.array([0.0, 1.0, 2.0, 3.0, 100.0]))
    Fitted(center=2.0, spread=2.0, fill=2.0, knots=())
    >>> fit_robust(np.array([0.0, 0.0, 0.0, 0.0, 1.0])).spread
    0.5
    """
    lower, median, upper = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
    spread = upper - lower
    if spread <= 0:
        spread = float(values.max() / 2 - values.min() / 2)
    return Fitted(median, spread if spread > 0 else 1.0, median)


def fit_quantile(values: Numbers, most_knots: int = MOST_KNOTS) -> Fitted:
    """Quantiles, one for each 30 values: at least 10, at most 1,000.

    References
    ----------
    Gorishniy, Kotelnikov, Babenko (2025), TabM: advancing tabular deep learning with parameter-efficient ensembling,
    appendix D.

    Examples
    --------
    >>> fit_quantile(np.arange(11.0)).knots[:2]
    (0.0, 1.1111111111111112)
    """
    n = max(FEWEST_KNOTS, min(len(values) // ROWS_PER_KNOT, most_knots))
    knots = np.maximum.accumulate(np.quantile(values, np.linspace(0, 1, n)))
    median = float(np.median(values))
    return Fitted(0.0, 1.0, median, tuple(knots.tolist()))


def fit_none(values: Numbers, most_knots: int = MOST_KNOTS) -> Fitted:
    """Nothing but the mean, as which a missing value counts.

    Examples
    --------
    >>> fit_none(np.array([1.0, 3.0]))
    Fitted(center=0.0, spread=1.0, fill=2.0, knots=())
    """
    return Fitted(0.0, 1.0, float(values.mean()))


def line(values: Numbers, fitted: Fitted) -> Numbers:
    """(value − center) / spread.

    Examples
    --------
    >>> line(np.array([5.0]), Fitted(2.0, 1.5, 2.0)).tolist()
    [2.0]
    """
    return (values - fitted.center) / fitted.spread


def smooth_clip(values: Numbers, fitted: Fitted) -> Numbers:
    """s / √(1 + (s/3)²) with s = (value − center) / spread: like s near 0, never beyond ±3.

    Examples
    --------
    >>> smooth_clip(np.array([0.0, 4.0, 1e300]), Fitted(0.0, 1.0, 0.0)).round(9).tolist()
    [0.0, 2.4, 3.0]
    """
    s = line(values, fitted)
    return s / np.hypot(1.0, s / _SMOOTH)  # hypot squares nothing that could overflow


def normal_rank(values: Numbers, fitted: Fitted) -> Numbers:
    """Φ⁻¹ of the value's rank among the training rows: normally distributed, whatever the column was.

    A value that occurs often covers several ranks and gets the middle one.

    Examples
    --------
    >>> normal_rank(np.array([0.0, 1.0, 2.0]), Fitted(0.0, 1.0, 1.0, (0.0, 1.0, 2.0))).round(2).tolist()
    [-5.2, 0.0, 5.2]
    """
    from scipy.special import ndtri

    knots = np.asarray(fitted.knots)
    ranks = np.linspace(0.0, 1.0, len(knots))
    highest = np.interp(values, knots, ranks)  # of equal knots the last one's rank
    lowest = -np.interp(-values, -knots[::-1], -ranks[::-1])  # and the first one's
    return np.asarray(ndtri(np.clip((highest + lowest) / 2, _OUTERMOST, 1 - _OUTERMOST)), dtype=np.float64)


SCALES = register(
    "scale",
    Scale("standard", "(x − mean) / standard deviation", fit_standard, line),
    Scale(
        "robust", "s / √(1 + (s/3)²), s = (x − median) / (upper − lower quartile)", fit_robust, smooth_clip
    ),
    Scale("quantile", "Φ⁻¹(rank of x)", fit_quantile, normal_rank),
    Scale("none", "x", fit_none, line),
)


def scale_called(name: str | None) -> Scale:
    """Return the scale of a name; None means "none".

    Raises
    ------
    UnknownNameError
        If there is none of that name.

    Examples
    --------
    >>> scale_called(None).formula
    'x'
    """
    return SCALES["none" if name is None else name]
