"""The kernels in this process: loaded from the cache or compiled, once for each precision."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.network.engines.compiled import cache
from pellucid.network.engines.compiled.build import ENTRY, Processor, object_code, target_machine

Run = Callable[[int, int], int]

_lock = threading.Lock()
_loaded: dict[
    tuple[Any, Processor], tuple[Run, Any]
] = {}  # machine code is unmapped with its owner, so keep both
_forced: Processor | None = None  # tests compile for narrower registers


def processor() -> Processor:
    """What the kernels are compiled for."""
    return _forced or Processor.here()


def is_loaded(dtype: npt.DTypeLike) -> bool:
    """Whether the kernels for a precision are in this process."""
    return (np.dtype(dtype), processor()) in _loaded


def is_kept(dtype: npt.DTypeLike) -> bool:
    """Whether they are in this process or in the cache, so that no compiling is needed."""
    if is_loaded(dtype):
        return True
    target = processor()
    return cache.read(cache.folder() / f"{cache.key(dtype, target)}.o") is not None


def run_function(dtype: npt.DTypeLike) -> Run:
    """The kernels' entry, ``run(address of the job, thread) → how it ended``; it does not hold Python's lock.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    """
    target = processor()
    name = (np.dtype(dtype), target)
    if name not in _loaded:
        with _lock:
            if name not in _loaded:
                _loaded[name] = _load(dtype, target)
    return _loaded[name][0]


def _load(dtype: npt.DTypeLike, target: Processor) -> tuple[Run, Any]:
    from llvmlite import binding

    def compiled_now() -> bytes:
        logging.getLogger("pellucid").info(
            "compiling the engine for %s, %s", target.name, np.dtype(dtype).name
        )
        return object_code(dtype, target)

    code = cache.kept(dtype, target, compiled_now)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), target_machine(target))
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    number = ctypes.c_int64
    zero = ctypes.c_float if np.dtype(dtype) == np.float32 else ctypes.c_double
    entry = ctypes.CFUNCTYPE(number, number, number, zero)(engine.get_function_address(ENTRY))

    def run(job: int, thread: int, _owner: object = engine) -> int:  # its machine code goes with its owner
        return int(entry(job, thread, 0.0))

    return run, engine
