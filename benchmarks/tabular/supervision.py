"""The harness's end of the worker: a time limit for each fit, and a new process where one was lost."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

import psutil

from benchmarks.connection import ROOT, clean_environment
from benchmarks.tabular.methods import THREADS

TIME_LIMIT = 600.0  # processor seconds for a fit and its predictions: 300 s of two processors
LONGER = f"took more than {TIME_LIMIT:.0f} processor seconds"
PATIENCE = 3  # times the limit passes on the clock before a process that hardly gets on is given up
# a thread that waits for another gives its processor away: where others work too, spinning costs many times the work
_GENTLE = {"OMP_WAIT_POLICY": "PASSIVE"}


class Worker:
    """One process at a time that fits; it is started when it is needed, and ended with the ``with`` block."""

    def __init__(self, threads: int = THREADS, time_limit: float = TIME_LIMIT) -> None:
        self.threads = threads
        self.time_limit = time_limit
        self._process: subprocess.Popen[str] | None = None
        self._replies: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def fit(self, **request: Any) -> dict[str, Any]:
        """What `benchmarks.tabular.worker.fit` gives, with the share of the processors that others took meanwhile.

        A fit that takes too long, or kills its process, gives ``"failed"`` with the reason.
        """
        process = self._started()
        before, began = _busy_seconds(), time.perf_counter()
        assert process.stdin is not None
        try:
            print(json.dumps(request), file=process.stdin, flush=True)
            answer = self._answer(process)
        except BrokenPipeError:
            answer = ""
        if not answer:
            answer = json.dumps({"failed": "its process broke down"})
        passed = (time.perf_counter() - began) * (psutil.cpu_count() or 1)
        reply: dict[str, Any] = json.loads(answer)
        if "failed" in reply:
            self._end()  # whatever state it is in, the next fit shall not inherit it
        else:
            own = reply["fit_processor_seconds"]
            reply["share_of_others"] = round(min(max(0.0, (_busy_seconds() - before - own) / passed), 1.0), 3)
        return reply

    def _answer(self, process: subprocess.Popen[str]) -> str:
        """The worker's reply; empty if its process ended."""
        began, used = time.perf_counter(), _own_seconds(process)
        while True:
            with contextlib.suppress(queue.Empty):
                return self._replies.get(timeout=1)
            used_up = _own_seconds(process) - used > self.time_limit
            if used_up or time.perf_counter() - began > self.time_limit * PATIENCE:
                return json.dumps({"failed": LONGER})

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            names = ("BENCHMARK_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.tabular.worker"],
                cwd=ROOT,
                env=clean_environment(**dict.fromkeys(names, str(self.threads)), **_GENTLE),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            self._replies = queue.Queue()
            self._reader = threading.Thread(target=_read, args=(self._process, self._replies), daemon=True)
            self._reader.start()
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in psutil.Process(self._process.pid).children(recursive=True):
                    child.kill()
            self._process.kill()
            self._process.wait()
            self._reader.join()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
            self._process = None


def _read(process: subprocess.Popen[str], replies: queue.Queue[str]) -> None:
    """Hand on each reply; an empty one says that there will be no more."""
    assert process.stdout is not None
    for line in process.stdout:
        replies.put(line)
    replies.put("")


def _own_seconds(process: subprocess.Popen[str]) -> float:
    """Processor time that a process has used so far."""
    with contextlib.suppress(psutil.NoSuchProcess):
        times = psutil.Process(process.pid).cpu_times()
        return times.user + times.system
    return 0.0


def _busy_seconds() -> float:
    """Processor time that everybody has used so far."""
    idle = ("idle", "iowait", "guest", "guest_nice")  # a guest's time is counted as its host's as well
    return sum(value for name, value in psutil.cpu_times()._asdict().items() if name not in idle)
