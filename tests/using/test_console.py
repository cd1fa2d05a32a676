"""Where output goes, and what becomes of it when nobody takes it."""

from __future__ import annotations

import errno
from io import StringIO

import pytest

from pellucid.using.command_line.console import Stream, print_json
from pellucid.using.display import TrainingDisplay


def test_json_has_null_for_what_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    nan, inf = float("nan"), float("inf")
    print_json({"a": nan, "b": [1.5, -inf, {"c": (inf, 2, "NaN", True, None)}]})
    assert capsys.readouterr().out == '{"a": null, "b": [1.5, null, {"c": [null, 2, "NaN", true, null]}]}\n'


class Failing(StringIO):
    """A file that takes nothing more."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


FULL, GONE = OSError(errno.ENOSPC, "No space left on device"), BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize(("error", "failure"), [(FULL, FULL), (GONE, None)])
@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_stream_that_fails_says_no_more(error: OSError, failure: OSError | None, is_terminal: bool) -> None:
    """Be it a line, what follows it, or the live display of a training."""
    stream = Stream(file=Failing(error), force_terminal=is_terminal)
    with TrainingDisplay(stream):
        stream.print("a line")
    stream.write_line("another")
    assert stream.quiet
    assert stream.failure is failure
