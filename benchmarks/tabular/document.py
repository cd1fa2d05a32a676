"""docs/benchmarks-tables.md, made from the results alone: no figure in it that nobody measured."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from benchmarks.connection import ROOT
from benchmarks.tables import NONE, significant, table
from benchmarks.tabular.catalog import CATALOG
from benchmarks.tabular.comparison import BASELINE, SURE
from benchmarks.tabular.material import FEWEST_OF_A_CLASS, MOST_ROWS, SAMPLE_SEED, Material
from benchmarks.tabular.methods import METHODS
from benchmarks.tabular.scores import LEAST_PROBABILITY
from benchmarks.tabular.supervision import TIME_LIMIT
from benchmarks.tabular.table_set import CLASSES, NUMBER

PATH = ROOT / "docs" / "benchmarks-tables.md"
BUSY = 0.05  # from this share of the processors on, other processes disturb

_OPENING = """\
# How good is Pellucid on tables?

`make benchmark-tables` measured what stands here and wrote this page; edit neither the page nor the figures. Each
method has its library's default settings: tuning makes each of them better, and may change their order.
"""

_METHOD = f"""
## How it is measured

- A seed splits the rows of a table 80 to 20, the same for every method: classes in their proportions; where rows
  belong together (one speaker, one school), whole groups, so that testing meets new ones. A figure is the mean over
  the seeds on which every method was measured. Splits are at random even where rows have dates.
- Whatever a method's preparation needs to know of the data is learnt from the training rows. Of the names of all
  categories XGBoost and LightGBM are told beforehand.
- Error: the share of wrong answers, or the root of the mean squared error in standard deviations of the test rows'
  target (1: no better than their mean). Log-loss in nats; probabilities below {LEAST_PROBABILITY:g} count as that.
- Rank 1 is the method with the least error on a table; equals share. A failure, or a fit of more than
  {TIME_LIMIT:.0f} processor seconds, is the last.
- “Better” counts the tables whose mean error is less than that of scikit-learn's MLP. “Clearly”: chance alone makes
  such a difference over the seeds in less than {SURE:.0%} of cases, by a t-test that allows for splits that overlap
  (Nadeau and Bengio 2003). The last column of that table is the signed-rank test over the tables.
- Each fit has two threads at most, and a process in which its library has been loaded; seconds are those of `fit`, the
  preparation included. A † stands where other processes took more than {BUSY:.0%} of the processors meanwhile.
- Of tables with more than {MOST_ROWS:,} rows so many are drawn, with seed {SAMPLE_SEED}. Classes of fewer than
  {FEWEST_OF_A_CLASS} rows are left out.
