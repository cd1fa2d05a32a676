"""``python -m benchmarks``, as `make benchmark` calls it: measure, keep, and write the page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import document, figure, results, tables
from benchmarks.connection import ROOT
from benchmarks.fma_limit import Limit
from benchmarks.interleaving import BUSY, disturbance
from benchmarks.machine import describe_machine, describe_packages, fingerprint, n_cores, slug
from benchmarks.material import write_material
from benchmarks.sections import SECTIONS, Bench
from pellucid.understanding.figures.paper import save_figure

TRIAL_FOLDER = ROOT / "output" / "benchmarks"
_IN_WINDOWS = sys.platform == "win32"
_PEERS = ROOT / "benchmarks" / ".venv" / ("Scripts/python.exe" if _IN_WINDOWS else "bin/python")

app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
console = Console(stderr=True)


def _letters(text: str) -> list[str]:
    letters = [letter for letter in text.replace(",", " ").split() if letter] or list(SECTIONS)
    unknown = [letter for letter in letters if letter not in SECTIONS]
    if unknown:
        raise typer.BadParameter(f"there is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}.")
    return letters


@app.command(
    epilog="Sections: "
    + "; ".join(f"{section.letter} {section.title}" for section in SECTIONS.values())
    + ". Peak memory (j) is a by-product of b and d."
)
def benchmark(
    only: Annotated[str, typer.Option(metavar="A,B", help="Only these sections.")] = "",
    repeats: Annotated[int, typer.Option(min=1, help="Turns of each library; figures are medians.")] = 5,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what is measured already.")] = False,
    trial: Annotated[
        bool,
        typer.Option("--trial", help="Small data, one turn, results in output/benchmarks: does it all run?"),
    ] = False,
    peers: Annotated[
        Path,
        typer.Option(
            metavar="PYTHON",
            help="The other libraries' interpreter.",
            show_default="that of benchmarks/.venv",
        ),
    ] = _PEERS,
) -> None:
    """Measure how fast Pellucid and other libraries train on this machine, and write docs/benchmarks.md.

    Let nothing else run meanwhile. What is measured is kept after each section: after Ctrl-C, or a change of
    --only, it goes on where it stopped, as long as neither the code nor a version changed. Without --only, it then
    measures what each idea of the engine gains, for docs/engine.md: a minute more.

    [bold]Examples[/bold]

      make benchmark
      make benchmark OPTIONS="--only b,d --repeats 3"
      make benchmark OPTIONS="--fresh"
      make benchmark OPTIONS="--trial --only a,g"
    """
    letters = _letters(only)
    try:
        packages = describe_packages(peers)
    except (OSError, subprocess.SubprocessError):
        raise typer.BadParameter(f"{peers} does not run; `make benchmark` installs it.") from None
    machine = describe_machine()
    folder = TRIAL_FOLDER if trial else results.FOLDER
    path = folder / f"{slug(machine)}.json"
    code = fingerprint(packages)
    found = {**results.load(path), "machine": machine, "packages": packages}
    kept = [letter for letter in letters if results.is_current(found, letter, code) and not fresh]
    if kept:
        console.print(f"Measured already: {', '.join(kept)}; --fresh measures it again.")
    todo = [letter for letter in letters if letter not in kept]
    if todo:
        try:
            _measure(todo, found, path, code, peers=peers, repeats=1 if trial else repeats, is_trial=trial)
        except KeyboardInterrupt:
            console.print("Interrupted; the finished sections are kept.")
            raise typer.Exit(130) from None
    _publish(trial=trial)
    _show(found, letters)
    if not only:
        raise typer.Exit(_measure_ideas(trial=trial))


def _measure(
    letters: list[str],
    found: dict[str, Any],
    path: Path,
    code: str,
    *,
    peers: Path,
    repeats: int,
    is_trial: bool,
) -> None:
    """Measure section after section and write the results after each."""
    columns = (SpinnerColumn(), BarColumn(20), TextColumn("{task.description}"), TimeElapsedColumn())
    # drawn seldom: drawing takes processor time as well
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(*columns, console=console, refresh_per_second=1) as progress,
    ):
        task = progress.add_task("preparing the data", total=len(letters))
        material = write_material(Path(folder))
        limit = Limit.find(n_cores())

        def say(what: str) -> None:
            progress.update(task, description=f"({letter}) {what}")

        bench = Bench(Path(sys.executable), peers, material, limit, repeats, n_cores(), is_trial, say)
        for letter in letters:
            section = SECTIONS[letter].run(bench)
            found["sections"][letter] = results.stamped(section, code)
            found["sections"] = dict(sorted(found["sections"].items()))
            results.save(path, found)
            progress.advance(task)
            progress.console.print(f"({letter}) {SECTIONS[letter].title}: done")
            _warn(progress.console, section)


def _measure_ideas(*, trial: bool) -> int:
    """Measure the engine's ideas in a process of their own, and give its exit status."""
    console.print("What each idea of the engine gains:")
    command = [sys.executable, "-m", "benchmarks.engine_ideas", *(["--trial"] if trial else [])]
    try:
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


def _warn(where: Console, section: dict[str, Any]) -> None:
    """Say which runners failed or were disturbed."""
    for record in _records(section):
        name = f"{record['library']}, {record['variant']}"
        if "failed" in record:
            where.print(f"    {name}: {record['failed']}", style="yellow", markup=False)
        elif (share := disturbance(record)) > BUSY:
            where.print(f"    {name}: other processes took {share:.0%} of the processors", style="yellow")


def _records(part: Any) -> Iterator[dict[str, Any]]:
    """All runners' records in a section, however deep."""
    if isinstance(part, dict) and "library" in part:
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _records(inner)


def _publish(*, trial: bool) -> None:
    """Write the page and its pictures from all results, committed ones and new ones."""
    folder = TRIAL_FOLDER if trial else results.FOLDER
    page = TRIAL_FOLDER / "benchmarks.md" if trial else document.PATH
    pictures = TRIAL_FOLDER / "pictures" if trial else document.PICTURES
    everything = results.all_results(folder)
    pictures.mkdir(parents=True, exist_ok=True)
    for one in everything:
        if "k" in one["sections"]:
            save_figure(
                figure.cost_curves(one["sections"]["k"]), pictures / document.picture_name(one["slug"])
            )
    page.write_text(document.document(everything), encoding="utf-8")
    console.print(f"Written: {page.relative_to(ROOT)}")


def _show(found: dict[str, Any], letters: list[str]) -> None:
    """Print the ratios of the workloads that were asked for."""
    sections = {
        letter: s for letter, s in found["sections"].items() if letter in letters and letter in "abcdef"
    }
    if sections:
        print(tables.ratios(sections))


if __name__ == "__main__":
    app(prog_name="make benchmark")
