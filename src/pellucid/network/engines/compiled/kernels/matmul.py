"""The matrix product: a register tile, and the loops that move it over a matrix.

A core can do two multiply-and-adds of whole registers in each cycle, but fetches only two registers from memory in
the same time. A product that fetches both factors for every operation therefore runs at half speed or less. A
*register tile* fetches each number once and uses it many times: 8 rows × 2 registers of C stay in 16 registers while
the sum over p runs, and each step loads 2 registers of B and 8 numbers of A for 16 operations::

                       B(p, ·)   ┌────────┬────────┐
                                 │ reg b0 │ reg b1 │          for p = 0 … K−1:
                                 └────────┴────────┘             load b0, b1
       A(0, p)  ■                ┌────────┬────────┐             for each of the 8 rows i:
       A(1, p)  ■                │  c00   │  c01   │                a = A(i, p) in all lanes
          ⋮     ⋮                │   ⋮    │   ⋮    │                c_i0 += a · b0
       A(7, p)  ■                │  c70   │  c71   │                c_i1 += a · b1
                                 └────────┴────────┘

Every number of C is one chain of fused multiply-and-adds in the order p = 0, 1, 2 …: no thread, tile or width
changes it. Long sums are taken in pieces of `PIECE` terms, which halves the rounding error of a 784-term sum and
keeps both factors of a piece in the first-level cache.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.fields import BLOCK, PANEL, TERMS
from pellucid.network.engines.compiled.kernels.simd import fma_call, lanes_of, load_vector, store_vector
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import (
    BITS,
    TARGET,
    Register,
    Value,
    converted,
    i64,
    splat,
)

VECTOR_REGISTER = {"x86_64": "v", "amd64": "v", "arm64": "w", "aarch64": "w"}  # in LLVM's assembly

PIECE = 256  # terms of a sum taken in one go


def tile_shape() -> tuple[int, int]:
    """The tile's rows and registers: AVX-512's 32 hold 16 sums and what they are made of, others 8."""
    return (8, 2) if TARGET.register_bits == 512 else (4, 2)


def _done_first(builder: Any, sums: list[Any]) -> list[Any]:
    """The same sums, behind a line that nothing crosses.

    Left alone, LLVM fetches the numbers of all four terms first, for which there are not enough registers. An empty
    piece of assembly that seems to change the sums, and memory, makes it finish one term before the next.
    """
    kinds = [total.type for total in sums]
    together = ir.LiteralStructType(kinds)
    letter = VECTOR_REGISTER.get(platform.machine().lower())
    if letter is None or TARGET.register_bits == 0:
        return sums
    constraints = [f"={letter}"] * len(sums) + [str(i) for i in range(len(sums))] + ["~{memory}"]
    passed = builder.asm(ir.FunctionType(together, kinds), "", ",".join(constraints), sums, True)
    return [builder.extract_value(passed, i) for i in range(len(sums))]


@primitive
def tile_rows(builder: Any) -> int:
    """How many rows the tile has: known when compiling."""
    return tile_shape()[0]


@primitive
def tile_registers(builder: Any) -> int:
    """How many registers wide it is."""
    return tile_shape()[1]


def _tile(*, narrow: bool, transposed: bool) -> Any:
    """The tile, or one that is a single register wide, for where no more columns are left.

    A is taken as it lies (its rows are C's) or transposed (its columns are C's).
    """

    def tile(
        builder: Any, a: Value, a_row: Value, b: Value, b_row: Any, start: Value, start_row: Any, c: Value, c_row: Any,
        K: Value,
    ) -> None:  # fmt: skip
        kind = Register(c.type.element)
        height, columns = tile_shape()[0], 1 if narrow else tile_shape()[1]
        places = [(i, v) for i in range(height) for v in range(columns)]

        def further(base: Any, offset: Any) -> Any:
            offset = offset if isinstance(offset, ir.Value) else ir.Constant(i64, offset)
            return builder.gep(base, [offset], source_etype=kind.element)

        def rows_down(base: Value, stride: Any, count: int) -> Any:
            return further(base.llvm, builder.mul(converted(builder, stride, i64), ir.Constant(i64, count)))

        a_rows = [a.llvm] if transposed else [rows_down(a, a_row, i) for i in range(height)]
        before = builder.block
        loop, after = (builder.append_basic_block(name) for name in ("terms", "store"))
        builder.branch(loop)
        builder.position_at_end(loop)
        p = builder.phi(i64)
        p.add_incoming(ir.Constant(i64, 0), before)
        a_now = [builder.phi(pointer.type) for pointer in a_rows]
        b_now = builder.phi(b.llvm.type)
        sums = {place: builder.phi(kind.llvm) for place in places}
        now: dict[tuple[int, int], Any] = dict(sums)
        for pointer, first in zip((*a_now, b_now), (*a_rows, b.llvm), strict=True):
            pointer.add_incoming(first, before)
        here, row = list(a_now), b_now
        for step in range(TERMS):
            if step:
                now = dict(zip(places, _done_first(builder, [now[place] for place in places]), strict=True))
            registers = [
                load_vector(builder, further(row, v * kind.lanes), kind.llvm) for v in range(columns)
            ]
            for i in range(height):
                place = further(here[0], i) if transposed else here[i]
                number = builder.load(place, align=BITS[kind.element] // 8, typ=kind.element)
                everywhere = splat(builder, number, kind.llvm)
                for v in range(columns):
                    now[i, v] = fma_call(builder, everywhere, registers[v], now[i, v])
            row = further(row, converted(builder, b_row, i64))
            here = [further(pointer, converted(builder, a_row, i64) if transposed else 1) for pointer in here]
        for pointer, last in zip((*a_now, b_now), (*here, row), strict=True):
            pointer.add_incoming(last, loop)
        for place in places:
            sums[place].add_incoming(converted(builder, 0.0, kind), before)
            sums[place].add_incoming(now[place], loop)
        following = builder.add(p, ir.Constant(i64, TERMS))
        p.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, K.llvm), loop, after)
        builder.position_at_end(after)
        for i, v in places:
            base = load_vector(builder, further(rows_down(start, start_row, i), v * kind.lanes), kind.llvm)
            store_vector(
                builder, builder.fadd(base, now[i, v]), further(rows_down(c, c_row, i), v * kind.lanes)
            )

    return primitive(tile)


_wide, _narrow = _tile(narrow=False, transposed=False), _tile(narrow=True, transposed=False)
_wide_transposed, _narrow_transposed = (_tile(narrow=narrow, transposed=True) for narrow in (False, True))


@kernel
def multiply(
    a: Any, a_row: Any, b: Any, b_row: Any, start: Any, start_row: Any, c: Any, c_row: Any, rows: Any, K: Any,
    columns: Any,
) -> None:  # fmt: skip
    """C = start + A B for one panel of B: `rows` × K times K × `columns`, all padded.

    `start` with row stride 0 is a bias, the same for all rows; with C's own it adds to C.
    """
    width = lanes_of(c)
    wide = tile_registers() * width
    for p in range(0, K, PIECE):
        terms = min(PIECE, K - p)
        j = 0
        while j < columns:
            if p > 0:
                start, start_row = c, c_row
            j_start = start + j
            for i in range(0, rows, tile_rows()):
                if j + wide <= columns:
                    _wide(a + (i * a_row + p), a_row, b + (p * b_row + j), b_row, j_start + i * start_row,
                          start_row, c + (i * c_row + j), c_row, terms)  # fmt: skip
                else:
                    _narrow(a + (i * a_row + p), a_row, b + (p * b_row + j), b_row, j_start + i * start_row,
                            start_row, c + (i * c_row + j), c_row, terms)  # fmt: skip
            j += wide if j + wide <= columns else width


@kernel
def multiply_transposed(
    a: Any, a_row: Any, b: Any, b_row: Any, start: Any, start_row: Any, c: Any, c_row: Any, rows: Any, K: Any,
    columns: Any,
) -> None:  # fmt: skip
    """C = start + Aᵀ B: the sum runs over the rows of both, `rows` are columns of A."""
    width = lanes_of(c)
    wide = tile_registers() * width
    for p in range(0, K, PIECE // 2):
        terms = min(PIECE // 2, K - p)
        if p > 0:
            start, start_row = c, c_row
        j = 0
        while j < columns:
            for i in range(0, rows, tile_rows()):
                if j + wide <= columns:
                    _wide_transposed(a + (p * a_row + i), a_row, b + (p * b_row + j), b_row,
                                     start + (i * start_row + j), start_row, c + (i * c_row + j), c_row,
                                     terms)  # fmt: skip
                else:
                    _narrow_transposed(a + (p * a_row + i), a_row, b + (p * b_row + j), b_row,
                                       start + (i * start_row + j), start_row, c + (i * c_row + j), c_row,
                                       terms)  # fmt: skip
            j += wide if j + wide <= columns else width


assert PANEL % BLOCK == 0
