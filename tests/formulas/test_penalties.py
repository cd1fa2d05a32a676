from __future__ import annotations

import numpy as np
import pytest

from pellucid.formulas.penalties import PENALTIES, Penalty
from tests.naive.differences import central_differences, relative_error


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=list(PENALTIES))
def test_the_slope_agrees_with_central_differences(penalty: Penalty) -> None:
    W = np.random.default_rng(0).normal(size=(4, 3))
    numeric = central_differences(lambda w: penalty.value(w.reshape(4, 3)), W.ravel())
    assert relative_error(penalty.slope(W).ravel(), numeric) <= 1e-9


def test_values_by_hand() -> None:
    W = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert PENALTIES["l1"].value(W) == 1 + 2 + 3
    assert PENALTIES["l2"].value(W) == (1 + 4 + 9) / 2
    assert PENALTIES["l1"].slope(W).tolist() == [[1, -1], [0, 1]]
    assert PENALTIES["l2"].slope(W).tolist() == W.tolist()
