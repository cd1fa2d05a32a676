"""A peer's process: ``python -m benchmarks.peers torch`` answers JSON lines, standard input to standard output."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import numpy as np

Work = Callable[[], object]
MODULES = {
    "pellucid": "with_pellucid",
    "torch": "with_torch",
    "scikit-learn": "with_scikit_learn",
    "jax": "with_jax",
    "keras": "with_keras",
    "onnxruntime": "with_onnxruntime",
    "dummy": "dummy",
}


def serve(peer: str, requests: TextIO, replies: TextIO) -> None:
    """Answer one request after the other until there are no more."""
    module: Any = None
    work: Work | None = None
    for line in requests:
        request = json.loads(line)
        try:
            module = module or importlib.import_module(f"benchmarks.peers.{MODULES[peer]}")
            if request["do"] == "set up":
                work = None  # what the last one held may go before the next one is built
                work = _set_up(module, request["job"])
                reply = {"note": getattr(module, "note", lambda: "")()}
            elif request["do"] == "run" and work is not None:
                reply = _timed(work, request["count"])
            else:
                reply = {"peak_bytes": peak_bytes()}
        except Exception as error:  # noqa: BLE001 - whatever it is, the harness is told and goes on
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), file=replies, flush=True)


def _set_up(module: Any, job: dict[str, Any]) -> Work:
    X, y = np.load(job["X"]), np.load(job["y"])
    if job["task"] == "predict":
        return module.predict(job, X[: job["rows"]])
    epochs = module.train(job, X[: job["rows"]], y[: job["rows"]])
    next(epochs)
    return lambda: next(epochs)


def _timed(work: Work, count: int) -> dict[str, float]:
    began = time.perf_counter()
    for _ in range(count):
        work()
    return {"seconds": time.perf_counter() - began}


def peak_bytes() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    # Whatever a library prints goes to standard error: standard output belongs to the replies alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.argv[1], sys.stdin, answers)
