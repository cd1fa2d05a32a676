"""Results as a file: one for each machine, with every sample, written again after each section."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.connection import ROOT
from pellucid.basics.files import write_atomically

FOLDER = ROOT / "benchmarks" / "results"


def load(path: Path) -> dict[str, Any]:
    """What is in a file of results; nothing yet if there is no such file."""
    if not path.exists():
        return {"machine": {}, "packages": {}, "sections": {}}
    return dict(json.loads(path.read_text(encoding="utf-8")))


def save(path: Path, results: dict[str, Any]) -> None:
    """Write results whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def stamped(section: dict[str, Any], code: str) -> dict[str, Any]:
    """A section with the day and the fingerprint of what was measured."""
    return {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "code": code, **section}


def is_current(results: dict[str, Any], letter: str, code: str) -> bool:
    """Whether a section is there and measured the code and versions of today."""
    return bool(results["sections"].get(letter, {}).get("code") == code)


def all_results(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The results of every machine, in the order of the files' names; ``slug`` is a file's name."""
    return [{**load(path), "slug": path.stem} for path in sorted(folder.glob("*.json"))]


def typical(record: dict[str, Any]) -> float | None:
    """The median of a runner's samples, in seconds; None where it failed."""
    seconds = record.get("seconds")
    return median(seconds) if seconds else None


def best_of(runners: dict[str, dict[str, Any]], library: str) -> dict[str, Any] | None:
    """Of a library's runners the one with the smallest median; None if none of them could."""
    able = [record for record in runners.values() if record["library"] == library and record.get("seconds")]
    return min(able, key=lambda record: median(record["seconds"]), default=None)


def ratio(runners: dict[str, dict[str, Any]], library: str, to: str = "Pellucid") -> float | None:
    """How many times as long a library takes: its best median over Pellucid's."""
    peer, ours = best_of(runners, library), best_of(runners, to)
    if peer is None or ours is None:
        return None
    return median(peer["seconds"]) / median(ours["seconds"])


def share_of_limit(section: dict[str, Any]) -> float | None:
    """The percentage of all cores' limit that Pellucid's matrix products reach, by those minutes' limit."""
    ours = best_of(section["runners"], "Pellucid")
    if ours is None:
        return None
    limit = max(moment["float32"]["all_cores"] for moment in section["limit"]) * 1e9
    return 100 * float(section["flops"]) / median(ours["seconds"]) / limit
