"""How the engine's ideas are timed: forms of some work in turns, and the tables that their kernels read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil

from benchmarks import idea_kernels as k
from pellucid.network.engines.compiled.packing import aligned

SECONDS = 0.02  # of one sample


@dataclass(frozen=True, slots=True)
class Idea:
    """A form of some work.

    Parameters
    ----------
    name : str
        As it stands in the table.
    run : callable
        ``run(times)`` does it so often.
    units : float
        How many units (examples, parameters, steps) one time is.
    flops : float
        Operations of a unit, for the share of the machine's limit; 0 where that says nothing.
    """

    name: str
    run: Callable[[int], object]
    units: float = 1.0
    flops: float = 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """The compiled kernels, and how much to do."""

    kernels: dict[str, k.Run]
    repeats: int = 7
    is_trial: bool = False
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def numbers(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        """Ordinary numbers, at the beginning of a cache line."""
        room = aligned(int(np.prod(shape)), np.float32)
        room[:] = scale * self.random.standard_normal(room.shape, np.float32)
        return room.reshape(shape)

    def time(self, ideas: list[Idea]) -> list[dict[str, Any]]:
        """Seconds for a unit of each, in turns: A B C A B C."""
        counts = [_count(idea, 0.002 if self.is_trial else SECONDS) for idea in ideas]
        seconds: list[list[float]] = [[] for _ in ideas]
        for _ in range(self.repeats):
            for idea, count, found in zip(ideas, counts, seconds, strict=True):
                found.append(_seconds(idea, count) / (count * idea.units))
        return [
            {"name": idea.name, "flops": idea.flops, "seconds": found}
            for idea, found in zip(ideas, seconds, strict=True)
        ]


def _seconds(idea: Idea, count: int) -> float:
    began = time.perf_counter()
    idea.run(count)
    return time.perf_counter() - began


def _count(idea: Idea, enough: float) -> int:
    count = 1
    while (passed := _seconds(idea, count)) < enough / 4:
        count *= 4
    return max(1, int(count * enough / passed))


@dataclass(frozen=True, slots=True)
class Table:
    """What a kernel reads, and the arrays that it points to, kept alive with it."""

    words: np.ndarray
    alive: dict[str, Any]

    @classmethod
    def of(cls, **values: Any) -> Table:
        """Addresses of arrays and numbers, by the lower-case name of their field."""
        words = np.zeros(k.FIELDS, np.int64)
        for name, value in values.items():
            place = getattr(k, name.upper())
            words[place] = value.ctypes.data if isinstance(value, np.ndarray) else value
        return cls(words, values)

    def times(self, run: k.Run) -> Callable[[int], None]:
        """A kernel on this table."""
        return lambda times: run(self.words, times)


def busy_seconds() -> tuple[float, float]:
    """Processor time that other processes have used so far, and all there was on all processors."""
    times, own = psutil.cpu_times()._asdict(), psutil.Process().cpu_times()
    everything = {name: value for name, value in times.items() if name not in ("guest", "guest_nice")}
    idle = everything["idle"] + everything.get("iowait", 0.0)
    return sum(everything.values()) - idle - own.user - own.system, sum(everything.values())
