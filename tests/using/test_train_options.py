"""`pellucid train`: every option reaches what it is about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.data.dataset import Splits
from pellucid.network.network import Network, load
from pellucid.training.plan import Plan
from pellucid.using.command_line import train as command
from pellucid.using.command_line.session import Wishes
from tests.using.made import FLOWERS, Pellucid, flowers, line_of_prices

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Network, Splits, Plan, Wishes]]:
    """What would be trained; nothing is."""
    seen: list[Any] = []

    def run_session(*arguments: object) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setattr(command, "run_session", run_session)
    return seen


def test_options_of_learning_reach_the_plan(pellucid: Pellucid, runs: list[Any]) -> None:
    done = pellucid(
        "train two-moons --optimizer adamw --weight-decay 0.05 --setting beta1=0.8,beta2=0.95 --setting epsilon=1e-6",
        "--schedule step --schedule-setting every=3,factor=0.25 --warm-up 0.1 --label-smoothing 0.1 --clip-norm 2",
        "--max-norm 3 --averaging 0.9 --class-weight balanced --max-time 9 --min-delta 0.001 --keep latest_best",
        "--early-stopping --monitor accuracy --threads 1",
    )
    assert done.status == 0
    ((_, _, plan, wishes),) = runs
    assert plan == Plan(
        optimizer="adamw",
        settings={"weight_decay": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6},
        schedule="step",
        schedule_settings={"every": 3, "factor": 0.25},
        warm_up=0.1,
        label_smoothing=0.1,
        clip_norm=2.0,
        max_norm=3.0,
        averaging=0.9,
        max_time=9.0,
        min_delta=0.001,
        keep="latest_best",
        patience=10,
        n_threads=1,
    )
    assert (wishes.class_weight, wishes.metric) == ("balanced", "accuracy")


def test_options_of_the_network_reach_it(pellucid: Pellucid, runs: list[Any]) -> None:
    pellucid("train two-moons --hidden 8,4 --normalization batch --input-dropout 0.1 --dropout 0.2")
    ((net, _, _, _),) = runs
    assert net.architecture.input_dropout == 0.1
    assert [(layer.normalization, layer.dropout) for layer in net.architecture.layers[:-1]] == [
        ("batch", 0.2)
    ] * 2


@pytest.mark.parametrize(("options", "patience"), [("", None), ("--early-stopping", 10), ("--patience 3", 3),
                                                   ("--early-stopping --patience 4", 4)])  # fmt: skip
def test_early_stopping_waits_as_long_as_is_said(
    options: str, patience: int | None, pellucid: Pellucid, runs: list[Any]
) -> None:
    pellucid(f"train two-moons {options}".strip())
    assert runs[0][2].patience == patience


def test_the_training_loss_may_be_monitored_without_validation(pellucid: Pellucid) -> None:
    done = pellucid("train two-moons --validation 0 --monitor loss --patience 2 --epochs 3 --json")
    assert done.status == 0
    assert done.record["further_settings"] == {"patience": 2, "monitor": "loss"}


def test_stopping_by_a_metric_keeps_the_best_by_it(pellucid: Pellucid) -> None:
    record = pellucid(
        "train xor --hidden 8 --learning-rate 0.05 --epochs 40 --patience 5 --monitor accuracy --json"
    ).record
    assert record["validation_score"] == record["validation_accuracy"]


def test_metrics_of_numbers_are_monitored_in_the_data_s_units(pellucid: Pellucid, tmp_path: Path) -> None:
    line_of_prices(tmp_path / "t.csv")
    options = (
        "--target price --epochs 40 --patience 40 --monitor root_mean_squared_error --learning-rate 0.01"
    )
    record = pellucid(f"train t.csv {options} --json").record
    assert record["test_metrics"]["root_mean_squared_error"] < 5
    assert -5 < record["validation_score"] < 0


def test_class_weights_go_by_name(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    rose = pellucid(f"train t.csv {FLOWERS} --class-weight rose=0 --save m.pellucid --json")
    assert rose.status == 0
    judged = pellucid("predict m.pellucid t.csv --json").record["predictions"]
    assert {prediction["class"] for prediction in judged} == {"daisy", "tulip"}


def test_calibration_changes_no_decision_and_is_saved(pellucid: Pellucid, tmp_path: Path) -> None:
    options = "train two-moons --hidden 16 --epochs 30 --learning-rate 0.01 --validation 0.3"
    plain = pellucid(f"{options} --save a.pellucid --json").record
    cooled = pellucid(f"{options} --save b.pellucid --calibrate --json").record
    assert plain["temperature"] is None
    assert cooled["temperature"] > 0
    assert cooled["test_accuracy"] == plain["test_accuracy"]
    X = np.random.default_rng(0).normal(size=(5, 2))
    a, b = (load(tmp_path / f"{name}.pellucid").logits(X) for name in "ab")
    assert a / cooled["temperature"] == pytest.approx(b, rel=1e-4)
    assert re.search(
        r"calibrated: temperature [\d.]+ from \d+ examples", pellucid(f"{options} --calibrate").err
    )


def test_a_learning_rate_is_found_and_drawn(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("train two-moons --optimizer sgd --find-learning-rate")
    found = re.search(r"^learning rate ([\d.]+) is a good beginning", done.out)
    assert found is not None
    assert 0.001 < float(found[1]) < 10
    assert f"try: --learning-rate {found[1]}" in done.out
    assert (tmp_path / "learning-rates.png").read_bytes().startswith(PNG)
    record = pellucid("train two-moons --optimizer sgd --find-learning-rate --report r.png --json").record
    assert record["learning_rate"] == pytest.approx(float(found[1]), rel=0.1)
    assert len(record["rates"]) == len(record["losses"]) >= 10
    assert (tmp_path / "r.png").exists()


def levels(path: Path) -> Path:
    """A table of a category with many levels, and the answer that depends on it."""
    lines = [f"{i % 12},city {i % 12},{'yes' if i % 12 < 6 else 'no'}" for i in range(240)]
    path.write_text("number,city,target\n" + "\n".join(lines) + "\n")
    return path


def test_categories_of_many_levels_are_embedded(pellucid: Pellucid, tmp_path: Path) -> None:
    levels(tmp_path / "t.csv")
    options = (
        "--embed auto --ignore number --hidden 8 --epochs 40 --learning-rate 0.02 --save m.pellucid --json"
    )
    record = pellucid(f"train t.csv {options}").record
    assert record["test_accuracy"] == 1
    net = load(tmp_path / "m.pellucid")
    assert [embedding.levels for embedding in net.architecture.embeddings] == [13]
    assert pellucid("evaluate m.pellucid t.csv --json").record["test_accuracy"] == 1


def test_scale_and_categories_reach_the_preparation(
    pellucid: Pellucid, tmp_path: Path, runs: list[Any]
) -> None:
    levels(tmp_path / "t.csv")
    pellucid("train t.csv --ignore city --categories number")
    assert [column.kind for column in runs[0][0].preparation.columns] == ["category"]
    flowers(tmp_path / "f.csv")
    pellucid("train f.csv --target kind --group plot --scale robust")
    assert {column.scale for column in runs[1][0].preparation.columns} == {"robust"}


def test_rows_on_two_sides_are_told_once_in_a_line(pellucid: Pellucid, tmp_path: Path) -> None:
    text = flowers(tmp_path / "t.csv").read_text().splitlines()
    (tmp_path / "twice.csv").write_text("\n".join([*text, *text[1:]]) + "\n")
    done = pellucid("train twice.csv --target kind --ignore plot --epochs 1")
    assert (
        len(re.findall(r"^warning \d+ of \d+ test rows are the same as training rows", done.err, re.M)) == 1
    )
    assert "warning" not in pellucid("train twice.csv --target kind --group plot --epochs 1").err
    silent = pellucid("train twice.csv --target kind --ignore plot --epochs 1 --check-duplicates no --json")
    assert silent.record["shared_rows"] == []
    told = pellucid("train twice.csv --target kind --ignore plot --epochs 1 --json").record["shared_rows"]
    assert "test rows" in "".join(told)


def test_lbfgs_trains(pellucid: Pellucid) -> None:
    record = pellucid("train two-moons --optimizer lbfgs --epochs 60 --hidden 16 --json").record
    assert record["test_accuracy"] > 0.9
    assert record["batch_size"] is None


def test_the_time_is_kept(pellucid: Pellucid) -> None:
    record = pellucid("train two-moons --epochs 1000000 --max-time 0.3 --json").record
    assert record["stopped"] == "the time of 0.3 s is over"
