from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import UnknownNameError
from pellucid.formulas.optimizers import OPTIMIZERS, Optimizer
from tests.naive import optimizers as naive

each_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))

# The first step for gradient g, learning rate α and the default settings, by hand; ε is 1e-8.
FIRST_STEPS: dict[str, Callable[[float, float], float]] = {
    "sgd": lambda g, a: -a * g,
    "momentum": lambda g, a: -a * g,
    "nesterov": lambda g, a: -1.9 * a * g,
    "adagrad": lambda g, a: -a * g / (abs(g) + 1e-8),
    "rmsprop": lambda g, a: -a * g / (np.sqrt(0.1) * abs(g) + 1e-8),
    "adam": lambda g, a: -a * g / (abs(g) + 1e-8),
}


class Walk:
    """An optimizer with its memory, one step after the other."""

    def __init__(self, optimizer: Optimizer, theta: np.ndarray, learning_rate: float) -> None:
        self.optimizer, self.theta, self.learning_rate, self.t = optimizer, theta, learning_rate, 0
        self.memory = [np.zeros_like(theta) for _ in optimizer.memory]

    def step(self, gradient: np.ndarray) -> np.ndarray:
        self.t += 1
        self.optimizer.step(
            self.theta,
            gradient,
            *self.memory,
            t=self.t,
            learning_rate=self.learning_rate,
            **self.optimizer.settings,
        )
        return self.theta


@each_optimizer
def test_the_first_step_by_hand(optimizer: Optimizer) -> None:
    g = np.array([-3.0, 0.25, 1e-3, 40.0])
    moved = Walk(optimizer, np.zeros(4), 0.01).step(g)
    assert moved == pytest.approx([FIRST_STEPS[optimizer.name](one, 0.01) for one in g], rel=1e-12)


@each_optimizer
@given(seed=st.integers(0, 10**6))
def test_thirty_steps_agree_with_the_plain_twin(optimizer: Optimizer, seed: int) -> None:
    random = np.random.default_rng(seed)
    gradients = random.normal(size=(30, 3)) * 10.0 ** random.integers(-3, 3)
    start = random.normal(size=3)
    walk = Walk(optimizer, start.copy(), 0.05)
    path = np.array([walk.step(g).copy() for g in gradients])
    tolerance = 1e-8 if optimizer.name in ("sgd", "momentum", "nesterov") else 1e-7
    for column in range(3):
        twin = naive.PATHS[optimizer.name](
            float(start[column]), gradients[:, column].tolist(), 0.05, **optimizer.settings
        )
        assert path[:, column] == pytest.approx(twin, rel=tolerance, abs=tolerance)


@each_optimizer
def test_finds_the_minimum_of_a_parabola(optimizer: Optimizer) -> None:
    """L = ½ ((x − 3)² + 5 (y + 1)²)."""
    rates = {"adagrad": 0.5, "rmsprop": 0.01, "adam": 0.05}
    walk = Walk(optimizer, np.array([0.0, 2.0]), rates.get(optimizer.name, 0.02))
    for _ in range(2000):
        x, y = walk.theta
        walk.step(np.array([x - 3, 5 * (y + 1)]))
    assert walk.theta == pytest.approx([3, -1], abs=0.02)


@each_optimizer
def test_works_in_place_and_keeps_float32(optimizer: Optimizer) -> None:
    theta = np.ones(3, dtype=np.float32)
    walk = Walk(optimizer, theta, 0.1)
    gradient = np.array([1, -2, 3], dtype=np.float32)
    assert walk.step(gradient) is theta
    assert theta.dtype == np.float32
    assert (theta != 1).all()
    assert gradient.tolist() == [1, -2, 3]
    assert all(vector.dtype == np.float32 and vector.any() for vector in walk.memory)


@each_optimizer
def test_a_gradient_of_0_moves_nothing(optimizer: Optimizer) -> None:
    assert Walk(optimizer, np.ones(2), 0.1).step(np.zeros(2)).tolist() == [1, 1]


@given(exponent=st.integers(-2, 100), sign=st.sampled_from([-1, 1]))
def test_O10_adam_s_first_step_is_the_learning_rate_whatever_the_gradient(exponent: int, sign: int) -> None:
    moved = Walk(OPTIMIZERS["adam"], np.zeros(1), 0.001).step(np.array([sign * 10.0**exponent]))
    assert moved.item() == pytest.approx(-sign * 0.001, rel=2e-6)


def test_O02_the_step_shrinks_with_the_slope_unless_the_rate_is_too_large() -> None:
    """On x², whose slope is 2x, each step multiplies x by 1 − 2α."""
    for learning_rate, factor in ((0.1, 0.8), (1.1, -1.2)):
        walk, x = Walk(OPTIMIZERS["sgd"], np.array([1.0]), learning_rate), 1.0
        for _ in range(20):
            after = walk.step(2 * walk.theta).item()
            assert after / x == pytest.approx(factor, rel=1e-9)
            x = after
        assert abs(x) < 0.02 if learning_rate == 0.1 else abs(x) > 30


def test_O10_the_lecture_s_optimizers_are_registered() -> None:
    assert set(OPTIMIZERS) >= {"sgd", "momentum", "rmsprop", "nesterov", "adagrad", "adam"}
    with pytest.raises(UnknownNameError, match="Did you mean 'adam'"):
        OPTIMIZERS["adm"]
