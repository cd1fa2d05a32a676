"""What is measured, section by section; each gives a record of plain numbers for the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import accuracy, start_up
from benchmarks.fma_limit import Limit
from benchmarks.interleaving import Say, measure
from benchmarks.workloads import (
    WORKLOADS,
    Runner,
    Workload,
    curve_runners,
    flops_per_example,
    prediction_runners,
    training_runners,
)

SECONDS_OF_A_WORKLOAD = 180.0  # then no further round begins, but for the first three
SECONDS_OF_A_CURVE = 12.0  # for each of its points
PREDICTED = (784, 64, 64, 10)
CURVE_ROWS = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000)
CURVE_WIDTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
ROWS_OF_WIDTHS = 6_000
CURVE_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a section needs.

    Parameters
    ----------
    project, peers : path
        The interpreters of both environments.
    material : dict
        The data; see `write_material`.
    limit : Limit
    repeats : int
    n_cores : int
    is_trial : bool
        Small data and one repeat, to see whether everything works.
    say : callable
        Told what is going on.
    """

    project: Path
    peers: Path
    material: dict[str, dict[str, str]]
    limit: Limit
    repeats: int
    n_cores: int
    is_trial: bool
    say: Say

    def python_of(self, peer: str) -> Path:
        """The interpreter that has a peer's library."""
        return self.project if peer in ("pellucid", "dummy") else self.peers

    def training(
        self, workload: Workload, runners: list[Runner], **options: Any
    ) -> dict[str, dict[str, Any]]:
        """Let runners train in turns."""
        return self._measure("train", workload, runners, **options)

    def prediction(self, workload: Workload, runners: list[Runner]) -> dict[str, dict[str, Any]]:
        """Let runners predict in turns."""
        return self._measure("predict", workload, runners)

    def _measure(
        self,
        task: str,
        workload: Workload,
        runners: list[Runner],
        *,
        repeats: int | None = None,
        seconds: float = SECONDS_OF_A_WORKLOAD,
    ) -> dict[str, dict[str, Any]]:
        data = self.material[workload.data]
        job = {
            "task": task,
            "X": data["X"],
            "y": data["y"],
            "rows": workload.rows,
            "sizes": workload.sizes,
            "batch_size": workload.batch_size,
            "seed": 0,
        }
        repeats = repeats or self.repeats
        return measure(runners, job, self.python_of, repeats=repeats, seconds=seconds, say=self.say)

    def scaled(self, workload: Workload) -> Workload:
        """A workload as it is or, in a trial, a small part of it."""
        return replace(workload, rows=min(workload.rows, 1_000)) if self.is_trial else workload


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the benchmark that can be asked for by its letter."""

    letter: str
    title: str
    run: Callable[[Bench], dict[str, Any]]


def _workload_section(letter: str, workload: Workload) -> Section:
    def run(bench: Bench) -> dict[str, Any]:
        scaled = bench.scaled(workload)
        before = bench.limit.measure()
        runners = bench.training(scaled, training_runners(bench.n_cores, workload.data))
        return {
            "data": bench.material[workload.data]["title"],
            "network": scaled.network,
            "batch_size": scaled.batch_size,
            "rows": scaled.rows,
            "flops": scaled.flops,
            "limit": [before, bench.limit.measure()],
            "runners": runners,
        }

    title = f"training {workload.network}, batch {workload.batch_size}, {workload.rows:,} examples"
    return Section(letter, title, run)


def predicting(bench: Bench) -> dict[str, Any]:
    """(g) Prediction of many pictures, and of one."""
    few = 1_000 if bench.is_trial else 10_000
    runners = prediction_runners(bench.n_cores)
    return {
        "network": "-".join(map(str, PREDICTED)),
        "counts": {
            str(rows): {"runners": bench.prediction(Workload(PREDICTED, 32, rows=rows), runners)}
            for rows in (few, 1)
        },
    }


def reaching(bench: Bench) -> dict[str, Any]:
    """(h) Time and accuracy of the presets."""
    return accuracy.measure_presets(bench.project, is_trial=bench.is_trial, say=bench.say)


def starting(bench: Bench) -> dict[str, Any]:
    """(i) Imports, compilation, the command's start."""
    repeats = 1 if bench.is_trial else max(5, bench.repeats)
    return start_up.measure_starts(bench.project, bench.peers, repeats=repeats, say=bench.say)


def curves(bench: Bench) -> dict[str, Any]:
    """(k) Cost of an example against the number of examples and the width of the hidden layers."""
    rows = CURVE_ROWS[:2] if bench.is_trial else CURVE_ROWS
    widths = CURVE_WIDTHS[:2] if bench.is_trial else CURVE_WIDTHS
    by_rows = [Workload((784, 64, 64, 10), 128, rows=n) for n in rows]
    by_width = [Workload((784, n, n, 10), 128, rows=ROWS_OF_WIDTHS) for n in widths]
    return {
        "limit": [bench.limit.measure()],
        "rows": [_point(bench, workload, workload.rows) for workload in by_rows],
        "width": [_point(bench, bench.scaled(workload), workload.sizes[1]) for workload in by_width],
    }


def _point(bench: Bench, workload: Workload, at: int) -> dict[str, Any]:
    repeats = 1 if bench.is_trial else CURVE_REPEATS
    runners = bench.training(
        workload, curve_runners(bench.n_cores), repeats=repeats, seconds=SECONDS_OF_A_CURVE
    )
    return {
        "at": at,
        "rows": workload.rows,
        "flops_per_example": flops_per_example(workload.sizes),
        "runners": runners,
    }


SECTIONS = {
    section.letter: section
    for section in (
        *(_workload_section(letter, workload) for letter, workload in WORKLOADS.items()),
        Section("g", "prediction", predicting),
        Section("h", "time to accuracy", reaching),
        Section("i", "start-up", starting),
        Section("k", "cost against rows and width", curves),
    )
}
