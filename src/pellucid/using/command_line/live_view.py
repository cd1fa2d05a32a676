"""A part of the terminal that is drawn anew as things change, and goes when they are over."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column

from pellucid.training.records import Progress
from pellucid.using.display import duration


class LiveView:
    """What `draw` gives, above a bar; nothing where the output is no terminal.

    It begins with the first `advance`, so that whatever comes before may use the terminal, too.

    Parameters
    ----------
    console : Console
    draw : callable
        What stands above the bar.
    """

    def __init__(self, console: Console, draw: Callable[[], RenderableType]) -> None:
        self.console = console
        self._draw = draw
        self._live: Live | None = None
        self._began = time.perf_counter()
        self._bar = Bar(
            TextColumn("{task.fields[what]}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(table_column=Column(no_wrap=True, min_width=4)),
            TextColumn("{task.fields[left]}", style="cyan"),
            TextColumn("{task.fields[numbers]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=console,
        )
        self._task = self._bar.add_task("", total=1.0, what="", left="", numbers="")

    @property
    def is_live(self) -> bool:
        """Whether the output can be redrawn."""
        return self.console.is_terminal and not self.console.is_jupyter

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.perf_counter() - self._began

    def advance(self, what: str, done: float, numbers: str = "", seconds_left: float | None = None) -> None:
        """Show how far it is.

        Parameters
        ----------
        what : str
            What is under way.
        done : float
            The share that is done.
        numbers : str
            Whatever else.
        seconds_left : float, optional
            By default what the share done says.
        """
        if not self.is_live:
            return
        if self._live is None:
            self._live = Live(
                get_renderable=self._parts, console=self.console, refresh_per_second=8, transient=True
            )
            self._live.start()
        if seconds_left is None and done > 0:
            seconds_left = self.seconds * (1 - done) / done
        left = "" if seconds_left is None else f"{duration(seconds_left)} left"
        self._bar.update(self._task, completed=done, what=what, numbers=numbers, left=left)

    def close(self) -> None:
        """Take it away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _parts(self) -> RenderableType:
        from rich.console import Group

        return Group(self._draw(), self._bar)


def epoch_told(now: Progress) -> str:
    """How far a training run is, in short."""
    return f"epoch {now.epoch}/{now.epochs}"


def epochs_done(now: Progress) -> float:
    """The share of a training run that is done."""
    return (now.epoch - 1 + now.examples / now.examples_in_epoch) / now.epochs
