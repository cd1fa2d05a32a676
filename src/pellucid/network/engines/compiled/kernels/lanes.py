"""What happens between the lanes of a register: sums of a block, transposed tiles, random words side by side.

The order in which numbers are added decides the last bits of a sum. Here it is the same whatever the width of a
register: a block of 16 numbers is folded in the middle, 16 → 8 → 4 → 2 → 1; blocks are added from left to right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.fields import BLOCK
from pellucid.network.engines.compiled.kernels.simd import call, load_vector, store_vector, suffix
from pellucid.network.engines.compiled.language.kernel import primitive
from pellucid.network.engines.compiled.language.values import (
    Register,
    Value,
    converted,
    i32,
    i64,
    lanes,
)


def _fold(builder: Any, registers: list[Any], combine: Callable[[Any, Any], Any]) -> Any:
    """The numbers of some registers, folded in the middle until one is left."""
    while len(registers) > 1:
        half = len(registers) // 2
        registers = [combine(a, b) for a, b in zip(registers[:half], registers[half:], strict=True)]
    left, count = registers[0], registers[0].type.count
    while count > 1:
        count //= 2
        low, high = (
            ir.Constant(ir.VectorType(i32, count), list(range(start, start + count))) for start in (0, count)
        )
        left = combine(builder.shuffle_vector(left, left, low), builder.shuffle_vector(left, left, high))
    return builder.extract_element(left, ir.Constant(i32, 0))


def _block_reduction(combine: Callable[[Any, Any, Any], Any]) -> Any:
    def reduce_block(builder: Any, pointer: Value) -> Value:
        kind = Register(pointer.type.element)
        places = [
            builder.gep(pointer.llvm, [ir.Constant(i64, start)], source_etype=kind.element)
            for start in range(0, BLOCK, kind.lanes)
        ]
        registers = [load_vector(builder, place, kind.llvm) for place in places]
        return Value(kind.element, _fold(builder, registers, lambda a, b: combine(builder, a, b)))

    return primitive(reduce_block)


sum_of_block = _block_reduction(lambda builder, a, b: builder.fadd(a, b))
largest_of_block = _block_reduction(
    lambda builder, a, b: builder.select(builder.fcmp_unordered(">", a, b), a, b)
)


@primitive
def transpose_tile(builder: Any, source: Value, source_row: Any, target: Value, target_row: Any) -> None:
    """Write a tile of lanes × lanes numbers transposed; rows lie `source_row` and `target_row` apart.

    Half of the numbers of two rows change places in each round, 8 lanes apart, then 4, 2 and 1, all in registers.
    """
    element, n = source.type.element, lanes(source.type.element)
    kind = ir.VectorType(element, n)

    def row(base: Value, stride: Any, index: int) -> Any:
        offset = builder.mul(converted(builder, stride, i64), ir.Constant(i64, index))
        return builder.gep(base.llvm, [offset], source_etype=element)

    rows = [load_vector(builder, row(source, source_row, i), kind) for i in range(n)]
    apart = n // 2
    while apart:
        swapped = list(rows)
        for i in (i for i in range(n) if not i & apart):
            upper = [j if not j & apart else n + (j ^ apart) for j in range(n)]
            lower = [j | apart if not j & apart else n + j for j in range(n)]
            for place, picked in ((i, upper), (i | apart, lower)):
                mask = ir.Constant(ir.VectorType(i32, n), picked)
                swapped[place] = builder.shuffle_vector(rows[i], rows[i | apart], mask)
        rows, apart = swapped, apart // 2
    for i, value in enumerate(rows):
        store_vector(builder, value, row(target, target_row, i))


@primitive
def counted_from(builder: Any, pointer: Value, first: Value) -> Value:
    """The whole numbers first, first + 1, … in the lanes, as words."""
    kind = Register(pointer.type.element)
    start = converted(builder, Value(i32, builder.trunc(first.llvm, i32)), kind)
    return Value(kind, builder.add(start, ir.Constant(kind.llvm, list(range(kind.lanes)))))


@primitive
def turned(builder: Any, words: Value, bits: Value) -> Value:
    """Words whose bits are turned left by some places."""
    kind = words.type
    turn = converted(builder, Value(i32, builder.trunc(bits.llvm, i32)), kind)
    return Value(
        kind, call(builder, f"llvm.fshl.{suffix(kind.llvm)}", kind.llvm, [words.llvm, words.llvm, turn])
    )


@primitive
def store_interleaved(builder: Any, pointer: Value, a: Value, b: Value, c: Value, d: Value) -> None:
    """Write four registers mixed: a[0], b[0], c[0], d[0], a[1], b[1] and so on."""
    n = a.type.lanes

    def joined(x: Any, y: Any) -> Any:
        together = ir.Constant(ir.VectorType(i32, 2 * x.type.count), list(range(2 * x.type.count)))
        return builder.shuffle_vector(x, y, together)

    all_four = joined(joined(a.llvm, b.llvm), joined(c.llvm, d.llvm))
    order = [which * n + lane for lane in range(n) for which in range(4)]
    mask = ir.Constant(ir.VectorType(i32, 4 * n), order)
    store_vector(builder, builder.shuffle_vector(all_four, all_four, mask), pointer.llvm)
