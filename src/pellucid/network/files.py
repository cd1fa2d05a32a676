"""The model file: one file holds everything that a prediction needs, and reading it can do nothing but read.

`container` is its outer form, `manifest` what it says about the network. The data are theta itself, bit for bit.
A SHA-256 over manifest and data finds damage (it is no signature: who changes a file on purpose can renew it).
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ModelFileError, OptionError, did_you_mean
from pellucid.basics.files import write_atomically
from pellucid.data.reading import unreadable
from pellucid.network.container import (
    REMEDY,
    Stream,
    canonical,
    check_tensors,
    damaged,
    header,
    parse,
    quoted,
    read_exactly,
    read_header,
)
from pellucid.network.layout import Layout, Slices
from pellucid.network.manifest import Description, manifest_of, read_manifest

if TYPE_CHECKING:
    from pellucid.network.network import Network


class Contents(NamedTuple):
    """What a model file holds: a network's description, its theta ``(P,)`` and its buffers ``(B,)``."""

    description: Description
    theta: Array
    buffers: Array


def save_network(net: Network, path: str | Path) -> Path:
    """Write a network to one file; the same network gives the same bytes.

    Parameters
    ----------
    net : Network
    path : path
        By custom ``*.pellucid``; its folder must exist.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    OptionError
        If the network can't be saved: NaN or infinity in theta, control characters in a class's name.
    StorageError
        If the file can't be written; an older one of that name is then unharmed.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid.data.dataset import Input
    >>> from pellucid.network.architecture import Architecture
    >>> from pellucid.network.network import Network, load
    >>> net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), seed=1, classes=("no", "yes"))
    >>> again = load(save_network(net, Path(tempfile.mkdtemp()) / "small.pellucid"))
    >>> bool((again.theta == net.theta).all()), again.classes
    (True, ('no', 'yes'))
    """
    return write_atomically(path, network_bytes(net))


def network_bytes(net: Network) -> bytes:
    """The content of a network's file, proven to read back as the same network.

    Raises
    ------
    OptionError
        If the network can't be saved.
    """
    if net.theta.dtype != net.dtype:
        raise OptionError(f"theta is {net.theta.dtype}, the network {net.dtype}; write to theta[:] instead.")
    try:
        content = _packed(net)
        copy = read_stream(io.BytesIO(content), len(content))
    except ModelFileError as error:
        raise OptionError(f"The network can't be saved: {str(error).removesuffix(REMEDY).strip()}") from error
    if not _same(net, copy):
        raise OptionError("The network can't be saved: its file would not read back as the same network.")
    return content


def _packed(net: Network) -> bytes:
    data = _data(net.theta) + _data(net.buffers)
    manifest = manifest_of(net)
    manifest["sha256"] = _digest(manifest, data)
    tensors = ((name, shape) for name, shape, _ in _slices(net.layout))
    return header(canonical(manifest), tensors, str(net.dtype)) + data


def _slices(layout: Layout) -> Slices:
    """All tensors of a file, in order: theta's, then those that are kept but not trained."""
    return chain(layout.slices(), layout.buffer_slices())


def _data(theta: Array) -> bytes:
    """A vector's numbers in order, whatever its strides and the machine's order of bytes."""
    return np.ascontiguousarray(theta, dtype=theta.dtype.newbyteorder("<")).tobytes()


def _digest(manifest: dict[str, Any], data: bytes | bytearray) -> str:
    sha256 = hashlib.sha256(canonical({**manifest, "sha256": ""}).encode("ascii") + b"\0")
    sha256.update(data)
    return sha256.hexdigest()


def _same(net: Network, copy: Contents) -> bool:
    """Whether a network is what was read back, bit by bit (−0 is not 0)."""
    return (
        canonical(manifest_of(net)) == canonical(manifest_of(copy.description))
        and _data(net.theta) == _data(copy.theta)
        and _data(net.buffers) == _data(copy.buffers)
    )


