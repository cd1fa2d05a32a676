"""The steps from a plain loop to the engine's product as kernels, each compiled alone; `engine_ideas` times them.

A kernel here gets the address of a table of addresses and sizes, how often to do its work, and a number that tells
the precision. The first three are written for the chapter; the others call what the engine itself runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir

from pellucid.network.engines.compiled.build import Processor, target_machine
from pellucid.network.engines.compiled.fields import ADAM, PANEL, RELU, SETTINGS
from pellucid.network.engines.compiled.kernels.elementwise import activate
from pellucid.network.engines.compiled.kernels.gather import fetch_ahead, gather
from pellucid.network.engines.compiled.kernels.matmul import multiply, multiply_transposed
from pellucid.network.engines.compiled.kernels.optimizers import update
from pellucid.network.engines.compiled.kernels.processor import barrier, flush_tiny_numbers, restore_mode
from pellucid.network.engines.compiled.kernels.simd import (
    as_number,
    bytes_at,
    filled,
    fma,
    integers_at,
    lanes_of,
    load,
    numbers_at,
    store,
)
from pellucid.network.engines.compiled.language import values
from pellucid.network.engines.compiled.language.kernel import Kernel, kernel, primitive
from pellucid.network.engines.compiled.language.translation import Program

A, B, C, START, ROWS, TERMS, COLUMNS = range(7)  # C = start + A B; the table of a product
STORED, ORDER, NUMBERS, AHEAD = range(7, 11)  # and of a layer: bytes, which of them, scale and shift
THETA, FIRST, SECOND, GRADIENT, STEP, SETTING, CHECK, COUNT = range(11, 19)  # and of an update
FLAGS, THREAD = range(2)  # the table of a barrier
FIELDS = 19
HEIGHT = 256  # rows of W whose gradient is made and used together, as in passes


# ── a product, from the plain loop to the engine's ───────────────────────────────────────────────────────────


@kernel
def plain_loop(table: Any, times: Any, like: Any) -> None:
    """C = A B as on the blackboard: one number after the other, each a sum over p."""
    t = integers_at(table)
    a, b, c = numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like)
    for _ in range(times):
        for i in range(t[ROWS]):
            for j in range(t[COLUMNS]):
                total = as_number(c, 0.0)
                for p in range(t[TERMS]):
                    total = total + a[i * t[TERMS] + p] * b[p * t[COLUMNS] + j]
                c[i * t[COLUMNS] + j] = total


@kernel
def registers(table: Any, times: Any, like: Any) -> None:
    """The same with a register full of columns at a time."""
    t = integers_at(table)
    a, b, c = numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like)
    for _ in range(times):
        for i in range(t[ROWS]):
            for j in range(0, t[COLUMNS], lanes_of(c)):
                total = filled(c, 0.0)
                for p in range(t[TERMS]):
                    total = fma(a[i * t[TERMS] + p], load(b + (p * t[COLUMNS] + j)), total)
                store(c + (i * t[COLUMNS] + j), total)


@kernel
def tile_by_hand(table: Any, times: Any, like: Any) -> None:
    """A tile of 4 rows × 2 registers, every sum with a name of its own."""
    t = integers_at(table)
    a, b, c = numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like)
    width, K, N = lanes_of(c), t[TERMS], t[COLUMNS]
    for _ in range(times):
        for j in range(0, N, 2 * width):
            for i in range(0, t[ROWS], 4):
                c00, c10, c20, c30 = filled(c, 0.0), filled(c, 0.0), filled(c, 0.0), filled(c, 0.0)
                c01, c11, c21, c31 = filled(c, 0.0), filled(c, 0.0), filled(c, 0.0), filled(c, 0.0)
                for p in range(K):
                    b0, b1 = load(b + (p * N + j)), load(b + (p * N + (j + width)))
                    a0, a1 = a[i * K + p], a[(i + 1) * K + p]
                    a2, a3 = a[(i + 2) * K + p], a[(i + 3) * K + p]
                    c00, c10, c20, c30 = (
                        fma(a0, b0, c00),
                        fma(a1, b0, c10),
                        fma(a2, b0, c20),
                        fma(a3, b0, c30),
                    )
                    c01, c11, c21, c31 = (
                        fma(a0, b1, c01),
                        fma(a1, b1, c11),
                        fma(a2, b1, c21),
                        fma(a3, b1, c31),
                    )
                left, right = c + (i * N + j), c + (i * N + (j + width))
                store(left, c00)
                store(left + N, c10)
                store(left + 2 * N, c20)
                store(left + 3 * N, c30)
                store(right, c01)
                store(right + N, c11)
                store(right + 2 * N, c21)
                store(right + 3 * N, c31)


@kernel
def tile(table: Any, times: Any, like: Any) -> None:
    """The engine's tile on a matrix that lies row by row."""
    t = integers_at(table)
    a, b, c, start = (numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like),
                      numbers_at(t[START], like))  # fmt: skip
    for _ in range(times):
        multiply(a, t[TERMS], b, t[COLUMNS], start, 0, c, t[COLUMNS], t[ROWS], t[TERMS], t[COLUMNS])


