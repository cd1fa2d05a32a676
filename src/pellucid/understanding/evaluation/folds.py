"""What cross-validation tells: a record for each fold, and what all of them say together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.basics.percent import percent
from pellucid.data.folding import Fold
from pellucid.formulas.metrics import METRICS, confusion_matrix
from pellucid.understanding.evaluation.report import Interval


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """How well one fold's network does on the rows that it has not seen.

    Parameters
    ----------
    fold : Fold
        Which rows taught and which judge.
    loss : float
        Mean loss of the judging rows, without penalty.
    metrics : dict of str to float
        Every metric of the register that fits; of numbers in the data's units.
    truth, predictions : (m,) or (m, k)
        For each judging row, the class or the numbers in the data's units.
    probabilities : (m, k) or None
        Of each class; None for regression.
    epochs : int
        How many the network was trained.
    seconds : float
        In training.
    stopped : str
        Why training ended.
    """

    fold: Fold
    loss: float
    metrics: dict[str, float]
    truth: Array
    predictions: Array
    probabilities: Array | None
    epochs: int
    seconds: float
    stopped: str


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """The scores of all folds, and what they say together.

    Parameters
    ----------
    title : str
        What the data is called.
    n : int
        How many rows there are.
    classes : tuple of str or None
    folds : tuple of FoldResult
        In order, repeat by repeat.
    """

    title: str
    n: int
    classes: tuple[str, ...] | None
    folds: tuple[FoldResult, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """What can be asked for: "loss" and the names of the metrics."""
        return ("loss", *self.folds[0].metrics)

    def scores(self, metric: str) -> Array:
        """The score of each fold, ``(k · repeats,)``.

        Raises
        ------
        UnknownNameError
            If the folds were not judged by that metric.
        """
        if metric not in self.metrics:
            raise UnknownNameError("metric of these folds", metric, self.metrics)
        return np.array([f.loss if metric == "loss" else f.metrics[metric] for f in self.folds])

    def mean(self, metric: str) -> float:
        """The mean of the folds' scores."""
        return float(self.scores(metric).mean())

    def std(self, metric: str) -> float:
        """The standard deviation of the folds' scores (n − 1 in the denominator); NaN of a single fold."""
        scores = self.scores(metric)
        return float(scores.std(ddof=1)) if len(scores) > 1 else math.nan

    def interval(self, metric: str, *, confidence: float = 0.95) -> Interval:
        """The interval that holds the score of this way of training, were there ever new rows.

        It is mean ± t √((1/J + n_test / n_train) s²), with J scores, their standard deviation s and the quantile
        t of Student's distribution with J − 1 degrees of freedom: the corrected resampled t interval. The usual
        s²/J would take the folds for independent, but they share most of their training rows. Shares never leave
        0 … 1, errors and losses never fall below 0.

        Parameters
        ----------
        metric : str
            One of `metrics`.
        confidence : float
            Above 0, below 1.

        References
        ----------
        Nadeau, Bengio (2003), Inference for the generalization error, Machine Learning 52. Bouckaert, Frank (2004),
        Evaluating the replicability of significance tests for comparing learning algorithms, PAKDD: for folds.
        """
        from scipy.stats import t

        if not 0 < confidence < 1:
            raise OptionError(f"confidence is {confidence!r}; expected a number above 0 and below 1.")
        scores, mean = self.scores(metric), self.mean(metric)
        if len(scores) < 2:
            return _within_reach(metric, -math.inf, math.inf)
        ratio = float(np.mean([len(f.fold.test) / len(f.fold.train) for f in self.folds]))
        deviation = math.sqrt((1 / len(scores) + ratio) * float(scores.var(ddof=1)))
        half = float(t.ppf((1 + confidence) / 2, len(scores) - 1)) * deviation
        return _within_reach(metric, mean - half, mean + half)

    def truth(self, repeat: int = 1) -> Array:
        """The class of every row ``(n,)``, or its numbers in the data's units.

        Raises
        ------
        OptionError
            If not all folds of that repeat are there.
        """
        return self._gathered([(f.fold, f.truth) for f in self._of(repeat)])

    def predictions(self, repeat: int = 1) -> Array:
        """What was predicted for every row by the network that had not seen it, in one of the repeats.

        Raises
        ------
        OptionError
            If not all folds of that repeat are there.
        """
        return self._gathered([(f.fold, f.predictions) for f in self._of(repeat)])

    def probabilities(self, repeat: int = 1) -> Array:
        """The probabilities ``(n, k)`` of every row, by the network that had not seen it.

        Raises
        ------
        OptionError
            If it is a regression, or not all folds of that repeat are there.
        """
        found = [(f.fold, f.probabilities) for f in self._of(repeat) if f.probabilities is not None]
        if not found:
            raise OptionError("These folds are of a regression; only classes have probabilities.")
        return self._gathered(found)

    @property
    def confusion(self) -> Array:
        """How often class i (row) was called class j (column) ``(k, k)``, over all folds and repeats.

        Raises
        ------
        OptionError
            If it is a regression.
        """
        if self.classes is None:
            raise OptionError("These folds are of a regression; only classes can be confused.")
        truth, predicted = (
            np.concatenate(parts)
            for parts in zip(*((f.truth, f.predictions) for f in self.folds), strict=True)
        )
        return confusion_matrix(truth, predicted, len(self.classes))

    def _of(self, repeat: int) -> list[FoldResult]:
        found = [f for f in self.folds if f.fold.repeat == repeat]
        if sum(len(f.fold.test) for f in found) != self.n:
            raise OptionError(f"Repeat {repeat} is not complete; expected all of its folds.")
        return found

    def _gathered(self, parts: list[tuple[Fold, Array]]) -> Array:
        whole = np.empty((self.n, *parts[0][1].shape[1:]), dtype=parts[0][1].dtype)
        for fold, values in parts:
            whole[fold.test] = values
        return whole

    def __repr__(self) -> str:
        return f"<CrossValidation: {'; '.join(str(self).splitlines())}>"

    def __str__(self) -> str:
        lines = [f"{self.title}: {len(self.folds)} folds, {self.n:,} rows"]
        for metric in self.metrics:
            numbers = (self.mean(metric), self.std(metric), *self.interval(metric))
            mean, std, low, high = (_written(metric, number) for number in numbers)
            lines.append(f"{metric} {mean} ± {std} (95 % interval {low} to {high})")
        return "\n".join(lines)


def _within_reach(metric: str, low: float, high: float) -> Interval:
    """No share and no R² exceeds 1, no error falls below 0."""
    if metric != "loss" and METRICS[metric].best == "high":
        return Interval(low, min(high, 1.0))
    return Interval(max(low, 0.0), high)


def _written(metric: str, number: float) -> str:
    return percent(number) if metric.endswith("accuracy") else f"{number:.4g}"
