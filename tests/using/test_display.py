"""The display of training: a live table that fits its terminal, and plain lines elsewhere."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from io import StringIO
from types import ModuleType

import pytest
from rich.cells import cell_len
from rich.console import Console

from pellucid.training.records import Epoch, Progress
from pellucid.using import display as module
from pellucid.using.display import TrainingDisplay


def an_epoch(number: int = 1, *, classified: bool = True, validated: bool = True) -> Epoch:
    return Epoch(
        number=number,
        loss=1 / number,
        accuracy=0.8625 if classified else None,
        penalty=0.0,
        validation_loss=0.28054 if validated else None,
        validation_accuracy=0.919 if validated and classified else None,
        learning_rate=0.001,
        steps=1688,
        examples=54_000,
        seconds=2.5,
        stopped="",
        weights_of=number,
        state=None,
    )


def a_progress(epoch: int = 1, examples: int = 27_000, *, epochs: int = 5, seconds: float = 1.25) -> Progress:
    return Progress(epoch, epochs, examples, 54_000, loss=0.4641, accuracy=0.862, seconds=seconds)


def terminal(width: int = 80, height: int = 24) -> Console:
    return Console(file=StringIO(), force_terminal=True, width=width, height=height, color_system=None)


def drawn(display: TrainingDisplay) -> list[str]:
    """The lines of the display as it stands."""
    with display.console.capture() as captured:
        display.console.print(display._draw())
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, to be set by the test."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    return now


def plain(*records: Epoch) -> list[str]:
    console = Console(file=StringIO(), width=40)
    with TrainingDisplay(console) as display:
        for record in records:
            display.progress(a_progress(record.number))
            display.epoch(record)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


# Files and pipes


def test_without_a_terminal_each_epoch_is_one_line_however_narrow() -> None:
    assert plain(an_epoch(1), an_epoch(2, validated=False)) == [
        "epoch 1  loss 1.0000  accuracy 86.25 %  validation loss 0.2805  validation accuracy 91.90 %  "
        "21,600 examples/s  2.50 s",
        "epoch 2  loss 0.5000  accuracy 86.25 %  21,600 examples/s  2.50 s",
    ]


def test_a_regression_has_no_accuracy() -> None:
    assert plain(an_epoch(1, classified=False)) == [
        "epoch 1  loss 1.0000  validation loss 0.2805  21,600 examples/s  2.50 s"
    ]


def test_a_score_is_told_where_it_says_something_new() -> None:
    scored = replace(an_epoch(1), validation_score=0.75)
    assert "  score 0.7500  " in plain(scored)[0]
    assert "score" not in plain(replace(scored, validation_score=scored.validation_accuracy))[0]
    display = TrainingDisplay(terminal())
    display.epoch(scored)
    assert sum("0.7500" in line for line in drawn(display)) == 1


def test_by_default_it_goes_to_standard_error() -> None:
    assert TrainingDisplay().console.stderr


# Notebooks


def test_in_a_notebook_each_epoch_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A display that redraws itself would ask for ipywidgets with a warning."""
    shown: list[str] = []
    stand_in = ModuleType("IPython.display")
    stand_in.display = lambda what: shown.append(what._repr_mimebundle_((), ())["text/plain"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", stand_in)
    with TrainingDisplay(Console(force_jupyter=True)) as display:
        assert not display.is_live
        for number in (1, 2):
            display.progress(a_progress(number))
            display.epoch(an_epoch(number, validated=False))
    assert shown == [
        "epoch 1  loss 1.0000  accuracy 86.25 %  21,600 examples/s  2.50 s\n",
        "epoch 2  loss 0.5000  accuracy 86.25 %  21,600 examples/s  2.50 s\n",
    ]


# Terminals


def test_before_the_first_step_nothing_is_known() -> None:
    display = TrainingDisplay(terminal())
    display.progress(Progress(1, 5, 0, 54_000, loss=float("nan"), accuracy=None, seconds=0.0))
    (bar,) = drawn(display)
    assert bar.startswith("epoch 1/5 ")
    assert bar.endswith(" 0%")
    assert "nan" not in bar
    assert "left" not in bar


def test_where_epochs_are_short_it_is_redrawn_no_more_often_than_anybody_can_see(clock: list[float]) -> None:
    display, shown = TrainingDisplay(terminal()), []
    for number in range(1, 101):
        clock[0] += 0.001
        display.progress(a_progress(number, 54_000, epochs=100, seconds=0.001))
        shown.append(drawn(display)[-1].split()[1])
    assert shown[0] == shown[40] == "1/100"
    assert len(set(shown)) == 2


def test_a_row_for_each_epoch_and_a_bar() -> None:
    display = TrainingDisplay(terminal())
    display.epoch(an_epoch(1))
    display.epoch(an_epoch(2))
    display.progress(a_progress(epoch=3))
    heads, names, first, second, bar = drawn(display)
    assert heads.split() == ["validation", "validation"]
    assert names.split() == ["epoch", "loss", "accuracy", "loss", "accuracy", "examples/s", "seconds"]
    assert first.split() == ["1", "1.0000", "86.25", "%", "0.2805", "91.90", "%", "21,600", "2.50"]
    assert second.split()[:2] == ["2", "0.5000"]
    assert bar.startswith("epoch 3/5 ")
    assert " 50% " in bar
    assert bar.endswith("loss 0.4641  accuracy 86.20 %  21,600/s")


@pytest.mark.parametrize(
    ("classified", "validated", "columns"), [(True, False, 5), (False, True, 5), (False, False, 4)]
)
def test_only_columns_that_say_something(classified: bool, validated: bool, columns: int) -> None:
    display = TrainingDisplay(terminal())
    display.epoch(an_epoch(classified=classified, validated=validated))
    row = drawn(display)[-2].replace(" %", "%")
    assert len(row.split()) == columns


def test_before_the_first_epoch_there_is_only_the_bar() -> None:
    display = TrainingDisplay(terminal())
    display.progress(a_progress())
    (bar,) = drawn(display)
    assert bar.startswith("epoch 1/5 ")


@pytest.mark.parametrize("number", [1, 3, 40, 1000])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 40), (200, 60)])
def test_it_fits_the_terminal(width: int, height: int, number: int) -> None:
    display = TrainingDisplay(terminal(width, height))
    for i in range(1, number + 1):
        display.epoch(an_epoch(i))
    display.progress(a_progress(epoch=number + 1, epochs=100_000))
    lines = drawn(display)
    assert max(map(cell_len, lines)) <= width
    assert not any("…" in line for line in lines[1:])  # nothing is cut off
    assert len(lines) <= height - 4  # what the command says before stays on the screen
    assert lines[-2].split()[0] == str(number)
    rows = sum(bool(re.match(r" *\d", line)) for line in lines)
    assert (f"… {number - rows:,} earlier epochs" in lines) == (rows < number)


