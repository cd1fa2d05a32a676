"""Which examples stand on two sides? Rows that are equal, or so alike that one gives the other's answer away.

A score on test rows that training has seen (almost) says nothing about new ones. Such pairs come from one patient,
plate or writer on both sides, from a picture that was saved twice, or from rows that were copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.near_rows import FEWEST, equal_rows, near_rows

Rows = npt.NDArray[np.int64]
NEAR = 0.05  # of the typical distance between two examples


@dataclass(frozen=True, slots=True, eq=False)
class SharedExamples:
    """Rows of a second part that are (nearly) the same as rows of a first one.

    Parameters
    ----------
    n : int
        How many rows the second part has.
    rows : (m,)
        Those of them that have a twin in the first part, in ascending order.
    twins : (m,)
        The first part's row that each is like.
    equal : (m,)
        Whether all features are equal; else they are nearly so.
    contradictions : int
        How many of these rows have another class than their twin.
    groups : tuple of str
        Groups that stand in both parts.
    names : tuple of str
        What the two parts are called.
    """

    n: int
    rows: Rows
    twins: Rows
    equal: npt.NDArray[np.bool_]
    contradictions: int
    groups: tuple[str, ...]
    names: tuple[str, str]

    @property
    def n_shared(self) -> int:
        """How many rows have a twin."""
        return len(self.rows)

    @property
    def n_equal(self) -> int:
        """How many of them are equal to it in all features."""
        return int(self.equal.sum())

    @property
    def warning(self) -> str:
        """One line that says what is shared and what to do; empty if nothing is."""
        first, second = self.names
        said = []
        if self.groups:
            shown = ", ".join(self.groups[:3]) + (", …" if len(self.groups) > 3 else "")
            stand = "group stands" if len(self.groups) == 1 else "groups stand"
            said.append(
                f"{len(self.groups):,} {stand} in both {first} and {second} rows ({shown}); split by group."
            )
        if self.n_shared:
            are = "is" if self.n_shared == 1 else "are"
            how = "" if self.equal.all() else "nearly " if not self.equal.any() else "(nearly) "
            examples = zip(self.rows[:3], self.twins[:3], self.equal[:3], strict=True)
            shown = ", ".join(f"{row} {'=' if same else '≈'} {twin}" for row, twin, same in examples)
            said.append(
                f"{self.n_shared:,} of {self.n:,} {second} rows {are} {how}the same as {first} rows "
                f"({shown}{', …' if self.n_shared > 3 else ''}), so their score flatters; remove them, or give "
                "groups that keep such rows together."
            )
            if 2 * self.n_equal > self.n:
                said.append("Where features take few values, though, equal rows are natural.")
        return " ".join(said)

    def __bool__(self) -> bool:
        return bool(self.n_shared or self.groups)

    def __str__(self) -> str:
        return self.warning or f"{self.names[0]} and {self.names[1]} rows have nothing in common."


def shared_examples(
    first: Dataset,
    second: Dataset,
    *,
    tolerance: float = NEAR,
    names: tuple[str, str] = ("training", "test"),
) -> SharedExamples:
    """The rows of `second` that are equal, or nearly equal, to a row of `first`.

    Equal rows are found by their hashes. Two rows are nearly equal if their distance is at most `tolerance` times
    the median distance of two rows of `first`, pictures with their pixels as they are, other features divided by
    their standard deviations. In few dimensions neighbors may be as near as that by mere chance; the distance is
    then lowered to what chance gives one row in a thousand, as told from how the share of pairs within a distance
    grows with it.

    Near rows are looked for in the 12 directions in which examples differ most: distances there are never longer
    than the true ones, so that no pair is lost, unless 16 others are nearer there. What is found is verified in
    all features. A picture that was shifted or turned is not near in this sense.

    Parameters
    ----------
    first, second : Dataset
        With the same features; training and test rows, say.
    tolerance : float
        0 finds equal rows only.
    names : tuple of str
        What the two parts are called in the warning.

    Returns
    -------
    SharedExamples

    Raises
    ------
    ShapeError
        If the parts have different numbers of features.
    OptionError
        If the tolerance is not a share from 0 to below 1.

    References
    ----------
    Grassberger, Procaccia (1983), Measuring the strangeness of strange attractors, Physica D 9: the correlation
    dimension. Halko, Martinsson, Tropp (2011), Finding structure with randomness, SIAM Review 53: the directions.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> train = Dataset(rng.normal(size=(50, 4)), np.zeros(50))
    >>> test = Dataset(np.vstack([train.X[7], train.X[3] + 1e-6, rng.normal(size=4)]), np.zeros(3))
    >>> print(shared_examples(train, test))  # doctest: +NORMALIZE_WHITESPACE
    2 of 3 test rows are (nearly) the same as training rows (0 = 7, 1 ≈ 3), so their score flatters; remove them,
    or give groups that keep such rows together.
    """
    if first.n_features != second.n_features:
        raise ShapeError(
            f"The {names[0]} rows have {first.n_features} features, the {names[1]} rows {second.n_features}; "
            "expected the same."
        )
    is_number = isinstance(tolerance, int | float | np.number) and not isinstance(tolerance, bool)
    if not is_number or not 0 <= tolerance < 1:
        raise OptionError(f"tolerance is {tolerance!r}; expected a share from 0 to below 1, such as 0.05.")
    twin = equal_rows(first.X, second.X)
    equal = twin >= 0
    left = np.flatnonzero(~equal)
    if tolerance > 0 and len(left) and len(first) >= FEWEST:
        twin[left] = near_rows(first, second.take(left), float(tolerance))
    rows = np.flatnonzero(twin >= 0)
    contradictions = 0
    if first.classes is not None and second.classes is not None:
        pairs = zip(first.y[twin[rows]], second.y[rows], strict=True)
        contradictions = sum(first.classes[a] != second.classes[b] for a, b in pairs)
    return SharedExamples(
        len(second), rows, twin[rows], equal[rows], contradictions, shared_groups(first, second), names
    )


def shared_groups(first: Dataset, second: Dataset) -> tuple[str, ...]:
    """The groups that stand in both parts, as text; none where a part has no groups.

    Examples
    --------
    >>> parts = [Dataset(np.eye(2), np.zeros(2), groups=np.array(g)) for g in (["p1", "p2"], ["p2", "p3"])]
    >>> shared_groups(*parts)
    ('p2',)
    """
    if first.groups is None or second.groups is None:
        return ()
    there = set(map(str, np.unique(first.groups)))
    return tuple(name for name in map(str, np.unique(second.groups)) if name in there)


def check_groups(first: Dataset, second: Dataset, names: tuple[str, str] = ("training", "test")) -> None:
    """Raise DataError if a group stands in both parts.

    Parameters
    ----------
    first, second : Dataset
    names : tuple of str
        What the two parts are called.
    """
    both = shared_groups(first, second)
    if both:
        shown = ", ".join(both[:3]) + (", …" if len(both) > 3 else "")
        raise DataError(
            f"{len(both)} of the groups stand in both {names[0]} and {names[1]} rows: {shown}. A group must stay on "
            "one side, so split by group."
        )


def shared_between_parts(parts: Splits, *, tolerance: float = NEAR) -> tuple[SharedExamples, ...]:
    """What training, validation and test parts have in common: one record for each two that share anything.

    Parameters
    ----------
    parts : Splits
    tolerance : float
        As `shared_examples` takes it.

    Examples
    --------
    >>> data = Dataset(np.eye(4), np.arange(4) % 2, classes=("a", "b"))
    >>> [record.warning[:46] for record in shared_between_parts(Splits(data, test=data.take([0, 1])))]
    ['2 of 2 test rows are the same as training rows']
    """
    named = {"training": parts.train, "validation": parts.validation, "test": parts.test}
    present = [(name, part) for name, part in named.items() if part is not None]
    records = (
        shared_examples(first, second, tolerance=tolerance, names=(a, b))
        for (a, first), (b, second) in combinations(present, 2)
    )
    return tuple(record for record in records if record)