"""


def document(parts: Sequence[tuple[dict[str, Any], dict[str, Any]]], tables: dict[str, Material]) -> str:
    """The page's text.

    Parameters
    ----------
    parts : sequence of (about, compared)
        For each machine: machine, versions, date; and what `benchmarks.tabular.comparison.compare` gives.
    tables : dict of Material
    """
    competing = {method for _, compared in parts for method in compared["methods"]}
    machines = [_machine(*part) for part in parts]
    return "".join([_OPENING, *machines, _competitors(competing), _catalog(tables), _METHOD])


def _machine(about: dict[str, Any], compared: dict[str, Any]) -> str:
    machine, sets = about["machine"], compared["sets"]
    seeds = sorted({len(one["seeds"]) for one in sets.values()})
    n_seeds = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    versions = ", ".join(f"{name} {'/'.join(found)}" for name, found in about["versions"].items())
    lines = [
        f"\n## {machine['processor']}, {machine['cores']} cores\n\n",
        f"- {machine['architecture']}, {machine['memory_gib']} GiB of memory, {machine['system']}, "
        f"Python {machine['python']}\n- {versions}\n- measured {about['dates']}\n",
        f"- {len(sets)} tables, {n_seeds} seed{'s' if n_seeds != '1' else ''}; threads: {about['threads']}\n",
    ]
    if about["unfinished"]:
        lines.append(f"- not measured by everybody yet: {', '.join(about['unfinished'])}\n")
    if not sets:
        return "".join(lines)
    sections: list[tuple[str, str]] = [
        ("Ranks", _ranks(compared)),
        ("Beside scikit-learn's MLP, table by table", _wins(compared)),
        (
            "Classes: accuracy in %",
            _scores(compared, CLASSES, "error", lambda error: f"{100 * (1 - error):.1f}"),
        ),
        ("Classes: log-loss", _scores(compared, CLASSES, "log_loss", lambda loss: f"{loss:.3f}")),
        ("Numbers: error in standard deviations", _scores(compared, NUMBER, "error", lambda e: f"{e:.3f}")),
        ("Seconds of a fit", _seconds(compared)),
    ]
    lines.extend(f"\n### {title}\n\n{text}" for title, text in sections if text)
    return "".join([*lines, _failures(compared)])


def _ranks(compared: dict[str, Any]) -> str:
    header = ["method", "mean rank", "by accuracy", "by log-loss", "numbers", "median s of a fit"]
    fields = ("mean_rank", "mean_rank_accuracy", "mean_rank_log_loss", "mean_rank_number")
    rows = []
    for method, one in sorted(compared["methods"].items(), key=lambda item: item[1]["mean_rank"]):
        seconds = one["median_fit_seconds"]
        numbers = (NONE if one[field] is None else f"{one[field]:.2f}" for field in fields)
        rows.append([METHODS[method].label, *numbers, NONE if seconds is None else significant(seconds)])
    return table(header, rows)


def _wins(compared: dict[str, Any]) -> str:
    header = [
        "method",
        "better",
        "equal",
        "worse",
        "share better",
        "clearly better",
        "clearly worse",
        "p over tables",
    ]
    rows = []
    for method, one in compared["methods"].items():
        if method != BASELINE and one["pairs"]:
            p = one["wilcoxon_p"]
            counts = [one["better"], one["equal"], one["worse"], f"{one['better'] / one['pairs']:.0%}"]
            clear = [one["clearly_better"], one["clearly_worse"], NONE if p is None else significant(p)]
            rows.append([METHODS[method].label, *counts, *clear])
    return table(header, rows) if rows else ""


def _scores(compared: dict[str, Any], kind: str, measure: str, text: Callable[[float], str]) -> str:
    """One row for each table, the best in bold."""
    rows = []
    for name, one in compared["sets"].items():
        if one["kind"] == kind:
            numbers = [found.get(measure) for found in one["methods"].values()]
            best = text(min((number for number in numbers if number is not None), default=float("inf")))
            cells = [NONE if number is None else text(number) for number in numbers]
            rows.append([name, *(f"**{cell}**" if cell == best else cell for cell in cells)])
    return _right([["table", *_labels(compared)], *rows]) if rows else ""


def _seconds(compared: dict[str, Any]) -> str:
    rows = []
    for name, one in compared["sets"].items():
        cells = []
        for found in one["methods"].values():
            mark = " †" if found.get("share_of_others", 0) > BUSY else ""
            cells.append(significant(found["fit_seconds"]) + mark if "fit_seconds" in found else NONE)
        rows.append([name, *cells])
    return _right([["table", *_labels(compared)], *rows])


def _failures(compared: dict[str, Any]) -> str:
    lines = [
        f"- {METHODS[method].label} on {name}: {'; '.join(found['failed'])}\n"
        for name, one in compared["sets"].items()
        for method, found in one["methods"].items()
        if found["failed"]
    ]
    return "\n### Failures\n\n" + "".join(lines) if lines else ""


def _competitors(names: Collection[str]) -> str:
    lines = [f"- **{one.label}**: {one.about}.\n" for name, one in METHODS.items() if name in names]
    return "\n## Who competes\n\n" + "".join(lines)


def _catalog(tables: dict[str, Material]) -> str:
    header = [
        "table",
        "question",
        "rows",
        "numbers",
        "categories",
        "empty cells",
        "classes",
        "groups",
        "from",
    ]
    rows, notes = [], []
    for name, one in tables.items():
        entry = CATALOG[name]
        cells = [
            one.n_numbers,
            one.n_categories,
            one.n_missing,
            len(one.classes) or NONE,
            one.n_groups or NONE,
        ]
        drawn = f" of {one.n_rows_there:,}" if one.n_rows_there != one.n_rows else ""
        rows.append([name, entry.about, f"{one.n_rows:,}{drawn}", *cells, entry.source])
        parts = [f"{column} ({why})" for column, why in entry.dropped.items()]
        parts += [f"the class {one.left_out} (rare)"] if one.left_out else []
        if parts:
            notes.append(f"- {name}: {', '.join(parts)}\n")
    left_out = "\nLeft out, besides names and numbers of rows, and columns that never differ:\n\n" + "".join(
        notes
    )
    return "\n## The tables\n\n" + table(header, rows) + left_out


def _labels(compared: dict[str, Any]) -> list[str]:
    return [METHODS[method].label for method in compared["methods"]]


def _right(lines: list[list[Any]]) -> str:
    """A table in Markdown whose columns but the first are set flush right."""
    lines.insert(1, ["---", *["--:"] * (len(lines[0]) - 1)])
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)
