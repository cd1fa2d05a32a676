"""Ctrl-C once is a request, twice is as usual; and afterwards everything is as before."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pellucid.using.interrupts import StopRequest, stop_on_ctrl_c


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_a_request() -> None:
    with stop_on_ctrl_c() as request:
        assert not request.made
        ctrl_c()
        assert request.made


def test_the_second_interrupts() -> None:
    with stop_on_ctrl_c():
        ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()


@pytest.mark.parametrize("error", [None, ValueError])
def test_afterwards_all_is_as_before(error: type[Exception] | None) -> None:
    before = signal.getsignal(signal.SIGINT)
    if error is None:
        with stop_on_ctrl_c():
            assert signal.getsignal(signal.SIGINT) is not before
    else:
        with pytest.raises(error), stop_on_ctrl_c():
            raise error
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()


def test_one_within_another_asks_the_inner_only() -> None:
    with stop_on_ctrl_c() as outer:
        with stop_on_ctrl_c() as inner:
            ctrl_c()
        assert (outer.made, inner.made) == (False, True)
        ctrl_c()
        assert outer.made


def test_other_threads_get_no_signals_and_change_nothing() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with stop_on_ctrl_c() as request:
            seen.append((request, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(StopRequest(made=False), before)]


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with stop_on_ctrl_c() as request:
        ctrl_c()
        assert not request.made
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_could_not_be_put_back_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python says None of a handler that another language has set."""
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    with stop_on_ctrl_c() as request:
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()
        assert not request.made
