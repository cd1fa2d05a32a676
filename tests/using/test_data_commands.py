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
    assert re.search(r"^length \[cm\] +\d", shown, re.MULTILINE)
    assert re.search(r"^daisy +16 ", shown, re.MULTILINE)


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
