"""The bytes of a file that somebody names, or one line that says why they could not be had."""

from __future__ import annotations

import errno
from pathlib import Path

from pellucid.basics.errors import StorageError

_REMEDIES = {
    errno.ENOENT: "there is no such file; check the name",
    errno.ENOTDIR: "a part of that path is a file, not a folder; check the name",
    errno.EISDIR: "that is a folder; give the name of a file",
    errno.EACCES: "you may not read it; change its permissions or copy it",
    errno.EPERM: "you may not read it; change its permissions or copy it",
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
    StorageError
        If there is no such file, or it can't be read.

    Examples
    --------
    >>> read_bytes("no-such-file.csv")
    Traceback (most recent call last):
    pellucid.basics.errors.StorageError: no-such-file.csv: could not read: there is no such file; check the name.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str | Path, error: OSError) -> StorageError:
    """Turn the operating system's refusal into one line with a remedy."""
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return StorageError(f"{path}: could not read: {remedy}.")
