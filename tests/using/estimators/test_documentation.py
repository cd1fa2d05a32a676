"""What the docstrings list is what the registers hold."""

from __future__ import annotations

import re

import pytest

from pellucid.formulas.activations import ACTIVATIONS
from pellucid.training.methods import METHODS
from pellucid.training.schedules import SCHEDULES
from pellucid.using.estimators.documentation import FURTHER_PARAMETERS, SHARED_PARAMETERS


def told(parameter: str, text: str) -> set[str]:
    paragraph = re.search(rf"^{parameter} : .*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert paragraph is not None
    return set(re.findall(r'"(\w+)"', paragraph.group()))


@pytest.mark.parametrize(
    ("parameter", "text", "known"),
    [
        ("activation", SHARED_PARAMETERS, {"logistic", *ACTIVATIONS}),
        ("solver", SHARED_PARAMETERS, set(METHODS)),
        ("schedule", FURTHER_PARAMETERS, set(SCHEDULES)),
    ],
)
def test_names_are_those_of_the_register(parameter: str, text: str, known: set[str]) -> None:
    assert told(parameter, text) == known
