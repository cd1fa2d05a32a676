"""How a table's columns become X and y: fitted on training rows only, saved with the model, used again to predict.

Each column becomes one or more features (`kinds` decides, `columns` computes): numbers are scaled, and what is
missing among them is filled and marked; categories become −1 and +1, a feature for each level, or codes for an
embedding. A target of classes becomes 0 … k-1; targets of numbers are standardized, and `Preparation.restore` gives
predictions in the user's own units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.columns import CategoryColumn, ClassTarget, FeatureColumn, NumberTargets, Target
from pellucid.data.columns_json import (
    MAX_COLUMNS,
    checked_fields,
    checked_list,
    checked_text,
    column_from_json,
    column_to_json,
    target_from_json,
    target_to_json,
    unsound,
)
from pellucid.data.dataset import Dataset
from pellucid.data.frames import as_table
from pellucid.data.kinds import Embed, Wishes, fit_columns
from pellucid.data.tables import Table
from pellucid.data.targets import answers, are_numbers, find_targets, fit_target, group_labels

_COLUMNS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Preparation:
    """What has to be known to turn rows of a table into examples.

    Parameters
    ----------
    columns : tuple of NumericColumn, CategoryColumn and ConstantColumn
        What becomes of each column, in the order of X's features.
    target : ClassTarget, NumberTarget or NumberTargets, optional
        The answer; None where X and y are given apart.
    group : str, optional
        The column that names the patient, plate or writer of a row; never a feature.
    """

    columns: tuple[FeatureColumn, ...]
    target: Target | None = None
    group: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each feature: "age", "age is missing", "sex=male"."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The name of each column that features are made of."""
        return tuple(column.name for column in self.columns)

    @property
    def codes(self) -> tuple[tuple[int, int], ...]:
        """Which columns of X hold codes 0 … k − 1 for an embedding, and k: pairs of (column of X, k)."""
        return tuple((place.start, column.n_codes) for column, place in self.places() if column.n_codes)

    def places(self) -> Iterator[tuple[FeatureColumn, slice]]:
        """Each column, and which columns of X are made of it."""
        start = 0
        for column in self.columns:
            stop = start + len(column.names)
            yield column, slice(start, stop)
            start = stop

    def features(self, table: Any) -> npt.NDArray[np.float64]:
        """The features X, ``(n, d)``; `Input.features` rounds them to the network's dtype.

        Columns are found by name, in any order; others are ignored. What is missing is filled, and a category that
        training did not know counts as missing.

        Parameters
        ----------
        table : Table, or whatever `as_table` takes
            A pandas, polars or Arrow frame, a dict of columns, an array.

        Raises
        ------
        DataError
            If columns are missing or a cell can't be used.

        Examples
        --------
        >>> people = {"height": [1.6, None, 1.8], "sex": ["f", "m", "m"]}
        >>> preparation = fit_features(people, scale=None)
        >>> preparation.names, preparation.features({"height": [2.0, None], "sex": ["m", "x"]}).tolist()
        (('height', 'height is missing', 'sex=m'), [[2.0, 0.0, 1.0], [1.7000000000000002, 1.0, 0.0]])
        """
        table = as_table(table)
        wanted = [column.name for column in self.columns if column.kind not in ("constant", "empty")]
        missing = [name for name in wanted if name not in table.names]
        if missing:
            shown = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
            raise DataError(
                f"the table lacks {len(missing)} of the {len(self.columns)} columns that the network was trained on: "
                f"{shown}; add them under these names.",
                path=table.title,
            )
        X = np.empty((len(table), len(self.names)))
        places = list(self.places())
        for some in (places[i : i + _COLUMNS_AT_ONCE] for i in range(0, len(places), _COLUMNS_AT_ONCE)):
            first, last = some[0][1].start, some[-1][1].stop
            block = np.empty(
                (last - first, len(table))
            )  # column by column: X's own columns lie far apart in memory
            for column, place in some:
                column.write(table, block[place.start - first : place.stop - first].T)
            X[:, first:last] = block.T
        return X

    def answers(self, table: Any) -> Array:
        """The answers y: classes 0 … k-1, ``(n,)``, or standardized numbers, ``(n, k)``.

        Raises
        ------
        DataError
            If a label was not among the training rows' classes, or a cell can't be used.
        """
        if self.target is None:
            raise DataError("the preparation has no target; give the answers apart.")
        return answers(as_table(table), self.target)

    def restore(self, y: Array) -> Array:
        """Predicted numbers ``(n, k)`` in the table's units; classes as they are."""
        return y if self.target is None or isinstance(self.target, ClassTarget) else self.target.restore(y)

    def dataset(self, table: Any) -> Dataset:
        """The rows of a table as a dataset that remembers this preparation.

        Parameters
        ----------
        table : Table or frame
            With the same columns as the one that was fitted, in any order.

        Returns
        -------
        Dataset

        Raises
        ------
        DataError
            If columns are missing or a cell can't be used.

        Examples
        --------
        >>> cells = [np.array(column, dtype=object) for column in (["1", "3", "5"], ["no", "yes", "yes"])]
        >>> table = Table("answers", ("x", "target"), tuple(cells), np.array([2, 3, 4]))
        >>> data = fit_preparation(table, rows=np.array([0, 1])).dataset(table)
        >>> data.X.tolist(), data.y.tolist(), data.classes
        ([[-1.0], [1.0], [3.0]], [0, 1, 1], ('no', 'yes'))
        """
        table = as_table(table)
        groups = None
        if self.group is not None and self.group in table.names:
            groups = group_labels(table, self.group)
        return Dataset(
            self.features(table),
            self.answers(table),
            classes=self.target.classes if isinstance(self.target, ClassTarget) else None,
            names=self.names,
            groups=groups,
            preparation=self,
            title=table.title,
        )

    def strangers(self, table: Any) -> dict[str, tuple[str, ...]]:
        """The words, by column, that training did not know and that therefore count as missing.

        Examples
        --------
        >>> fit_features({"sex": ["f", "m", "m"]}).strangers({"sex": ["m", "M", None]})
        {'sex': ('M',)}
        """
        table, found = as_table(table), {}
        for column in self.columns:
            if isinstance(column, CategoryColumn):
                words = table.words(column.name)
                unknown = (column.codes(table) == 0) & ~words.missing
                if unknown.any():
                    labels = (words.labels[code] for code in words.codes[unknown].tolist())
                    found[column.name] = tuple(dict.fromkeys(labels))
        return found

    def summary(self) -> str:
        """Each column, its kind, and what becomes of it, as text.

        Examples
        --------
        >>> print(fit_features({"height": [1.5, 1.7], "sex": ["f", "m"]}, scale="robust").summary())
        column  kind      becomes
        height  number    (x − 1.6) / 0.1, clipped smoothly at ±3
        sex     category  −1 f, +1 m, clipped smoothly at ±3
        2 columns become 2 features
        """
        rows = [("column", "kind", "becomes")]
        rows += [(column.name, column.kind, column.becomes) for column in self.columns]
        if self.group is not None:
            rows.append((self.group, "group", "no feature: its rows stay together when data are split"))
        if self.target is not None:
            rows += self._target_rows(self.target)
        widths = [max(len(row[j]) for row in rows) for j in range(2)]
        lines = [
            f"{name.ljust(widths[0])}  {kind.ljust(widths[1])}  {becomes}" for name, kind, becomes in rows
        ]
        columns, features = len(self.columns), len(self.names)
        counted = f"{columns} column{'s' * (columns > 1)} become{'s' * (columns == 1)} "
        return "\n".join([*lines, counted + f"{features} feature{'s' * (features > 1)}"])

    @staticmethod
    def _target_rows(target: Target) -> list[tuple[str, str, str]]:
        if isinstance(target, ClassTarget):
            shown = ", ".join(target.classes[:8]) + (", …" if len(target.classes) > 8 else "")
            return [(target.name, "target", f"{len(target.classes)} classes: {shown}")]
        targets = target.targets if isinstance(target, NumberTargets) else (target,)
        return [(each.name, "target", f"(y − {each.mean:.4g}) / {each.std:.4g}") for each in targets]

    def to_json(self) -> dict[str, Any]:
        """The preparation as a plain dict of text, numbers and lists, for the model file."""
        columns = [column_to_json(column) for column in self.columns]
        return {"columns": columns, "target": target_to_json(self.target), "group": self.group}

    @classmethod
    def from_json(cls, record: object) -> Preparation:
        """The preparation in what `to_json` gave.

        Raises
        ------
        ModelFileError
            For anything else: nothing in a model file is trusted.
        """
        fields = checked_fields(record, "the preparation", ("columns", "target", "group"))
        entries = checked_list(fields["columns"], "the list of columns", MAX_COLUMNS)
        columns = tuple(column_from_json(entry, f"column {i}") for i, entry in enumerate(entries))
        group = None if fields["group"] is None else checked_text(fields["group"], "the group")
        target = target_from_json(fields["target"])
        names = [*(column.name for column in columns), *(() if target is None else target.columns)]
        if len({*names, group}) != len(names) + 1:
            raise unsound("two of its columns share a name")
        if sum(len(column.names) for column in columns) > MAX_COLUMNS:
            raise unsound("it makes too many features")
        return cls(columns, target, group)


