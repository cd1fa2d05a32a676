"""IDX files, the format of MNIST: a header of big-endian numbers, then the bytes of one array.

The header is ``00 00 08 r`` (08: unsigned bytes, r: how many dimensions), then r lengths of four bytes each. It is
believed only when it agrees with how many bytes there are.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import DataError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.reading import exists, no_such_file, unreadable

Bytes = npt.NDArray[np.uint8]

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
_DENSEST = 1040  # no gzip stream unpacks to more than 1032 times its size
_FETCH_AGAIN = "The file is damaged; fetch it again."


def read_idx(path: str | Path) -> Bytes:
    """The array of an IDX file of unsigned bytes, plain or gzip-compressed (told apart by content).

    Parameters
    ----------
    path : path
        The file; one to three dimensions.

    Returns
    -------
    uint8 array
        Of the shape that the header declares.

    Raises
    ------
    DataError
        If there is no such file, or it is not IDX, or holds fewer or more bytes than its header says.
    StorageError
        If the file can't be read.

    References
    ----------
    LeCun, Cortes, Burges: The MNIST database of handwritten digits, "File formats".

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels"
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    >>> read_idx(path).tolist()
    [5, 0, 4]
    """
    path = Path(path)
    try:
        opened = path.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    try:
        with opened as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if not packed:
                return _read_plain(file, path)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read_packed(unpacked, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"the gzip data can't be unpacked ({error}). {_FETCH_AGAIN}", path=path) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _read_plain(file: BufferedReader, path: Path) -> Bytes:
    shape = _read_header(file, path)
    size, begin = _size(shape), file.tell()
    _check_size(path.stat().st_size - begin, size, shape, path, begin)
    content = np.empty(size, dtype=np.uint8)
    got = file.readinto(content.data) if size else 0
    _check_size(got, size, shape, path, begin)
    return content.reshape(shape)


def _read_packed(file: gzip.GzipFile, path: Path) -> Bytes:
    shape = _read_header(file, path)
    size, begin = _size(shape), file.tell()
    if size > _DENSEST * path.stat().st_size:
        raise DataError(
            f"the header declares {_times(shape)} = {size} bytes, more than so small a gzip file can hold. "
            f"{_FETCH_AGAIN}",
            path=path,
            place="byte 4",
        )
    content = bytearray()
    while len(content) <= size:  # one byte more than declared is asked for: it also checks gzip's own sum
        block = file.read(min(_BLOCK, size + 1 - len(content)))
        if not block:
            break
        content += block
    _check_size(len(content), size, shape, path, begin, more=len(content) > size)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _read_header(file: Any, path: Path) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"only {len(magic)} bytes; an IDX file has at least 8. {_FETCH_AGAIN}", path=path)
    if magic[2:] == b"\0\0" and magic[1] == 8:
        raise DataError(
            "the header's bytes are in reverse order; IDX numbers are big-endian, so write them that way.",
            path=path,
            place="byte 0",
        )
    if magic[:2] != b"\0\0":
        raise DataError(
            f"not an IDX file: it begins with {magic.hex(' ')}, expected 00 00 08. Give an IDX file, plain or .gz.",
            path=path,
            place="byte 0",
        )
    if magic[2] != 8:
        raise DataError(
            f"the values have type {magic[2]:#04x}; only 0x08, unsigned bytes, is read. Convert them to bytes.",
            path=path,
            place="byte 2",
        )
    if not 1 <= magic[3] <= 3:
        raise DataError(
            f"the header declares {magic[3]} dimensions; expected 1 (labels), 2 or 3 (pictures). {_FETCH_AGAIN}",
            path=path,
            place="byte 3",
        )
    lengths = file.read(4 * magic[3])
    if len(lengths) < 4 * magic[3]:
        raise DataError(f"the file ends inside its header. {_FETCH_AGAIN}", path=path, place="byte 4")
    return tuple(int(length) for length in np.frombuffer(lengths, dtype=">u4"))


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:  # Python's integers: the product of three 32-bit lengths can overflow any other
        size *= length
    return size


def _times(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _check_size(
    got: int, size: int, shape: Sequence[int], path: Path, begin: int, *, more: bool = False
) -> None:
    if got == size:
        return
    there = f"more than {size}" if more else f"{got}"
    raise DataError(
        f"the header declares {_times(shape)} = {size} bytes after it, but there are {there}. {_FETCH_AGAIN}",
        path=path,
        place=f"byte {begin + min(got, size)}" if got < size else f"byte {begin + size}",
    )


_PICTURES, _LABELS = "images", "labels"


def find_idx_files(folder: str | Path) -> dict[str, Path]:
    """Which of MNIST's four IDX files a folder holds, by their first words (``"train-images"``).

    Accepts ``train-images-idx3-ubyte`` and ``train-images.idx3-ubyte``, each also with ``.gz``; a plain file wins.
    """
    found = {}
    for part in ("train", "t10k"):
        for content, rank in ((_PICTURES, 3), (_LABELS, 1)):
            stem = f"{part}-{content}"
            names = (f"{stem}{dot}idx{rank}-ubyte{end}" for end in ("", ".gz") for dot in "-.")
            for name in names:
                path = Path(folder) / name
                if stem not in found and exists(path) and path.is_file():
                    found[stem] = path
    return found


def read_idx_folder(
    folder: str | Path,
    *,
    title: str | None = None,
    input: Input | None = None,
    classes: Sequence[str] | None = None,
) -> Splits:
    """The pictures and labels of a folder that holds MNIST's four IDX files, or only the training pair.

    Parameters
    ----------
    folder : path
        Holds ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and, for a test part, the same with ``t10k``.
    title : str, optional
        What the data is called; by default the folder's name.
    input : Input, optional
        What a picture is; by default 0 … 255 become 0 … 1.
    classes : sequence of str, optional
        The classes' names; by default "0", "1", … up to the largest label.

    Returns
    -------
    Splits
        `test` is None if the folder has no test pair.

    Raises
    ------
    DataError
        If a file is missing or damaged, pictures and labels do not belong together, or there is one class only.
    StorageError
        If a file can't be read.
    """
    folder = Path(folder)
    if not exists(folder):
        raise no_such_file(folder)
    found = find_idx_files(folder)
    X, y = _read_pair(folder, found, "train")
    test = _read_pair(folder, found, "t10k") if any(stem.startswith("t10k") for stem in found) else None
    if classes is None:
        _check_variety(found["train-labels"], y)
        largest = max(int(labels.max()) for labels in (y, *(test[1:] if test else ())))
        classes = [str(label) for label in range(largest + 1)]
    if input is None:
        input = Input.picture(*X.shape[1:])
    _check_labels(found["train-labels"], y, len(classes))
    train = Dataset(X, y, input=input, classes=tuple(classes), title=title or folder.resolve().name)
    if test is None:
        return Splits(train)
    if test[0].shape[1:] != X.shape[1:]:
        raise DataError(
            f"the test pictures are {_times(test[0].shape[1:])}, those for training {_times(X.shape[1:])}; "
            "expected the same size. Use files of one data set.",
            path=found["t10k-images"],
        )
    _check_labels(found["t10k-labels"], test[1], len(classes))
    return Splits(train, replace(train, X=test[0], y=test[1]))


def _read_pair(folder: Path, found: dict[str, Path], part: str) -> tuple[Bytes, Bytes]:
    for content, rank in ((_PICTURES, 3), (_LABELS, 1)):
        if f"{part}-{content}" not in found:
            name = f"{part}-{content}-idx{rank}-ubyte"
            raise DataError(f"{name} is missing; put it there, plain or as {name}.gz.", path=folder)
    pictures, labels = found[f"{part}-{_PICTURES}"], found[f"{part}-{_LABELS}"]
    X, y = read_idx(pictures), read_idx(labels)
    for path, array, rank in ((pictures, X, 3), (labels, y, 1)):
        if array.ndim != rank:
            raise DataError(
                f"{array.ndim} dimensions, expected {rank}. Are pictures and labels exchanged?",
                path=path,
                place="byte 3",
            )
    if len(X) != len(y):
        raise DataError(
            f"{len(X)} pictures, but {labels.name} has {len(y)} labels; expected one label for each. "
            "Use files of one data set.",
            path=pictures,
            place="byte 4",
        )
    if X.size == 0:
        raise DataError(
            f"the pictures are {_times(X.shape)}: there is nothing in it.", path=pictures, place="byte 4"
        )
    return X, y


def _check_labels(path: Path, y: Bytes, n_classes: int) -> None:
    wrong = np.flatnonzero(y >= n_classes)
    if len(wrong):
        raise DataError(
            f"label {y[wrong[0]]}, but there are {n_classes} classes; expected 0 … {n_classes - 1}.",
            path=path,
            place=f"byte {8 + wrong[0]}",
        )


def _check_variety(path: Path, y: Bytes) -> None:
    if (y == y[0]).all():
        raise DataError(
            f"every label is {y[0]}; expected at least two classes, so add pictures of another one.",
            path=path,
            place="byte 8",
        )
