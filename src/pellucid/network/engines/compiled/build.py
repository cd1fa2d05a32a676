"""From the kernels to machine code: translate, let LLVM optimize once, keep the object file.

Needs llvmlite, the binding of LLVM that numba is built on, and no C compiler.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ENTRY = "pellucid_run"
_one_at_a_time = threading.Lock()  # the kernels' language has one target at a time


@dataclass(frozen=True, slots=True)
class Processor:
    """What to compile for.

    Parameters
    ----------
    name : str
        LLVM's name of it.
    features : str
        LLVM's list of what it can do.
    register_bits : int
        512, 256, 128, or 0 for one number at a time.
    """

    name: str
    features: str
    register_bits: int

    @classmethod
    @functools.cache
    def here(cls) -> Processor:
        """The one that this runs on."""
        from llvmlite import binding

        features = binding.get_host_cpu_features()
        can = features.get
        bits = 512 if can("avx512f") else 256 if can("avx2") else 128
        text = features.flatten() + (",-prefer-256-bit" if bits == 512 else "")
        return cls(binding.get_host_cpu_name(), text, bits)

    @property
    def is_x86(self) -> bool:
        """Whether it is one of Intel's or AMD's kind."""
        from llvmlite import binding

        return str(binding.get_process_triple()).startswith(("x86_64", "i686"))

    @property
    def can_fuse(self) -> bool:
        """Whether it multiplies and adds with one rounding."""
        return "+fma" in self.features or not self.features.strip(",")

    @classmethod
    def with_registers(cls, bits: int) -> Processor:
        """An x86 processor whose registers have so many bits, for tests: each gives the same results."""
        if bits == 512:
            return cls("skylake-avx512", "-prefer-256-bit", 512)
        return cls("haswell", "", bits)


def object_code(dtype: npt.DTypeLike, processor: Processor) -> bytes:
    """Machine code of the kernels for a precision and a processor, as an object file; seconds of work.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    processor : Processor
    """
    from llvmlite import binding

    from pellucid.network.engines.compiled.kernels.run import run
    from pellucid.network.engines.compiled.language import values
    from pellucid.network.engines.compiled.language.translation import Program

    precision = {4: values.single, 8: values.double}[np.dtype(dtype).itemsize]
    with _one_at_a_time:
        values.TARGET.register_bits = processor.register_bits
        program = Program()
        program.add(run, (values.i64, values.i64, precision), name=ENTRY)
        text = str(program.module)
    machine = target_machine(processor)
    module = binding.parse_assembly(text)
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def target_machine(processor: Processor):  # type: ignore[no-untyped-def]  # llvmlite has no types
    """LLVM's description of a processor."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(
        cpu=processor.name, features=processor.features, opt=3, reloc="default", codemodel="jitdefault"
    )
