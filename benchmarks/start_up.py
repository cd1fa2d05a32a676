"""(i) How long it takes until something happens: imports, the first compilation, later starts, the command."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.connection import ROOT, clean_environment
from benchmarks.interleaving import Say, in_turns

COMPILATIONS = 3  # of those with an empty cache: seconds each
ONE_STEP = """
import pellucid
points = pellucid.data.two_moons()
net = pellucid.Network.for_data(points, hidden=[8, 8])
next(pellucid.epochs(net, points, epochs=1, batch_size=None))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A process that is started, and how long it may take.

    Parameters
    ----------
    name : str
    python : path
    arguments : tuple of str
    aim : float, optional
        Seconds.
    cache : str
        "kept" between starts, or "empty" before each.
    """

    name: str
    python: Path
    arguments: tuple[str, ...]
    aim: float | None = None
    cache: str = "kept"


def starts(project: Path, peers: Path) -> list[Start]:
    """Everything that is started."""
    imports = {
        "torch": "import torch",
        "scikit-learn": "import sklearn.neural_network",
        "jax": "import jax.numpy",
        "keras": "import os; os.environ['KERAS_BACKEND'] = 'jax'; import keras",
        "onnxruntime": "import onnxruntime",
    }
    return [
        Start("Python alone", project, ("-c", "pass")),
        Start("import pellucid", project, ("-c", "import pellucid")),
        Start("pellucid --version", project, ("-m", "pellucid", "--version")),
        Start("Pellucid, one step of training, compiled before", project, ("-c", ONE_STEP), aim=0.4),
        Start("Pellucid, one step of training, first use", project, ("-c", ONE_STEP), aim=8.0, cache="empty"),
        *(Start(f"import {name}", peers, ("-c", code)) for name, code in imports.items()),
    ]


def measure_starts(project: Path, peers: Path, *, repeats: int, say: Say) -> dict[str, Any]:
    """Start all processes in turns; seconds from start to end of each."""
    everything = starts(project, peers)
    seconds: dict[str, list[float]] = {start.name: [] for start in everything}
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as kept:
        for start in everything:  # files are read, caches filled, and nobody measures
            if start.cache == "kept":
                say(f"{start.name}: once before measuring")
                _run(start, kept)
        for number, start in in_turns(everything, repeats):
            if start.name in failed or (start.cache == "empty" and number >= COMPILATIONS):
                continue
            say(f"{start.name}: {number + 1} of {repeats}")
            with tempfile.TemporaryDirectory() as empty:
                passed = _run(start, kept if start.cache == "kept" else empty)
            if passed is None:
                failed[start.name] = "it ended with an error"
            else:
                seconds[start.name].append(passed)
    return {
        "starts": [
            {"name": start.name, "aim": start.aim, "seconds": seconds[start.name]}
            | ({"failed": failed[start.name]} if start.name in failed else {})
            for start in everything
        ]
    }


def _run(start: Start, cache: str) -> float | None:
    """Seconds, or None if it went wrong."""
    environment = clean_environment(PELLUCID_CACHE=cache)
    began = time.perf_counter()
    done = subprocess.run(
        [str(start.python), *start.arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - began if done.returncode == 0 else None
