from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import UnknownNameError
from pellucid.formulas.optimizers import OPTIMIZERS, Optimizer, nadam_shares
from tests.naive import optimizers as naive

each_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))

MU_1, MU_2 = 0.4500734718, 0.4501469315
# The first step for gradient g, learning rate α and the default settings, by hand; ε is 1e-8.
FIRST_STEPS: dict[str, Callable[[float, float], float]] = {
    "sgd": lambda g, a: -a * g,
    "momentum": lambda g, a: -a * g,
    "nesterov": lambda g, a: -1.9 * a * g,
    "adagrad": lambda g, a: -a * g / (abs(g) + 1e-8),
    "rmsprop": lambda g, a: -a * g / (np.sqrt(0.1) * abs(g) + 1e-8),
    "adam": lambda g, a: -a * g / (abs(g) + 1e-8),
    "adamw": lambda g, a: -a * g / (abs(g) + 1e-8),  # from θ = 0 nothing decays
    # μ₁ and μ₂ are 0.9 (1 − ½ 0.96^0.004) and 0.9 (1 − ½ 0.96^0.008); m = 0.1 g
    "nadam": lambda g, a: -a * g * (1 + 0.1 * MU_2 / (1 - MU_1 * MU_2)) / (abs(g) + 1e-8),
}


class Walk:
    """An optimizer with its memory, one step after the other."""

    def __init__(self, optimizer: Optimizer, theta: np.ndarray, learning_rate: float | np.ndarray) -> None:
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
    assert moved == pytest.approx([FIRST_STEPS[optimizer.name](one, 0.01) for one in g], rel=1e-9)


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
    rates = {"adagrad": 0.5, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05, "nadam": 0.05}
    if "weight_decay" in optimizer.settings:  # it pulls the minimum towards 0
        optimizer = replace(optimizer, settings={**optimizer.settings, "weight_decay": 1e-4})
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
def test_a_gradient_of_0_moves_nothing_but_decays(optimizer: Optimizer) -> None:
    left = 1 - 0.1 * optimizer.settings.get("weight_decay", 0)
    assert Walk(optimizer, np.ones(2), 0.1).step(np.zeros(2)).tolist() == [left, left]


@each_optimizer
def test_each_parameter_may_have_a_learning_rate_of_its_own(optimizer: Optimizer) -> None:
    """A rate of 0 freezes a parameter, decay included; equal rates are one rate."""
    random = np.random.default_rng(0)
    gradients, start = random.normal(size=(20, 4)), random.normal(size=4)
    together = Walk(optimizer, start.copy(), np.array([0.05, 0.0, 0.01, 0.05]))
    apart = [Walk(optimizer, start[[i]], rate) for i, rate in enumerate((0.05, 0.0, 0.01, 0.05))]
    for g in gradients:
        together.step(g)
        for i, walk in enumerate(apart):
            walk.step(g[[i]])
    assert together.theta == pytest.approx([walk.theta.item() for walk in apart], rel=1e-14)
    assert together.theta[1] == start[1]
    assert (together.theta != start).sum() == 3


@pytest.mark.parametrize("settings", [(0.9, 0.004), (0.0, 0.004), (0.5, 1.0), (0.99, 100.0), (0.9, 0.0)])
def test_nadam_s_shares_need_no_running_product(settings: tuple[float, float]) -> None:
    beta1, decay = settings
    product = 1.0
    for t in range(1, 3000):
        now, after = (beta1 * (1 - 0.5 * 0.96 ** (i * decay)) for i in (t, t + 1))
        product *= now
        expected = ((1 - now) / (1 - product), after / (1 - product * after))
        assert nadam_shares(t, beta1=beta1, momentum_decay=decay) == pytest.approx(expected, rel=1e-12)


def test_decoupled_decay_does_not_pass_through_adam_s_averages() -> None:
    """Loshchilov, Hutter (2019): for a steep parameter an L2 penalty would hardly decay at all."""
    walk = Walk(OPTIMIZERS["adamw"], np.array([1.0, 1.0]), 0.01)
    adam = Walk(OPTIMIZERS["adam"], np.array([1.0, 1.0]), 0.01)
    for t in range(50):
        g = np.array([1e-3, 1e3]) * (-1) ** t
        walk.step(g)
        adam.step(g)
    shrunk = (1 - 0.01 * 0.01) ** 50
    assert walk.theta - adam.theta == pytest.approx([shrunk - 1] * 2, rel=0.02)


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
