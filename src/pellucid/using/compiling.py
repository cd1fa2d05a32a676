"""Before anything is computed: say which engine runs, and compile it where that is still to be done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy.typing as npt
from rich.console import Console

from pellucid.network.engines.choice import Choice, is_ready, make_ready

COMPILING = "Compiling the engine for this processor (once, about 10 seconds) …"
_told: set[str] = set()  # what is said once in a process


def prepare_engine(choice: Choice, dtype: npt.DTypeLike, console: Console | None) -> None:
    """Compile the engine if it was never used on this machine, and say so; Ctrl-C gives it up.

    Parameters
    ----------
    choice : Choice
    dtype : dtype
        Of the network.
    console : Console or None
        Where to say it, and why the compiled engine can't be used at all, if so; None says nothing.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C. Compiling goes on in the background as long as the process lives.
    """
    if choice.is_missing and console is not None and choice.reason not in _told:
        _told.add(choice.reason)
        console.print(
            f"[yellow]Slow:[/yellow] the {choice.engine.name} engine runs, since {choice.reason}.",
            soft_wrap=True,
        )
    if not is_ready(choice, dtype):
        with _message(console):
            _in_a_thread(lambda: make_ready(choice, dtype))


def _message(console: Console | None) -> AbstractContextManager[Any]:
    """A spinner in a terminal, a line elsewhere."""
    if console is None:
        return nullcontext()
    if console.is_terminal:
        return console.status(COMPILING)
    console.print(COMPILING, soft_wrap=True)
    return nullcontext()


def _in_a_thread(work: Callable[[], None]) -> None:
    """Run it beside the main thread, which hears Ctrl-C and turns the spinner."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below, where somebody waits for it
            errors.append(error)

    thread = threading.Thread(target=guarded, name="pellucid compiles", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
    if errors:
        raise errors[0]
