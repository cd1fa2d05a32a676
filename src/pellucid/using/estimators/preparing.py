"""A table's columns and answers, prepared as its training rows say; the network carries the preparation with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.data.columns import ClassTarget, NumberTarget, NumberTargets, Target
from pellucid.data.preparation import Preparation, fit_features
from pellucid.network.network import Network
from pellucid.using.estimators.targets import Labels


def fit_table(
    X: Any, y: Array, *, rows: Array | None, scale: str | None, labels: Labels | None, standardizes: bool
) -> Preparation:
    """The preparation of a table and its answers, fitted on training rows only.

    Parameters
    ----------
    X : frame or (n, d) array
    y : (n,) or (n, k)
        Labels or numbers.
    rows : (m,) or None
        The training rows; None for all.
    scale : str or None
    labels : Labels or None
        None for numbers.
    standardizes : bool
        Whether numbers to predict are learnt as (y − mean) / std.
    """
    preparation = fit_features(X, rows=rows, scale=scale, embed="auto")
    taken = {*preparation.column_names}
    if labels is None:
        return replace(preparation, target=_numbers(y if rows is None else y[rows], taken, standardizes))
    names = labels.names
    return replace(preparation, target=None if names is None else ClassTarget(_free("target", taken), names))


def _numbers(y: Array, taken: set[str], standardizes: bool) -> Target:
    targets = []
    for column in y.T:
        name = _free("target", taken)
        taken.add(name)
        spread = float(column.std()) if standardizes else 1.0
        targets.append(NumberTarget(name, float(column.mean()) if standardizes else 0.0, spread or 1.0))
    return targets[0] if len(targets) == 1 else NumberTargets(tuple(targets))


def _free(name: str, taken: set[str]) -> str:
    """A name that no column has."""
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def standardized(preparation: Preparation | None, numbers: Array) -> Array:
    """Numbers ``(n, k)`` as the network learns them."""
    target = None if preparation is None else preparation.target
    if target is None or isinstance(target, ClassTarget):
        return numbers
    each = target.targets if isinstance(target, NumberTargets) else (target,)
    return (numbers - np.array([one.mean for one in each])) / np.array([one.std for one in each])


def in_units(net: Network, numbers: Array) -> Array:
    """Predicted numbers ``(n, k)`` in the user's units, in the network's dtype."""
    if net.preparation is None:
        return numbers
    return np.asarray(net.preparation.restore(numbers), dtype=net.dtype)
