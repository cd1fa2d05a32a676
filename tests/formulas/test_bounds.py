"""Bounds on gradients and weights, and the moving average."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from pellucid.formulas.bounds import average, bound_columns, clip


@given(st.floats(0.01, 10), st.integers(0, 1000))
def test_a_gradient_is_shortened_and_keeps_its_direction(most: float, seed: int) -> None:
    before = default_rng(seed).normal(size=7)
    after = before.copy()
    clip(after, most)
    assert np.linalg.norm(after) == pytest.approx(min(most, np.linalg.norm(before)))
    assert after @ before == pytest.approx(np.linalg.norm(after) * np.linalg.norm(before))


def test_a_short_gradient_stays_bit_for_bit() -> None:
    before = default_rng(0).normal(size=7).astype(np.float32)
    after = before.copy()
    clip(after, 100.0)
    assert after.tobytes() == before.tobytes()


def test_only_long_columns_are_shortened() -> None:
    W = default_rng(0).normal(size=(50, 20)).astype(np.float32)
    W[:, 3] *= 100
    W[:, 4] = 0
    before = W.copy()
    bound_columns(W, 10.0)
    assert np.linalg.norm(W[:, 3]) == pytest.approx(10, rel=1e-6)
    others = [j for j in range(20) if j != 3]
    assert W[:, others].tobytes() == before[:, others].tobytes()


def test_the_average_forgets_its_start() -> None:
    mean, theta = np.zeros(3), np.array([1.0, 2.0, 3.0])
    for _ in range(3):
        average(mean, theta, 0.5)
    assert mean == pytest.approx(theta * (1 - 0.5**3))
