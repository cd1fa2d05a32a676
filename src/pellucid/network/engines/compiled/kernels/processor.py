"""What a processor can be told: flush tiny numbers, fetch ahead, wait for another thread."""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.fields import FLAG_APART, REACHED
from pellucid.network.engines.compiled.kernels.simd import call
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import Value, i8, i32, i64

X86 = platform.machine().lower() in ("x86_64", "amd64")
ARM = platform.machine().lower() in ("arm64", "aarch64")

X86_FLUSH = 0x8040  # MXCSR: bit 15 flushes tiny results to zero, bit 6 takes tiny operands as zero
ARM_FLUSH = 1 << 24  # FPCR: bit 24 does both


@primitive
def flush_tiny_numbers(builder: Any) -> Value:
    """Treat numbers below the normal range as 0 from now on, in this thread; return the mode before.

    A dead neuron's running means shrink with each step until they are subnormal, which processors compute many
    times slower.
    """
    mode = _mode(builder)
    _set_mode(builder, builder.or_(mode, ir.Constant(i64, X86_FLUSH if X86 else ARM_FLUSH)))
    return Value(i64, mode)


@primitive
def restore_mode(builder: Any, mode: Value) -> None:
    """Treat tiny numbers as before."""
    _set_mode(builder, mode.llvm)


def _mode(builder: Any) -> Any:
    if ARM:
        return call(builder, "llvm.aarch64.get.fpcr", i64, [])
    if not X86:
        return ir.Constant(i64, 0)
    place = builder.alloca(i32)
    call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), [builder.bitcast(place, i8.as_pointer())])
    return builder.zext(builder.load(place, typ=i32), i64)


def _set_mode(builder: Any, mode: Any) -> None:
    if ARM:
        call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [mode])
    if X86:
        place = builder.alloca(i32)
        builder.store(builder.trunc(mode, i32), place)
        call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [builder.bitcast(place, i8.as_pointer())])


@primitive
def prefetch(builder: Any, pointer: Value) -> None:
    """Ask for the cache line at an address, without waiting for it."""
    place = builder.bitcast(pointer.llvm, i8.as_pointer())
    read, second_level, data = (ir.Constant(i32, v) for v in (0, 2, 1))
    call(builder, "llvm.prefetch.p0", ir.VoidType(), [place, read, second_level, data])


@primitive
def read_shared(builder: Any, pointer: Value) -> Value:
    """A number that another thread may have written; what it wrote before is seen from here on."""
    return Value(i64, builder.load_atomic(pointer.llvm, "acquire", 8, typ=i64))


@primitive
def write_shared(builder: Any, pointer: Value, value: Value) -> None:
    """Write a number for other threads to see, after all that was written before."""
    builder.store_atomic(value.llvm, pointer.llvm, "release", 8)


@primitive
def pause(builder: Any) -> None:
    """Tell the processor that this thread only waits."""
    if X86:
        call(builder, "llvm.x86.sse2.pause", ir.VoidType(), [])


@kernel
def barrier(flags: Any, thread: Any, threads: Any, number: Any) -> Any:
    """Wait until all threads have reached barrier `number`: each writes it into its own flag and reads the others'.

    Waiting is spinning, which is over at once where all threads are running; asking the operating system would take
    as long as a whole step of a small network.
    """
    if threads > 1:
        write_shared(flags + (thread * FLAG_APART + REACHED), number)
        for other in range(threads):
            while read_shared(flags + (other * FLAG_APART + REACHED)) < number:
                pause()
    return number + 1
