"""The bytes of a file that somebody names, or one line that says why they could not be had."""

from __future__ import annotations

import errno
from pathlib import Path

from pellucid.basics.errors import DataError, StorageError, did_you_mean

_REMEDIES = {
    errno.EISDIR: "that is a folder; give the name of a file",
    errno.EACCES: "you may not read it; change its permissions or copy it",
    errno.EPERM: "you may not read it; change its permissions or copy it",
    errno.EIO: "the disk reports a fault; get another copy",
    errno.ENAMETOOLONG: "that name is too long; check it",
    errno.ELOOP: "that link leads back to itself; check it",
}


def read_bytes(path: str | Path) -> bytes:
    """Return all bytes of a file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If there is no such file.
    StorageError
        If it can't be read.

    Examples
    --------
    >>> read_bytes("no-such-file.csv")
    Traceback (most recent call last):
    pellucid.basics.errors.DataError: no-such-file.csv: there is no such file or folder. Check the name.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def exists(path: Path) -> bool:
    """Whether a file or folder is there.

    Raises
    ------
    StorageError
        If the system does not let one look.
    """
    try:
        path.stat()
    except (OSError, ValueError) as error:
        refusal = unreadable(path, error)
        if isinstance(refusal, DataError):
            return False
        raise refusal from error
    return True


def unreadable(path: str | Path, error: OSError | ValueError) -> DataError | StorageError:
    """Turn the operating system's refusal into one line with a remedy: data at fault, or storage.

    Examples
    --------
    >>> unreadable("a.csv", PermissionError(errno.EACCES, ""))
    StorageError('a.csv: could not read: you may not read it; change its permissions or copy it.')
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return no_such_file(path)
    if isinstance(error, ValueError):  # NUL, or half a character
        return DataError("there is no such file or folder: no file can have that name.", path=repr(str(path)))
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: could not read: {remedy}.")


def no_such_file(path: str | Path) -> DataError:
    """The error for a path that leads nowhere, with the name in its folder that is most like it."""
    path = Path(path)
    try:
        beside = sorted(entry.name for entry in path.parent.iterdir())
    except (OSError, ValueError):  # no such folder either, or one that may not be listed
        beside = []
    hint = did_you_mean(path.name, beside) or " Check the name."
    return DataError(f"there is no such file or folder.{hint}", path=path)


def first_line(error: Exception) -> str:
    r"""Return what a library says of its trouble, as far as it fits into one line of ours.

    Examples
    --------
    >>> first_line(ValueError("bad header\nat byte 7")), first_line(EOFError())
    ('bad header', 'EOFError')
    """
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
