"""The machine's limit: how many multiply-and-add operations its cores can do in a second.

A loop of fused multiply-adds on registers alone, with so many independent accumulators that no instruction waits
for another's result. It is emitted with llvmlite for the vector widths that this processor has; the fastest is the
limit.

References
----------
Fog, "Instruction tables": latency and throughput of fused multiply-adds, whose product is how many accumulators
a core needs (8 to 16).
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

ELEMENT = {"float32": ("float", 4, ctypes.c_float), "float64": ("double", 8, ctypes.c_double)}
SECONDS = 0.06  # of one run: long enough for the clock that lasts, short enough to slip between disturbances
RUNS = 5


@dataclass(frozen=True, slots=True)
class Probe:
    """A compiled loop.

    Parameters
    ----------
    call : callable
        ``call(n, a, b)`` runs the loop n times and releases Python's lock meanwhile.
    flops : int
        Operations of one time through the loop; a multiply-add counts as two.
    description : str
        Vector width and accumulators, for the record.
    engine : object
        Owns the code's memory.
    """

    call: Callable[[int, float, float], float]
    flops: int
    description: str
    engine: Any


@dataclass(frozen=True, slots=True)
class Limit:
    """The fastest probe of each dtype, ready to be run again and again."""

    probes: dict[str, Probe]
    n_cores: int

    @classmethod
    def find(cls, n_cores: int) -> Limit:
        """Try all shapes that the processor's registers allow."""
        probes = {}
        for dtype in ELEMENT:
            candidates = [compile_probe(dtype, bits, count) for bits, count in _shapes()]
            probes[dtype] = max(candidates, key=lambda probe: _best(probe, 1, RUNS))
        return cls(probes, n_cores)

    def measure(self, runs: int = RUNS) -> dict[str, dict[str, Any]]:
        """GFLOP/s by dtype, for one core and for all at once: the best of several short runs."""
        return {
            dtype: {
                "one_core": _best(probe, 1, runs),
                "all_cores": _best(probe, self.n_cores, runs),
                "probe": probe.description,
            }
            for dtype, probe in self.probes.items()
        }


def compile_probe(dtype: str, bits: int, n_accumulators: int) -> Probe:
    """Compile the loop for vectors of so many bits."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    element, size, ctype = ELEMENT[dtype]
    lanes = bits // (8 * size)
    triple = llvm.get_process_triple()
    features = llvm.get_host_cpu_features()
    target = llvm.Target.from_triple(triple).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=3
    )
    module = llvm.parse_assembly(_loop(element, lanes, n_accumulators, fused=_has_fma(features)))
    module.triple = triple
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    call = ctypes.CFUNCTYPE(ctype, ctypes.c_int64, ctype, ctype)(engine.get_function_address("probe"))
    description = f"{lanes} × {dtype}, {n_accumulators} accumulators"
    return Probe(call, 2 * lanes * n_accumulators, description, engine)


def _shapes() -> list[tuple[int, int]]:
    """Vector widths in bits, each with accumulators that fit into the registers there are."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return [(512, 12), (512, 24), (256, 12), (256, 24)]
    if features.get("avx"):
        return [(256, 12)]
    return [(128, 12), (128, 24)] if "aarch64" in llvm.get_process_triple() else [(128, 12)]


def _has_fma(features: Any) -> bool:
    return bool(features.get("fma")) or "aarch64" in llvm.get_process_triple()


def _loop(element: str, lanes: int, n: int, *, fused: bool) -> str:
    """LLVM's text of ``probe(n, a, b)``: acc ← acc · a + b, n times, for every accumulator."""
    vector, name = f"<{lanes} x {element}>", f"v{lanes}f{32 if element == 'float' else 64}"
    fma = f"declare {vector} @llvm.fma.{name}({vector}, {vector}, {vector})" if fused else ""
    # they begin with different values, or a compiler could see that they are all the same
    starts = [f"<{', '.join(f'{element} {float(i)}' for _ in range(lanes))}>" for i in range(n)]
    phis = "\n".join(f"%acc{i} = phi {vector} [{starts[i]}, %entry], [%new{i}, %loop]" for i in range(n))
    if fused:
        steps = [
            f"%new{i} = call {vector} @llvm.fma.{name}({vector} %acc{i}, {vector} %a, {vector} %b)"
            for i in range(n)
        ]
    else:
        steps = [
            f"%product{i} = fmul {vector} %acc{i}, %a\n%new{i} = fadd {vector} %product{i}, %b"
            for i in range(n)
        ]
    sums = [f"%sum{i} = fadd {vector} {f'%sum{i - 1}' if i else '%new0'}, %new{i}" for i in range(n)]
    splat = f"shufflevector {vector}"
    zeros = f"<{lanes} x i32> zeroinitializer"
    return "\n".join(
        [
            fma,
            f"define {element} @probe(i64 %n, {element} %scalar_a, {element} %scalar_b) {{",
            "entry:",
            f"%only_a = insertelement {vector} poison, {element} %scalar_a, i32 0",
            f"%a = {splat} %only_a, {vector} poison, {zeros}",
            f"%only_b = insertelement {vector} poison, {element} %scalar_b, i32 0",
            f"%b = {splat} %only_b, {vector} poison, {zeros}",
            "br label %loop",
            "loop:",
            "%i = phi i64 [0, %entry], [%next, %loop]",
            phis,
            *steps,
            "%next = add i64 %i, 1",
            "%more = icmp slt i64 %next, %n",
            "br i1 %more, label %loop, label %done",
            "done:",
            *sums,
            f"%result = extractelement {vector} %sum{n - 1}, i32 0",
            f"ret {element} %result",
            "}",
        ]
    )


def _best(probe: Probe, n_threads: int, runs: int) -> float:
    """GFLOP/s of so many threads together: the best of several runs, each about `SECONDS` long."""
    n = 100_000
    while (passed := _run(probe, 1, n)) < SECONDS / 4:
        n = int(n * min(100.0, max(2.0, SECONDS / passed)))
    n = max(1, int(n * SECONDS / passed))
    return max(n_threads * n * probe.flops / _run(probe, n_threads, n) for _ in range(runs)) / 1e9


def _run(probe: Probe, n_threads: int, n: int) -> float:
    """Seconds from the first thread's start to the last one's end."""
    barrier, spans = threading.Barrier(n_threads), []

    def work() -> None:
        barrier.wait()
        began = time.perf_counter()
        probe.call(n, 0.5, 1.0)  # tends to 2 in every accumulator: ordinary numbers at full speed
        spans.append((began, time.perf_counter()))

    threads = [threading.Thread(target=work) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(end for _, end in spans) - min(began for began, _ in spans)
