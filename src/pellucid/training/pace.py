"""How many steps to ask an engine for at a time, so that somebody can look in between."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_AT_A_TIME = 0.05  # a call of the engine; results do not depend on it
FIRST_STEPS = 4
GROWTH = 8  # at most so many times the steps that were timed: a short call says little of a long one


@dataclass(slots=True)
class Pace:
    """The number of steps that take about 50 ms, learnt from those that have been taken.

    Parameters
    ----------
    steps : int
        How many to ask for next, at least 1.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.learn(4, 0.02)
    >>> pace.steps
    10
    """

    steps: int = FIRST_STEPS

    def learn(self, steps: int, seconds: float) -> None:
        """Learn from so many steps that took so long.

        Parameters
        ----------
        steps : int
        seconds : float
        """
        if steps:
            enough = int(steps * SECONDS_AT_A_TIME / max(seconds, 1e-9))
            self.steps = max(1, min(enough, max(self.steps, GROWTH * steps)))
