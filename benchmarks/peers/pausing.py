"""Libraries whose training is one long call, turned into a generator that stands still after each epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator


def one_epoch_at_a_time(fit: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Run ``fit(pause)`` in a thread; it calls `pause` after each epoch and goes on when the next one is wanted.

    Yields once before the first epoch. Checks and preparation inside `fit` before its first epoch are done within
    the first epoch, which the harness doesn't time.
    """
    wanted, done = threading.Semaphore(0), threading.Semaphore(0)
    failure: list[Exception] = []

    def pause() -> None:
        done.release()
        wanted.acquire()

    def run() -> None:
        wanted.acquire()
        try:
            fit(pause)
            failure.append(RuntimeError("training ended by itself"))
        except Exception as error:  # noqa: BLE001 - raised again where the epoch was asked for
            failure.append(error)
        done.release()

    threading.Thread(target=run, daemon=True).start()  # a daemon: the last pause never ends
    while True:
        yield
        wanted.release()
        done.acquire()
        if failure:
            raise failure[0]
