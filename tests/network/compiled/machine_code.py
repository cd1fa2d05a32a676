"""A kernel alone, compiled for a test, as a function that Python can call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding

from pellucid.network.engines.compiled.build import Processor, _one_at_a_time, target_machine
from pellucid.network.engines.compiled.language import values
from pellucid.network.engines.compiled.language.translation import Program
from pellucid.network.engines.compiled.language.values import Pointer, double, i1, i8, i32, i64, single

IN_C: dict[Any, Any] = {
    i64: ctypes.c_int64,
    double: ctypes.c_double,
    single: ctypes.c_float,
    i1: ctypes.c_bool,
}
ELEMENTS = {"float32": single, "float64": double, "int64": i64, "uint32": i32, "uint8": i8}
_alive: list[Any] = []  # machine code is unmapped with its owner


def pointer(dtype: str) -> Pointer:
    return Pointer(ELEMENTS[dtype])


def compiled(kernel: Any, *types: Any, register_bits: int | None = None) -> Callable[..., Any]:
    """The kernel for arguments of these types; arrays go in for pointers."""
    processor = Processor.here()
    if register_bits is not None:
        processor = Processor(processor.name, processor.features, register_bits)
    with _one_at_a_time:
        values.TARGET.register_bits = processor.register_bits
        program = Program()
        _, result = program.add(kernel, types, name="tested")
        text = str(program.module)
    module = binding.parse_assembly(text)
    module.verify()
    machine = target_machine(processor)
    options = binding.create_pipeline_tuning_options(speed_level=2)
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    _alive.append(engine)
    in_c = [ctypes.c_void_p if isinstance(kind, Pointer) else IN_C[kind] for kind in types]
    called = ctypes.CFUNCTYPE(IN_C.get(result), *in_c)(engine.get_function_address("tested"))

    def call(*arguments: Any) -> Any:
        return called(*(a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments))

    return call
