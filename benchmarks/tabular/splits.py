"""Which rows train and which test: the same for every method, by the seed alone."""

from __future__ import annotations

import numpy as np

from benchmarks.tabular.table_set import CLASSES

TEST_SHARE = 0.2
SEEDS = 5


def split(kind: str, y: np.ndarray, groups: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows for training and for testing, 80 to 20: whole groups where there are any, else classes in proportion."""
    from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

    options = {"n_splits": 1, "test_size": TEST_SHARE, "random_state": seed}
    if groups is not None:
        splitter = GroupShuffleSplit(**options)
    else:
        splitter = StratifiedShuffleSplit(**options) if kind == CLASSES else ShuffleSplit(**options)
    return next(splitter.split(np.zeros((len(y), 1)), y, groups))
