"""Folds for cross-validation: each row judges once in every repeat, and teaches in all other folds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, check_seed, permutation, uniform
from pellucid.basics.errors import DataError, OptionError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.splits import Rows, numbered


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Sorted row numbers of one fold: `test` judges, `train` is all the others.

    Parameters
    ----------
    number, repeat : int
        Both counted from 1.
    train, test : (m,)
    """

    number: int
    repeat: int
    train: Rows
    test: Rows


def fold_rows(
    n: int,
    *,
    k: int = 5,
    repeats: int = 1,
    y: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> tuple[Fold, ...]:
    """Row numbers 0 … n−1 in k folds of (nearly) equal size, as often as there are repeats.

    With `y`, the counts of each class differ by at most one row between folds, and so do the folds' sizes. With
    `groups`, the rows of a group stay together; sizes and class counts are then as even as a greedy choice makes
    them: heavy groups first, each into the fold that has least of what the group brings.

    Parameters
    ----------
    n : int
        How many rows there are.
    k : int
        How many folds, from 2.
    repeats : int
        How often all rows are folded anew.
    y : (n,), optional
        The class of each row.
    groups : (n,), optional
        The patient, plate or writer of each row.
    seed : int

    Returns
    -------
    tuple of Fold
        k · repeats of them, repeat by repeat.

    Raises
    ------
    OptionError
        If k or repeats is out of range.
    DataError
        If there are fewer rows, or fewer groups, than folds.

    Warns
    -----
    UserWarning
        If a class has fewer rows than there are folds: some folds then can't judge it.

    References
    ----------
    Kohavi (1995), A study of cross-validation and bootstrap for accuracy estimation and model selection, IJCAI 14.

    Examples
    --------
    >>> for fold in fold_rows(6, k=3, y=["a", "b"] * 3):
    ...     print(fold.number, fold.train, fold.test)
    1 [0 3 4 5] [1 2]
    2 [0 1 2 3] [4 5]
    3 [1 2 4 5] [0 3]
    """
    if y is None:
        return _folded(n, k, repeats, None, (), groups, seed)
    names, classes = np.unique(np.asarray(y), return_inverse=True)
    return _folded(n, k, repeats, classes, tuple(map(str, names)), groups, seed)


def _folded(
    n: int,
    k: int,
    repeats: int,
    classes: Array | None,
    names: tuple[str, ...],
    groups: npt.ArrayLike | None,
    seed: int,
) -> tuple[Fold, ...]:
    _check_counts(n, k, repeats)
    seed = check_seed(seed)
    if classes is None:
        y = np.zeros(n, dtype=np.int64)
    else:
        y = numbered(classes, n, "y")
        _warn_of_small_classes(np.bincount(classes, minlength=len(names)), names, k)
    grouped = None if groups is None else numbered(groups, n, "groups")
    if grouped is not None and (n_groups := int(grouped.max()) + 1) < k:
        raise DataError(
            f"too few groups ({n_groups}) for {k} folds; ask for at most {n_groups} folds or bring more groups."
        )
    found = []
    for repeat in range(1, repeats + 1):
        fold_of = _by_class(y, k, seed, repeat) if grouped is None else _by_group(y, grouped, k, seed, repeat)
        for number in range(k):
            test = fold_of == number
            found.append(Fold(number + 1, repeat, np.flatnonzero(~test), np.flatnonzero(test)))
    return tuple(found)


def folds(dataset: Dataset, k: int = 5, repeats: int = 1, seed: int = 0) -> Iterator[Splits]:
    """The dataset's folds: by class where it has classes, groups never on two sides.

    Parameters
    ----------
    dataset : Dataset
    k, repeats, seed : int
        As `fold_rows` takes them.

    Yields
    ------
    Splits
        The rows to learn from as `train`, the fold itself as `test`.

    Raises
    ------
    OptionError, DataError
        As `fold_rows` does.

    Examples
    --------
    >>> data = Dataset(np.eye(8), np.arange(8) % 2, classes=("even", "odd"))
    >>> [parts.test.class_counts.tolist() for parts in folds(data, k=4)]
    [[1, 1], [1, 1], [1, 1], [1, 1]]
    """
    for fold in dataset_folds(dataset, k=k, repeats=repeats, seed=seed):
        yield Splits(dataset.take(fold.train), test=dataset.take(fold.test))


def dataset_folds(dataset: Dataset, *, k: int = 5, repeats: int = 1, seed: int = 0) -> tuple[Fold, ...]:
    """The row numbers of a dataset's folds: by class where it has classes, by group where it has groups."""
    classes = None if dataset.classes is None else dataset.y
    return _folded(len(dataset), k, repeats, classes, dataset.classes or (), dataset.groups, seed)


def _check_counts(n: int, k: int, repeats: int) -> None:
    for name, count, least in (("k", k, 2), ("repeats", repeats, 1)):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < least:
            raise OptionError(f"{name} is {count!r}; expected a whole number of at least {least}.")
    if n < k:
        raise DataError(f"too few rows ({n}) for {k} folds; bring more rows or ask for fewer folds.")


def _warn_of_small_classes(sizes: Array, names: tuple[str, ...], k: int) -> None:
    small = np.flatnonzero((sizes > 0) & (sizes < k))
    if not len(small):
        return
    shown = ", ".join(f"{names[c]} ({sizes[c]})" for c in small[:5]) + (", …" if len(small) > 5 else "")
    warnings.warn(
        f"Classes with fewer rows than the {k} folds: {shown}; some folds can't judge them, so bring more rows or "
        f"ask for fewer folds.",
        stacklevel=4,
    )


def _by_class(classes: Rows, k: int, seed: int, repeat: int) -> Rows:
    """Deal the rows out like cards, class after class: no count differs by more than one."""
    order = permutation(len(classes), seed=seed, stream=Stream.SPLIT, part=repeat)
    fold_of = np.empty(len(classes), dtype=np.int64)
    fold_of[order[np.argsort(classes[order], kind="stable")]] = np.arange(len(classes)) % k
    return fold_of


def _by_group(classes: Rows, groups: Rows, k: int, seed: int, repeat: int) -> Rows:
    """Each group joins the fold that has least of its classes; of equal ones, the fold with fewest rows.

    With shares s of each class in a fold and g in a group, Σ_folds |s|² (the folds' unevenness) grows by
    2 s·g + |g|², so the fold with the smallest s·g keeps it lowest. An empty fold always comes first.
    """
    n_groups = int(groups.max()) + 1
    counts = np.zeros((n_groups, int(classes.max()) + 1))
    np.add.at(counts, (groups, classes), 1)
    shares, sizes = counts / counts.sum(axis=0), counts.sum(axis=1)
    # A heavy group placed late can't be made up for; the random factor makes repeats differ all the same.
    luck = 0.5 + 0.5 * uniform(n_groups, seed=seed, stream=Stream.SPLIT, part=repeat)
    weight = np.sqrt((shares**2).sum(axis=1)) * luck
    have, rows = np.zeros((k, counts.shape[1])), np.zeros(k)
    fold_of_group = np.empty(n_groups, dtype=np.int64)
    for group in np.argsort(-weight, kind="stable"):
        fold = np.lexsort((rows, (have @ shares[group]).round(12)))[0]
        fold_of_group[group] = fold
        have[fold] += shares[group]
        rows[fold] += sizes[group]
    return fold_of_group[groups]
