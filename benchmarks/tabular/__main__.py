"""``python -m benchmarks.tabular``, as `make benchmark-tables` calls it: fit, keep, and write the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.machine import describe_machine, slug
from benchmarks.tabular import results
from benchmarks.tabular.catalog import CATALOG
from benchmarks.tabular.comparison import compare
from benchmarks.tabular.document import PATH, document
from benchmarks.tabular.keys import key_of
from benchmarks.tabular.material import Material, prepare
from benchmarks.tabular.methods import METHODS, THREADS, versions
from benchmarks.tabular.splits import SEEDS
from benchmarks.tabular.supervision import LONGER, Worker

app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
console = Console(stderr=True, highlight=False)
Job = tuple[int, Material, str]


def _chosen(text: str, known: list[str], what: str) -> list[str]:
    names = [name for name in text.replace(",", " ").split() if name] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        raise typer.BadParameter(f"there is no {what} {unknown[0]!r}; there are {', '.join(known)}.")
    return names


@app.command()
def benchmark(
    only: Annotated[str, typer.Option(metavar="A,B", help="Only these tables.")] = "",
    methods: Annotated[str, typer.Option(metavar="A,B", help="Only these methods.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="How many splits.")] = SEEDS,
    threads: Annotated[int, typer.Option(min=1, max=2, help="1 where others need the machine.")] = THREADS,
    again: Annotated[
        bool, typer.Option("--again", help="Also what failed before, with the same versions.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Also what is there already, for its times.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Fit nothing; write the page from what is there.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Fit nothing; tell how much is done.")] = False,
) -> None:
    """Fit each method to each table with several splits, and write docs/benchmarks-tables.md.

    Small tables come first, and one split of all tables before the next. Each result is kept at once: after Ctrl-C
    it goes on where it stopped. What a table, a version or the code of a method changed is measured again.

    [bold]Examples[/bold]

      make benchmark-tables
      make benchmark-tables OPTIONS="--only wine,cells --seeds 2"
      make benchmark-tables OPTIONS="--methods pellucid,scikit-learn"
      make benchmark-tables OPTIONS="--report"
    """
    names = _chosen(only, list(CATALOG), "table")
    able = [name for name, method in METHODS.items() if method.can_run()]
    competing = _chosen(methods, able, "method that can run here")
    tables, missing = prepare(CATALOG.values() if report else [CATALOG[name] for name in names])
    for name, reason in missing.items():
        console.print(f"{name} is left out: {reason}", style="yellow", markup=False)
    machine = describe_machine()
    path = results.FOLDER / f"{slug(machine)}.jsonl"
    jobs = [
        (seed, table, method) for seed in range(seeds) for table in tables.values() for method in competing
    ]
    todo = jobs if fresh else list(_todo(jobs, path, again=again))
    console.print(f"{len(jobs) - len(todo)} of {len(jobs)} fits are there already.")
    if not (report or status):
        try:
            _measure(todo, path, threads)
        except KeyboardInterrupt:
            console.print("Interrupted; what was fitted is kept.")
            raise typer.Exit(130) from None
        tables, _ = prepare(CATALOG.values())
    if not status:
        _publish(path, machine, tables)


def _todo(jobs: list[Job], path: Path, *, again: bool) -> Iterator[Job]:
    """The fits that are not there, or out of date."""
    found = results.load(path)
    for seed, table, method in jobs:
        record = found.get((table.name, method, seed), {})
        if record.get("key") != key_of(table, METHODS[method]) or (again and "failed" in record):
            yield seed, table, method


def _measure(jobs: list[Job], path: Path, threads: int) -> None:
    with Worker(threads) as worker:
        for number, (seed, table, method) in enumerate(jobs, start=1):
            reply = (seed and _known_to_last(path, table, method)) or worker.fit(
                name=table.name, kind=table.kind, k=len(table.classes), method=method, seed=seed
            )
            found = {
                "set": table.name, "method": method, "seed": seed, "key": key_of(table, METHODS[method]),
                "versions": versions(METHODS[method]), **reply,
            }  # fmt: skip
            results.append(path, found)
            console.print(f"{number}/{len(jobs)}  {_line(found)}", markup=False)


def _known_to_last(path: Path, table: Material, method: str) -> dict[str, Any] | None:
    """The failure of a method that took too long with the first split: it takes as long with the others."""
    first = results.load(path).get((table.name, method, 0), {})
    is_current = first.get("key") == key_of(table, METHODS[method])
    return {"failed": LONGER} if is_current and first.get("failed") == LONGER else None


def _line(record: dict[str, Any]) -> str:
    score = (
        record.get("failed")
        or (
            f"accuracy {record['accuracy']:.2%}"
            if "accuracy" in record
            else f"error {record['rmse_share']:.3f}"
        )
        + f", {record['fit_seconds']:.2f} s"
    )
    return f"{record['set']}, {METHODS[record['method']].label}, seed {record['seed']}: {score}"


def _publish(path: Path, machine: dict[str, Any], tables: dict[str, Material]) -> None:
    """Write this machine's summary, and the page from all summaries."""
    if path.exists():
        summary = _summary(path, machine, tables)
        text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
        path.with_suffix(".json").write_text(text, encoding="utf-8")
    everything = [
        json.loads(one.read_text(encoding="utf-8")) for one in sorted(results.FOLDER.glob("*.json"))
    ]
    PATH.write_text(
        document([(one["about"], one["compared"]) for one in everything], tables), encoding="utf-8"
    )
    console.print(f"Written: {PATH.name}")


def _summary(path: Path, machine: dict[str, Any], tables: dict[str, Material]) -> dict[str, Any]:
    records = {place: record for place, record in results.load(path).items() if place[0] in tables}
    counts = {method: len({table for table, name, _ in records if name == method}) for method in METHODS}
    # who was measured on a few tables only would take all others out of the comparison
    shown = [method for method, count in counts.items() if count and 2 * count >= max(counts.values())]
    compared = compare(records, tables, shown)
    used = [record for (_, method, _), record in records.items() if method in shown]
    found: dict[str, list[str]] = {}
    for record in used:
        for name, version in record["versions"].items():
            found.setdefault(name, []).append(version)
    dates = sorted({record["date"] for record in used})
    threads = sorted({record.get("threads", THREADS) for record in used if "failed" not in record})
    about = {
        "threads": " or ".join(map(str, threads)),
        "machine": machine,
        "versions": {name: sorted(set(several)) for name, several in sorted(found.items())},
        "dates": dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
        "unfinished": [name for name in tables if name not in compared["sets"]],
    }
    return {"about": about, "compared": compared}


if __name__ == "__main__":
    app(prog_name="make benchmark-tables")
