"""Are the probabilities honest? How often answers are right, by how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.basics.percent import percent

Floats = npt.NDArray[np.float64]
BINS = 15  # as in Guo et al. (2017)


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How often answers are right, by how sure they are.

    Parameters
    ----------
    edges : (m + 1,)
        Where each bin of confidence begins and ends; the end belongs to the bin.
    counts : (m,)
        How many answers fall into each.
    confidence, accuracy : (m,)
        Their mean confidence, and the share that is right; NaN in an empty bin.
    """

    edges: Floats
    counts: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def n(self) -> int:
        """How many answers there are."""
        return int(self.counts.sum())

    @property
    def expected_error(self) -> float:
        """The expected calibration error, Σ_bins (count / n) |accuracy − confidence|."""
        some = self.counts > 0
        gaps = np.abs(self.accuracy[some] - self.confidence[some])
        return float((self.counts[some] / self.n) @ gaps)

    @property
    def largest_error(self) -> float:
        """The maximum calibration error: the largest |accuracy − confidence| of a bin."""
        return float(np.nanmax(np.abs(self.accuracy - self.confidence)))

    def __str__(self) -> str:
        return (
            f"{self.n:,} answers: expected calibration error {percent(self.expected_error, 2)}, "
            f"largest {percent(self.largest_error, 2)}"
        )


def reliability(probabilities: Array, y: Array, n_bins: int = BINS) -> Reliability:
    """How often answers are right in each bin of confidence, all bins being equally wide.

    Parameters
    ----------
    probabilities : (n, k)
        Of each class; or of yes, for k independent answers.
    y : (n,) or (n, k)
        The true class of each example, 0 … k−1; or, for independent answers, 1 for yes and 0 for no. With classes
        the confidence is the largest probability, with independent answers max(p, 1 − p) of each.
    n_bins : int

    Returns
    -------
    Reliability

    Raises
    ------
    ShapeError
        If y does not fit the probabilities, or there is none.
    DataError
        If a probability is not between 0 and 1, or y holds other answers.
    OptionError
        If there is less than one bin.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML 34, sections 2 and 4.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    >>> r = reliability(p, np.array([0, 1, 0, 1]), n_bins=5)
    >>> r.counts.tolist(), round(r.expected_error, 3)
    ([0, 0, 0, 2, 2], 0.325)
    """
    if isinstance(n_bins, bool) or not isinstance(n_bins, int | np.integer) or n_bins < 1:
        raise OptionError(f"n_bins is {n_bins!r}; expected a whole number of at least 1.")
    confidence, right = _confidence(np.asarray(probabilities, dtype=np.float64), np.asarray(y))
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, n_bins - 1)
    counts = np.bincount(place, minlength=n_bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
        means = [np.bincount(place, weights=v, minlength=n_bins) / counts for v in (confidence, right)]
    return Reliability(edges, counts.astype(np.int64), *means)


def expected_calibration_error(probabilities: Array, y: Array, n_bins: int = BINS) -> float:
    """The expected calibration error, Σ_bins (count / n) |accuracy − mean confidence|; 0 for honest probabilities.

    It depends on the bins, and with few examples it is above 0 even for honest probabilities.

    Parameters
    ----------
    probabilities, y, n_bins
        As `reliability` takes them.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, AAAI 29.

    Examples
    --------
    >>> expected_calibration_error(np.array([[0.75, 0.25]] * 4), np.array([0, 0, 0, 1]))
    0.0
    """
    return reliability(probabilities, y, n_bins).expected_error


def _confidence(p: Floats, y: Array) -> tuple[Floats, Floats]:
    """How sure each answer is, and 1 where it is right."""
    if p.ndim != 2 or not len(p) or y.shape not in (p.shape[:1], p.shape):
        raise ShapeError(
            f"The probabilities have shape {p.shape} and y {y.shape}; expected (n, k), and (n,) or (n, k)."
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError(f"There are probabilities from {p.min():g} to {p.max():g}; expected 0 … 1.")
    if y.ndim == 2:
        if not np.isin(y, (0, 1)).all():
            raise DataError("y holds other numbers than 0 and 1; expected one yes or no for each answer.")
        return np.maximum(p, 1 - p).ravel(), ((p > 0.5) == (y > 0.5)).astype(np.float64).ravel()
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() >= p.shape[1]:
        raise DataError(f"y holds {y.min()} … {y.max()}; expected classes 0 … {p.shape[1] - 1}.")
    return p.max(axis=1), (p.argmax(axis=1) == y).astype(np.float64)
