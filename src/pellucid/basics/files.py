"""Files that are either whole or not there: every file that Pellucid writes goes through this one function."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pellucid.basics.errors import StorageError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or choose another place",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another place",
    errno.EFBIG: "the file would be larger than is allowed there; choose another place",
    errno.EIO: "the disk reports a fault; choose another one",
    errno.EACCES: "you may not do that there; choose another place or change its permissions",
    errno.EPERM: "you may not do that there; choose another place or change its permissions",
    errno.EROFS: "that disk is read-only; choose another place",
    errno.ENOENT: "there is no such folder; make it first or choose another place",
    errno.ENOTDIR: "a part of that path is a file, not a folder; choose another place",
    errno.EISDIR: "that is a folder; give the name of a file",
    errno.ENAMETOOLONG: "that name is too long; choose a shorter one",
    errno.ELOOP: "that link leads back to itself; choose another place",
}


def storage_error(path: str | Path, doing: str, error: OSError) -> StorageError:
    """Turn an OSError into one line: the path, what could not be done, why, what to do.

    Parameters
    ----------
    path : path
    doing : str
        What was tried, after "could not": "write".
    error : OSError
    """
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: could not {doing}: {remedy}.")


def write_atomically(path: str | Path, content: bytes) -> Path:
    """Write a file so that, whatever happens, either the old content or the new one is there, whole.

    The content goes to a temporary file in the same folder, is flushed to the disk and read back; only then does
    it take the old file's place. A symbolic link stays one, and permissions are kept.

    Parameters
    ----------
    path : path
        The file to write; its folder must exist.
    content : bytes
        All of it.

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
    temporary = None
    try:
        target, mode = _target(path)
        # Only the name's beginning, so that a name as long as the system allows still has room for the rest.
        name = f".{target.name[:40]}.tmp-{os.getpid()}-{secrets.token_hex(4)}"
        temporary = target.with_name(name)
        _write_and_sync(temporary, content, mode)
        if temporary.read_bytes() != content:
            raise StorageError(
                f"{path}: could not write: the disk gave back other bytes; choose another one."
            )
        os.replace(temporary, target)  # noqa: PTH105 - the seam that tests fail on purpose
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(path, "write", error) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
    _sync_folder(target.parent)
    return path


def _target(path: Path) -> tuple[Path, int | None]:
    """Where the bytes go, behind symbolic links, and the permissions of the file that is there, if one is."""
    try:
        target = Path(os.path.realpath(path))
        status = target.lstat() if os.path.lexists(target) else None
    except ValueError:  # NUL, or half a character
        raise StorageError(
            f"{str(path)!r}: could not write: no file can have that name; choose another."
        ) from None
    if status is None:
        return target, None
    if stat.S_ISLNK(status.st_mode):  # realpath leaves only links that lead to themselves
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(f"{path}: could not write: that is not a regular file; give the name of a file.")
    if not os.access(target, os.W_OK):  # replacing it would need no permission, but its owner wanted it kept
        raise OSError(errno.EACCES, "")
    return target, status.st_mode & 0o777


def _write_and_sync(temporary: Path, content: bytes, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # Less what the user's umask takes away: never more open than the old file, not even for a moment.
    descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
    try:
        rest = memoryview(content)
        while rest:  # a write may be short: a full disk, a signal
            written = os.write(descriptor, rest)
            if written == 0:
                raise OSError(errno.ENOSPC, "")
            rest = rest[written:]
        if mode is not None and stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            temporary.chmod(mode)
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