@kernel
def on_panels(t: Any, a: Any, b: Any, c: Any, start: Any) -> None:
    """C = start + A B for a B in panels, as a layer does it."""
    for left in range(0, t[COLUMNS], PANEL):
        multiply(a, t[TERMS], b + left * t[TERMS], PANEL, start + left, 0, c + left, t[COLUMNS], t[ROWS], t[TERMS],
                 PANEL)  # fmt: skip


@kernel
def panels(table: Any, times: Any, like: Any) -> None:
    """The engine's tile on panels."""
    t = integers_at(table)
    a, b, c, start = (numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like),
                      numbers_at(t[START], like))  # fmt: skip
    for _ in range(times):
        on_panels(t, a, b, c, start)


# ── a layer from its bytes ───────────────────────────────────────────────────────────────────────────────────


@kernel
def layer(table: Any, times: Any, like: Any) -> None:
    """Gather, multiply, add the bias, max(0, ·); with the next rows asked for ahead where the table says so.

    Each time takes the next rows of the order, as training does.
    """
    t = integers_at(table)
    a, b, c, start = (numbers_at(t[A], like), numbers_at(t[B], like), numbers_at(t[C], like),
                      numbers_at(t[START], like))  # fmt: skip
    numbers, stored, order = numbers_at(t[NUMBERS], like), bytes_at(t[STORED]), integers_at(t[ORDER])
    for turn in range(times):
        now = order + turn % 512 * t[ROWS]
        gather(stored, now, a, t[TERMS], t[TERMS], numbers[0], numbers[1], 0, t[ROWS], t[ROWS])
        if t[AHEAD] != 0:
            fetch_ahead(stored, now + t[ROWS], t[TERMS], 64, 0, t[ROWS])
        on_panels(t, a, b, c, start)
        activate(c, t[COLUMNS], 0, t[ROWS], 0, t[COLUMNS], RELU)


# ── gradient and update ──────────────────────────────────────────────────────────────────────────────────────


@kernel
def move(t: Any, like: Any, place: Any, gradient: Any, count: Any) -> None:
    """Adam, as the engine does it, on some parameters."""
    theta, m, v = numbers_at(t[THETA], like), numbers_at(t[FIRST], like), numbers_at(t[SECOND], like)
    update(theta + place, m + place, v + place, gradient, count, ADAM, numbers_at(t[STEP], like),
           numbers_at(t[SETTING], like), numbers_at(t[CHECK], like))  # fmt: skip


@kernel
def adam(table: Any, times: Any, like: Any) -> None:
    """The engine's Adam on all parameters, with subnormal numbers as the processor takes them by itself."""
    t = integers_at(table)
    for _ in range(times):
        move(t, like, 0, numbers_at(t[GRADIENT], like), t[COUNT])


@kernel
def adam_flushed(table: Any, times: Any, like: Any) -> None:
    """The same with subnormal numbers taken as 0."""
    t, mode = integers_at(table), flush_tiny_numbers()
    for _ in range(times):
        move(t, like, 0, numbers_at(t[GRADIENT], like), t[COUNT])
    restore_mode(mode)


@kernel
def whole_gradient(table: Any, times: Any, like: Any) -> None:
    """dW = Aᵀ C for all of W, then the update of all of W."""
    t = integers_at(table)
    a, c, start, gradient = (numbers_at(t[A], like), numbers_at(t[C], like), numbers_at(t[START], like),
                             numbers_at(t[GRADIENT], like))  # fmt: skip
    for _ in range(times):
        for left in range(0, t[COLUMNS], PANEL):
            multiply_transposed(a, t[TERMS], c + left, t[COLUMNS], start, 0, gradient + left * t[TERMS], PANEL,
                                t[TERMS], t[ROWS], PANEL)  # fmt: skip
        move(t, like, 0, gradient, t[TERMS] * t[COLUMNS])


@kernel
def block_by_block(table: Any, times: Any, like: Any) -> None:
    """The same, but every block of the gradient is used as soon as it is there."""
    t = integers_at(table)
    a, c, start, gradient = (numbers_at(t[A], like), numbers_at(t[C], like), numbers_at(t[START], like),
                             numbers_at(t[GRADIENT], like))  # fmt: skip
    for _ in range(times):
        for left in range(0, t[COLUMNS], PANEL):
            for top in range(0, t[TERMS], HEIGHT):
                height = min(HEIGHT, t[TERMS] - top)
                multiply_transposed(a + top, t[TERMS], c + left, t[COLUMNS], start, 0, gradient, PANEL, height,
                                    t[ROWS], PANEL)  # fmt: skip
                move(t, like, left * t[TERMS] + top * PANEL, gradient, height * PANEL)


