"""Where things stand in this repository, for the tests of its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pellucid"
_NOT_OURS = {"__pycache__", "build", "dist", "site", "output", "htmlcov", "node_modules"}


def files(folder: Path = ROOT, pattern: str = "*") -> list[Path]:
    """All files of the repository, or of one of its folders; not those that git ignores or keeps for itself."""
    return sorted(_walk(folder, pattern))


def _walk(folder: Path, pattern: str) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            if not hidden and path.name not in _NOT_OURS and not path.name.endswith(".egg-info"):
                yield from _walk(path, pattern)
        elif path.match(pattern):
            yield path


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods that a Python file defines, nested ones too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