def fit_preparation(
    table: Any,
    *,
    target: str | Sequence[str] | None = None,
    rows: Array | None = None,
    group: str | None = None,
    scale: str | None = "standard",
    embed: Embed = "auto",
    categories: Collection[str] = (),
) -> Preparation:
    """The preparation of a table, fitted on its training rows only.

    A target of numbers is learnt as a quantity if it has fractions or more than 20 different values, else as
    classes; that, unlike all else, is decided by all rows. Several targets are always quantities.

    Parameters
    ----------
    table : Table, or whatever `as_table` takes
        Every column but target and group is a feature.
    target : str or sequence of str, optional
        The column of answers, or several; by default the one called target, label, class, species or y.
    rows : (m,), optional
        The training rows, by index or mask; by default all.
    group : str, optional
        The column that says which rows belong together.
    scale : "standard", "robust", "quantile" or None
        How numbers become features; see `scales.SCALES`.
    embed : "never" or "auto"
        "auto": a column of more than 8 levels becomes codes, which need a network with embeddings. "never": a
        feature for each level, at most 255, the commonest ones.
    categories : collection of str
        Columns that are categories although they hold numbers or very many different texts.

    Returns
    -------
    Preparation

    Raises
    ------
    DataError
        If columns do not exist or can't be used, there is one class only, or fewer than two training rows.
    OptionError
        If `embed` or `scale` is unknown.

    Examples
    --------
    >>> cells = [np.array(column, dtype=object) for column in (["1", "3"], ["2.5", "3.5"])]
    >>> table = Table("heights", ("x", "y"), tuple(cells), np.array([2, 3]))
    >>> preparation = fit_preparation(table)
    >>> preparation.columns[0].center, preparation.target
    (2.0, NumberTarget(name='y', mean=3.0, std=0.5))
    """
    table = as_table(table)
    targets = find_targets(table, target)
    if group is not None:
        table.stored(group)
        if group in targets:
            raise DataError(
                f"column {group!r} is both target and group; choose another group.", path=table.title
            )
    training = _training(table, rows)
    names = [name for name in table.names if name not in (*targets, group)]
    if not names:
        beside = ", ".join(map(repr, targets))
        raise DataError(f"beside {beside} no column is left as a feature; add columns.", path=table.title)
    _check_categories(table, categories, (*targets, group))
    columns = fit_columns(training, names, Wishes(scale or "none", embed, frozenset(categories)))
    return Preparation(columns, fit_target(training, targets, quantity=are_numbers(table, targets)), group)


