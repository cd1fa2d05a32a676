"""The tables of docs/engine.md, made from results alone; the words between them are written by hand."""

from __future__ import annotations

import re
from statistics import median
from typing import Any

from benchmarks.connection import ROOT
from benchmarks.interleaving import BUSY
from benchmarks.results import FOLDER
from benchmarks.tables import significant, table

PAGE = ROOT / "docs" / "engine.md"
RESULTS = FOLDER / "engine-ideas"
NOTHING_YET = "*Not measured yet.*\n"
UNITS = {"ms": 1e3, "µs": 1e6, "ns": 1e9}
TITLES = {  # what the rows of a table are, and the unit of its times
    "products": ("128 × 784 times 784 × 64", "µs"),
    "wide": ("128 × 784 times 784 × 512", "µs"),
    "rounding": ("sums of 784 products", ""),
    "layer": ("32 pictures, from bytes to the first layer's h", "µs"),
    "fusion": ("dW of 784 × 64 from 32 rows, and Adam", "µs"),
    "update": ("Adam, each parameter", "ns"),
    "waiting": ("two threads", "µs"),
    "step": ("a step of 784-64-64-10, batch 32", "µs"),
    "subnormals": ("Adam, each parameter", "ns"),
    "start": ("until the engine can run", "ms"),
}


def with_tables(page: str, results: list[dict[str, Any]]) -> str:
    """The page with the tables of these results between its markers, ``<!-- measured: name -->`` and an end."""

    def tables(found: re.Match[str]) -> str:
        name = found[1]
        written = [machines(results)] if name == "machines" else [part_table(one, name) for one in results]
        return f"<!-- measured: {name} -->\n\n{chr(10).join(written) or NOTHING_YET}\n<!-- end -->"

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", tables, page, flags=re.DOTALL)


def machines(results: list[dict[str, Any]]) -> str:
    """What was measured on, and when."""
    lines = [
        f"- {one['machine']['processor']}, {one['machine']['cores']} cores, {one['machine']['architecture']}, "
        f"{one['machine']['system']}; Python {one['machine']['python']}, NumPy {one['packages']['numpy']}; "
        f"{one['date']}. Limit of one core: {one['limit']['one_core']:.0f} GFLOP/s ({one['limit']['probe']})."
        f"{_disturbance(one['share_of_others'])}\n"
        for one in results
    ]
    return "".join(lines)


def _disturbance(share: float) -> str:
    return f" **Other processes took {share:.0%} of the processors meanwhile.**" if share > BUSY else ""


def part_table(results: dict[str, Any], name: str) -> str:
    """One part of one machine's results."""
    rows, (what, unit) = results["parts"][name], TITLES[name]
    if name == "rounding":
        return table(
            [what, "relative error (root mean square)"], [[r["name"], f"{r['error']:.1e}"] for r in rows]
        )
    header, scale = [what, unit, "least", "greatest"], UNITS[unit]
    limit = results["limit"]["one_core"]
    cells = [
        [
            row["name"],
            *(significant(f(row["seconds"]) * scale) for f in (median, min, max)),
            *_speed(row, limit),
        ]
        for row in rows
    ]
    return table([*header, *(["GFLOP/s", "% of one core's limit"] if rows[0]["flops"] else [])], cells)


def _speed(row: dict[str, Any], limit: float) -> list[str]:
    if not row["flops"]:
        return []
    gflops = row["flops"] / median(row["seconds"]) / 1e9
    return [significant(gflops), significant(100 * gflops / limit)]
