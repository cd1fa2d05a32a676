"""Activations and their slopes, a register at a time: the formulas of `formulas/activations.py`, by code."""

from __future__ import annotations

from typing import Any

from pellucid.formulas.activations import LEAK, SELU_ALPHA, SELU_SCALE
from pellucid.network.engines.compiled.fields import (
    ELU,
    GELU,
    HARD_SIGMOID,
    LEAKY_RELU,
    MISH,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SOFTPLUS,
    TANH,
)
from pellucid.network.engines.compiled.kernels.functions import (
    exponential,
    exponential_minus_one,
    hyperbolic_tangent,
    logarithm_of_one_plus,
)
from pellucid.network.engines.compiled.kernels.normal import ROOT, normal
from pellucid.network.engines.compiled.kernels.simd import (
    absolute,
    fma,
    lanes_of,
    largest,
    load,
    store,
    where_less,
)
from pellucid.network.engines.compiled.language.kernel import kernel

SELU_FLOOR = SELU_SCALE * SELU_ALPHA


@kernel
def sigmoid(z: Any) -> Any:
    """1 / (1 + e⁻ᶻ)."""
    return 1.0 / (1.0 + exponential(0.0 - z))


@kernel
def softplus(z: Any) -> Any:
    """log(1 + e^z) = max(z, 0) + log(1 + e^{−|z|})."""
    return largest(z, 0.0) + logarithm_of_one_plus(exponential(0.0 - absolute(z)))


@kernel
def gelu(z: Any) -> Any:
    """z Φ(z)."""
    below, _ = normal(z)
    return z * below


@kernel
def gelu_slope(z: Any) -> Any:
    """Φ(z) + z φ(z)."""
    below, bell = normal(z)
    return fma(z * ROOT, bell, below)


@kernel
def silu_slope(z: Any) -> Any:
    """s + z s (1 − s) with s = sigmoid(z)."""
    s = sigmoid(z)
    return fma(z * s, 1.0 - s, s)


@kernel
def mish_parts(z: Any) -> Any:
    """a, d and s such that tanh(log(1 + e^z)) = a / (a + d) and sigmoid(z) = s / (1 + e^{−|z|}).

    With E = e^z that tanh is (E² + 2E) / (E² + 2E + 2); for z > 0 both are divided by E², so that nothing overflows.
    """
    e = exponential(0.0 - absolute(z))
    a = where_less(0.0, z, fma(e, 2.0, 1.0), fma(e, e, e * 2.0))
    d = where_less(0.0, z, e * e * 2.0, 2.0)
    return a, d, where_less(0.0, z, 1.0, e) / (1.0 + e)


@kernel
def mish(z: Any) -> Any:
    """z tanh(log(1 + e^z))."""
    a, d, _ = mish_parts(z)
    return z * (a / (a + d))


@kernel
def mish_slope(z: Any) -> Any:
    """t + z (1 − t²) sigmoid(z) with t = a / (a + d), hence 1 − t² = d (2 a + d) / (a + d)²."""
    a, d, s = mish_parts(z)
    whole = a + d
    return a / whole + z * (d * (a + whole) / (whole * whole) * s)


@kernel
def hard_sigmoid(z: Any) -> Any:
    """max(0, min(1, z/6 + ½))."""
    h = z / 6.0 + 0.5
    return largest(where_less(1.0, h, 1.0, h), 0.0)


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
    if activation > TANH:
        activate_rarer(h, row, first, last, left, right, activation)


@kernel
def activate_rarer(h: Any, row: Any, first: Any, last: Any, left: Any, right: Any, activation: Any) -> None:
    """The same for the other activations, apart, so that a small network's ReLU does not wade through them."""
    width = lanes_of(h)
    for i in range(first, last):
        z = h + i * row
        if activation == ELU:
            for j in range(left, right, width):
                store(z + j, where_less(0.0, load(z + j), load(z + j), exponential_minus_one(load(z + j))))
        elif activation == SELU:
            for j in range(left, right, width):
                low = exponential_minus_one(load(z + j)) * SELU_FLOOR
                store(z + j, where_less(0.0, load(z + j), load(z + j) * SELU_SCALE, low))
        elif activation == SOFTPLUS:
            for j in range(left, right, width):
                store(z + j, softplus(load(z + j)))
        elif activation == GELU:
            for j in range(left, right, width):
                store(z + j, gelu(load(z + j)))
        elif activation == SILU:
            for j in range(left, right, width):
                store(z + j, load(z + j) * sigmoid(load(z + j)))
        elif activation == MISH:
            for j in range(left, right, width):
                store(z + j, mish(load(z + j)))
        elif activation == HARD_SIGMOID:
            for j in range(left, right, width):
                store(z + j, hard_sigmoid(load(z + j)))


@kernel
def times_slope(
    dz: Any, h: Any, z: Any, row: Any, first: Any, last: Any, left: Any, right: Any, activation: Any, kept: Any
) -> None:  # fmt: skip
    """dz = dh f′(z), in place; f′ from h, or from z where that was kept. `kept` turns a dropped-out h into f(z)."""
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
    if activation > TANH:
        times_rarer_slope(dz, h, z, row, first, last, left, right, activation, kept)


@kernel
def times_rarer_slope(
    dz: Any, h: Any, z: Any, row: Any, first: Any, last: Any, left: Any, right: Any, activation: Any, kept: Any
) -> None:  # fmt: skip
    """The same for the other activations."""
    width = lanes_of(dz)
    for i in range(first, last):
        d, a, b = dz + i * row, h + i * row, z + i * row
        if activation == ELU:
            for j in range(left, right, width):
                f = load(a + j) * kept
                store(d + j, load(d + j) * where_less(0.0, f, 1.0, f + 1.0))
        elif activation == SELU:
            for j in range(left, right, width):
                f = load(a + j) * kept
                store(d + j, load(d + j) * where_less(0.0, f, SELU_SCALE, f + SELU_FLOOR))
        elif activation == SOFTPLUS:  # 1 / (1 + e⁻ᶻ) = 1 − e⁻ʰ
            for j in range(left, right, width):
                store(d + j, load(d + j) * (0.0 - exponential_minus_one(0.0 - load(a + j) * kept)))
        elif activation == GELU:
            for j in range(left, right, width):
                store(d + j, load(d + j) * gelu_slope(load(b + j)))
        elif activation == SILU:
            for j in range(left, right, width):
                store(d + j, load(d + j) * silu_slope(load(b + j)))
        elif activation == MISH:
            for j in range(left, right, width):
                store(d + j, load(d + j) * mish_slope(load(b + j)))
        elif activation == HARD_SIGMOID:
            for j in range(left, right, width):
                store(d + j, where_less(absolute(load(b + j)), 3.0, load(d + j) / 6.0, 0.0))


@kernel
def times_mask(h: Any, mask: Any, row: Any, first: Any, last: Any, left: Any, right: Any) -> None:
    """H times dropout's mask, in place."""
    width = lanes_of(h)
    for i in range(first, last):
        a, m = h + i * row, mask + i * row
        for j in range(left, right, width):
            store(a + j, load(a + j) * load(m + j))


@kernel
def copied(source: Any, target: Any, row: Any, first: Any, last: Any, left: Any, right: Any) -> None:
    """The same numbers in another place."""
    width = lanes_of(source)
    for i in range(first, last):
        a, b = source + i * row, target + i * row
        for j in range(left, right, width):
            store(b + j, load(a + j))
