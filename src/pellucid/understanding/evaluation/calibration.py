"""One number, the temperature, that makes a network's probabilities honest.

A network that is 90 % sure should be right nine times out of ten; most are surer than that. Dividing their scores by
a temperature T > 1 makes them less sure of everything and changes no decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.basics.percent import percent
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.losses import binary_cross_entropy, cross_entropy
from pellucid.network.fits import check_dataset
from pellucid.network.network import Network
from pellucid.understanding.evaluation.reliability import BINS, Reliability, reliability

Floats = npt.NDArray[np.float64]
COLDEST, HOTTEST = 0.1, 100.0  # of all temperatures


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What a temperature does to a network's probabilities, on held-out examples.

    Parameters
    ----------
    temperature : float
        T; above 1 the network was too sure of itself.
    n : int
        Examples that it was found with.
    loss_before, loss_after : float
        Their mean cross-entropy, in nats.
    before, after : Reliability
    """

    temperature: float
    n: int
    loss_before: float
    loss_after: float
    before: Reliability
    after: Reliability

    @property
    def all_right(self) -> bool:
        """Whether every answer is right, so that the temperature rests on an imagined mistake: see `temperature`."""
        some = self.before.counts > 0
        return bool((self.before.accuracy[some] == 1).all())

    def __str__(self) -> str:
        told = (
            f"temperature {self.temperature:.3f} from {self.n:,} examples: loss {self.loss_before:.4f} → "
            f"{self.loss_after:.4f}, expected calibration error {percent(self.before.expected_error, 2)} → "
            f"{percent(self.after.expected_error, 2)}"
        )
        if self.all_right:
            told += "; every answer is right, which tells little, so bring more held-out examples"
        return told


def temperature(logits: Array, y: Array) -> float:
    """The T > 0 that makes the mean cross-entropy of softmax(z / T) smallest, on held-out examples.

    The loss is convex in 1/T, so that one search between 0.1 and 100 finds the minimum. Where every answer is right
    there is none, the loss falling for ever with T; one more example is then imagined, as sure as the others are,
    whose answer may be anything (each target is mixed with 1/(n + 1) of a uniform one).

    Parameters
    ----------
    logits : (n, k)
        Raw scores z.
    y : (n,) or (n, k)
        The true class of each example, 0 … k−1 (of one score: 0 or 1); or k independent answers, 0 … 1, whose
        probabilities are sigmoid(z / T).

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If y does not fit the scores, or there is no example.
    DataError
        If a score is not finite.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML 34, section 4.2.

    Examples
    --------
    >>> z = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [0.0, 4.0]])  # sure by 98 %, right by 75 %
    >>> T = temperature(z, np.array([0, 0, 1, 1]))
    >>> round(T, 3), round(4 / float(np.log(3)), 3)
    (3.641, 3.641)
    """
    from scipy.optimize import minimize_scalar

    z, y = _checked_scores(logits, y)
    mixed = 1 / (len(z) + 1) if _all_right(z, y) else 0.0

    def loss(log_T: float) -> float:
        return _mean_loss(z / np.exp(log_T), y, mixed)

    # in log T the loss still has one valley only, and both bounds are equally far away
    found = minimize_scalar(
        loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-7}
    )
    return float(np.exp(found.x))


def calibration(net: Network, data: Dataset | Splits, n_bins: int = BINS) -> Calibration:
    """The temperature that held-out examples ask for, with loss and calibration error before and after.

    Parameters
    ----------
    net : Network
    data : Dataset or Splits
        Examples that the network has not learnt from; of a `Splits` the validation part. The error after is
        measured on the very examples that T was found with; one number can hardly be overfitted, but a test part
        is still the better judge.
    n_bins : int
        Of confidence.

    Returns
    -------
    Calibration

    Raises
    ------
    OptionError
        If the network predicts numbers, which have no probabilities.
    DataError
        If there is no example, or the data don't fit the network.

    Examples
    --------
    >>> corners = Dataset(np.repeat(np.eye(2), 2, axis=0), np.array([0, 1, 1, 1]), classes=("low", "high"))
    >>> calibration(Network.for_data(corners, hidden=[4]), corners).n
    4
    """
    if net.architecture.loss_function.targets == "numbers":
        raise OptionError(
            "This network predicts numbers, which have no probabilities; only classes can be calibrated."
        )
    dataset = _held_out(data)
    check_dataset(net.architecture, net.classes, dataset)
    logits = net.logits(dataset.X).astype(np.float64)
    answers = net.targets(dataset.y)
    T = temperature(logits, answers)
    z, y = _checked_scores(logits, answers)
    before, after = (
        reliability(_probabilities(net, dataset, scores), dataset.y, n_bins)
        for scores in (logits, logits / T)
    )
    return Calibration(T, len(dataset), _mean_loss(z, y), _mean_loss(z / T, y), before, after)


