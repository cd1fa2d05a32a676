"""Arrays in NumPy's file formats, read without trust: a header is believed only after it was checked."""

from __future__ import annotations

import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.reading import first_line, unreadable

# A header is a Python literal; what a damaged one makes of the parser is more than NumPy catches.
_BAD_HEADER = (
    ValueError,
    EOFError,
    OverflowError,
    MemoryError,
    RecursionError,
    SyntaxError,
    tokenize.TokenError,
)
_USUAL_BYTES = 4 * 2**30  # of one array, unpacked, where the system does not tell how much memory it has


def npz_keys(path: str | Path) -> tuple[str, ...]:
    """Return the names of the arrays in a .npz file without reading one of them."""
    with _npz(path) as archive:
        return tuple(entry.filename.removesuffix(".npy") for entry in archive.infolist())


def read_npz_arrays(path: str | Path, keys: tuple[str, ...]) -> dict[str, Array]:
    """Return some arrays of a .npz file; the others are never touched."""
    arrays = {}
    with _npz(path) as archive:
        for entry in archive.infolist():
            key = entry.filename.removesuffix(".npy")
            if key in keys:
                with archive.open(entry) as stream:
                    arrays[key] = read_array(path, key, stream, entry.file_size)
    return arrays


@contextmanager
def _npz(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive, and turn whatever its bytes provoke into one line."""
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    try:
        with file, zipfile.ZipFile(file) as archive:
            yield archive
    except DataError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise DataError(
            f"the file is no sound .npz ({first_line(error)}); save it again with numpy.savez.", path=path
        ) from None


def read_array(path: str | Path, key: str, stream: IO[bytes], size: int) -> Array:
    """Read one array in NumPy's format after checking that its header tells the truth about its size."""
    from numpy.lib import format as npy

    place = f"array {key}" if key else ""
    try:
        version = npy.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"unknown version {version}")
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_columns, dtype = header(stream)
        if any(length < 0 for length in shape):
            raise ValueError(f"shape {shape}")
    except _BAD_HEADER as error:
        raise DataError(
            f"this is no array in NumPy's format ({first_line(error)}); save it again with NumPy.",
            path=path,
            place=place,
        ) from None
    if dtype.hasobject:
        raise DataError(
            "the array holds Python objects, which are never loaded because they could run code; save plain "
            "numbers or text.",
            path=path,
            place=place,
        )
    wanted = dtype.itemsize
    for length in shape:  # Python's whole numbers never overflow
        wanted *= length
    held = size - stream.tell()
    if wanted > held:
        raise DataError(
            f"the array says it has {wanted:,} bytes, but the file holds {held:,}; get a whole copy.",
            path=path,
            place=place,
        )
    try:
        if wanted > free_memory():
            raise MemoryError
        content = np.empty(wanted, dtype=np.uint8)
    except MemoryError:
        raise DataError(
            f"the array takes {wanted / 2**30:.1f} GiB, more than there is free memory; save a part.",
            path=path,
            place=place,
        ) from None
    if _fill(content, stream) != wanted or stream.read(1):
        raise DataError(
            f"the array says it has {wanted:,} bytes, but the file holds more or fewer; save it again.",
            path=path,
            place=place,
        )
    flat = content.view(dtype) if wanted else np.empty(0, dtype=dtype)
    array = flat.reshape(shape, order="F" if by_columns else "C")
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def free_memory() -> int:
    """How many bytes of memory are free, page cache included; half of all, or 4 GiB, where the system says less."""
    with suppress(OSError, ValueError, IndexError), Path("/proc/meminfo").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return _USUAL_BYTES


def _fill(content: Array, stream: IO[bytes]) -> int:
    """Read into an array until it is full or the stream ends; return how many bytes came."""
    filled = 0
    while filled < len(content):
        piece = stream.read(min(len(content) - filled, 1 << 24))
        if not piece:
            break
        content[filled : filled + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        filled += len(piece)
    return filled


def check_numbers(path: str | Path, key: str, array: Array) -> None:
    """Raise DataError if an array holds anything but finite numbers."""
    place = f"array {key}" if key else ""
    if array.dtype.kind not in "fiub":
        raise DataError(f"it has dtype {array.dtype}; expected numbers.", path=path, place=place)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise DataError(
            f"it holds NaN or infinity, first in example {row}; remove or fill it.", path=path, place=place
        )
