"""What a person sees during training: a row for each epoch, and a bar for the one under way."""

from __future__ import annotations

import math
import time
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table
from rich.text import Text

from pellucid.basics.percent import percent
from pellucid.training.records import Epoch, Progress

LINES_BESIDE_ROWS = 12  # introduction, heads, bar; older epochs make way, so that everything fits
FEWEST_ROWS, MOST_ROWS = 3, 30
SECONDS_BETWEEN_LOOKS = 0.05


class TrainingDisplay:
    """A live table of epochs in a terminal; plain lines where the output is a notebook, a file or a pipe.

    Parameters
    ----------
    console : Console, optional
        Where to show it; by default standard error, so that standard output stays for results.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._records: list[Epoch] = []
        self._live: Live | None = None
        self._bar = Bar(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=24),  # the one column that may shrink
            TaskProgressColumn(table_column=Column(no_wrap=True, min_width=4)),
            TextColumn("{task.fields[left]}", style="cyan"),
            TextColumn("{task.fields[numbers]}"),
            console=self.console,
        )
        self._task = self._bar.add_task("", total=1, epoch="1", numbers="", left="")
        self._began = 0.0
        self._shown = -math.inf  # when progress was shown last
        self._done_before = -1  # epochs that an earlier run had done, once the first progress tells

    @property
    def is_live(self) -> bool:
        """Whether the output can be redrawn; in a notebook that would take a further package, ipywidgets."""
        return self.console.is_terminal and not self.console.is_jupyter

    def __enter__(self) -> TrainingDisplay:
        if self.is_live:
            self._live = Live(get_renderable=self._draw, console=self.console, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._bar.update(self._task, visible=False)
            self._live.stop()

    def progress(self, now: Progress) -> None:
        """Show where the epoch under way stands; as often as anybody can see, for an epoch may be a millisecond."""
        clock = time.perf_counter()
        if not self.is_live or clock - self._shown < SECONDS_BETWEEN_LOOKS:
            return
        self._shown = clock
        done = now.epoch - 1 + now.examples / now.examples_in_epoch
        if self._done_before < 0:
            self._began, self._done_before = clock - now.seconds, now.epoch - 1
        if done == self._done_before:  # before the first step there is nothing to tell
            self._bar.update(self._task, total=now.examples_in_epoch, epoch=f"{now.epoch}/{now.epochs}")
            return
        per_epoch = (clock - self._began) / (done - self._done_before)
        speed = now.examples / now.seconds if now.seconds else 0.0
        accuracy = "" if now.accuracy is None else f"  accuracy {percent(now.accuracy, 2)}"
        self._bar.update(
            self._task,
            total=now.examples_in_epoch,
            completed=now.examples,
            epoch=f"{now.epoch}/{now.epochs}",
            numbers=f"loss {now.loss:.4f}{accuracy}  {speed:,.0f}/s",
            left=f"{duration(per_epoch * (now.epochs - done))} left",
        )

    def epoch(self, record: Epoch) -> None:
        """Add the row of an epoch that is over."""
        self._records.append(record)
        if not self.is_live:
            self.console.print(_line(record), highlight=False, soft_wrap=True)

    def _draw(self) -> Group:
        room = min(max(self.console.height - LINES_BESIDE_ROWS, FEWEST_ROWS), MOST_ROWS)
        hidden = max(0, len(self._records) - room)
        parts: list[Table | Text | Bar] = [self._bar]
        if self._records:
            parts.insert(0, _table(self._records[hidden:]))
        if hidden:
            parts.insert(0, Text(f"… {hidden:,} earlier epochs", style="dim"))
        return Group(*parts)


def _table(records: list[Epoch]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("epoch", justify="right")
    validated = any(r.validation_loss is not None for r in records)
    classified = any(r.accuracy is not None for r in records)
    table.add_column("loss", justify="right")
    if classified:
        table.add_column("accuracy", justify="right")
    if validated:
        table.add_column("validation\nloss", justify="right")
        if classified:
            table.add_column("validation\naccuracy", justify="right")
    scored = any(r.validation_score not in (None, r.validation_accuracy) for r in records)
    if scored:
        table.add_column("score", justify="right")
    table.add_column("examples/s", justify="right")
    table.add_column("seconds", justify="right")
    for r in records:
        cells = [str(r.number), f"{r.loss:.4f}"]
        if classified:
            cells.append(_percent(r.accuracy))
        if validated:
            cells.append("" if r.validation_loss is None else f"{r.validation_loss:.4f}")
            if classified:
                cells.append(_percent(r.validation_accuracy))
        if scored:
            cells.append("" if r.validation_score is None else f"{r.validation_score:.4f}")
        table.add_row(*cells, f"{r.examples_per_second:,.0f}", f"{r.seconds:.2f}")
    return table


def _line(r: Epoch) -> str:
    parts = [f"epoch {r.number}", f"loss {r.loss:.4f}"]
    if r.accuracy is not None:
        parts.append(f"accuracy {percent(r.accuracy, 2)}")
    if r.validation_loss is not None:
        parts.append(f"validation loss {r.validation_loss:.4f}")
    if r.validation_accuracy is not None:
        parts.append(f"validation accuracy {percent(r.validation_accuracy, 2)}")
    if r.validation_score not in (None, r.validation_accuracy):
        parts.append(f"score {r.validation_score:.4f}")
    parts.append(f"{r.examples_per_second:,.0f} examples/s")
    parts.append(f"{r.seconds:.2f} s")
    return "  ".join(parts)


def _percent(share: float | None) -> str:
    return "" if share is None else percent(share, 2)


def duration(seconds: float) -> str:
    """Time in words: "3 min 20 s".

    Examples
    --------
    >>> duration(200), duration(3.4), duration(7320)
    ('3 min 20 s', '3 s', '2 h 2 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
