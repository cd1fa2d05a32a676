"""A table's rows in parts for training and testing, prepared by what its training rows tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pellucid.basics.errors import DataError
from pellucid.data.columns import ClassTarget
from pellucid.data.dataset import Splits
from pellucid.data.frames import as_table
from pellucid.data.kinds import Embed
from pellucid.data.preparation import Preparation, fit_preparation
from pellucid.data.splits import split_rows
from pellucid.data.tables import Table
from pellucid.data.targets import are_numbers, class_labels, find_targets, group_labels


def from_frame(
    frame: Any,
    *,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    ignore: Sequence[str] = (),
    test: float = 0.2,
    validation: float = 0.0,
    seed: int = 0,
    scale: str | None = "standard",
    embed: Embed = "auto",
    categories: Collection[str] = (),
    preparation: Preparation | None = None,
    title: str = "table",
) -> Splits:
    """The rows of a frame, in parts for training and testing.

    Columns become features by their kind: numbers are scaled, with what is missing filled and marked; yes and no and
    categories become −1 and +1, a feature for each level, or codes; dates and free text are refused with advice. All
    of that is learnt from the training rows.

    Parameters
    ----------
    frame : pandas or polars DataFrame, Arrow Table, dict of columns, array (n, d), or Table
    target : str or sequence of str, optional
        The column to predict, or several columns of numbers; by default the one with a usual name, such as "target".
    group : str, optional
        The column that says which rows stay together (patient, plate, writer).
    ignore : sequence of str
        Columns that are to be no features: names, numbers of samples.
    test, validation : float
        Shares of the rows to set apart.
    seed : int
        Decides which rows those are.
    scale, embed, categories
        See `fit_preparation`.
    preparation : Preparation, optional
        A saved model's, with its target; by default it is learnt.
    title : str
        What the data are called.

    Returns
    -------
    Splits

    Raises
    ------
    DataError
        If a column can't be used, or there are too few rows.
    OptionError
        If an option is out of range.

    Examples
    --------
    >>> people = {"height": [1.6, 1.7, None, 1.8] * 5, "smokes": [True, False] * 10, "y": ["f", "m"] * 10}
    >>> parts = from_frame(people)
    >>> parts.train.names, len(parts.train), len(parts.test)
    (('height', 'height is missing', 'smokes=True'), 16, 4)
    """
    return table_parts(
        as_table(frame, title=title).without(ignore),
        target=target,
        group=group,
        test=test,
        validation=validation,
        seed=seed,
        scale=scale,
        embed=embed,
        categories=categories,
        preparation=preparation,
    )


def table_parts(
    table: Table,
    *,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    test: float = 0.2,
    validation: float = 0.0,
    seed: int = 0,
    scale: str | None = "standard",
    embed: Embed = "auto",
    categories: Collection[str] = (),
    preparation: Preparation | None = None,
) -> Splits:
    """The rows of a table in parts: by class where there are classes, groups never on two sides.

    See `from_frame`.

    Examples
    --------
    >>> parts = table_parts(as_table({"x": list(range(10)), "y": ["a", "b"] * 5}))
    >>> len(parts.train), len(parts.test)
    (8, 2)
    """
    if preparation is None:
        targets = find_targets(table, target)
        quantity = are_numbers(table, targets)
    else:
        if preparation.target is None:
            raise DataError("the preparation has no target; give the answers apart.", path=table.title)
        targets = preparation.target.columns
        quantity = not isinstance(preparation.target, ClassTarget)
        group = group or (preparation.group if preparation.group in table.names else None)
    try:
        rows = split_rows(
            len(table),
            test=test,
            validation=validation,
            y=None if quantity else class_labels(table, targets[0]),
            groups=group_labels(table, group) if group is not None else None,
            seed=seed,
        )
    except DataError as error:
        if error.path is not None:
            raise
        raise DataError(str(error), path=table.title) from error  # splitting does not know the file
    if preparation is None:
        preparation = fit_preparation(
            table,
            target=targets,
            rows=rows.train,
            group=group,
            scale=scale,
            embed=embed,
            categories=categories,
        )
    return Splits(
        preparation.dataset(table.take(rows.train)),
        test=preparation.dataset(table.take(rows.test)) if test > 0 else None,
        validation=preparation.dataset(table.take(rows.validation)) if validation > 0 else None,
    )
