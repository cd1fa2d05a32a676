"""Slopes by central differences, (f(x + h) − f(x − h)) / 2h, and how to compare gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def central_differences(f: Callable[[Array], float], theta: Array, h: float = 1e-5) -> Array:
    """The gradient of f at theta, one axis after the other: 2 P evaluations."""
    slopes = np.empty(len(theta))
    for index in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[index] += h
        behind[index] -= h
        slopes[index] = (f(ahead) - f(behind)) / (ahead[index] - behind[index])
    return slopes


def relative_error(a: Array, b: Array) -> float:
    """‖a − b‖ over the longer of the two; over 0.01 where both are shorter than that."""
    longer = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)), 1e-2)
    return float(np.linalg.norm(a - b)) / longer
