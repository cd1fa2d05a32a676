"""Machine code kept between processes: one file for each version of the kernels, processor and precision.

A file is named after a hash of all that it depends on, so that no edit, update or other machine can find the
wrong one; it begins with a hash of its content, so that a damaged one is noticed and made anew. It is written whole
or not at all, and where nothing can be written the code lives as long as the process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import StorageError
from pellucid.basics.files import write_atomically
from pellucid.basics.places import cache_folder
from pellucid.formulas import activations
from pellucid.network.engines.compiled.build import Processor

MAGIC = b"pellucid engine 1\n"
WAIT = 120  # seconds for another process that is compiling the same


def folder() -> Path:
    """Where machine code is kept."""
    return cache_folder("engine")


def has_sources() -> bool:
    """Whether the kernels' sources are files, as nearly always; not in a program frozen into one file."""
    return Path(__file__).with_name("kernels").is_dir()


def key(dtype: npt.DTypeLike, processor: Processor) -> str:
    """A hash of everything that decides on the machine code.

    Parameters
    ----------
    dtype : dtype
    processor : Processor
    """
    import llvmlite

    here = Path(__file__).parent
    digest = hashlib.sha256(repr((np.dtype(dtype).name, processor, llvmlite.__version__)).encode())
    for source in (*sorted(here.rglob("*.py")), Path(activations.__file__)):  # whose LEAK the kernels use
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:24]


def read(path: Path) -> bytes | None:
    """The machine code in a file; None if there is none, or it is damaged, or somebody else's."""
    try:
        with path.open("rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            content = file.read()
    except OSError:
        return None
    start = len(MAGIC) + 32
    code = content[start:]
    if content[:start] != MAGIC + hashlib.sha256(code).digest():
        return None
    return code


def _is_ours(file: os.stat_result) -> bool:
    """Whether nobody else could have written it: it will be run with this user's rights."""
    return not hasattr(os, "geteuid") or (file.st_uid in (0, os.geteuid()) and not file.st_mode & 0o022)


def kept(dtype: npt.DTypeLike, processor: Processor, make: Callable[[], bytes]) -> bytes:
    """The machine code from the cache, or made now and put there.

    Parameters
    ----------
    dtype : dtype
    processor : Processor
    make : callable
        Compiles.
    """
    path = folder() / f"{key(dtype, processor)}.o"
    if (code := read(path)) is not None:
        return code
    with _alone(path):
        if (code := read(path)) is None:  # another process may have made it meanwhile
            code = make()
            with suppress(OSError, StorageError):
                write_atomically(path, MAGIC + hashlib.sha256(code).digest() + code)
    return code


def _alone(path: Path) -> AbstractContextManager[object]:
    """A lock on a file, so that several processes that start together do not all compile; without it they would."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_suffix(".lock"), timeout=WAIT)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return lock.acquire()
    except (OSError, Timeout, NotImplementedError):
        return nullcontext()
