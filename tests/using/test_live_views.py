"""What a terminal shows while folds and trials go on: it fits, and it goes when they are over."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from pellucid.data.folding import Fold
from pellucid.training.records import Progress
from pellucid.understanding.evaluation.folds import FoldResult
from pellucid.using.command_line.folds_display import MOST_ROWS, FoldsDisplay
from pellucid.using.command_line.tuning.display import TuningDisplay, trials_table
from pellucid.using.command_line.tuning.space import dimensions
from pellucid.using.command_line.tuning.trials import Trial


def terminal(width: int = 80) -> Console:
    return Console(file=StringIO(), force_terminal=True, width=width, height=40, color_system=None)


def shown(console: Console, view: object) -> list[str]:
    with console.capture() as captured:
        console.print(view._parts())  # type: ignore[attr-defined]
    return [line.rstrip() for line in captured.get().splitlines()]


def a_progress(epoch: int = 2) -> Progress:
    return Progress(epoch, 4, 50, 100, loss=0.5, accuracy=0.9, seconds=0.1)


def a_fold(number: int) -> FoldResult:
    rows = np.arange(3)
    y = np.zeros(3, np.int64)
    return FoldResult(Fold(number, 1, rows, rows), 0.25, {"accuracy": 0.9}, y, y, None, 4, 0.5, "")


def test_folds_and_the_one_under_way() -> None:
    console = terminal()
    display = FoldsDisplay(console, 20)
    for number in range(1, MOST_ROWS + 3):
        display.fold(a_fold(number))
    display.progress(a_progress())
    display.close()
    lines = shown(console, display._view)
    assert len(lines) == 1 + MOST_ROWS + 1
    assert lines[1].split()[0] == "3"  # the first two have made way
    assert lines[-1].startswith(f"fold {MOST_ROWS + 3}/20, epoch 2/4 ")
    assert "72%" in lines[-1]
    assert max(map(cell_len, lines)) <= 80


def trials(space: str) -> list[Trial]:
    settings = {dimension.name: dimension.usual for dimension in dimensions(space)}
    return [Trial(number, settings, (-0.5, -0.25 / number), 1.25, "complete") for number in (1, 2, 3)]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("space", ["small", "full"])
def test_the_best_trials_fit_whole(space: str, width: int) -> None:
    console = terminal(width)
    display = TuningDisplay(console, trials(space), dimensions(space), "validation_loss")
    display.progress(a_progress(), 10, None)
    display.close()
    lines = shown(console, display._view)
    assert not any("…" in line for line in lines)
    assert max(map(cell_len, lines)) <= width
    assert lines[2].split()[:2] == ["3", "0.08333"]
    assert lines[-1].startswith("trial 4/10, epoch 2/4 ")
    assert ("settings" in lines[1]) == (space == "full")  # its ten columns fit nowhere


def test_time_counts_where_it_is_limited() -> None:
    console = terminal()
    display = TuningDisplay(console, [], dimensions("small"), "accuracy")
    display.progress(a_progress(), 1000, 4000.0)
    assert "1 h 6 min left" in shown(console, display._view)[-1]  # a minute is enough for this test
    display.close()


def test_without_a_trial_there_is_no_table() -> None:
    assert trials_table([], dimensions("small"), "accuracy", terminal()).row_count == 0