def fit_features(
    table: Any,
    *,
    rows: Array | None = None,
    scale: str | None = "standard",
    embed: Embed = "auto",
    categories: Collection[str] = (),
) -> Preparation:
    """The preparation of a table all of whose columns are features, fitted on its training rows only.

    Parameters
    ----------
    table : Table, or whatever `as_table` takes
    rows, scale, embed, categories
        See `fit_preparation`.

    Returns
    -------
    Preparation
        Without a target.

    Raises
    ------
    DataError, OptionError
        As `fit_preparation` does.

    Examples
    --------
    >>> fit_features({"x": [1, 3], "color": ["red", "blue"]}).names
    ('x', 'color=red')
    """
    table = as_table(table)
    _check_categories(table, categories, ())
    wishes = Wishes(scale or "none", embed, frozenset(categories))
    return Preparation(fit_columns(_training(table, rows), table.names, wishes))


def _training(table: Table, rows: Array | None) -> Table:
    training = table if rows is None else table.take(rows)
    if len(training) < 2:
        n = "is 1 training row" if len(training) else "are no training rows"
        raise DataError(f"there {n}; expected at least 2, so add rows.", path=table.title)
    return training


def _check_categories(table: Table, categories: Collection[str], others: tuple[str | None, ...]) -> None:
    for name in categories:
        table.stored(name)
        if name in others:
            raise DataError(
                f"column {name!r} is target or group, not a feature; leave it out of the categories.",
                path=table.title,
            )
