"""Only rows that training has not seen may judge a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pellucid.data.catalog import DATASETS
from pellucid.network.network import load
from tests.using.made import FLOWERS, Pellucid, flowers, picture_folder


def test_of_another_file_all_rows_are_judged(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --save m.pellucid")
    same = pellucid("evaluate m.pellucid t.csv --json").record
    other = pellucid("evaluate m.pellucid", flowers(tmp_path / "other.csv", n=30, seed=1), "--json").record
    assert (same["judged_on"], same["test_examples"]) == ("the rows held out in training", 10)
    assert (other["judged_on"], other["test_examples"]) == ("all rows", 30)


def test_a_file_that_changed_is_another_file(pellucid: Pellucid, tmp_path: Path) -> None:
    table = flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --save m.pellucid")
    table.write_text(table.read_text() + "0.1,1.0,1,daisy\n")
    judged = pellucid("evaluate m.pellucid t.csv --json").record
    assert (judged["judged_on"], judged["test_examples"]) == ("all rows", 61)


def test_a_renamed_copy_is_the_same_data(pellucid: Pellucid, tmp_path: Path) -> None:
    """What was learnt from must not judge, whatever it is called."""
    table = flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --save m.pellucid")
    table.rename(tmp_path / "new.csv")
    assert pellucid("evaluate m.pellucid new.csv --json").record["test_examples"] == 10


def test_rows_that_were_learnt_from_judge_nothing(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --test 0 --save m.pellucid")
    done = pellucid("evaluate m.pellucid t.csv --json")
    assert (done.status, done.out) == (3, "")
    assert (
        "t.csv: the model was trained on these data, and no row was held out; train with --test 0.2"
        in done.err
    )
    flowers(tmp_path / "other.csv", n=30, seed=1)
    assert pellucid("evaluate m.pellucid other.csv --json").record["judged_on"] == "all rows"


def test_nor_do_those_of_a_named_set_without_a_test_part(pellucid: Pellucid) -> None:
    pellucid("train four-people --validation 0 --epochs 1 --save m.pellucid")
    done = pellucid("evaluate m.pellucid four-people")
    assert (done.status, done.out) == (3, "")
    assert done.err.endswith("no row was held out; evaluate on other data.\n")
    pellucid("train xor --epochs 1 --save m.pellucid")
    assert pellucid("evaluate m.pellucid xor --json").record["judged_on"] == "the test part"


def test_large_seeds_find_the_very_rows_again(pellucid: Pellucid, tmp_path: Path) -> None:
    """2^53 + 1 is no floating-point number."""
    flowers(tmp_path / "t.csv")
    trained = pellucid(f"train t.csv {FLOWERS} --epochs 1 --seed {2**53 + 1} --save m.pellucid --json").record
    neighbor = pellucid(f"train t.csv {FLOWERS} --epochs 1 --seed {2**53} --json").record
    assert trained["test_loss"] != neighbor["test_loss"]
    assert pellucid("evaluate m.pellucid t.csv --json").record["test_loss"] == trained["test_loss"]


@pytest.mark.parametrize(
    "split",
    [
        *("test=abc", "", "7", "[]", "{}", '{"test": 0.2, "validation": 0.1}', "[" * 4_000),
        *(
            f'{{"test": {test}, "validation": 0.1, "seed": 0}}'
            for test in ("NaN", "1", "-0.1", '"a"', "null", "1e999")
        ),
        *(
            f'{{"test": 0.2, "validation": 0.1, "seed": {seed}}}'
            for seed in ("0.5", "-1", "true", '"0"', "9" * 4_000)
        ),
    ],
    ids=lambda split: split[:60],
)
def test_a_model_that_hides_its_split_is_refused(split: str, pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --epochs 1 --save m.pellucid")
    net = load(tmp_path / "m.pellucid")
    net.info["split"] = split
    net.save(tmp_path / "m.pellucid")
    done = pellucid("evaluate m.pellucid t.csv")
    assert (done.status, done.out) == (4, "")
    assert done.err == (
        "pellucid: m.pellucid: it does not tell which rows were held out in training; train the model again.\n"
    )


def test_columns_can_be_left_out(pellucid, tmp_path):
    lines = [f"{i},row {i},{i % 7},{(i * 5) % 11},{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "t.csv").write_text("id,name,p,q,class\n" + "\n".join(lines))
    refused = pellucid("train t.csv --epochs 1")
    assert refused.status == 3
    assert "--ignore" in refused.err
    trained = pellucid("train t.csv --ignore id,name --epochs 1 --save m.pellucid")
    assert "to predict class from p, q" in trained.err
    assert pellucid("evaluate m.pellucid t.csv --json").record["judged_on"] == "the rows held out in training"
    assert pellucid("data show t.csv --ignore id,name").status == 0
    unknown = pellucid("train t.csv --ignore idd")
    assert unknown.status == 3
    assert "Did you mean 'id'" in unknown.err


def test_a_sample_of_the_training_examples_judges_nothing(pellucid, monkeypatch, tmp_path):
    pellucid("train digits8x8 --epochs 1 --save m.pellucid")
    card = DATASETS["xor"]
    monkeypatch.setitem(DATASETS, "xor", replace(card, part_of="digits8x8"))
    refused = pellucid("evaluate m.pellucid xor")
    assert refused.status == 3
    assert "these are training examples of digits8x8" in refused.err


def test_a_sheet_is_remembered_and_may_be_named(pellucid: Pellucid, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("plants")
    for line in flowers(tmp_path / "t.csv").read_text().splitlines():
        cells = line.split(",")
        sheet.append([float(cell) if cell.replace(".", "").lstrip("-").isdigit() else cell for cell in cells])
    book.save(tmp_path / "t.xlsx")
    trained = pellucid(f"train t.xlsx --sheet plants {FLOWERS} --save m.pellucid --json").record
    judged = pellucid("evaluate m.pellucid t.xlsx --json").record
    assert (judged["test_examples"], judged["test_loss"]) == (10, trained["test_loss"])
    assert len(pellucid("predict m.pellucid t.xlsx --sheet plants --json").record["predictions"]) == 60


def test_pictures_left_out_in_training_are_left_out_again(pellucid: Pellucid, tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    (folder / "rows" / "bad.png").write_bytes(b"no picture")
    trained = pellucid("train pictures --skip-bad --epochs 1 --save m.pellucid --json").record
    judged = pellucid("evaluate m.pellucid pictures --json").record
    assert judged["test_loss"] == trained["test_loss"]
