"""`import pellucid` loads NumPy and nothing heavier."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "PIL", "filelock", "jax", "llvmlite", "matplotlib", "mlxtend", "numba", "pandas",
    "pellucid.network.engines.compiled", "platformdirs", "pooch", "requests", "rich", "scipy", "sklearn",
    "starlette", "torch", "typer", "urllib.request", "uvicorn",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh Python has loaded after one statement."""
    command = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_import_pellucid_is_light():
    assert not HEAVY & loaded_by("import pellucid")


def test_the_core_is_light():
    loaded = loaded_by("import pellucid; pellucid.Network, pellucid.epochs, pellucid.Dataset")
    assert "pellucid.network.network" in loaded
    assert not HEAVY & loaded
