"""e^z, log and tanh from additions and multiplications, against NumPy in long double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", exc_type=ImportError)

from pellucid.network.engines.compiled.kernels import functions
from pellucid.network.engines.compiled.kernels.simd import lanes_of, load, store
from pellucid.network.engines.compiled.language.kernel import kernel
from pellucid.network.engines.compiled.language.values import i64
from tests.network.compiled.machine_code import compiled, pointer

exponential, logarithm, hyperbolic_tangent = (
    functions.exponential,
    functions.logarithm,
    functions.hyperbolic_tangent,
)
SIZE = 4096

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@kernel
def all_exponentials(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        store(y + j, exponential(load(x + j)))


@kernel
def all_logarithms(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        store(y + j, logarithm(load(x + j)))


@kernel
def all_tangents(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        store(y + j, hyperbolic_tangent(load(x + j)))


def of(function: Any, x: Any, dtype: str, register_bits: int | None = None) -> Any:
    x = np.asarray(x, dtype)
    padded = np.resize(x, -(-len(x) // 16) * 16)
    y = np.empty_like(padded)
    compiled(function, pointer(dtype), pointer(dtype), i64, register_bits=register_bits)(
        padded, y, len(padded)
    )
    return y[: len(x)]


def error_in_units(y: Any, exact: Any, dtype: str) -> float:
    """The largest error in units in the last place."""
    return float(np.max(np.abs(y.astype(np.longdouble) - exact) / np.spacing(np.abs(exact).astype(dtype))))


def long(x: Any, dtype: str) -> Any:
    return np.asarray(x, dtype).astype(np.longdouble)


@each_dtype
def test_exponential(dtype: str) -> None:
    for ends in ((-1, 1), (-20, 20), (-87, 88) if dtype == "float32" else (-708, 709)):
        x = np.linspace(*ends, SIZE)[1:-1]
        assert error_in_units(of(all_exponentials, x, dtype), np.exp(long(x, dtype)), dtype) <= 2
    tiny, huge, nan, zero = of(all_exponentials, [-1e4, 1e4, np.nan, 0.0], dtype)
    assert tiny == 0
    assert np.isfinite(huge)
    assert huge > 1e38
    assert np.isnan(nan)
    assert zero == 1


@each_dtype
def test_logarithm(dtype: str) -> None:
    for ends in ((1.0, 3.0), (1e-3, 1e3), (1e-30, 1e30)):
        x = np.geomspace(*ends, SIZE)[1:]
        exact = np.log(long(x, dtype))
        error = np.abs(of(all_logarithms, x, dtype).astype(np.longdouble) - exact)
        assert (error <= 2 * np.finfo(dtype).eps * np.maximum(np.abs(exact), 1e-3)).all()
    one, infinite, nan = of(all_logarithms, [1.0, np.inf, np.nan], dtype)
    assert one == 0
    assert np.isnan(infinite)
    assert np.isnan(nan)


@pytest.mark.parametrize(("dtype", "close"), [("float32", 1e-6), ("float64", 5e-13)])
def test_hyperbolic_tangent(dtype: str, close: float) -> None:
    for ends in ((-0.2, 0.2), (-3, 3), (-30, 30)):
        x = np.linspace(*ends, SIZE)
        exact = np.tanh(long(x, dtype))
        error = np.abs(of(all_tangents, x, dtype).astype(np.longdouble) - exact)
        assert (error <= close * np.abs(exact)).all()
    low, high, zero, nan = of(all_tangents, [-1e4, 1e4, 0.0, np.nan], dtype)
    assert (low, high, zero) == (-1, 1, 0)
    assert np.isnan(nan)


@each_dtype
@pytest.mark.parametrize(
    "function", [all_exponentials, all_logarithms, all_tangents], ids=lambda k: k.function.__name__
)
def test_the_same_bits_at_every_width(function: Any, dtype: str) -> None:
    x = np.random.default_rng(0).uniform(0.01, 20, SIZE)
    usual = of(function, x, dtype)
    for register_bits in (0, 128, 256, 512):
        assert of(function, x, dtype, register_bits).tobytes() == usual.tobytes()
