"""The register tile, its loops, and what happens between lanes, each alone against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", exc_type=ImportError)

from pellucid.network.engines.compiled.kernels import lanes, matmul
from pellucid.network.engines.compiled.language.kernel import kernel
from pellucid.network.engines.compiled.language.values import i64
from tests.network.compiled.machine_code import compiled, pointer

multiply, multiply_transposed, lanes_of = matmul.multiply, matmul.multiply_transposed, lanes.lanes
sum_of_block, largest_of_block, transpose_tile = (
    lanes.sum_of_block,
    lanes.largest_of_block,
    lanes.transpose_tile,
)
WIDTHS = (0, 128, 256, 512)

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@kernel
def product(
    a: Any, a_row: Any, b: Any, b_row: Any, start: Any, start_row: Any, c: Any, c_row: Any, rows: Any, K: Any, n: Any
) -> None:  # fmt: skip
    multiply(a, a_row, b, b_row, start, start_row, c, c_row, rows, K, n)


@kernel
def transposed_product(
    a: Any, a_row: Any, b: Any, b_row: Any, start: Any, start_row: Any, c: Any, c_row: Any, rows: Any, K: Any, n: Any
) -> None:  # fmt: skip
    multiply_transposed(a, a_row, b, b_row, start, start_row, c, c_row, rows, K, n)


@kernel
def block_sum(x: Any) -> Any:
    return sum_of_block(x)


@kernel
def block_largest(x: Any) -> Any:
    return largest_of_block(x)


@kernel
def transposed(source: Any, source_row: Any, target: Any, target_row: Any) -> None:
    transpose_tile(source, source_row, target, target_row)


def types(dtype: str) -> tuple[Any, ...]:
    number = pointer(dtype)
    return (number, i64, number, i64, number, i64, number, i64, i64, i64, i64)


def results(
    function: Any, dtype: str, rows: int, K: int, n: int, width: int | None = None
) -> tuple[Any, Any]:
    """C = start + A B with start a bias, then C + A B; and what NumPy makes of it in double precision."""
    random = np.random.default_rng(rows + K + n)
    A, B, bias = (random.normal(size=shape).astype(dtype) for shape in ((rows, K), (K, n), (n,)))
    room = np.full((rows, n + 16), np.nan, dtype)  # rows lie further apart than they are long
    stored, apart = (A, K) if function is product else (np.ascontiguousarray(A.T), rows)
    call = compiled(function, *types(dtype), register_bits=width)
    call(stored, apart, B, n, bias, 0, room, n + 16, rows, K, n)
    once = room[:, :n].copy()
    call(stored, apart, B, n, room, n + 16, room, n + 16, rows, K, n)
    assert np.isnan(room[:, n:]).all()
    exact = A.astype("float64") @ B.astype("float64")
    return np.stack([once, room[:, :n]]), np.stack([bias + exact, bias + 2 * exact])


@each_dtype
@pytest.mark.parametrize("function", [product, transposed_product], ids=["product", "transposed"])
@pytest.mark.parametrize(
    ("rows", "K", "n"), [(8, 4, 16), (16, 16, 32), (24, 260, 32), (8, 784, 16), (40, 1000, 32)]
)
def test_products(function: Any, rows: int, K: int, n: int, dtype: str) -> None:
    usual, exact = results(function, dtype, rows, K, n)
    assert np.linalg.norm(usual - exact) <= 4 * np.finfo(dtype).eps * np.sqrt(K) * np.linalg.norm(exact)
    for width in WIDTHS:
        assert results(function, dtype, rows, K, n, width)[0].tobytes() == usual.tobytes()


@each_dtype
def test_a_block_s_sum_and_largest(dtype: str) -> None:
    x = np.random.default_rng(0).normal(size=16).astype(dtype)
    folded = x
    while len(folded) > 1:
        half = len(folded) // 2
        folded = folded[:half] + folded[half:]
    for width in WIDTHS:
        assert compiled(block_sum, pointer(dtype), register_bits=width)(x) == folded[0]
        assert compiled(block_largest, pointer(dtype), register_bits=width)(x) == x.max()


@each_dtype
@pytest.mark.parametrize("width", WIDTHS)
def test_transposed_tiles(width: int, dtype: str) -> None:
    n = max(1, width // (8 * np.dtype(dtype).itemsize))
    source = np.arange(20.0 * 20).reshape(20, 20).astype(dtype)
    target = np.full((20, 24), -1, dtype)
    call = compiled(transposed, pointer(dtype), i64, pointer(dtype), i64, register_bits=width)
    call(source, 20, target, 24)
    assert (target[:n, :n] == source[:n, :n].T).all()
    target[:n, :n] = -1
    assert (target == -1).all()
