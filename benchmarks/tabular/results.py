"""Results as they come: one line of JSON for each fit, in a file for each machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("results")
Place = tuple[str, str, int]  # table, method, seed


def load(path: Path) -> dict[Place, dict[str, Any]]:
    """The newest record of each table, method and seed; a line that was cut off is passed over."""
    found: dict[Place, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[str(record["set"]), str(record["method"]), int(record["seed"])] = record
    return found


def append(path: Path, record: dict[str, Any]) -> None:
    """Add a record; what is there already stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({**record, "date": datetime.now(UTC).strftime("%Y-%m-%d")}) + "\n"
    was_cut_off = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + line if was_cut_off else line)
