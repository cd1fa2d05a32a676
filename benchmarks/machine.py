"""Which machine and which versions were measured: without them a figure says nothing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from benchmarks.connection import ROOT, clean_environment

PACKAGES = {
    "project": ("numpy", "llvmlite", "scipy"),
    "peers": ("torch", "scikit-learn", "jax", "jaxlib", "keras", "onnxruntime", "onnx", "numpy", "scipy"),
}
# What decides how fast something runs; the rest of the harness may change without making old figures wrong.
_MEASURED = (
    "src/pellucid/**/*.py",
    "benchmarks/peers/*.py",
    "benchmarks/workloads.py",
    "benchmarks/requirements.txt",
)


def n_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory, operating system, Python; nothing that tells who owns it."""
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": n_cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def slug(machine: dict[str, Any]) -> str:
    """A name for files: processor and number of cores.

    Examples
    --------
    >>> slug({"processor": "Intel(R) Xeon(R) Processor @ 2.50GHz", "cores": 2})
    'intel-xeon-processor-2.50ghz-2-cores'
    """
    plain = re.sub(r"\((r|tm)\)|\bcpu\b|[^a-z0-9.]+", " ", str(machine["processor"]).lower())
    return "-".join([*plain.split(), str(machine["cores"]), "cores"])


def describe_packages(peers_python: Path) -> dict[str, dict[str, str]]:
    """Versions of what was measured, in both environments."""
    found = subprocess.run(
        [str(peers_python), "-c", _VERSIONS, *PACKAGES["peers"]],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=clean_environment(),
    )
    return {"project": _versions(PACKAGES["project"]), "peers": json.loads(found.stdout)}


_VERSIONS = """
import importlib.metadata, importlib.util, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
found = {name: version(name) for name in sys.argv[1:]}
print(json.dumps({name: found[name] for name in found if found[name]}))
"""


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def fingerprint(packages: dict[str, Any], root: Path = ROOT) -> str:
    """A short hash of versions and of the code that is measured: figures with another one are out of date."""
    digest = hashlib.sha256(json.dumps(packages, sort_keys=True).encode())
    for pattern in _MEASURED:
        for path in sorted(root.glob(pattern)):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(
            r"^model name\s*: (.+)$", information.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        if found:
            return found.group(1).strip()
    if platform.system() == "Darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout.strip() or platform.machine()
    return platform.processor() or platform.machine()
