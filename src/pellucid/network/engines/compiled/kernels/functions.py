"""e^z, log x, tanh z and their kin on registers, from additions, multiplications and the bits of a number alone.

A processor has no instruction for them, and the C library's take one number at a time and differ in their last bits
from system to system. These give the same bits on every processor and at every register width, within a few units in
the last place of the true value.

A floating-point number is (−1)^s · 2^(e − bias) · 1.f, with s, e and f side by side in its bits: adding to the bits of
e multiplies by a power of two.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.kernels.simd import absolute, call, fma, fma_call, suffix, where_less
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import Register, Value, i32, i64, single

LOG2_E = 1 / math.log(2)
LN2_HIGH = 355 / 512  # few bits, so that n · LN2_HIGH is exact; Cody and Waite's trick
LN2_LOW = -2.1219444005469058277e-4  # log 2 − 355/512


def _whole(kind: Register) -> ir.VectorType:
    """Whole numbers as wide as the numbers of a register."""
    return ir.VectorType(i32 if kind.element == single else i64, kind.lanes)


def _all(kind: ir.VectorType, number: float) -> ir.Constant:
    return ir.Constant(kind, [number] * kind.count)


def _fraction_bits(kind: Register) -> int:
    return 23 if kind.element == single else 52


@primitive
def rounded(builder: Any, a: Value) -> Value:
    """The nearest whole number; of two, the even one."""
    return Value(a.type, call(builder, f"llvm.roundeven.{suffix(a.type.llvm)}", a.type.llvm, [a.llvm]))


@primitive
def times_two_to_the(builder: Any, a: Value, n: Value) -> Value:
    """A · 2ⁿ for whole n: the bits of 2ⁿ are n + bias, moved to the exponent's place."""
    whole, kind = _whole(a.type), a.type.llvm
    n_bits = call(builder, f"llvm.fptosi.sat.{suffix(whole)}.{suffix(kind)}", whole, [n.llvm])
    biased = builder.add(n_bits, _all(whole, 127 if a.type.element == single else 1023))
    power = builder.bitcast(builder.shl(biased, _all(whole, _fraction_bits(a.type))), kind)
    return Value(a.type, builder.fmul(a.llvm, power))


@primitive
def exponent_near_one(builder: Any, a: Value) -> Value:
    """The whole n for which a / 2ⁿ lies between √½ and √2."""
    whole = _whole(a.type)
    root_half = 0x3F3504F3 if a.type.element == single else 0x3FE6A09E667F3BCD
    above = builder.sub(builder.bitcast(a.llvm, whole), _all(whole, root_half))
    return Value(
        a.type, builder.sitofp(builder.ashr(above, _all(whole, _fraction_bits(a.type))), a.type.llvm)
    )


@primitive
def within_range(builder: Any, z: Value) -> Value:
    """Z, but between the logarithms of the smallest and the largest normal number; NaN stays NaN."""
    bounds = (-87.0, 88.0) if z.type.element == single else (-708.0, 709.0)
    value, kind = z.llvm, z.type.llvm
    for sign, bound in zip("><", bounds, strict=True):
        value = builder.select(
            builder.fcmp_unordered(sign, value, _all(kind, bound)), value, _all(kind, bound)
        )
    return Value(z.type, value)


@primitive
def power_series(builder: Any, r: Value) -> Value:
    """1 + r + r²/2! + … as a nested product; 7 terms reach float32's precision for |r| ≤ 0.35, 13 float64's."""
    kind, terms = r.type.llvm, 7 if r.type.element == single else 13
    value = _all(kind, 1 / math.factorial(terms))
    for k in reversed(range(terms)):
        value = fma_call(builder, value, r.llvm, _all(kind, 1 / math.factorial(k)))
    return Value(r.type, value)


@kernel
def exponential(z: Any) -> Any:
    """e^z = 2ⁿ e^r with |r| ≤ ½ log 2, e^r by its power series; 0 where it is below the normal numbers."""
    held = within_range(z)
    n = rounded(held * LOG2_E)
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, held))
    return where_less(z, held, 0.0, times_two_to_the(power_series(r), n))


@primitive
def power_series_without_one(builder: Any, r: Value) -> Value:
    """(e^r − 1 − r) / r² = 1/2! + r/3! + r²/4! + … as a nested product, with the same terms."""
    kind, terms = r.type.llvm, 7 if r.type.element == single else 13
    value = _all(kind, 1 / math.factorial(terms))
    for k in reversed(range(2, terms)):
        value = fma_call(builder, value, r.llvm, _all(kind, 1 / math.factorial(k)))
    return Value(r.type, value)


@kernel
def exponential_minus_one(z: Any) -> Any:
    """e^z − 1 = 2ⁿ (e^r − 1) + (2ⁿ − 1): near 0 n is 0, and nothing cancels."""
    held = within_range(z)
    n = rounded(held * LOG2_E)
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, held))
    power = times_two_to_the(held * 0.0 + 1.0, n)
    return fma(fma(r * r, power_series_without_one(r), r), power, power - 1.0)


@kernel
def logarithm(x: Any) -> Any:
    """Log x = n log 2 + 2 artanh s with s = (m − 1)/(m + 1) for x = 2ⁿ m, for positive x; NaN for infinity and NaN.

    References: Abramowitz, Stegun (1964), 4.1.27.
    """
    n = exponent_near_one(x)
    m = times_two_to_the(x, n * -1.0)
    s = (m - 1.0) / (m + 1.0)
    s2 = s * s
    series = fma(s2, 1.0 / 21.0, 1.0 / 19.0)
    series = fma(series, s2, 1.0 / 17.0)
    series = fma(series, s2, 1.0 / 15.0)
    series = fma(series, s2, 1.0 / 13.0)
    series = fma(series, s2, 1.0 / 11.0)
    series = fma(series, s2, 1.0 / 9.0)
    series = fma(series, s2, 1.0 / 7.0)
    series = fma(series, s2, 1.0 / 5.0)
    series = fma(series, s2, 1.0 / 3.0)
    series = fma(series, s2, 1.0)
    low = fma(s * 2.0, series, n * LN2_LOW)
    return fma(n, LN2_HIGH, low) + (x - x)  # x − x is 0, but NaN where x is infinite or NaN


@kernel
def logarithm_of_one_plus(x: Any) -> Any:
    """log(1 + x) for x from 0 on: what rounding took from 1 + x is added to the logarithm by its slope, 1 / (1 + x).

    References: Higham (2002), Accuracy and stability of numerical algorithms, section 1.14.1, for the idea.
    """
    whole = 1.0 + x
    return logarithm(whole) + (x - (whole - 1.0)) / whole


@kernel
def hyperbolic_tangent(z: Any) -> Any:
    """Tanh z = 1 − 2 / (e^{2z} + 1); near 0, where that cancels, its power series."""
    far = 1.0 - 2.0 / (exponential(z * 2.0) + 1.0)
    z2 = z * z
    series = fma(z2, 21844.0 / 6081075.0, -1382.0 / 155925.0)
    series = fma(series, z2, 62.0 / 2835.0)
    series = fma(series, z2, -17.0 / 315.0)
    series = fma(series, z2, 2.0 / 15.0)
    series = fma(series, z2, -1.0 / 3.0)
    near = fma(series * z2, z, z)
    return where_less(0.0, absolute(z) - 0.2, far, near)
