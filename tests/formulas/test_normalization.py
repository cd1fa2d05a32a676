"""Normalization: means and variances, slopes against central differences, running means."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from pellucid.formulas.normalization import (
    EPSILON,
    NORMALIZATIONS,
    remembered,
    standardized,
    standardized_gradient,
    statistics,
)


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_standardized_has_mean_0_and_variance_1(axis: int) -> None:
    z = default_rng(0).normal(3, 5, (40, 30))
    standard, factor = standardized(z, *statistics(z, axis))
    assert standard.mean(axis=axis) == pytest.approx(0, abs=1e-12)
    assert standard.var(axis=axis) == pytest.approx(1, rel=1e-5)
    assert factor.shape == ((1, 30) if axis == 0 else (40, 1))


def test_what_never_varies_becomes_0_and_no_division_by_0() -> None:
    z = np.full((4, 2), 7.0)
    assert (standardized(z, *statistics(z, 0))[0] == 0).all()
    assert standardized(z, *statistics(z, 0))[1] == pytest.approx(EPSILON**-0.5)


@pytest.mark.parametrize("axis", [0, 1, None])
def test_the_slope_against_central_differences(axis: int | None) -> None:
    rng = default_rng(1)
    z, weights = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    given = statistics(rng.normal(size=(5, 4)), 0)

    def value(z: np.ndarray) -> float:
        mean, variance = given if axis is None else statistics(z, axis)
        return float((weights * standardized(z, mean, variance)[0]).sum())

    standard, factor = standardized(z, *(given if axis is None else statistics(z, axis)))
    slope = standardized_gradient(weights, standard, factor, axis)
    for index in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[index] = 1e-6
        assert (value(z + step) - value(z - step)) / 2e-6 == pytest.approx(slope[index], abs=1e-7)


def test_running_means_approach_the_newest() -> None:
    running = np.zeros(2)
    for _ in range(100):
        remembered(running, np.array([2.0, -1.0]))
    assert running == pytest.approx([2, -1], rel=1e-4)


def test_only_batch_normalization_remembers() -> None:
    assert [name for name, kind in NORMALIZATIONS.items() if kind.remembers] == ["batch"]
