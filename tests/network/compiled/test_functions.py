"""e^z, log, tanh and their kin from additions and multiplications, against NumPy in long double, and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import erfcx, ndtr

pytest.importorskip("llvmlite", exc_type=ImportError)

from pellucid.network.engines.compiled.kernels import functions
from pellucid.network.engines.compiled.kernels import normal as distribution
from pellucid.network.engines.compiled.kernels.simd import lanes_of, load, store
from pellucid.network.engines.compiled.language.kernel import kernel
from pellucid.network.engines.compiled.language.values import i64
from tests.network.compiled.machine_code import compiled, pointer

exponential, logarithm, hyperbolic_tangent = (
    functions.exponential,
    functions.logarithm,
    functions.hyperbolic_tangent,
)
exponential_minus_one, logarithm_of_one_plus = (
    functions.exponential_minus_one,
    functions.logarithm_of_one_plus,
)
normal = distribution.normal
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


@kernel
def all_exponentials_minus_one(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        store(y + j, exponential_minus_one(load(x + j)))


@kernel
def all_logarithms_of_one_plus(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        store(y + j, logarithm_of_one_plus(load(x + j)))


@kernel
def all_distributions(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        below, _ = normal(load(x + j))
        store(y + j, below)


@kernel
def all_bells(x: Any, y: Any, n: Any) -> None:
    for j in range(0, n, lanes_of(x)):
        _, bell = normal(load(x + j))
        store(y + j, bell)


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
def test_exponential_minus_one(dtype: str) -> None:
    for ends in ((-1e-3, 1e-3), (-1, 1), (-20, 20), (-86, 86) if dtype == "float32" else (-700, 700)):
        x = np.linspace(*ends, SIZE)
        assert error_in_units(of(all_exponentials_minus_one, x, dtype), np.expm1(long(x, dtype)), dtype) <= 4
    low, zero, tiny, huge, nan = of(all_exponentials_minus_one, [-1e4, 0.0, 1e-30, 1e4, np.nan], dtype)
    assert (low, zero, tiny) == (-1, 0, np.asarray(1e-30, dtype))
    assert np.isfinite(huge)
    assert np.isnan(nan)


@each_dtype
def test_logarithm_of_one_plus(dtype: str) -> None:
    for ends in ((1e-30, 1e-3), (1e-3, 1.0), (1.0, 1e10)):
        x = np.geomspace(*ends, SIZE)
        exact = np.log1p(long(x, dtype))
        assert error_in_units(of(all_logarithms_of_one_plus, x, dtype), exact, dtype) <= 4
    zero, nan = of(all_logarithms_of_one_plus, [0.0, np.nan], dtype)
    assert zero == 0
    assert np.isnan(nan)


@pytest.mark.parametrize(("dtype", "far"), [("float32", 13.0), ("float64", 37.0)])
def test_the_normal_distribution(dtype: str, far: float) -> None:
    """Within 6 units of Φ, far below 0 too, by a calculation with 40 digits; SciPy's error adds to it here."""
    for ends in ((-far, 0), (-1, 1), (0, far)):
        x = np.linspace(*ends, SIZE).astype(dtype)
        square = np.longdouble(x) ** 2 / 2
        below = erfcx(np.abs(x.astype(float)) / np.sqrt(2)) / 2 * np.exp(-square)
        exact = np.where(x < 0, below, 1 - below)
        assert error_in_units(of(all_distributions, x, dtype), exact, dtype) <= (
            8 if dtype == "float32" else 14
        )
        assert error_in_units(of(all_bells, x, dtype), np.exp(-square), dtype) <= 4
    low, half, high, nan = of(all_distributions, [-1e30, 0.0, 1e30, np.nan], dtype)
    assert (low, half, high) == (0, 0.5, 1)
    assert np.isnan(nan)


@pytest.mark.parametrize(("coefficients", "far", "close"), [("SHORT", 13.4, 3e-8), ("LONG", 38.2, 3e-15)])
def test_the_polynomials_of_the_normal_distribution(coefficients: str, far: float, close: float) -> None:
    t = np.linspace(-1, (far - 4) / (far + 4), SIZE)
    x = 4 * (1 + t) / (1 - t)
    r = np.polynomial.Polynomial(getattr(distribution, coefficients))(t)
    assert r == pytest.approx(erfcx(x / np.sqrt(2)) / 2 * (x + 4), rel=close)
    assert np.exp(-x * x / 2) * r / (x + 4) == pytest.approx(ndtr(-x), rel=1e-6)


@each_dtype
@pytest.mark.parametrize(
    "function",
    [
        all_exponentials,
        all_logarithms,
        all_tangents,
        all_exponentials_minus_one,
        all_logarithms_of_one_plus,
        all_distributions,
        all_bells,
    ],
    ids=lambda k: k.function.__name__,
)
def test_the_same_bits_at_every_width(function: Any, dtype: str) -> None:
    x = np.random.default_rng(0).uniform(0.01, 20, SIZE)
    if function not in (all_logarithms, all_logarithms_of_one_plus):
        x[::2] *= -1
    usual = of(function, x, dtype)
    for register_bits in (0, 128, 256, 512):
        assert of(function, x, dtype, register_bits).tobytes() == usual.tobytes()
