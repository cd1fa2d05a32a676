"""`pellucid data`: which sets there are, and what is in them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.using.made import Pellucid, flowers


def test_data_list_names_every_set(pellucid: Pellucid) -> None:
    from pellucid.data.catalog import DATASETS

    shown = pellucid("data list").out
    assert all(re.search(rf"^{name} ", shown, re.MULTILINE) for name in DATASETS)
    listed = pellucid("data list --json").record["data_sets"]
    assert [card["name"] for card in listed] == list(DATASETS)
    assert {"examples", "features", "classes", "license"} <= set(listed[0])


def test_data_show_draws_examples_counts_and_the_mean(pellucid: Pellucid) -> None:
    done = pellucid("data show digits8x8")
    assert "training part: 1,438 examples, 64 features" in done.out
    assert "test part: 359 examples" in done.out
    assert re.search(r"^3 +146 ", done.out, re.MULTILINE)
    assert "The first example of each class:" in done.out
    assert "The mean of all pictures:" in done.out
    assert sum("@" in line or "#" in line for line in done.out.splitlines()) > 5


def test_data_show_tells_a_table_s_columns_in_its_units(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    shown = pellucid("data show t.csv --target kind").out
    length = np.array([float(line.split(",")[0]) for line in (tmp_path / "t.csv").read_text().split()[2:]])
    told = re.search(r"^length \[cm\] +(\S+) +(\S+) +(\S+) +(\S+) +number: \(x", shown, re.MULTILINE)
    assert told is not None
    mean, _, least, most = map(float, told.groups())
    assert length.min() - 0.001 <= least < mean < most <= length.max() + 0.01
    assert re.search(r"^daisy +16 ", shown, re.MULTILINE)


def test_data_show_tells_what_becomes_of_each_column(pellucid: Pellucid, tmp_path: Path) -> None:
    lines = [f"{i if i % 5 else 'NA'},{'fm'[i % 2]},{'rgb'[i % 3]},7,{i % 2}" for i in range(60)]
    (tmp_path / "t.csv").write_text("age,sex,color,planet,target\n" + "\n".join(lines))
    shown = pellucid("data show t.csv").out
    assert re.search(r"^age +\d.* number, \d+ missing: \(x − ", shown, re.MULTILINE)
    assert re.search(r"^sex +category: −1 f, \+1 m", shown, re.MULTILINE)
    assert re.search(r"^color +category: a feature for each of b, g, r", shown, re.MULTILINE)
    assert re.search(r"^planet +constant: always 0", shown, re.MULTILINE)
    columns = pellucid("data show t.csv --json").record["columns"]
    assert [column["kind"] for column in columns] == ["number", "category", "category", "constant"]
    assert columns[0]["features"] == ["age", "age is missing"]
    assert pellucid("data show xor --json").record["columns"] is None


def test_data_show_tells_the_first_of_many_columns(pellucid: Pellucid, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 150))
    np.savez(tmp_path / "wide.npz", X=X, y=np.arange(40) % 2)
    done = pellucid("data show wide.npz")
    assert done.status == 0
    assert len(re.findall(r"^x\d+ ", done.out, re.MULTILINE)) == 100
    assert done.out.splitlines()[-1] == "… and 50 more"
    np.savez(tmp_path / "wide.npz", X=X[:, :100], y=np.arange(40) % 2)
    assert "more" not in pellucid("data show wide.npz").out


def test_data_show_tells_a_program_sizes_and_class_counts(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    record = pellucid("data show t.csv --target kind --json").record
    assert (record["title"], record["features"]) == ("t.csv", 3)
    assert record["parts"] == {
        "training": {"examples": 48, "class_counts": {"daisy": 16, "rose": 16, "tulip": 16}},
        "test": {"examples": 12, "class_counts": {"daisy": 4, "rose": 4, "tulip": 4}},
    }
    assert pellucid("data show sine --json").record["parts"]["training"]["class_counts"] is None


def test_data_fetch_tells_a_program_the_folder(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pellucid.using.command_line.data.fetch_files", lambda name, on_event: Path("cache") / name
    )
    told = pellucid("data fetch mnist --json").record
    assert told == {"name": "mnist", "title": "MNIST", "folder": str(Path("cache/mnist"))}
    assert pellucid("data fetch xor --json").record["folder"] is None


def test_data_fetch_of_what_needs_none(pellucid: Pellucid) -> None:
    done = pellucid("data fetch two-moons")
    assert (done.status, done.out) == (
        0,
        "Two moons needs no fetching: it is made or comes with a package.\n",
    )


def test_a_model_of_one_kind_of_table_judges_and_predicts_others(pellucid: Pellucid, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    lines = [f"{i if i % 5 else 'NA'},{'fm'[i % 2]},{'rgb'[i % 3]},{i % 2}" for i in range(60)]
    (tmp_path / "t.csv").write_text("age,sex,color,target\n" + "\n".join(lines))
    frame = pd.read_csv(tmp_path / "t.csv")
    frame.to_parquet(tmp_path / "t.parquet")
    frame.drop(columns="target").assign(color="unheard of").to_excel(tmp_path / "new.xlsx", index=False)
    trained = pellucid("train t.csv --epochs 3 --save m.pellucid --json")
    assert trained.status == 0
    assert pellucid("evaluate m.pellucid t.parquet --json").status == 0
    predicted = pellucid("predict m.pellucid new.xlsx --json").record["predictions"]
    assert (len(predicted), predicted[0]["input"]) == (60, "new.xlsx:2")
    missing = pellucid("train t.xls --epochs 1")
    assert (missing.status, "t.xls" in missing.err) == (3, True)
