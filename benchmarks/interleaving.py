"""Taking turns: A B C A B C, so that whatever slows the machine down for a while slows everybody down."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from benchmarks.connection import Connection, PeerError
from benchmarks.workloads import Runner

WARM_UP = 2  # epochs that nobody times: compilation, caches, a library's choice of threads
SECONDS_PER_SAMPLE = (
    0.25  # short epochs are run several at a time: clocks and counters are too coarse for one
)
MOST_PER_SAMPLE = 20_000
FEWEST_ROUNDS = 3  # even where time is short
TOO_SLOW = 60.0  # seconds of a warm-up epoch after which a runner is left out
BUSY = 0.05  # from this share of the processors on, other processes disturb

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(slots=True)
class Turn:
    """A runner that is ready, and what was measured of it so far."""

    runner: Runner
    connection: Connection
    note: str
    count: int
    seconds: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    failed: str = ""

    def sample(self) -> None:
        """Run once more; keep the seconds of an epoch and the share of the processors that others took."""
        before, began = _processor_seconds(self.connection.process), time.perf_counter()
        self.seconds.append(self.connection.run(self.count) / self.count)
        passed = (time.perf_counter() - began) * (psutil.cpu_count() or 1)
        everybody, own = (
            now - then for now, then in zip(_processor_seconds(self.connection.process), before, strict=True)
        )
        self.others.append(round(min(max(0.0, (everybody - own) / passed), 1.0), 4))

    def record(self) -> dict[str, Any]:
        """The part of the results that is about this runner."""
        about = _about(self.runner)
        if self.failed:
            return {**about, "failed": self.failed}
        with contextlib.suppress(PeerError):
            about["peak_bytes"] = self.connection.peak_bytes()
        return {
            **about,
            "note": self.note,
            "epochs_per_sample": self.count,
            "seconds": self.seconds,
            "share_of_others": self.others,
        }


def measure(
    runners: Sequence[Runner],
    job: dict[str, Any],
    python_of: Callable[[str], Path],
    *,
    repeats: int,
    seconds: float = math.inf,
    say: Say = lambda _: None,
) -> dict[str, dict[str, Any]]:
    """Let all runners do a job in turns.

    Parameters
    ----------
    runners : sequence of Runner
    job : dict
        What each is told, besides its own options.
    python_of : callable
        The interpreter for a peer.
    repeats : int
        Samples of each runner.
    seconds : float
        When so much time has passed, no round begins any more, but for the first three.
    say : callable
        Told what is going on.

    Returns
    -------
    dict
        By the runner's name: what was measured, or ``"failed"`` with the reason.
    """
    began, results, turns = time.perf_counter(), {}, []
    with ExitStack() as stack:
        for runner in runners:
            say(f"{runner.library}, {runner.variant}: getting ready")
            try:
                turns.append(_ready(stack, runner, job, python_of(runner.peer)))
            except (PeerError, OSError) as error:
                results[runner.name] = {**_about(runner), "failed": str(error)}
        for number, turn in in_turns(turns, repeats):
            if number >= FEWEST_ROUNDS and time.perf_counter() - began > seconds and turn is turns[0]:
                break
            if turn.failed:
                continue
            say(f"{turn.runner.library}, {turn.runner.variant}: {number + 1} of {repeats}")
            try:
                turn.sample()
            except PeerError as error:
                turn.failed = str(error)
        results.update({turn.runner.name: turn.record() for turn in turns})
    return {runner.name: results[runner.name] for runner in runners}


def in_turns(turns: Iterable[T], repeats: int) -> Iterator[tuple[int, T]]:
    """The round's number and whose turn it is: A B C A B C."""
    turns = list(turns)
    for number in range(repeats):
        for turn in turns:
            yield number, turn


def disturbance(record: dict[str, Any]) -> float:
    """The typical share of the processors that other processes took during a runner's samples."""
    shares = sorted(record.get("share_of_others", [])) or [0.0]
    return float(shares[len(shares) // 2])


def _ready(stack: ExitStack, runner: Runner, job: dict[str, Any], python: Path) -> Turn:
    """Start a runner's process, prepare the job and warm up."""
    connection = stack.enter_context(Connection(python, runner.peer))
    note = connection.set_up({**job, **runner.options})
    for _ in range(WARM_UP):
        once = connection.run(1)
        if once > TOO_SLOW:
            raise PeerError(f"one epoch took {once:.0f} s; left out")
    return Turn(runner, connection, note, _count(once))


def _count(once: float) -> int:
    return min(max(1, round(SECONDS_PER_SAMPLE / max(once, 1e-7))), MOST_PER_SAMPLE)


def _about(runner: Runner) -> dict[str, Any]:
    return {"library": runner.library, "variant": runner.variant}


def _processor_seconds(process: psutil.Process) -> tuple[float, float]:
    """Processor time that everybody has used so far, and that one process has used, in seconds."""
    all_times = psutil.cpu_times()._asdict()
    idle = ("idle", "iowait", "guest", "guest_nice")  # a guest's time is counted as its host's as well
    own = process.cpu_times()
    return sum(value for name, value in all_times.items() if name not in idle), own.user + own.system
