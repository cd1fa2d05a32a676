"""Activations and their slopes, a register at a time: the formulas of `formulas/activations.py`, by code."""

from __future__ import annotations

from typing import Any

from pellucid.formulas.activations import LEAK
from pellucid.network.engines.compiled.fields import LEAKY_RELU, RELU, SIGMOID, TANH
from pellucid.network.engines.compiled.kernels.functions import exponential, hyperbolic_tangent
from pellucid.network.engines.compiled.kernels.simd import lanes_of, largest, load, store, where_less
from pellucid.network.engines.compiled.language.kernel import kernel


@kernel
def sigmoid(z: Any) -> Any:
    """1 / (1 + e⁻ᶻ)."""
    return 1.0 / (1.0 + exponential(0.0 - z))


@kernel
def activate(h: Any, row: Any, first: Any, last: Any, left: Any, right: Any, activation: Any) -> None:
    """H = f(z), in place, for the rows first … last − 1 and the columns left … right − 1."""
    width = lanes_of(h)
    for i in range(first, last):
        z = h + i * row
        if activation == RELU:
            for j in range(left, right, width):
                store(z + j, largest(load(z + j), 0.0))
        elif activation == LEAKY_RELU:
            for j in range(left, right, width):
                store(z + j, where_less(0.0, load(z + j), load(z + j), load(z + j) * LEAK))
        elif activation == SIGMOID:
            for j in range(left, right, width):
                store(z + j, sigmoid(load(z + j)))
        elif activation == TANH:
            for j in range(left, right, width):
                store(z + j, hyperbolic_tangent(load(z + j)))


@kernel
def times_slope(
    dz: Any, h: Any, row: Any, first: Any, last: Any, left: Any, right: Any, activation: Any, kept: Any
) -> None:  # fmt: skip
    """dz = dh f′(z), in place; f′ from h alone. `kept` turns what dropout made of h back into f(z)."""
    width = lanes_of(dz)
    for i in range(first, last):
        d, a = dz + i * row, h + i * row
        if activation == RELU:
            for j in range(left, right, width):
                store(d + j, where_less(0.0, load(a + j), load(d + j), 0.0))
        elif activation == LEAKY_RELU:
            for j in range(left, right, width):
                store(d + j, where_less(0.0, load(a + j), load(d + j), load(d + j) * LEAK))
        elif activation == SIGMOID:
            for j in range(left, right, width):
                f = load(a + j) * kept
                store(d + j, load(d + j) * (f * (1.0 - f)))
        elif activation == TANH:
            for j in range(left, right, width):
                f = load(a + j) * kept
                store(d + j, load(d + j) * (1.0 - f * f))


@kernel
def times_mask(h: Any, mask: Any, row: Any, first: Any, last: Any, left: Any, right: Any) -> None:
    """H times dropout's mask, in place."""
    width = lanes_of(h)
    for i in range(first, last):
        a, m = h + i * row, mask + i * row
        for j in range(left, right, width):
            store(a + j, load(a + j) * load(m + j))
