"""What decides on a result: one measured under another key is out of date."""

from __future__ import annotations

import hashlib
import inspect
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.connection import ROOT
from benchmarks.tabular.code import code_of, code_of_function
from benchmarks.tabular.material import Material
from benchmarks.tabular.methods import Method, versions

_HERE = Path(__file__).parent
# the rooms that what is measured comes from; commands and figures may change
_ROOMS = ("basics", "data", "formulas", "network", "training", "using/estimators")


def key_of(material: Material, method: Method) -> str:
    """A hash of the table, of the method's code and versions, and of how it is judged."""
    parts = [material.fingerprint, *_of_method(method)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@lru_cache
def _of_method(method: Method) -> list[Any]:
    return [
        versions(method),
        code_of_function(inspect.getsource(method.build)),
        code_of(_HERE / f"{name}.py" for name in ("preparation", "scores", "splits")),
        _pellucid() if "pellucid" in method.packages else "",
    ]


@lru_cache
def _pellucid() -> str:
    folders = [ROOT / "src" / "pellucid" / room for room in _ROOMS]
    return code_of(sorted(path for folder in folders for path in folder.rglob("*.py")))
