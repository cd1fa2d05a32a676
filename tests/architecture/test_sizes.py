"""No file and no function grows until nobody sees through it."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.repository import ROOT, SOURCE, files, functions

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60  # of its body, without the docstring


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a body has, without the docstring; a command's signature is a list of its options."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", files(SOURCE, "*.py"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_source_is_small(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LINES_OF_A_FILE, f"{path.relative_to(ROOT)} has {lines} lines"
    for function in functions(path):
        lines = code_lines(function)
        assert lines <= LINES_OF_A_FUNCTION, f"{function.name} in line {function.lineno} has {lines} lines"