def read_file(path: str | Path) -> Contents:
    """What a file that `save_network` wrote holds.

    Nothing in the file is executed, and no number in it is believed before it is compared with the file's size.

    Parameters
    ----------
    path : path

    Returns
    -------
    Contents

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, foreign, or newer than this version.
    StorageError
        If it can't be read.
    """
    path = Path(path)
    try:
        with _opened(path) as stream:
            return read_stream(stream, os.fstat(stream.fileno()).st_size)
    except (FileNotFoundError, NotADirectoryError):
        raise ModelFileError(
            f"there is no such file.{_near_name(path) or ' Check the name.'}", path=path
        ) from None
    except ModelFileError as error:
        raise ModelFileError(str(error), path=path) from error
    except OSError as error:
        raise unreadable(path, error) from error


def read_stream(stream: Stream, size: int) -> Contents:
    """What a stream of that many bytes holds; see `read_file`.

    Parameters
    ----------
    stream : Stream
        At its beginning.
    size : int
        Of its content, in bytes.

    Raises
    ------
    ModelFileError
        If anything is not as it has to be.
    """
    head, text, tensors = read_header(stream, size)
    manifest = parse(text, "manifest")
    about = read_manifest(manifest)
    if canonical(manifest) != text:
        raise damaged("the manifest is not spelled as Pellucid writes it")
    layout = about.architecture.layout
    expected = header(text, ((name, shape) for name, shape, _ in _slices(layout)), about.dtype)
    check_tensors(tensors, expected)
    if head != expected:
        raise damaged("the header is not spelled as Pellucid writes it")
    dtype = np.dtype(about.dtype).newbyteorder("<")
    count = (layout.n_parameters + layout.n_buffers) * dtype.itemsize
    if len(head) + count != size:
        raise damaged(f"the file has {size - len(head):,} bytes of data; expected {count:,}")
    data = read_exactly(stream, count)
    if stream.read(1):
        raise damaged("the file grew while it was read")
    if _digest(manifest, data) != manifest["sha256"]:
        raise damaged(f"the SHA-256 {quoted(manifest['sha256'])} does not fit the content")
    numbers = np.frombuffer(data, dtype=dtype)
    theta, buffers = numbers[: layout.n_parameters], numbers[layout.n_parameters :]
    _check_numbers(theta, buffers, layout)
    return Contents(about, theta, buffers)


def _check_numbers(theta: Array, buffers: Array, layout: Layout) -> None:
    sound = np.isfinite(theta)
    if not sound.all():
        index = int(sound.argmin())
        raise damaged(f"{layout.describe(index)} is {theta[index]}; expected finite numbers")
    for name, _, place in layout.buffer_slices():
        least = 0 if name.startswith("variance") else -np.inf
        if not (np.isfinite(buffers[place]) & (buffers[place] >= least)).all():
            raise damaged(
                f"{name} holds a number that it can't; expected finite ones, variances of at least 0"
            )


def _opened(path: Path) -> Stream:
    """The file, unbuffered; a folder, pipe or device is refused before and after it is opened."""
    try:
        status = path.stat()
    except ValueError as error:  # a name that no system has: NUL, half a character
        raise FileNotFoundError from error
    _check_regular(status)
    # Without O_NONBLOCK a pipe that took the file's place in the meantime would be waited for.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    stream = open(path, "rb", buffering=0, opener=lambda name, mode: os.open(name, mode | flags))  # noqa: SIM115
    try:
        _check_regular(os.fstat(stream.fileno()))
    except BaseException:
        stream.close()
        raise
    return stream


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ModelFileError("this is a folder. Give the name of a model file.")
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError("this is not a regular file. Give the name of a model file.")


def _near_name(path: Path) -> str:
    try:
        return did_you_mean(path.name, [entry.name for entry in path.parent.iterdir()])
    except (OSError, ValueError):
        return ""
