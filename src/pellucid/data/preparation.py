"""How a table's columns become X and y: fitted on training rows only, saved with the model, used again to predict.

Each numeric column is standardized, x = (value - mean) / std, with the mean and the population's standard
deviation of the training rows. A target of classes becomes 0 … k-1; a target of numbers is standardized as well,
and `NumberTarget.restore` gives predictions in the user's own units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.columns import (
    MAX_COLUMNS,
    ClassTarget,
    NumberTarget,
    NumericColumn,
    checked_fields,
    checked_list,
    checked_text,
    column_to_json,
    feature_from_json,
    target_from_json,
    unsound,
)
from pellucid.data.dataset import Dataset
from pellucid.data.labels import normal_labels
from pellucid.data.numerals import complaint, is_missing, shorten
from pellucid.data.tables import Table
from pellucid.data.targets import find_target, fit_target, is_quantity, mean_and_std

_LARGEST = float(np.finfo(np.float32).max)  # a network may compute in float32


@dataclass(frozen=True, slots=True)
class Preparation:
    """What has to be known to turn rows of a table into examples.

    Parameters
    ----------
    columns : tuple of NumericColumn
        The features, in the order of X's columns.
    target : ClassTarget or NumberTarget
        The answer.
    group : str, optional
        The column that names the patient, plate or writer of a row; never a feature.
    """

    columns: tuple[NumericColumn, ...]
    target: ClassTarget | NumberTarget
    group: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each feature."""
        return tuple(column.name for column in self.columns)

    def features(self, table: Table) -> npt.NDArray[np.float64]:
        """The standardized features X, ``(n, d)``; `Input.features` rounds them to the network's dtype.

        Columns are found by name, in any order; others are ignored.

        Raises
        ------
        DataError
            If columns are missing or a cell can't be used.
        """
        missing = [name for name in self.names if name not in table.names]
        if missing:
            shown = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
            raise DataError(
                f"the table lacks {len(missing)} of the {len(self.columns)} columns of numbers that the network "
                f"was trained on: {shown}; add them under these names.",
                path=table.title,
            )
        X = np.empty((len(table), len(self.columns)))
        for j, column in enumerate(self.columns):
            with np.errstate(over="ignore"):  # reported below
                X[:, j] = (table.numbers(column.name) - column.mean) / column.std
            far = np.flatnonzero(~(np.abs(X[:, j]) <= _LARGEST))
            if len(far):
                raise DataError(
                    f"{shorten(table.column(column.name)[far[0]])} lies absurdly far from the training rows' mean "
                    f"{column.mean:.4g} (standard deviation {column.std:.4g}); correct the value.",
                    path=table.title,
                    place=table.place(column.name, int(far[0])),
                )
        return X

    def answers(self, table: Table) -> Array:
        """The answers y: classes 0 … k-1, ``(n,)``, or standardized numbers, ``(n, 1)``.

        Raises
        ------
        DataError
            If a label was not among the training rows' classes, or a cell can't be used.
        """
        target = self.target
        if isinstance(target, NumberTarget):
            return ((table.numbers(target.name) - target.mean) / target.std).reshape(-1, 1)
        cells = table.column(target.name)
        number = {label: j for j, label in enumerate(target.classes)}
        y = np.array([number.get(label, -1) for label in normal_labels(cells)], dtype=np.int64)
        if (y < 0).any():
            bad = int(np.argmax(y < 0))
            raise DataError(
                _unknown_class(cells[bad], target.classes),
                path=table.title,
                place=table.place(target.name, bad),
            )
        return y

    def dataset(self, table: Table) -> Dataset:
        """The rows of a table as a dataset that remembers this preparation.

        Parameters
        ----------
        table : Table
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

    def to_json(self) -> dict[str, Any]:
        """The preparation as a plain dict of text, numbers and lists, for the model file."""
        columns = [column_to_json(column) for column in self.columns]
        return {"columns": columns, "target": column_to_json(self.target), "group": self.group}

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
        columns = tuple(feature_from_json(entry, f"column {i}") for i, entry in enumerate(entries))
        group = None if fields["group"] is None else checked_text(fields["group"], "the group")
        target = target_from_json(fields["target"])
        if len({*(column.name for column in columns), target.name, group}) != len(columns) + 2:
            raise unsound("two of its columns share a name")
        return cls(columns, target, group)


def fit_preparation(
    table: Table, *, target: str | None = None, rows: Array | None = None, group: str | None = None
) -> Preparation:
    """The preparation of a table, fitted on its training rows only.

    A target of numbers is learnt as a quantity if it has fractions or more than 20 different values, else as
    classes; that, unlike all else, is decided by all rows.

    Parameters
    ----------
    table : Table
        Every column but target and group is a feature.
    target : str, optional
        The column of answers; by default the one called target, label, class, species or y.
    rows : (m,), optional
        The training rows, by index or mask; by default all.
    group : str, optional
        The column that says which rows belong together.

    Returns
    -------
    Preparation

    Raises
    ------
    DataError
        If columns do not exist or can't be used, there is one class only, or fewer than two training rows.

    Examples
    --------
    >>> cells = [np.array(column, dtype=object) for column in (["1", "3"], ["2.5", "3.5"])]
    >>> table = Table("heights", ("x", "y"), tuple(cells), np.array([2, 3]))
    >>> fit_preparation(table)  # doctest: +NORMALIZE_WHITESPACE
    Preparation(columns=(NumericColumn(name='x', mean=2.0, std=1.0),),
                target=NumberTarget(name='y', mean=3.0, std=0.5), group=None)
    """
    target = find_target(table, target)
    if group is not None:
        table.column(group)
        if group == target:
            raise DataError(
                f"column {group!r} is both target and group; choose another group.", path=table.title
            )
    training = table if rows is None else table.take(rows)
    if len(training) < 2:
        n = "is 1 training row" if len(training) else "are no training rows"
        raise DataError(f"there {n}; expected at least 2, so add rows.", path=table.title)
    names = [name for name in table.names if name not in (target, group)]
    if not names:
        raise DataError(f"beside {target!r} no column is left as a feature; add columns.", path=table.title)
    columns = tuple(NumericColumn(name, *mean_and_std(training, name)) for name in names)
    return Preparation(columns, fit_target(training, target, quantity=is_quantity(table, target)), group)


def group_labels(table: Table, group: str) -> Array:
    """The group of each row, ``(n,)``, as text.

    Raises
    ------
    DataError
        If the column does not exist or a cell is empty.
    """
    labels = np.array([str(cell).strip() for cell in table.column(group)], dtype=np.str_)
    missing = [i for i, label in enumerate(labels) if is_missing(label)]
    if missing:
        place = table.place(group, missing[0])
        raise DataError(complaint(labels[missing[0]]), path=table.title, place=place)
    return labels


def _unknown_class(cell: str, classes: tuple[str, ...]) -> str:
    if is_missing(cell):
        return complaint(cell)
    known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
    return f"class {shorten(cell)} does not occur in the training rows ({known}); correct it."
