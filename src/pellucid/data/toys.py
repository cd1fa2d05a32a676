"""Small sets that can be seen at a glance: points of the plane, one curve, four people.

Every set is drawn from its seed. Rows come in random order of place and in turn of class, so that the first half
(for training) and the second (for testing) hold equally many of each class.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.basics.draws import Stream, check_seed, normal, uniform
from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Dataset, Splits

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def two_moons(n: int = 500, noise: float = 0.1, seed: int = 0) -> Splits:
    """Two half circles that reach into each other.

    Class 0: (cos t, sin t); class 1: (1 − cos t, ½ − sin t), for t uniform on [0, π].

    Parameters
    ----------
    n : int
        How many points in both parts together.
    noise : float
        Standard deviation of the normal noise on each coordinate.
    seed : int

    Returns
    -------
    Splits
        Half for training, half for testing.

    Raises
    ------
    OptionError
        If `n` is too small or `noise` negative.

    Examples
    --------
    >>> two_moons(6, noise=0.0).train.X.shape
    (3, 2)
    """
    y = _turns(n, 2, noise, seed)
    t = np.pi * _uniform(n, seed, 0)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    X = np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return _points("Two moons", _jitter(X, noise, seed), y, ("upper", "lower"))


def circles(n: int = 500, noise: float = 0.05, seed: int = 0, factor: float = 0.5) -> Splits:
    """Two circles around the origin: class 0 with radius 1, class 1 with radius `factor`.

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`.
    factor : float
        The inner radius, between 0 and 1.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> np.linalg.norm(circles(4, noise=0.0).train.X, axis=1).round(3).tolist()
    [1.0, 0.5]
    """
    if not 0 < factor < 1:
        raise OptionError(f"factor is {factor}; expected a radius between 0 and 1.")
    y = _turns(n, 2, noise, seed)
    X = _polar(np.where(y == 0, 1.0, factor), 2 * np.pi * _uniform(n, seed, 0))
    return _points("Circles", _jitter(X, noise, seed), y, ("outer", "inner"))


def rings(n: int = 500, noise: float = 0.05, seed: int = 0, n_classes: int = 3) -> Splits:
    """Circles around the origin, class c with radius (c + 1) / n_classes.

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`.
    n_classes : int
        How many rings, from 2.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> np.linalg.norm(rings(4, noise=0.0, n_classes=2).train.X, axis=1).round(3).tolist()
    [0.5, 1.0]
    """
    y = _turns(n, n_classes, noise, seed)
    X = _polar((y + 1) / n_classes, 2 * np.pi * _uniform(n, seed, 0))
    return _points("Rings", _jitter(X, noise, seed), y, _numbers(n_classes))


def xor(n: int = 500, noise: float = 0.1, seed: int = 0) -> Splits:
    """Four squares around the corners (±1, ±1): class 1 where exactly one coordinate is positive.

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`; the noise comes after the class is fixed.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    References
    ----------
    Minsky, Papert (1969), Perceptrons.

    Examples
    --------
    >>> xor(8, noise=0.0).train.y.tolist()
    [0, 1, 1, 0]
    """
    corner = _turns(n, 4, noise, seed)
    right, up = corner % 2, corner // 2
    within = 0.2 + 0.8 * np.stack([_uniform(n, seed, 0), _uniform(n, seed, 1)], axis=1)
    X = np.stack([2 * right - 1, 2 * up - 1], axis=1) * within
    return _points("Exclusive or", _jitter(X, noise, seed), right ^ up, ("same sign", "different sign"))


def gaussians(n: int = 500, noise: float = 0.5, seed: int = 0, n_classes: int = 2) -> Splits:
    """One round cloud for each class, with centers evenly on a circle of radius √2.

    Parameters
    ----------
    n, seed
        As for `two_moons`.
    noise : float
        Standard deviation of a cloud.
    n_classes : int
        How many clouds, from 2.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> gaussians(4, noise=0.0).train.X.round(3).tolist()
    [[1.0, 1.0], [-1.0, -1.0]]
    """
    y = _turns(n, n_classes, noise, seed)
    X = _polar(np.full(n, np.sqrt(2.0)), np.pi / 4 + 2 * np.pi * y / n_classes)
    return _points("Gaussians", _jitter(X, noise, seed), y, _numbers(n_classes))


def spirals(
    n: int = 500, noise: float = 0.02, seed: int = 0, n_classes: int = 2, turns: float = 1.5
) -> Splits:
    """One arm of a spiral for each class: radius r uniform on [0.1, 1], angle 2π(turns · r + c / n_classes).

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`.
    n_classes : int
        How many arms, from 2.
    turns : float
        How often an arm winds around the origin.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> spirals(60, n_classes=3).test.class_counts.tolist()
    [10, 10, 10]
    """
    if not np.isfinite(turns):
        raise OptionError(f"turns is {turns}; expected a number such as 1.5.")
    y = _turns(n, n_classes, noise, seed)
    r = 0.1 + 0.9 * _uniform(n, seed, 0)
    X = _polar(r, 2 * np.pi * (turns * r + y / n_classes))
    return _points("Spirals", _jitter(X, noise, seed), y, _numbers(n_classes))


def checkerboard(n: int = 500, noise: float = 0.0, seed: int = 0, cells: int = 4) -> Splits:
    """A board of `cells` × `cells` squares on [−1, 1]²: class 0 and class 1 in turn.

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`; the noise comes after the class is fixed.
    cells : int
        Squares on a side, from 2.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> checkerboard(40).train.class_counts.tolist()
    [10, 10]
    """
    if cells < 2:
        raise OptionError(f"cells is {cells}; expected 2 or more.")
    y = _turns(n, 2, noise, seed)
    column = np.floor(cells * _uniform(n, seed, 0)).astype(np.int64)
    # rows of the right color: every second one, beginning where column + row has the class's parity
    first = (y + column) % 2
    rows_of_color = (cells - first + 1) // 2
    row = first + 2 * np.floor(rows_of_color * _uniform(n, seed, 1)).astype(np.int64)
    within = np.stack([_uniform(n, seed, 2), _uniform(n, seed, 3)], axis=1)
    X = 2 * (np.stack([column, row], axis=1) + within) / cells - 1
    return _points("Checkerboard", _jitter(X, noise, seed), y, ("dark", "light"))


def sine(n: int = 500, noise: float = 0.1, seed: int = 0) -> Splits:
    """A curve to fit: y = sin x + noise, for x uniform on [−π, π].

    Parameters
    ----------
    n, noise, seed
        As for `two_moons`; the noise is on y alone.

    Returns
    -------
    Splits
        One feature, "x"; y holds numbers.

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    >>> part = sine(10, noise=0.0).train
    >>> bool(np.allclose(part.y, np.sin(part.X[:, 0])))
    True
    """
    _turns(n, 2, noise, seed)  # for its checks
    x = np.pi * (2 * _uniform(n, seed, 0) - 1)
    y = np.sin(x) + noise * normal(n, seed=seed, stream=Stream.TOY_DATA, step=_NOISE_STEP)
    return _halves(Dataset(x[:, None], y, names=("x",), title="Sine"))


def four_people() -> Splits:
    """Alice, Bob, Charlie and Diana: weight and height, and who is a woman. Four rows, and nothing to test on.

    Alice 133 lb, 65 in; Bob 160 lb, 72 in; Charlie 152 lb, 70 in; Diana 120 lb, 60 in. 135 and 66 are taken off.

    Returns
    -------
    Splits
        `test` is None.

    References
    ----------
    Victor Zhou (2019), "Machine learning for beginners: an introduction to neural networks".

    Examples
    --------
    >>> people = four_people().train
    >>> people.X.tolist(), people.y.tolist()
    ([[-2.0, -1.0], [25.0, 6.0], [17.0, 4.0], [-15.0, -6.0]], [1, 0, 0, 1])
    """
    X = np.array([[133.0, 65.0], [160.0, 72.0], [152.0, 70.0], [120.0, 60.0]]) - (135.0, 66.0)
    names = ("weight minus 135 lb", "height minus 66 in")
    return Splits(Dataset(X, np.array([1, 0, 0, 1]), classes=("M", "F"), names=names, title="Four people"))


_NOISE_STEP = 9  # the step of the draw that is noise; the others are numbered from 0


def _turns(n: int, n_classes: int, noise: float, seed: int) -> Labels:
    """The class of each row: 0, 1, …, 0, 1, … in each half; also checks what all sets have in common."""
    check_seed(seed)
    if isinstance(n_classes, bool) or not isinstance(n_classes, int | np.integer) or n_classes < 2:
        raise OptionError(f"n_classes is {n_classes!r}; expected a whole number from 2.")
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2 * n_classes:
        raise OptionError(
            f"n is {n!r}; expected a whole number from {2 * n_classes}: one of each class in each half."
        )
    if not (np.isfinite(noise) and noise >= 0):
        raise OptionError(f"noise is {noise}; expected a standard deviation, 0 or more.")
    half = int(n) // 2
    return np.concatenate([np.arange(half), np.arange(n - half)]) % n_classes


def _uniform(n: int, seed: int, step: int) -> Floats:
    return uniform(n, seed=seed, stream=Stream.TOY_DATA, step=step)


def _polar(radius: Floats, angle: Floats) -> Floats:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _jitter(X: Floats, noise: float, seed: int) -> Floats:
    shift = normal(X.size, seed=seed, stream=Stream.TOY_DATA, step=_NOISE_STEP)
    return X + noise * shift.reshape(X.shape)


def _numbers(n_classes: int) -> tuple[str, ...]:
    return tuple(map(str, range(n_classes)))


def _points(title: str, X: Floats, y: Labels, classes: tuple[str, ...]) -> Splits:
    return _halves(Dataset(X, y, classes=classes, names=("x1", "x2"), title=title))


def _halves(dataset: Dataset) -> Splits:
    half = len(dataset) // 2
    return Splits(dataset.take(slice(None, half)), test=dataset.take(slice(half, None)))
