"""(h) How long the presets of ``pellucid digits`` train, and how well they read afterwards."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.connection import clean_environment
from benchmarks.interleaving import Say

SEEDS = range(5)
SECONDS = 240.0  # of one preset: then no further seed begins


@dataclass(frozen=True, slots=True)
class Preset:
    """An option of ``pellucid digits`` and what it is to reach."""

    option: str
    accuracy: float
    seconds: float | None


PRESETS = (Preset("--fast", 0.980, 1.1), Preset("--accurate", 0.985, 8.0), Preset("--best", 0.990, None))


def measure_presets(python: Path, *, is_trial: bool, say: Say) -> dict[str, Any]:
    """Train every preset that this version has with several seeds; each in a process of its own."""
    found = subprocess.run(
        [str(python), "-m", "pellucid", "digits", "--help"], capture_output=True, text=True, check=False
    ).stdout
    presets = {}
    for preset in PRESETS:
        aim = {"aim_accuracy": preset.accuracy, "aim_seconds": preset.seconds}
        if preset.option not in found:
            presets[preset.option] = {**aim, "failed": "this version has no such preset"}
            continue
        presets[preset.option] = {**aim, **_runs(python, preset.option, is_trial=is_trial, say=say)}
    return {"presets": presets}


def _runs(python: Path, option: str, *, is_trial: bool, say: Say) -> dict[str, Any]:
    began, runs = time.perf_counter(), []
    for seed in SEEDS[:1] if is_trial else SEEDS:
        if runs and time.perf_counter() - began > SECONDS:
            break
        say(f"pellucid digits {option}: seed {seed}")
        try:
            runs.append(_run(python, option, seed))
        except (subprocess.SubprocessError, ValueError, KeyError) as error:
            return {"failed": f"seed {seed}: {type(error).__name__}"}
    return {
        "seconds": [run["training_seconds"] for run in runs],
        "accuracy": [run["test_accuracy"] for run in runs],
    }


def _run(python: Path, option: str, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        places = ["--save", str(Path(folder, "digits.pellucid")), "--report", str(Path(folder, "digits.png"))]
        done = subprocess.run(
            [str(python), "-m", "pellucid", "digits", option, "--seed", str(seed), "--json", *places],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(),
        )
    record: dict[str, Any] = json.loads(done.stdout)
    if record["test_accuracy"] is None or record["test_examples"] != 10_000:
        raise ValueError("not judged by MNIST's 10,000 test pictures")
    return record
