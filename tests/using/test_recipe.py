"""`pellucid train --preset auto`: the recipe for tables, and what a user says instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes, load_wine

from pellucid import load


@pytest.fixture
def wine(tmp_path: Path) -> Path:
    path = tmp_path / "wine.csv"
    load_wine(as_frame=True).frame.to_csv(path, index=False)
    return path


def test_the_recipe_for_classes(pellucid, wine: Path, tmp_path: Path) -> None:
    saved = tmp_path / "wine.pellucid"
    result = pellucid("train", str(wine), "--preset", "auto", "--epochs", "6", "--save", str(saved), "--json")
    assert result.status == 0
    told = json.loads(result.out)
    assert told["epochs"] == 6
    net = load(saved)
    assert str(net.architecture) == "13-256-256-256-3"
    assert net.architecture.feature_gains
    assert net.architecture.layers[1].weight_rate == 256**-0.5


def test_what_is_given_wins(pellucid, wine: Path, tmp_path: Path) -> None:
    saved = tmp_path / "wine.pellucid"
    words = ("--preset", "auto", "--hidden", "8", "--parametrization", "standard", "--epochs", "2")
    assert pellucid("train", str(wine), *words, "--save", str(saved)).status == 0
    net = load(saved)
    assert str(net.architecture) == "13-8-3"
    assert not net.architecture.feature_gains


def test_the_recipe_for_numbers(pellucid, tmp_path: Path) -> None:
    path, saved = tmp_path / "diabetes.csv", tmp_path / "diabetes.pellucid"
    load_diabetes(as_frame=True).frame.to_csv(path, index=False)
    assert pellucid("train", str(path), "--preset", "auto", "--epochs", "3", "--save", str(saved)).status == 0
    assert load(saved).architecture.loss == "squared_error"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("digits8x8", "--preset", "auto"), "is for tables"),
        (("{wine}", "--preset", "autp"), "Did you mean 'auto'?"),
        (("{wine}", "--preset", "auto", "--normalization", "batch"), "leave one of them out"),
        (("{wine}", "--parametrization", "tangential"), "not a known parametrization"),
    ],
)
def test_errors_are_one_line(pellucid, wine: Path, words: tuple[str, ...], message: str) -> None:
    result = pellucid("train", *(word.format(wine=wine) for word in words))
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
