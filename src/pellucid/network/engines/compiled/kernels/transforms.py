"""Random transforms of pictures, as in `formulas/augmentation.py`: an affine map and control points that move."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.kernels.draws import draw_blocks
from pellucid.network.engines.compiled.kernels.simd import as_number, lanes_of
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import Value, double, single

GRID = 5  # control points along a side; a test compares
STREAM = 6  # Stream.AUGMENTATION; a test compares

UNIT = 2.0**-32  # of a random word

# Taylor series, long enough for double precision where they are used: angles up to π, exponents up to log 2
COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in range(16))
SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(16))
EXPONENTIAL = tuple(1 / math.factorial(k) for k in range(19))


@primitive
def series(builder: Any, x: Value, coefficients: Any) -> Value:
    """The polynomial with these coefficients, as a nested product."""
    value: Any = ir.Constant(double, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = builder.fadd(builder.fmul(value, x.llvm), ir.Constant(double, coefficient))
    return Value(double, value)


@primitive
def in_single(builder: Any, x: Value) -> Value:
    """Rounded to single precision, in which transforms are drawn."""
    return Value(single, builder.fptrunc(x.llvm, single))


@kernel
def draw_words(words: Any, count: Any, k0: Any, k1: Any, epoch: Any, row: Any, part: Any) -> None:
    """The first `count` random words of an example, and those that are drawn together with them."""
    for block in range(0, (count + 3) // 4, lanes_of(words)):
        draw_blocks(words + 4 * block, block, k0, k1, STREAM, epoch, row, part)


@kernel
def either_way(word: Any) -> Any:
    """A number uniform on [−1, 1)."""
    return 2.0 * (float(word) * UNIT) - 1.0


@kernel
def draw_transform(
    drawn: Any, words: Any, strengths: Any, rows: Any, columns: Any, k0: Any, k1: Any, epoch: Any, row: Any
) -> None:  # fmt: skip
    """Draw an example's transform: a, b, t, a′, b′, t′, and the moves of the control points if there are any.

    `strengths` are shift, the angle in radians, log(1 + scale), shear, and √3 elastic.
    """
    draw_words(words, 5, k0, k1, epoch, row, 0)
    phi, h = strengths[1] * either_way(words[2]), strengths[3] * either_way(words[4])
    s = series(strengths[2] * either_way(words[3]), EXPONENTIAL)
    cos, sin = series(phi * phi, COSINE) / s, phi * series(phi * phi, SINE) / s
    a, b, a2, b2 = cos, sin, -h * cos - sin, cos - h * sin
    middle_y, middle_x = (float(rows) - 1.0) / 2.0, (float(columns) - 1.0) / 2.0
    moved_y = middle_y + strengths[0] * either_way(words[0])
    moved_x = middle_x + strengths[0] * either_way(words[1])
    drawn[0], drawn[1] = as_number(drawn, in_single(a)), as_number(drawn, in_single(b))
    drawn[2] = as_number(drawn, in_single(middle_y - (a * moved_y + b * moved_x)))
    drawn[3], drawn[4] = as_number(drawn, in_single(a2)), as_number(drawn, in_single(b2))
    drawn[5] = as_number(drawn, in_single(middle_x - (a2 * moved_y + b2 * moved_x)))
    if strengths[4] != 0.0:
        draw_words(words, 2 * GRID * GRID, k0, k1, epoch, row, 1)
        for k in range(2 * GRID * GRID):
            drawn[6 + k] = as_number(drawn, in_single(strengths[4] * either_way(words[k])))
