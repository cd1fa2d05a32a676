"""Registers: a dict of records by name that knows what to say about a name it does not hold."""

from dataclasses import dataclass

import pytest

from pellucid.basics.errors import UnknownNameError
from pellucid.basics.registers import Register, register


@dataclass(frozen=True)
class Color:
    name: str
    hue: int = 0


RED, GREEN = Color("red", 1), Color("green", 120)


@pytest.fixture
def colors():
    return register("color", RED, GREEN)


def test_records_stand_by_name_in_the_order_given(colors):
    assert isinstance(colors, Register)
    assert list(colors) == ["red", "green"]
    assert colors["green"] is GREEN
    assert "blue" not in colors
    assert colors.kind == "color"


def test_an_unknown_name_is_an_unknown_name_error_with_a_hint(colors):
    with pytest.raises(UnknownNameError, match=r"'gren' is not a known color\. Did you mean 'green'\?"):
        colors["gren"]


def test_get_does_not_raise(colors):
    assert colors.get("blue") is None


def test_two_records_of_one_name_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="two records of the color register share a name"):
        register("color", RED, Color("red", 2))
