"""The harness's end of a peer: a process that answers one question at a time and is idle in between."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

ROOT = Path(__file__).parents[1]
# Whoever set these did so for other purposes; every library chooses its kernels and its threads by itself.
_UNSET = ("OPENBLAS_", "OMP_", "MKL_", "NUMBA_", "XLA_", "JAX_", "KERAS_", "PELLUCID_")
_KEPT = ("PELLUCID_CACHE", "PELLUCID_DATA")  # where things lie, which no epoch depends on


class PeerError(Exception):
    """A peer broke down or said that it can't do what it was asked."""


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without settings of libraries, plus some variables."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(_UNSET)}
    return {**kept, **more}


class Connection:
    """A peer's process; leaving the ``with`` block ends it.

    Parameters
    ----------
    python : path
        The interpreter of the environment that has the library.
    peer : str
        The name of the module; see `benchmarks.peers`.
    """

    def __init__(self, python: Path, peer: str) -> None:
        with ExitStack() as opened:
            self._complaints = opened.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [str(python), "-m", "benchmarks.peers", peer],
                cwd=ROOT,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                encoding="utf-8",
            )
            self._opened = opened.pop_all()  # closed with the process
        self.process = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._opened.close()

    def set_up(self, job: dict[str, Any]) -> str:
        """Prepare a job; gives the peer's note on it."""
        return str(self._ask(do="set up", job=job)["note"])

    def run(self, count: int) -> float:
        """Do the job so many times; gives the seconds of all together."""
        return float(self._ask(do="run", count=count)["seconds"])

    def peak_bytes(self) -> int:
        """The most memory that the process has held so far."""
        return int(self._ask(do="memory")["peak_bytes"])

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PeerError(self._last_words())
        reply: dict[str, Any] = json.loads(answer)
        if "error" in reply:
            raise PeerError(reply["error"])
        return reply

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "the process ended without a word"
