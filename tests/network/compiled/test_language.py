"""The kernels' small language: every kind of statement and expression, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", exc_type=ImportError)

from pellucid.network.engines.compiled.kernels.simd import (
    absolute,
    fma,
    lanes_of,
    largest,
    load,
    square_root,
    store,
    where_less,
)
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import LanguageError, Value, double, i1, i64, single
from tests.network.compiled.machine_code import compiled, pointer

SEVEN, HALF, SWITCH = 7, 0.5, False


@kernel
def whole_numbers(a: Any, b: Any) -> Any:
    return (a + b) * 2 - a // b + a % b + (a << 3) + ((a & b) ^ 5) + (a >> 1) + SEVEN


@kernel
def numbers(x: Any, y: Any) -> Any:
    return (x + y) * 2 - x / y + HALF - -x


@kernel
def all_comparisons(a: Any, b: Any) -> Any:
    count = 0
    if a < b:
        count += 1
    if a <= b:
        count += 10
    if a > b:
        count += 100
    if a >= b:
        count += 1000
    if a == b:
        count += 10000
    if a != b:
        count += 100000
    return count


@kernel
def between(low: Any, a: Any, high: Any) -> Any:
    return low <= a < high


@kernel
def collatz(n: Any) -> Any:
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@kernel
def loops(n: Any) -> Any:
    total = 0
    for i in range(n):
        if i == 3:
            continue
        if i == 8:
            break
        for j in range(i, 0, -1):
            total += j
        for j in range(2, n, 3):
            total += 100 * j
    return total


@kernel
def two_of(a: Any, b: Any) -> Any:
    return a + b, a - b


@kernel
def swapped(a: Any, b: Any) -> Any:
    a, b = two_of(a, b)
    b, a = a, b
    return a * 1000 + b


@kernel
def chosen(a: Any, b: Any) -> Any:
    return (a if a > 0 else b) + (1.0 if a < b else 0.0)


@kernel
def logic(a: Any, b: Any, p: Any) -> Any:
    if a != 0 and p[a] > 0:  # where a is 0, p[a] is not looked at
        return 1
    if a == 0 or b == 0:
        return 2
    if not b > 0:
        return 3
    return 4


@kernel
def extremes(a: Any, b: Any) -> Any:
    return min(a, b) * 100 + max(a, 3) + max(2, 1)


@kernel
def known_when_compiling(a: Any) -> Any:
    if SWITCH:
        return there_is_no_such_thing(a)  # noqa: F821 - not even translated
    return a if not SWITCH else there_is_no_such_thing(a)  # noqa: F821


@kernel
def as_double(a: Any, x: Any) -> Any:
    return float(a) / 4.0 + float(x) + float(1)


@kernel
def elements(bytes_in: Any, words: Any, numbers: Any, n: Any) -> Any:
    total = 0
    for i in range(n):
        total += bytes_in[i] * words[i]
        words[i] = total
        numbers[i] = numbers[i] * 2
    rest = numbers + 1
    rest[0] = 3
    return total


@kernel
def registers(x: Any, y: Any, n: Any) -> None:
    width = lanes_of(x)
    for j in range(0, n, width):
        a = load(x + j)
        root = square_root(absolute(a))
        store(y + j, where_less(a, 0.0, largest(a * 2 - 1, -3), fma(a, a, root / 2)))


@kernel
def early(a: Any, out: Any) -> None:
    """A docstring is nothing to do."""
    if a > 0:
        out[0] = 1
        return
    out[0] = 2


def test_whole_numbers() -> None:
    call, written = compiled(whole_numbers, i64, i64), whole_numbers.function
    for a, b in ((5, 3), (100, 7), (0, 1), (2**40, 3)):
        assert call(a, b) == written(a, b)


@pytest.mark.parametrize(("kind", "close"), [(single, 1e-6), (double, 0)])
def test_literals_take_the_type_of_the_other_side(kind: Any, close: float) -> None:
    assert compiled(numbers, kind, kind)(3.25, 0.75) == pytest.approx(numbers.function(3.25, 0.75), rel=close)


def test_comparisons() -> None:
    call = compiled(all_comparisons, i64, i64)
    for a, b in ((-1, 2), (2, 2), (3, -2)):
        assert call(a, b) == all_comparisons.function(a, b)
    call = compiled(all_comparisons, double, double)
    for x, y in ((0.5, 1), (1, 1), (1, -1), (float("nan"), 1), (float("nan"), float("nan")), (0.0, -0.0)):
        assert call(x, y) == all_comparisons.function(x, y)
    call = compiled(between, i64, i64, i64)
    assert [call(1, a, 3) for a in range(5)] == [False, True, True, False, False]


def test_loops() -> None:
    call = compiled(collatz, i64)
    assert [call(n) for n in (1, 6, 27)] == [0, 8, 111]
    call = compiled(loops, i64)
    assert [call(n) for n in range(13)] == [loops.function(n) for n in range(13)]


def test_several_values() -> None:
    assert compiled(swapped, i64, i64)(7, 5) == 2 * 1000 + 12


def test_choices() -> None:
    call = compiled(chosen, double, double)
    assert [call(a, b) for a, b in ((1, 5), (-1, 5), (2, 1))] == [2, 6, 2]
    p = np.array([-1, 0, 1])
    call = compiled(logic, i64, i64, pointer("int64"))
    assert [call(a, b, p) for a, b in ((2, 0), (1, 0), (1, -1), (1, 1), (0, 1))] == [1, 2, 3, 4, 2]
    assert compiled(extremes, i64, i64)(2, 9) == 205
    assert compiled(extremes, double, double)(2.5, -9) == -895
    assert compiled(known_when_compiling, i64)(4) == 4


@pytest.mark.parametrize("kind", [single, double])
def test_conversions_that_are_asked_for(kind: Any) -> None:
    assert compiled(as_double, i64, kind)(3, 0.5) == 2.25


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elements(dtype: str) -> None:
    bytes_in, words = np.array([3, 255, 1], np.uint8), np.array([2**31 + 5, 7, 1], np.uint32)
    x = np.array([1.5, 2.5, -1], dtype)
    total = compiled(elements, pointer("uint8"), pointer("uint32"), pointer(dtype), i64)(
        bytes_in, words, x, 3
    )
    running = np.cumsum([3 * (2**31 + 5), 255 * 7, 1])
    assert total == running[-1]
    assert words.tolist() == (running % 2**32).tolist()  # the lowest bits of what was stored
    assert x.tolist() == [3, 3, -2]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("register_bits", [0, 128, 256, 512])
def test_registers(register_bits: int, dtype: str) -> None:
    x = np.linspace(-4, 4, 64).astype(dtype)
    y = np.zeros_like(x)
    compiled(registers, pointer(dtype), pointer(dtype), i64, register_bits=register_bits)(x, y, 64)
    exact = x.astype(np.longdouble)
    expected = np.where(x < 0, np.maximum(exact * 2 - 1, -3), exact * exact + np.sqrt(np.abs(exact)) / 2)
    assert y == pytest.approx(expected.astype(dtype), rel=2 * float(np.finfo(dtype).eps))


def test_a_return_in_the_middle() -> None:
    out, call = np.zeros(1, np.int64), compiled(early, i64, pointer("int64"))
    assert call(1, out) is None
    assert out[0] == 1
    call(0, out)
    assert out[0] == 2


# What it refuses


@kernel
def mixed(a: Any, x: Any) -> Any:
    return a + x


@kernel
def changes_type(a: Any) -> Any:
    b = a
    b = 1.5
    return a + b


@kernel
def fraction_of_whole(a: Any) -> Any:
    return a + 1.5


@kernel
def true_division(a: Any) -> Any:
    return a / 2


@kernel
def unknown_name(a: Any) -> Any:
    return a + nowhere  # noqa: F821


@kernel
def over_a_list(a: Any) -> Any:
    for i in reversed(a):
        a += i
    return a


@kernel
def backwards(p: Any) -> Any:
    q = p - 1
    return q[0]


@kernel
def calls_python(a: Any) -> Any:
    return len(a)


@primitive
def nothing(builder: Any) -> Value:
    raise LanguageError("refused")


@kernel
def calls_with_too_few(a: Any) -> Any:
    return two_of(a)


@pytest.mark.parametrize(
    ("function", "types", "message"),
    [
        (mixed, (i64, double), "where .* is expected"),
        (mixed, (single, double), "where .* is expected"),
        (mixed, (i1, i1), "no Add"),
        (changes_type, (i64,), "1.5 where a whole number is expected"),
        (fraction_of_whole, (i64,), "1.5 where a whole number is expected"),
        (true_division, (i64,), "no Div"),
        (unknown_name, (i64,), "nowhere is not known"),
        (over_a_list, (i64,), "over range only"),
        (backwards, (pointer("float64"),), "only \\+ is known"),
        (calls_python, (i64,), "len is not known"),
        (calls_with_too_few, (i64,), "takes 2 arguments, not 1"),
    ],
)
def test_mistakes_are_errors_and_name_the_line(function: Any, types: tuple[Any, ...], message: str) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        compiled(function, *types)
    (note,) = caught.value.__notes__
    assert function.function.__name__ in note


def test_a_kernel_does_not_run_as_python() -> None:
    with pytest.raises(TypeError, match="whole_numbers is a kernel"):
        whole_numbers(1, 2)
