"""How many threads, and running them.

Results do not depend on the number of threads, so it may change from call to call: while training goes on, calls
with different numbers are timed, and the fastest is used. On a busy machine, or for a small network, that is one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pellucid.basics.arrays import Array

Stop = Callable[[], bool] | None

LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")  # what joblib, loky and dask set for each of their workers
TRIAL = 8  # a trial gets one step in so many of a call
TRY_AGAIN_AFTER = 40  # calls at most after which another number gets another chance
SLOWER = 1.25  # a single slow call, when something else ran, counts no more than this against a number
LOOK = 0.02  # seconds between two looks at whether somebody wants to stop


def available() -> int:
    """How many threads this process may use: its processors, or its share of them as a worker of a pool."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        count = os.cpu_count() or 1
    for name in LIMITS:
        text = os.environ.get(name, "").split(",")[0]
        if text.isdigit() and int(text) > 0:
            count = min(count, int(text))
    return count


class NoThreadError(Exception):
    """The system gives no further thread; nothing was begun."""


@dataclass(slots=True)
class ThreadChoice:
    """Which number of threads was fastest lately.

    Parameters
    ----------
    wanted : int or None
        A number to use always; None to measure.
    seconds : dict
        Of a step, with each number, when it was last tried.
    calls : int
        Asked for so far.
    trials, try_again_at : int
        How many numbers were tried again, and with which call the next will be: soon at first, since the first steps
        touch memory for the first time, which is slow.
    candidates : list of int
        1, 2, 4 … and all.
    """

    wanted: int | None = None
    seconds: dict[int, float] = field(default_factory=dict)
    calls: int = 0
    trials: int = 0
    try_again_at: int = 4
    candidates: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        most = available()
        self.candidates = sorted({2**i for i in range(most.bit_length()) if 2**i <= most} | {most})

    @property
    def most(self) -> int:
        """The largest number that may come."""
        return self.candidates[-1] if self.wanted is None else self.wanted

    def next(self, steps: int) -> tuple[int, int]:
        """The number for the next steps, and for how many: all with the fastest, only some with one to be tried.

        On a busy machine a trial can be slow many times over, since threads wait for one that does not run.

        Parameters
        ----------
        steps : int
            That are left of a call.
        """
        if self.wanted is not None:
            return self.wanted, steps
        self.calls += 1
        some = max(1, steps // TRIAL)
        untried = [number for number in self.candidates if number not in self.seconds]
        if untried:
            return untried[0], some
        best = min(self.seconds, key=lambda number: self.seconds[number])
        if self.calls >= self.try_again_at and len(self.candidates) > 1:
            self.try_again_at += min(self.try_again_at, TRY_AGAIN_AFTER)
            others = [number for number in self.candidates if number != best]
            self.trials += 1
            return others[self.trials % len(others)], some
        return best, steps

    def expected(self, number: int, guess: float) -> float:
        """Seconds that a step will take with that number: as lately, or a guess.

        Parameters
        ----------
        number : int
        guess : float
        """
        return self.seconds.get(number, guess)

    def note(self, number: int, seconds_per_step: float) -> None:
        """Remember how fast a call was.

        Parameters
        ----------
        number : int
            Of its threads.
        seconds_per_step : float
        """
        before = self.seconds.get(number, seconds_per_step)
        self.seconds[number] = min(seconds_per_step, SLOWER * before)


def run_all(
    run: Callable[[int, int], int], job: int, threads: int, stop: Stop, stop_flag: Array, *, short: bool
) -> int:
    """Run a job with so many threads, this one waiting or among them; return how it ended.

    Parameters
    ----------
    run : callable
        ``run(job, thread)``.
    job : int
        Its address.
    threads : int
    stop : callable, optional
        Asked every now and then; where it gives True, `stop_flag` is set.
    stop_flag : array
        What the kernels look at, ``(1,)``.
    short : bool
        Whether it will take no longer than a look: then this thread does its part itself.

    Raises
    ------
    NoThreadError
        If there are not so many threads to be had.
    """
    if threads == 1 and short:
        return run(job, 0)
    results = [0] * threads
    agreed: list[bool] = []
    go = threading.Event()  # kernels wait for one another, so none may begin before all can

    def part(thread: int) -> None:
        go.wait()
        if agreed:
            results[thread] = run(job, thread)

    others = [threading.Thread(target=part, args=(i,), daemon=True) for i in range(int(short), threads)]
    try:
        for other in others:
            other.start()
        agreed.append(True)
    except RuntimeError as error:
        raise NoThreadError(str(error)) from error
    finally:
        go.set()
    try:
        if short:
            results[0] = run(job, 0)
        for other in others:
            while other.is_alive():
                other.join(LOOK)
                if stop is not None and other.is_alive() and stop():
                    stop_flag[0] = 1
    except BaseException:  # Ctrl-C, or what `stop` raised: nobody may go on working in these arrays
        stop_flag[0] = 1
        if short:
            run(job, 0)  # the others may be waiting for this thread; it stops at its first slice
        for other in others:
            while other.is_alive():
                with suppress(KeyboardInterrupt):
                    other.join(LOOK)
        raise
    return results[0]
