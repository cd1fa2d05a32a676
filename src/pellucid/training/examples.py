"""The examples of a training run: which are learnt from, how much each counts, and which judge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError
from pellucid.data.class_weights import ClassWeight, example_weights
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.splits import split
from pellucid.network.fits import checked_weights


class Examples(NamedTuple):
    """Training examples, what each of them counts (None: all the same), and validation examples if there are any."""

    train: Dataset
    sample_weight: Array | None
    validation: Dataset | None


def examples_for(
    data: Dataset | Splits,
    validation: Dataset | float | None,
    sample_weight: Array | None,
    class_weight: ClassWeight,
    seed: int,
) -> Examples:
    """Training and validation examples, the latter set aside where a share was asked for.

    Parameters
    ----------
    data : Dataset or Splits
    validation : Dataset, float or None
        Examples to validate by, or the share of the training examples to set aside.
    sample_weight : (n,) or None
        How much each training example counts.
    class_weight : "balanced", mapping or None
        How much each class does, besides; balanced are the examples that are learnt from.
    seed : int
        For setting aside.

    Raises
    ------
    OptionError
        If the share is none, or examples with weights are to be set aside, or numbers have class weights.
    DataError
        If there is no example, or weights are impossible; ShapeError if there is not one for each example.
    """
    train = data.train if isinstance(data, Splits) else data
    if not isinstance(train, Dataset):
        raise DataError(f"The data are {type(train).__name__}; expected pellucid.Dataset(X, y, classes=…).")
    if validation is None and isinstance(data, Splits):
        validation = data.validation
    if sample_weight is not None:
        sample_weight = checked_weights(sample_weight, len(train))
    if validation is not None and not isinstance(validation, Dataset):
        train, validation = _set_aside(train, validation, sample_weight, seed)
    if len(train) == 0 or (validation is not None and len(validation) == 0):
        raise DataError("There is no example to learn from or to validate by; expected at least one of each.")
    if class_weight is not None:
        if not train.is_classification:
            raise OptionError("class_weight is given, but the data's answers are numbers; leave it out.")
        weights = example_weights(train.y, class_weight, train.classes, sample_weight)
        sample_weight = checked_weights(weights, len(train))
    return Examples(train, sample_weight, validation)


def _set_aside(
    train: Dataset, share: float, sample_weight: Array | None, seed: int
) -> tuple[Dataset, Dataset | None]:
    """The training examples without the share that is to validate by, and that share."""
    if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share < 1:
        raise OptionError(f"validation is {share!r}; expected a Dataset, or a share from 0 to below 1.")
    if share == 0:
        return train, None
    if sample_weight is not None:
        raise OptionError("A share of weighted examples can't be set aside; give validation as a Dataset.")
    parts = split(train, test=float(share), seed=seed)
    return parts.train, parts.test


def smoothed(y: Array, share: float) -> Array:
    """y (1 − ε) + ε / 2: yes-or-no answers that are not quite sure.

    Parameters
    ----------
    y : (n, k)
        From 0 to 1.
    share : float
        ε.

    Examples
    --------
    >>> smoothed(np.array([[0.0], [1.0]]), 0.5).ravel().tolist()
    [0.25, 0.75]

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7.
    """
    return y * y.dtype.type(1 - share) + y.dtype.type(share / 2) if share else y