def calibrated(net: Network, data: Dataset | Splits) -> Network:
    """A copy of a network whose probabilities are calibrated: its readout's W and b divided by T.

    The temperature is then part of the weights, so that every engine and every file has it. The largest score
    stays the largest, and decisions stay as they are.

    Parameters
    ----------
    net : Network
    data : Dataset or Splits
        As `calibration` takes it.

    Returns
    -------
    Network
        ``info["temperature"]`` says what it was divided by.

    Raises
    ------
    OptionError, DataError
        As `calibration` does.

    Examples
    --------
    >>> corners = Dataset(np.repeat(np.eye(2), 2, axis=0), np.array([0, 1, 1, 1]), classes=("low", "high"))
    >>> net = Network.for_data(corners, hidden=[4])
    >>> bool((calibrated(net, corners).predict(corners.X) == net.predict(corners.X)).all())
    True
    """
    return with_temperature(net, calibration(net, data).temperature)


def with_temperature(net: Network, temperature: float) -> Network:
    """A copy of a network whose raw scores are z / T.

    Parameters
    ----------
    net : Network
    temperature : float
        T, above 0.

    Raises
    ------
    OptionError
        If T is not a number above 0.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> from pellucid.network.architecture import Architecture
    >>> net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2))
    >>> z = net.logits(np.eye(2))
    >>> bool(np.allclose(with_temperature(net, 2.0).logits(np.eye(2)), z / 2))
    True
    """
    is_number = isinstance(temperature, int | float | np.number) and not isinstance(temperature, bool)
    if not is_number or not 0 < temperature < np.inf:
        raise OptionError(f"The temperature is {temperature!r}; expected a number above 0.")
    cooled = net.copy()
    readout = cooled.layers[-1]
    readout.W[...] /= temperature
    readout.b[...] /= temperature
    cooled.info["temperature"] = f"{_temperature_so_far(net) * float(temperature):.6g}"
    return cooled


def _temperature_so_far(net: Network) -> float:
    """What its scores were divided by before; anybody may have written something else there."""
    try:
        return float(net.info.get("temperature", "1"))
    except ValueError:
        return 1.0


def _held_out(data: Dataset | Splits) -> Dataset:
    dataset = data.validation if isinstance(data, Splits) else data
    if dataset is None:
        raise DataError("The data set has no validation part; expected one, or a Dataset to calibrate with.")
    if len(dataset) == 0:
        raise DataError("There is no example to calibrate with; expected at least one.")
    return dataset


def _probabilities(net: Network, dataset: Dataset, logits: Array) -> Array:
    """Of classes; where the data's answers are several yes or no, those of yes."""
    if dataset.is_classification:
        return net.probabilities_of(logits)
    return net.architecture.loss_function.predictions(logits)


def _mean_loss(z: Floats, y: Array, mixed: float = 0.0) -> float:
    """The mean cross-entropy, each target being mixed with so much of a uniform one."""
    if y.ndim == 2:
        return float(binary_cross_entropy(z, (1 - mixed) * y + mixed / 2)[0].mean())
    losses, _ = cross_entropy(z, y)
    lead = z[np.arange(len(z)), y] - z.mean(axis=1)  # by so much a uniform target costs more
    return float((losses + mixed * lead).mean())


def _all_right(z: Floats, y: Array) -> bool:
    if y.ndim == 2:
        return bool(((y == (z > 0)) & (z != 0)).all())
    return bool((z.argmax(axis=1) == y).all())


def _checked_scores(logits: Array, y: Array) -> tuple[Floats, Array]:
    """Scores as float64, and answers as the cross-entropies take them."""
    z, y = np.asarray(logits, dtype=np.float64), np.asarray(y)
    z = z[:, None] if z.ndim == 1 else z
    if z.ndim != 2 or not len(z) or len(y) != len(z):
        raise ShapeError(
            f"The scores have shape {np.shape(logits)} and y {y.shape}; expected (n, k) and one answer for each."
        )
    if not np.isfinite(z).all():
        raise DataError(
            "The scores hold NaN or infinity; train the network again, with a lower learning rate."
        )
    if z.shape[1] == 1 or y.ndim == 2:
        y = y.reshape(len(z), -1).astype(np.float64)
        if y.shape == z.shape and not ((y >= 0) & (y <= 1)).all():
            raise DataError(f"y holds {y.min():g} … {y.max():g}; expected 0 … 1.")
    elif not np.issubdtype(y.dtype, np.integer):
        raise DataError(f"y has dtype {y.dtype}; expected the whole numbers 0 … {z.shape[1] - 1}.")
    _mean_loss(z, y)  # raises where they don't fit
    return z, y
