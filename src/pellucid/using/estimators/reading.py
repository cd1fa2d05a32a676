"""What one call of fit was given, checked: features, answers and weights that belong together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.data.dataset import Input
from pellucid.data.preparation import Preparation
from pellucid.network.fits import checked_weights
from pellucid.using.estimators.inputs import (
    NUMBERS,
    PICTURES,
    TABLE,
    checked_numbers,
    checked_pictures,
    checked_table,
    kept_dtype,
    kind_of,
)
from pellucid.using.estimators.preparing import fit_table
from pellucid.using.estimators.targets import Labels


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Features on their way.

    Parameters
    ----------
    kind : str
        "numbers", "table" or "pictures".
    X : array, sparse matrix or frame
    input : Input, optional
        Of pictures.
    preparation : Preparation, optional
        That X went through.
    """

    kind: str
    X: Any
    input: Input | None = None
    preparation: Preparation | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the network computes in."""
        return kept_dtype(self.X)

    def prepared(self, estimator: Any, y: Array, rows: Array | None, labels: Labels | None) -> Raw:
        """A table as numbers, as its training rows say."""
        preparation = fit_table(
            self.X,
            y,
            rows=rows,
            scale=estimator.scale,
            labels=labels,
            standardizes=estimator.scale is not None and getattr(estimator, "loss", "") != "poisson",
        )
        X = preparation.features(self.X).astype(self.dtype)
        return replace(self, kind=NUMBERS, X=X, preparation=preparation)


def read(estimator: Any, X: Any) -> Raw:
    """X of a first fit; the estimator learns how many features there are, and their names.

    Parameters
    ----------
    estimator : estimator
    X : array_like, frame, sparse matrix or pictures
    """
    kind = kind_of(X, estimator.scale)
    if kind == TABLE:
        return Raw(kind, checked_table(estimator, X, reset=True))
    if kind == PICTURES:
        rows, input = checked_pictures(estimator, X, None)
        return Raw(kind, rows, input)
    return Raw(kind, checked_numbers(estimator, X, reset=True))


def checked_sample_weight(sample_weight: Any, raw: Raw, y: Array) -> Array | None:
    """The weights as an array ``(n,)``, once it is sure that there is one answer for each example.

    Parameters
    ----------
    sample_weight : (n,), number or None
    raw : Raw
    y : (n,) or (n, k)

    Raises
    ------
    ShapeError
        If lengths differ; DataError if a weight is negative or not finite, or all are 0.
    """
    n = len(raw)
    if len(y) != n:
        raise ShapeError(f"X has {n} examples and y {len(y)}; expected consistent numbers of samples.")
    if sample_weight is None:
        return None
    if np.isscalar(sample_weight):
        sample_weight = np.full(n, sample_weight)
    return checked_weights(np.asarray(sample_weight), n)
