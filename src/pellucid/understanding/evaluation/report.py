"""An honest report: accuracy with its interval, loss, confusion, and the surest mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError
from pellucid.basics.percent import percent
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.metrics import METRICS, accuracy, confusion_matrix
from pellucid.network.fits import check_dataset
from pellucid.network.network import Network


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """One example that the network got wrong.

    Parameters
    ----------
    index : int
        Its row in the data.
    truth, predicted : str
        Names of the classes.
    probability : float
        How sure the network was of its wrong answer.
    x : (d,)
        The example as stored.
    """

    index: int
    truth: str
    predicted: str
    probability: float
    x: Array


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """How well a network does on a data set.

    Parameters
    ----------
    title : str
        Of the data.
    n : int
        Examples judged.
    loss : float
        Mean loss, without penalty.
    metrics : dict of str to float
        Every metric of the register that fits: accuracy for classes; R², errors for numbers, in the data's units.
    accuracy, accuracy_interval : float, Interval; None for regression
        Share of correct answers, and Wilson's 95 % interval for it.
    confusion : (k, k) or None
        How often class i (row) was called class j (column).
    classes : tuple of str or None
    mistakes : tuple of Mistake
        The wrong answers of which the network was surest, surest first.
    """

    title: str
    n: int
    loss: float
    metrics: dict[str, float]
    accuracy: float | None = None
    accuracy_interval: Interval | None = None
    confusion: Array | None = None
    classes: tuple[str, ...] | None = None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def n_correct(self) -> int:
        """How many answers were right."""
        if self.confusion is None:
            raise OptionError("This report is of a regression; no answer is simply right or wrong.")
        return int(np.trace(self.confusion))

    def __repr__(self) -> str:
        return f"<Report: {'; '.join(str(self).splitlines())}>"

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.n:,} examples, loss {self.loss:.4f}"]
        if self.accuracy is not None and self.accuracy_interval is not None:
            low, high = self.accuracy_interval
            lines.append(
                f"accuracy {percent(self.accuracy, 2)} (95 % interval {percent(low, 2)} to {percent(high, 2)})"
            )
        else:
            lines.extend(f"{name} {value:.4g}" for name, value in self.metrics.items())
        return "\n".join(lines)


def evaluate(net: Network, data: Dataset | Splits, *, n_mistakes: int = 10) -> Report:
    """A report on examples that the network should not have learnt from.

    Parameters
    ----------
    net : Network
    data : Dataset or Splits
        Of a `Splits`, the test part.
    n_mistakes : int
        How many of the surest mistakes to keep.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If there is nothing to judge, or the classes are not those of the network.
    ShapeError
        If an example does not have the network's number of features.

    Examples
    --------
    >>> corners = Dataset(np.eye(2), np.array([0, 1]), classes=("low", "high"))
    >>> evaluate(Network.for_data(corners, hidden=[4]), corners).n
    2
    """
    dataset = _test_part(data)
    check_dataset(net.architecture, net.classes, dataset)
    if not dataset.is_classification and net.architecture.loss_function.targets == "binary":
        raise DataError("There is no report for several yes-or-no answers; expected classes or numbers.")
    with np.errstate(over="ignore", invalid="ignore"):  # a report of a bad network says so in its numbers
        logits = net.logits(dataset.X)
        losses, _ = net.architecture.loss_function.value(logits, net.targets(dataset.y))
    loss = float(losses.mean(dtype=np.float64))
    if not dataset.is_classification:
        return _regression_report(net, dataset, logits, loss)
    return _classification_report(net, dataset, logits, loss, n_mistakes)


def _test_part(data: Dataset | Splits) -> Dataset:
    dataset = data.test if isinstance(data, Splits) else data
    if dataset is None:
        raise DataError("The data set has no test part; expected one, or a Dataset to judge.")
    if len(dataset) == 0:
        raise DataError("There is no example to judge; expected at least one.")
    return dataset


def _classification_report(
    net: Network, dataset: Dataset, logits: Array, loss: float, n_mistakes: int
) -> Report:
    assert dataset.classes is not None
    predicted = net.decide(logits)
    confusion = confusion_matrix(dataset.y, predicted, len(dataset.classes))
    return Report(
        title=dataset.title,
        n=len(dataset),
        loss=loss,
        metrics={m.name: m.value(dataset.y, predicted) for m in METRICS.values() if m.targets == "classes"},
        accuracy=accuracy(dataset.y, predicted),
        accuracy_interval=wilson_interval(int(np.trace(confusion)), len(dataset)),
        confusion=confusion,
        classes=dataset.classes,
        mistakes=_surest_mistakes(net, dataset, logits, predicted, n_mistakes),
    )


def _regression_report(net: Network, dataset: Dataset, logits: Array, loss: float) -> Report:
    """Metrics in the units of the data: a table's standardized target is put back first."""
    y, predicted = net.in_units(dataset.y.reshape(len(dataset), -1)), net.in_units(net.decide(logits))
    metrics = {m.name: m.value(y, predicted) for m in METRICS.values() if m.targets == "numbers"}
    return Report(title=dataset.title, n=len(dataset), loss=loss, metrics=metrics)


def _surest_mistakes(
    net: Network, dataset: Dataset, logits: Array, predicted: Array, count: int
) -> tuple[Mistake, ...]:
    wrong = np.flatnonzero(predicted != dataset.y)
    probabilities = net.probabilities_of(logits[wrong])
    sureness = probabilities[np.arange(len(wrong)), predicted[wrong]]
    assert dataset.classes is not None
    return tuple(
        Mistake(
            index=int(wrong[i]),
            truth=dataset.classes[dataset.y[wrong[i]]],
            predicted=dataset.classes[predicted[wrong[i]]],
            probability=float(sureness[i]),
            x=dataset.X[wrong[i]],
        )
        for i in np.argsort(-sureness, kind="stable")[:count]
    )


def wilson_interval(correct: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share, such as an accuracy measured on n examples.

    Examples
    --------
    >>> low, high = wilson_interval(965, 1000)
    >>> round(low, 4), round(high, 4)
    (0.9517, 0.9747)

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    from scipy.stats import binomtest

    interval = binomtest(correct, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(interval.low), float(interval.high))
