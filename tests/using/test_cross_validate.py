"""`pellucid cross-validate`: folds, their scores, and what these say together."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from pellucid.training.records import Progress
from pellucid.using.command_line.folds_display import FoldsDisplay
from tests.using.made import Pellucid, flowers, line_of_prices

QUICK = "--hidden 8 --epochs 20 --learning-rate 0.02"
PNG = b"\x89PNG\r\n\x1a\n"


def test_each_row_judges_once_and_groups_stay_together(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    record = pellucid(f"cross-validate t.csv --target kind --group plot -k 4 {QUICK} --json").record
    assert (record["rows"], len(record["folds"])) == (60, 4)
    assert sum(fold["rows"] for fold in record["folds"]) == 60
    assert all(fold["rows"] % 2 == 0 for fold in record["folds"])
    assert sum(map(sum, record["confusion"])) == 60
    low, high = record["interval"]["accuracy"]
    assert low <= record["mean"]["accuracy"] <= high <= 1
    assert record["mean"]["accuracy"] > 0.9


def test_a_person_sees_folds_confusion_and_what_the_interval_means(
    pellucid: Pellucid, tmp_path: Path
) -> None:
    flowers(tmp_path / "t.csv")
    done = pellucid(f"cross-validate t.csv --target kind --ignore plot -k 3 --repeats 2 {QUICK}")
    assert done.status == 0
    assert len(re.findall(r"^fold \d/6  loss [\d.]+  accuracy", done.err, re.M)) == 6
    assert "3 folds, 2 times, classes in equal shares" in done.err
    assert len(re.findall(r"^ +[12] +[123] +20 ", done.out, re.M)) == 6
    assert "true / called" in done.out
    assert re.search(r"^accuracy +[\d.]+ % +[\d.]+ % +[\d.]+ % to [\d.]+ %", done.out, re.M)
    assert len(re.findall("The interval holds, with 95 % confidence", done.out)) == 1


def test_numbers_are_judged_in_their_units(pellucid: Pellucid, tmp_path: Path) -> None:
    line_of_prices(tmp_path / "t.csv")
    options = "--target price --hidden 16 --epochs 80 --learning-rate 0.01 -k 3"
    record = pellucid(f"cross-validate t.csv {options} --json").record
    assert record["mean"]["r2"] > 0.95
    assert record["confusion"] is None
    assert "R²" in pellucid(f"cross-validate t.csv {options}").out


def test_a_test_part_is_left_alone_and_a_figure_is_drawn(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("cross-validate two-moons -k 2 --epochs 1 --figure f.png --json")
    assert re.search(r"\d+ rows; the test part of \d+ is left alone", done.err)
    assert (tmp_path / "f.png").read_bytes().startswith(PNG)
    assert done.record["figure"] == "f.png"


def test_early_stopping_sets_rows_of_each_fold_aside(pellucid: Pellucid) -> None:
    options = "cross-validate xor -k 2 --hidden 4 --learning-rate 0.3 --epochs 100"
    record = pellucid(f"{options} --patience 2 --json").record
    assert all("validation loss has not improved" in fold["stopped"] for fold in record["folds"])
    plain = pellucid(f"{options} --json").record
    assert [fold["epochs"] for fold in plain["folds"]] == [100, 100]


def test_the_same_seed_gives_the_same_folds_and_scores(pellucid: Pellucid) -> None:
    first, second, other = (
        pellucid(f"cross-validate xor -k 2 --epochs 2 --seed {seed} --json").record["mean"]
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_small_classes_are_warned_of_in_one_line(pellucid: Pellucid, tmp_path: Path) -> None:
    rows = "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40)) + "7,c\n8,c\n"
    (tmp_path / "t.csv").write_text("x,target\n" + rows)
    done = pellucid("cross-validate t.csv --epochs 1")
    assert len(re.findall(r"^warning Classes with fewer rows than the 5 folds: c \(2\)", done.err, re.M)) == 1


@pytest.mark.parametrize("complete", [0, 1])
def test_ctrl_c_keeps_the_folds_that_are_complete(
    complete: int, pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = FoldsDisplay.progress

    def interrupt(self: FoldsDisplay, now: Progress) -> None:
        told(self, now)
        if len(self._results) == complete:
            signal.raise_signal(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough

    monkeypatch.setattr(FoldsDisplay, "progress", interrupt)
    done = pellucid("cross-validate xor -k 3 --epochs 3 --json")
    assert done.status == 130
    if complete:
        assert "Interrupted: 1 of 3 folds are complete." in done.err
        assert len(done.record["folds"]) == 1
    else:
        assert done.err.splitlines()[-1] == "pellucid: interrupted"
