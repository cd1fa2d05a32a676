"""Ctrl-C during training: the first asks it to stop where it is, with a usable network; the second is as usual."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class StopRequest:
    """Whether somebody has asked to stop."""

    made: bool = False


@contextmanager
def stop_on_ctrl_c() -> Iterator[StopRequest]:
    """Turn the first Ctrl-C into a request that training looks at every few steps.

    Only the main thread gets signals; elsewhere nothing is changed. Nor is it where Ctrl-C is ignored, as under
    ``nohup`` and in a shell's background jobs.

    Examples
    --------
    >>> with stop_on_ctrl_c() as request:
    ...     request.made
    False
    """
    request = StopRequest()
    before = signal.getsignal(
        signal.SIGINT
    )  # None: set by something other than Python, which can't be put back
    elsewhere = threading.current_thread() is not threading.main_thread()
    if elsewhere or before in (signal.SIG_IGN, None):
        yield request
        return

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if request.made:
            raise KeyboardInterrupt
        request.made = True

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, before)