# ── √x and 1/x from the bits of a number ─────────────────────────────────────────────────────────────────────


def _from_bits(magic: int, shift: int) -> Any:
    def near(builder: Any, x: values.Value) -> values.Value:
        kind = x.type.llvm
        whole = ir.VectorType(values.i32, kind.count)
        bits = builder.bitcast(x.llvm, whole)
        if shift:
            bits = builder.lshr(bits, ir.Constant(whole, [shift] * kind.count))
        turned = builder.sub(ir.Constant(whole, [magic] * kind.count), bits)
        return values.Value(x.type, builder.bitcast(turned, kind))

    return primitive(near)


near_inverse_root = _from_bits(0x5F375A86, 1)  # Lomont (2003), Fast inverse square root: 1/√x to 3.5 %
near_inverse = _from_bits(0x7EF311C7, 0)  # the same idea for 1/x, to 12 %


@kernel
def quick_root(x: Any) -> Any:
    """√x for x ≥ 0: a guess, a cubic step and one of Newton's."""
    y = near_inverse_root(x)
    e = 1.0 - x * y * y
    y = fma(y, e * fma(e, 0.375, 0.5), y)
    root = x * y
    return fma(root * 0.5, 1.0 - root * y, root)


@kernel
def quick_inverse(x: Any) -> Any:
    """1/x for x > 0: with y near it and e = 1 − x y, the better value is y (1 + e + e²)."""
    y = near_inverse(x)
    e = 1.0 - x * y
    y = fma(y, fma(e, e, e), y)
    e = 1.0 - x * y
    return fma(y, fma(e, e, e), y)


@kernel
def adam_quick(table: Any, times: Any, like: Any) -> None:
    """Adam with these two in place of the processor's √ and ÷."""
    t, mode = integers_at(table), flush_tiny_numbers()
    theta, m, v = numbers_at(t[THETA], like), numbers_at(t[FIRST], like), numbers_at(t[SECOND], like)
    gradient, step, settings = (
        numbers_at(t[GRADIENT], like),
        numbers_at(t[STEP], like),
        numbers_at(t[SETTING], like),
    )
    new1, new2, epsilon = 1.0 - settings[SETTINGS], 1.0 - settings[SETTINGS + 1], settings[SETTINGS + 2]
    for _ in range(times):
        for j in range(0, t[COUNT], lanes_of(theta)):
            g = load(gradient + j)
            m_j = fma(g - load(m + j), new1, load(m + j))
            v_j = fma(fma(g, g, 0.0 - load(v + j)), new2, load(v + j))
            store(m + j, m_j)
            store(v + j, v_j)
            divided = m_j * step[0] * quick_inverse(fma(quick_root(v_j), step[1], epsilon))
            store(theta + j, load(theta + j) - divided)
    restore_mode(mode)


# ── threads ──────────────────────────────────────────────────────────────────────────────────────────────────


@kernel
def meetings(table: Any, times: Any, like: Any) -> None:
    """Two threads wait for each other, again and again."""
    t, gate = integers_at(table), 1
    for _ in range(times):
        gate = barrier(integers_at(t[FLAGS]), t[THREAD], 2, gate)


KERNELS: dict[str, Kernel] = {
    one.function.__name__: one
    for one in (plain_loop, registers, tile_by_hand, tile, panels, layer, adam, adam_flushed, adam_quick,
                whole_gradient, block_by_block, meetings)
}  # fmt: skip
Run = Callable[[np.ndarray, int], None]


def compiled() -> tuple[dict[str, Run], Any]:
    """Every kernel as ``run(table, times)`` in float32, for this processor; and the owner of their machine code."""
    processor = Processor.here()
    values.TARGET.register_bits = processor.register_bits
    program = Program()
    for name, one in KERNELS.items():
        program.add(one, (values.i64, values.i64, values.single), name=f"idea_{name}")
    machine = target_machine(processor)
    module = binding.parse_assembly(str(program.module))
    module.verify()
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    owner = binding.create_mcjit_compiler(module, target_machine(processor))
    owner.finalize_object()
    signature = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_float)

    def run(name: str) -> Run:
        entry = signature(owner.get_function_address(f"idea_{name}"))
        return lambda table, times: entry(table.ctypes.data, times, 0.0)

    return {name: run(name) for name in KERNELS}, owner
