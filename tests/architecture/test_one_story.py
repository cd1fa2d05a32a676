"""The folders, the drawing in ARCHITECTURE.md and the import contract tell of the same rooms in the same order."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from tests.architecture.repository import ROOT, SOURCE

ROOMS = sorted(folder.name for folder in SOURCE.iterdir() if any(folder.glob("*.py")))


def drawing() -> dict[str, str]:
    """Room by room, in the order of the drawing: what stands beside it."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    house = text.split("src/pellucid/\n", 1)[1].split("```", 1)[0]
    return dict(re.findall(r"^[├└]── (\w+)/ +(.+)$", house, flags=re.MULTILINE))


def test_the_drawing_shows_the_folders():
    assert list(drawing()) == ROOMS


def test_the_contract_lists_the_folders():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["id"] == "rooms")
    assert contract["layers"] == ROOMS[::-1]  # import-linter puts the highest layer first
    assert contract["exhaustive"]


@pytest.mark.parametrize("room", ROOMS)
def test_the_drawing_asks_the_rooms_own_question(room):
    docstring = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8")))
    question = docstring.split("?")[0] + "?"
    assert question.lower() in drawing()[room].lower()
