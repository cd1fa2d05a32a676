"""Which rows are learnt from, which decide, which judge? From a seed, by class, by group."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, check_seed, permutation
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.duplicates import shared_between_parts

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RowSplit:
    """Sorted row numbers of each part; together all rows, each once."""

    train: Rows
    validation: Rows
    test: Rows


def split_rows(
    n: int,
    *,
    test: float = 0.2,
    validation: float = 0.0,
    y: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> RowSplit:
    """Row numbers 0 … n−1 shared out among training, validation and test.

    With `y`, each class keeps its share in every part within one row; a class too small for that goes to training
    first. With `groups`, the rows of a group stay together, and shares (of rows, and of classes) are as near as
    whole groups allow.

    Parameters
    ----------
    n : int
        How many rows there are.
    test, validation : float
        Shares of all rows, from 0 to below 1; training gets the rest.
    y : (n,), optional
        The class of each row.
    groups : (n,), optional
        The patient, plate or writer of each row.
    seed : int

    Returns
    -------
    RowSplit

    Raises
    ------
    OptionError
        If a share is out of range, or the shares leave nothing for training.
    DataError
        If there are fewer rows, or fewer groups, than parts.

    Examples
    --------
    >>> parts = split_rows(10, test=0.2, validation=0.1, seed=0)
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (7, 1, 2)
    """
    check_shares(test, validation)
    order = permutation(n, seed=check_seed(seed), stream=Stream.SPLIT)
    classes = np.zeros(n, dtype=np.int64) if y is None else numbered(y, n, "y")
    n_parts = 1 + (test > 0) + (validation > 0)
    if n < n_parts:
        raise DataError(f"too few rows ({n}) for {n_parts} parts; bring more rows or ask for fewer parts.")
    if groups is None:
        part = _by_class(order, classes, (test, validation))
    else:
        part = _by_group(order, classes, numbered(groups, n, "groups"), (test, validation))
    train, test_rows, validation_rows = (np.flatnonzero(part == number) for number in range(3))
    for share, rows, name in ((test, test_rows, "test"), (validation, validation_rows, "validation")):
        if share > 0 and not len(rows):
            raise DataError(
                f"nothing is left for the {name} part: the classes are too small to be shared out; "
                "bring more rows for each class, or is this column not a class at all?"
            )
    return RowSplit(train, validation_rows, test_rows)


def split(
    dataset: Dataset, *, test: float = 0.2, validation: float = 0.0, seed: int = 0, check: bool = False
) -> Splits:
    """The dataset's rows shared out: by class where it has classes, groups never on two sides.

    Parameters
    ----------
    dataset : Dataset
    test, validation : float
        Shares of all rows, from 0 to below 1; a part with share 0 is None.
    seed : int
    check : bool
        Whether to look for examples that stand, nearly the same, in two parts: see `shared_examples`.

    Returns
    -------
    Splits

    Raises
    ------
    OptionError, DataError
        As `split_rows` does.

    Warns
    -----
    UserWarning
        If `check` finds such examples.

    Examples
    --------
    >>> data = Dataset(np.eye(8), np.arange(8) % 2, classes=("even", "odd"))
    >>> split(data, test=0.5).test.class_counts.tolist()
    [2, 2]
    """
    y = dataset.y if dataset.is_classification else None
    rows = split_rows(len(dataset), test=test, validation=validation, y=y, groups=dataset.groups, seed=seed)
    parts = Splits(
        dataset.take(rows.train),
        test=dataset.take(rows.test) if test > 0 else None,
        validation=dataset.take(rows.validation) if validation > 0 else None,
    )
    for shared in shared_between_parts(parts) if check else ():
        warnings.warn(shared.warning, stacklevel=2)
    return parts


def check_shares(test: float, validation: float) -> None:
    """Raise OptionError unless both are shares and leave something for training."""
    for name, share in (("test", test), ("validation", validation)):
        if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share < 1:
            raise OptionError(f"{name} is {share!r}; expected a share from 0 to below 1, such as 0.2.")
    if test + validation >= 1:
        raise OptionError(
            f"test {test} and validation {validation} leave nothing for training; their sum must be below 1."
        )


def numbered(values: npt.ArrayLike, n: int, name: str) -> Rows:
    """Each value as its number 0 … m−1 in the order of the m different ones, ``(n,)``.

    Parameters
    ----------
    values : (n,)
        Classes or groups, of any kind that can be sorted.
    n : int
        How many there have to be.
    name : str
        What messages call them ("groups").

    Raises
    ------
    ShapeError
        If there are not n values.

    Examples
    --------
    >>> numbered(["well", "ill", "well"], 3, "y").tolist()
    [1, 0, 1]
    """
    array = np.asarray(values)
    if array.shape != (n,):
        raise ShapeError(f"{name} has shape {array.shape}; expected one value for each of {n} rows.")
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def _by_class(order: Rows, classes: Rows, shares: tuple[float, float]) -> Rows:
    """0 for training, 1 for test, 2 for validation: the first rows of each class, in random order, go to test."""
    sizes = np.bincount(classes)
    spare = sizes - 1  # training keeps one row of every class
    part = np.zeros(len(classes), dtype=np.int64)
    shuffled = order[np.argsort(classes[order], kind="stable")]
    begin = np.cumsum(sizes) - sizes
    for number, share in enumerate(shares, start=1):
        reserved = sum(
            later > 0 for later in shares[number:]
        )  # a row for each part that comes after this one
        counts = _shared_out(sizes * share, spare, int(spare.sum()) - reserved)
        for first, count in zip(begin, counts, strict=True):
            part[shuffled[first : first + count]] = number
        begin, spare = begin + counts, spare - counts
    return part


def _shared_out(exact: Array, spare: Rows, most: int) -> Rows:
    """How many rows each class gives: its share rounded down, then one more where the remainder is largest."""
    counts = np.minimum(np.floor(exact).astype(np.int64), spare)
    total = min(most, max(1, round(float(exact.sum())))) if exact.any() else 0
    by_remainder = np.argsort(counts - exact, kind="stable")
    for c in by_remainder[(counts < spare)[by_remainder]][: max(0, total - int(counts.sum()))]:
        counts[c] += 1
    while counts.sum() > max(0, total):  # a handful of rows for three parts
        counts[counts.argmax()] -= 1
    return counts


def _by_group(order: Rows, classes: Rows, groups: Rows, shares: tuple[float, float]) -> Rows:
    """Take groups in random order as long as each brings the part's class counts nearer to its share."""
    n_groups, n_parts = int(groups.max()) + 1, 1 + sum(share > 0 for share in shares)
    if n_groups < n_parts:
        raise DataError(
            f"too few groups ({n_groups}) for {n_parts} parts; bring rows of more groups or ask for fewer parts."
        )
    counts = np.zeros((n_groups, int(classes.max()) + 1))
    np.add.at(counts, (groups, classes), 1)
    left = list(dict.fromkeys(groups[order].tolist()))  # each group once, in random order
    part_of = np.zeros(n_groups, dtype=np.int64)
    for number, share in enumerate(shares, start=1):
        if share == 0:
            continue
        n_parts -= 1  # so many parts must still get a group after this one
        for group in _nearest_groups(counts, left, share * counts.sum(axis=0))[: len(left) - n_parts]:
            part_of[group] = number
            left.remove(group)
    return part_of[groups]


def _nearest_groups(counts: Array, left: list[int], target: Array) -> list[int]:
    have, chosen = np.zeros_like(target), []
    for group in left:
        if np.abs(have + counts[group] - target).sum() < np.abs(have - target).sum():
            have = have + counts[group]
            chosen.append(group)
    return chosen or [min(left, key=lambda group: float(counts[group].sum()))]
