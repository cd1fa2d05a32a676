"""The update of a run of parameters, a register at a time: the formulas of `formulas/optimizers.py`, by code."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    ADAGRAD,
    ADAM,
    ADAMW,
    L1,
    L2,
    MOMENTUM,
    NADAM,
    NESTEROV,
    RMSPROP,
    SETTINGS,
    SGD,
)
from pellucid.network.engines.compiled.kernels.simd import (
    filled,
    fma,
    lanes_of,
    load,
    square_root,
    store,
    where_less,
)
from pellucid.network.engines.compiled.language.kernel import kernel

PADDING = -1e29  # a bias below it keeps a padded class from winning, and must not decay


@kernel
def ratio(a: Any, v: Any, factor: Any, epsilon: Any) -> Any:
    """a / (factor √v + ε)."""
    return a / fma(square_root(v), factor, epsilon)


@kernel
def penalize(theta: Any, gradient: Any, count: Any, numbers: Any) -> None:
    """Add the penalties' slopes, l1 sign(w) + l2 w, to a run of weights' gradient."""
    width = lanes_of(theta)
    l1, l2 = filled(theta, numbers[L1]), filled(theta, numbers[L2])
    for j in range(0, count, width):
        w = load(theta + j)
        sign = where_less(0.0, w, l1, where_less(w, 0.0, 0.0 - l1, 0.0))
        store(gradient + j, load(gradient + j) + sign + l2 * w)


@kernel
def average(mean: Any, theta: Any, count: Any, new: Any) -> None:
    """Move an average of theta's course towards `count` parameters: mean ← mean + new (θ − mean)."""
    for j in range(0, count, lanes_of(theta)):
        store(mean + j, fma(load(theta + j) - load(mean + j), new, load(mean + j)))


@kernel
def adam_otherwise(
    theta: Any, m: Any, v: Any, gradient: Any, count: Any, optimizer: Any, step: Any, settings: Any
) -> Any:  # fmt: skip
    """AdamW or Nadam for `count` parameters; a register that is 0 if all stay finite."""
    width, bad = lanes_of(theta), filled(theta, 0.0)
    rate, factor = step[0], step[1]
    new1, new2, epsilon, third = 1.0 - settings[0], 1.0 - settings[1], settings[2], step[2]
    for j in range(0, count, width):
        g, start = load(gradient + j), load(theta + j)
        m_j = fma(g - load(m + j), new1, load(m + j))
        v_j = fma(fma(g, g, 0.0 - load(v + j)), new2, load(v + j))
        store(m + j, m_j)
        store(v + j, v_j)
        if optimizer == ADAMW:
            kept = where_less(start, PADDING, start, fma(start, -third, start))
            new = kept - ratio(m_j * rate, v_j, factor, epsilon)
        else:
            new = start - ratio(fma(g, third, m_j * rate), v_j, factor, epsilon)
        store(theta + j, new)
        bad = fma(v_j, 0.0, fma(new, 0.0, bad))
    return bad


@kernel
def update(
    theta: Any, m: Any, v: Any, gradient: Any, count: Any, optimizer: Any, step: Any, numbers: Any, check: Any,
) -> Any:  # fmt: skip
    """Move `count` parameters against their gradient; whether all are still finite.

    `m` is the optimizer's first vector and `v` its second; `step` holds the step size, Adam's factor on √v, and what
    AdamW takes away of theta or Nadam's step size along the gradient.
    `check` is room for one register: 0 times a finite number is 0, so a sum of such products tells.
    """
    width = lanes_of(theta)
    rate, factor, settings = step[0], step[1], numbers + SETTINGS
    bad = filled(theta, 0.0)
    if optimizer == ADAM:
        new1, new2, epsilon = 1.0 - settings[0], 1.0 - settings[1], settings[2]
        for j in range(0, count, width):
            g = load(gradient + j)
            m_j = fma(g - load(m + j), new1, load(m + j))
            v_j = fma(fma(g, g, 0.0 - load(v + j)), new2, load(v + j))
            store(m + j, m_j)
            store(v + j, v_j)
            new = load(theta + j) - ratio(m_j * rate, v_j, factor, epsilon)
            store(theta + j, new)
            bad = fma(v_j, 0.0, fma(new, 0.0, bad))
    elif optimizer == ADAMW or optimizer == NADAM:
        bad = adam_otherwise(theta, m, v, gradient, count, optimizer, step, settings)
    elif optimizer == SGD:
        for j in range(0, count, width):
            new = fma(load(gradient + j), -rate, load(theta + j))
            store(theta + j, new)
            bad = fma(new, 0.0, bad)
    elif optimizer == MOMENTUM or optimizer == NESTEROV:
        kept = settings[0]
        for j in range(0, count, width):
            move = load(gradient + j) * rate
            velocity = fma(load(m + j), kept, 0.0 - move)
            store(m + j, velocity)
            if optimizer == MOMENTUM:
                new = load(theta + j) + velocity
            else:
                new = fma(velocity, kept, load(theta + j)) - move
            store(theta + j, new)
            bad = fma(new, 0.0, bad)
    elif optimizer == ADAGRAD or optimizer == RMSPROP:
        epsilon = settings[0] if optimizer == ADAGRAD else settings[1]
        for j in range(0, count, width):
            g, v_j = load(gradient + j), load(m + j)
            if optimizer == ADAGRAD:
                v_j = fma(g, g, v_j)
            else:
                v_j = fma(fma(g, g, 0.0 - v_j), 1.0 - settings[0], v_j)
            store(m + j, v_j)
            new = load(theta + j) - ratio(g * rate, v_j, factor, epsilon)
            store(theta + j, new)
            bad = fma(v_j, 0.0, fma(new, 0.0, bad))
    store(check, bad)
    total = check[0]
    for lane in range(1, width):
        total += check[lane]
    return total == 0.0
