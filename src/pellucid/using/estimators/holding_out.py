"""Which rows are learnt from, and which early stopping judges by."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.splits import split_rows
from pellucid.using.estimators.initial import drawn_seed
from pellucid.using.estimators.targets import BINARY, MULTILABEL, Labels

FEWEST = 2  # held-out rows by which anything can be judged


def held_out_rows(
    estimator: Any,
    codes: Array,
    *,
    groups: Any,
    labels: Labels | None,
    random: np.random.RandomState,
) -> tuple[Array, Array]:
    """Row numbers to learn from and to validate by: by class, and the rows of a group together.

    Without groups it is the draw that scikit-learn makes for the same `random`.

    Parameters
    ----------
    estimator : estimator
    codes : (n,) or (n, k)
        The answers as the network takes them.
    groups : (n,) or None
    labels : Labels or None
        None for numbers.
    random : RandomState
        It moves on.

    Raises
    ------
    DataError
        If a class or the data are too small to be shared out.
    """
    n, share = len(codes), estimator.validation_fraction
    by_class = codes if labels is not None and labels.kind != MULTILABEL else None
    if groups is not None:
        if len(groups) != n:
            raise ShapeError(f"groups has {len(groups)} entries; expected {n}, one for each example.")
        rows = split_rows(n, test=share, y=by_class, groups=groups, seed=drawn_seed(random))
        train, held_out = rows.train, rows.test
    else:
        train, held_out = _drawn(n, share, labels, by_class, random)
    if len(held_out) < FEWEST:
        raise DataError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
        )
    return train, held_out


def _drawn(
    n: int, share: float, labels: Labels | None, by_class: Array | None, random: np.random.RandomState
) -> tuple[Array, Array]:
    rows = np.arange(n)
    strata = by_class
    if by_class is not None and labels is not None and labels.kind == BINARY:
        strata = by_class.astype(np.bool_)[:, None]  # as scikit-learn has it, down to its messages
    state = random.get_state()
    try:
        train, held_out = train_test_split(rows, test_size=share, random_state=random, stratify=strata)
    except ValueError as error:
        if labels is None or labels.kind == BINARY or strata is None:
            raise DataError(f"{error} Or give validation_data=(X, y).") from error
        random.set_state(
            state
        )  # of many classes one may be too rare to be shared out; scikit-learn then does not
        warnings.warn(f"Validation rows were drawn without regard to classes: {error}", stacklevel=5)
        train, held_out = train_test_split(rows, test_size=share, random_state=random)
    return train, held_out
