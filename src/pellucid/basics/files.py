"""Files that are either whole or not there: every file that Pellucid writes goes through this one function."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pellucid.basics.errors import StorageError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or choose another place",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another place",
    errno.EACCES: "you may not write there; choose another place",
    errno.EPERM: "you may not write there; choose another place",
    errno.EROFS: "that disk is read-only; choose another place",
    errno.ENOENT: "there is no such folder; make it first or choose another place",
    errno.ENOTDIR: "a part of that path is a file, not a folder; choose another place",
    errno.EISDIR: "that is a folder; give the name of a file",
}


def storage_error(path: str | Path, doing: str, error: OSError) -> StorageError:
    """Turn an OSError into one line: the path, what could not be done, why, what to do."""
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: could not {doing}: {remedy}.")


def write_atomically(
    path: str | Path, content: bytes, *, check: Callable[[bytes], None] | None = None
) -> Path:
    """Write a file so that, whatever happens, either the old content or the new one is there, whole.

    The content goes to a temporary file in the same folder, is flushed to the disk and read back; only then does
    it take the old file's place. A symbolic link stays one, and permissions are kept.

    Parameters
    ----------
    path : path
        The file to write; its folder must exist.
    content : bytes
        All of it.
    check : callable, optional
        Gets the bytes as read back from the disk; what it raises stops the replacement.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    StorageError
        If the disk is full, the place can't be written or holds something other than a regular file.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_atomically(folder / "note.txt", b"all or nothing").read_bytes()
    b'all or nothing'
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise StorageError(f"{path}: could not write: that is not a regular file; give the name of a file.")
    temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        _write_and_sync(temporary, content, _permissions(target))
        read_back = temporary.read_bytes()
        if read_back != content:
            raise StorageError(f"{path}: could not write: the disk gave back other bytes than were written.")
        if check is not None:
            check(read_back)
        os.replace(temporary, target)  # noqa: PTH105 - the seam that tests fail on purpose
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise storage_error(path, "write", error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    _sync_folder(target.parent)
    return path


def _permissions(target: Path) -> int:
    """The old file's mode, or for a new one what the user's umask allows."""
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666


def _write_and_sync(temporary: Path, content: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, mode)
    try:
        rest = memoryview(content)
        while rest:  # a write may be short: a full disk, a signal
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can (Windows has no such call)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