def test_the_time_left_is_what_the_run_so_far_tells(clock: list[float]) -> None:
    display = TrainingDisplay(terminal())
    clock[0] += 2.0
    display.progress(a_progress(epoch=1, examples=27_000, epochs=5, seconds=2.0))  # half an epoch in 2 s
    assert " 18 s left " in drawn(display)[-1]
    clock[0] += 7.0
    display.progress(a_progress(epoch=3, examples=54_000, epochs=5, seconds=2.0))  # three epochs in 9 s
    assert " 6 s left " in drawn(display)[-1]


def test_of_a_run_that_goes_on_only_the_new_part_counts(clock: list[float]) -> None:
    display = TrainingDisplay(terminal())
    clock[0] += 5.0
    display.progress(a_progress(epoch=101, examples=54_000, epochs=103, seconds=2.0))
    assert " 4 s left " in drawn(display)[-1]


@pytest.mark.parametrize(
    ("seconds_per_epoch", "words"), [(1.0, "4 s left"), (30.0, "2 min 0 s left"), (3600.0, "4 h 0 min left")]
)
def test_long_times_are_told_in_minutes_and_hours(
    seconds_per_epoch: float, words: str, clock: list[float]
) -> None:
    display = TrainingDisplay(terminal())
    clock[0] += seconds_per_epoch
    display.progress(a_progress(epoch=1, examples=54_000, epochs=5, seconds=seconds_per_epoch))
    assert f" {words} " in drawn(display)[-1]


def test_live_output_ends_with_the_table_and_without_the_bar() -> None:
    console = terminal()
    with TrainingDisplay(console) as display:
        assert display.is_live
        display.progress(a_progress())
        display.epoch(an_epoch(1))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "\x1b[?25l" in shown  # the cursor is hidden meanwhile,
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # and comes back
    last = shown[shown.rindex("epoch ") :]
    assert "86.25 %" in last
    assert "left" not in last


def test_the_cursor_comes_back_after_an_error() -> None:
    console = terminal()
    with pytest.raises(ArithmeticError), TrainingDisplay(console):
        raise ArithmeticError
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().rstrip().endswith("\x1b[?25h")
