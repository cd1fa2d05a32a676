"""Where on this machine may the files lie already? A folder the user names, and what other programs have fetched.

Each function is one source (see `originals.Source`): it yields what it has, and the caller checks every byte.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pellucid.basics.places import expanded
from pellucid.data.array_files import read_array
from pellucid.data.originals import FetchEvent, IdxFile, Offered, OnEvent, Original, UnavailableError

DATA_VARIABLE = "PELLUCID_DATA"

_DEBIAN_DATASETS = Path("/usr/share/datasets")
_MEMBERS = ("x_train", "y_train", "x_test", "y_test")  # in mnist.npz, in the order of `Original.files`
_UNSOUND = (OSError, ValueError, EOFError, MemoryError, zlib.error)  # what damaged bytes provoke


def from_named_folder(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """The folder in the environment variable PELLUCID_DATA, or its subfolder named like the set."""
    named = os.environ.get(DATA_VARIABLE, "")
    if not named:
        raise UnavailableError("not set")
    folder = expanded(named)
    if not os.path.isdir(folder):  # noqa: PTH112 - False, too, where one may not look
        raise UnavailableError(f"{folder} is not a folder")
    yield from _from_folders((folder / original.name, folder), missing)


def from_keras(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """Keras' cache: mnist.npz, whose arrays are turned back into IDX, or a folder of IDX files."""
    home = os.environ.get("KERAS_HOME", "") or "~/.keras"
    place = expanded(home) / "datasets" / (original.keras or original.name)
    if place.suffix == ".npz" and _is_file(place):
        yield from _from_npz(place, original, missing)
    else:
        yield from _from_folders((place,), missing)


def from_torchvision(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """torchvision's usual places: data/ here and data/ at home, with the subfolder raw."""
    roots = (Path("data"), expanded("~/data"))
    yield from _from_folders([root / original.torchvision / "raw" for root in roots], missing)


def from_scikit_learn(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """scikit-learn's copy of OpenML's ARFF file: all training rows, then all test rows, the class at the end."""
    home = os.environ.get("SCIKIT_LEARN_DATA", "") or "~/scikit_learn_data"
    stem = expanded(home) / "openml" / "openml.org" / original.openml
    places = [stem.with_name(stem.name + ".gz"), *sorted(stem.glob("*.arff.gz"))]
    present = [place for place in places if original.openml and _is_file(place)]
    if not present:
        raise UnavailableError("no copy")
    on_event(FetchEvent("scikit-learn's copy", f"reading {present[0]}; some seconds"))
    n_train, n_test = (original.files[i].size - 8 for i in (1, 3))  # labels: 8 bytes, then one for each
    rows = _read_arff(present[0], n_train + n_test)
    side = math.isqrt(rows.shape[1] - 1)
    if len(rows) != n_train + n_test or rows.shape[1] != side * side + 1:
        raise UnavailableError(f"{present[0].name} is damaged ({len(rows)} rows of {rows.shape[1]} numbers)")
    for file in missing:
        part = rows[:n_train] if file.name.startswith("train") else rows[n_train:]
        labels = "labels" in file.name
        yield file.name, idx_bytes(part[:, -1] if labels else part[:, :-1].reshape(len(part), side, -1))


def from_debian_installed(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """The files of Debian's package, where it is installed."""
    yield from _from_folders((_DEBIAN_DATASETS / original.name,), missing)


def idx_bytes(array: npt.NDArray[np.uint8]) -> bytes:
    """An array of unsigned bytes as an IDX file."""
    if array.dtype != np.uint8:
        raise UnavailableError(f"values of type {array.dtype}, not bytes")
    return b"\0\0\x08" + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape) + array.tobytes()


def _from_folders(folders: Iterable[Path], missing: tuple[IdxFile, ...]) -> Offered:
    """Every copy of a missing file, plain or .gz; the caller takes the first sound one."""
    nothing = True
    for folder in folders:
        for file in missing:
            for name in (file.name, file.name.replace("-idx", ".idx")):
                for path in (folder / name, folder / f"{name}.gz"):
                    if _is_file(path):
                        nothing = False
                        yield file.name, _read(path, file.most_packed)
    if nothing:
        raise UnavailableError("no copy")


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - False, too, where one may not look


def _read(path: Path, most: int) -> bytes:
    """At most one byte more than the file can have: enough to see that it's a wrong one."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise UnavailableError(f"{path.name}: {error.strerror or error}") from error


def _from_npz(path: Path, original: Original, missing: tuple[IdxFile, ...]) -> Offered:
    try:
        with zipfile.ZipFile(path) as archive:
            for member, file in zip(_MEMBERS, original.files, strict=False):
                if file not in missing:
                    continue
                entry = archive.getinfo(f"{member}.npy")
                if entry.file_size > file.size + 4096:
                    raise UnavailableError(f"{path.name} holds larger arrays")
                with archive.open(entry) as stream:
                    array = read_array(path, member, stream, entry.file_size)
                yield file.name, idx_bytes(array)
    except (*_UNSOUND, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise UnavailableError(f"{path.name} is damaged ({type(error).__name__})") from error


def _read_arff(path: Path, n: int) -> npt.NDArray[np.uint8]:
    """The table in it, of which no more than one row too many is read."""
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            for line in lines:
                if line.strip().lower() == "@data":
                    break
            filled = (line for line in lines if line.strip() and not line.startswith("%"))
            rows = chain([next(filled)], islice(filled, n))  # an empty table has no next line
            return np.loadtxt(rows, dtype=np.uint8, delimiter=",", quotechar="'", comments=None, ndmin=2)
    except (*_UNSOUND, StopIteration) as error:
        raise UnavailableError(f"{path.name} is damaged ({type(error).__name__})") from error
