"""`pellucid data`: which data sets there are, and what is in them."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from pellucid.basics.arrays import Array
from pellucid.basics.percent import percent
from pellucid.data.catalog import DATASETS
from pellucid.data.columns import NumericColumn
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.downloads import fetch as fetch_files
from pellucid.data.picture_examples import in_gray
from pellucid.data.preparation import Preparation
from pellucid.data.suitability import picture_advice
from pellucid.using.command_line import options
from pellucid.using.command_line.console import fetching, foreign, out, print_json, say
from pellucid.using.command_line.data_options import DataOptions, HoldingOutOptions
from pellucid.using.command_line.option_records import with_options
from pellucid.using.command_line.terminal_pictures import bar, picture_grid

USUAL = HoldingOutOptions()
MOST_COLUMNS = 100  # of a table in the terminal

app = typer.Typer(help="List, fetch and show data sets.", no_args_is_help=True)


@app.command("list")
def list_(json: options.Json = False) -> int:
    """List the data sets that go by name.

    [bold]Example[/bold]

      pellucid data list
    """
    cards = list(DATASETS.values())
    if json:
        fields = ("name", "title", "kind", "examples", "features", "classes", "source", "license", "fetched")
        print_json({"data_sets": [{f: getattr(card, f) for f in fields} for card in cards]})
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    for head in ("examples", "features", "classes"):
        table.add_column(head, justify="right")
    table.add_column("what it is, and whence")
    for card in cards:
        classes = str(card.classes) if card.classes else "–"
        about = f"{card.title}; {card.source}"
        table.add_row(card.name, f"{card.examples:,}", f"{card.features:,}", classes, about)
    out.print(table)
    return 0


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, fashion-mnist …")],
    json: options.Json = False,
) -> int:
    """Fetch a data set into the cache, checked byte by byte.

    [bold]Example[/bold]

      pellucid data fetch fashion-mnist
    """
    card = DATASETS[name]
    folder = None
    if card.fetched:
        with fetching() as on_event:
            folder = fetch_files(name, on_event=on_event)
    if json:
        print_json(
            {"name": card.name, "title": card.title, "folder": None if folder is None else str(folder)}
        )
    elif folder is None:
        out.print(f"{card.title} needs no fetching: it is made or comes with a package.")
    else:
        out.print(f"{card.title} is in {foreign(folder)}", soft_wrap=True)
    return 0


@app.command()
@with_options()
def show(
    data: options.DataSource,
    source: DataOptions,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> int:
    """Show a data set: examples, how many of each class, the mean picture.

    [bold]Examples[/bold]

      pellucid data show mnist
      pellucid data show cells.csv --target type --group patient
    """
    with fetching() as on_event:
        parts = source.load(data, test=USUAL.test, validation=0.0, seed=seed, on_event=on_event)
    if json:
        print_json(_record(parts))
        return 0
    for name, part in _parts(parts).items():
        size = f"{len(part):,} examples, {part.n_features:,} features"
        say(f"[bold]{foreign(part.title)}[/bold], {name} part: {size}")
    train = parts.train
    if train.is_classification:
        out.print(_class_counts(train))
    if train.input.is_picture:
        _show_pictures(train)
    else:
        out.print(_columns(train))
        columns = train.n_features if train.preparation is None else len(train.preparation.columns)
        if columns > MOST_COLUMNS:
            out.print(f"… and {columns - MOST_COLUMNS:,} more")
    return 0


def _parts(parts: Splits) -> dict[str, Dataset]:
    every = {"training": parts.train, "validation": parts.validation, "test": parts.test}
    return {name: part for name, part in every.items() if part is not None}


def _record(parts: Splits) -> dict[str, Any]:
    def counts(part: Dataset) -> dict[str, int] | None:
        if not part.is_classification:
            return None
        return dict(zip(part.classes or (), part.class_counts.tolist(), strict=True))

    return {
        "title": parts.train.title,
        "features": parts.train.n_features,
        "input": str(parts.train.input),
        "notes": [*parts.train.notes, *picture_advice(parts.train)],
        "columns": _column_records(parts.train.preparation),
        "parts": {
            name: {"examples": len(part), "class_counts": counts(part)}
            for name, part in _parts(parts).items()
        },
    }


def _column_records(preparation: Preparation | None) -> list[dict[str, Any]] | None:
    """Each column of a table, what it is and what becomes of it."""
    if preparation is None:
        return None
    return [
        {"name": column.name, "kind": column.kind, "features": list(column.names), "becomes": column.becomes}
        for column in preparation.columns
    ]


def _class_counts(train: Dataset) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("class")
    table.add_column("examples", justify="right")
    table.add_column("share")
    most = int(train.class_counts.max())
    for name, count in zip(train.classes or (), train.class_counts.tolist(), strict=True):
        drawn = bar(round(30 * count / most), ascii_only=out.options.ascii_only)
        table.add_row(foreign(name), f"{count:,}", f"{drawn} {percent(count / len(train))}")
    return table


def _show_pictures(train: Dataset) -> None:
    classes = train.classes or ()
    firsts = [int(np.argmax(train.y == j)) for j in range(len(classes))][:10]
    out.print(f"\n{train.input}")
    if firsts:
        out.print("\nThe first example of each class:" if len(classes) <= 10 else "\nThe first examples:")
        drawn = list(in_gray(train.X[firsts], train.input))
        out.print(picture_grid(drawn, [classes[train.y[i]] for i in firsts], out.width))
    mean = in_gray(train.X.mean(axis=0)[None], train.input)
    out.print("\nThe mean of all pictures:")
    out.print(picture_grid(list(mean), [""], out.width))
    for told in (*train.notes, *picture_advice(train)):
        out.print(f"[yellow]note[/yellow] {foreign(told)}", soft_wrap=True)


def _columns(train: Dataset) -> Table:
    """The first features' ranges; of a table its columns, in their own units, and what becomes of them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    preparation = train.preparation
    table.add_column("feature" if preparation is None else "column", overflow="fold")
    for head in ("mean", "deviation", "least", "most"):
        table.add_column(head, justify="right", no_wrap=True)
    if preparation is None:
        for j in range(min(train.n_features, MOST_COLUMNS)):
            name = train.names[j] if train.names else f"x{j + 1}"
            table.add_row(foreign(name), *_figures(train.X[:, j]))
        return table
    table.add_column("becomes", overflow="fold")
    for column, place in list(preparation.places())[:MOST_COLUMNS]:
        shown, absent = [""] * 4, 0
        if isinstance(column, NumericColumn):
            values = train.X[:, place.start] * column.spread + column.center
            missing = (
                train.X[:, place.stop - 1] == 1 if column.indicator else np.zeros(len(train), dtype=np.bool_)
            )
            shown, absent = _figures(values[~missing]), int(missing.sum())
        told = f"{column.kind}{f', {absent:,} missing' if absent else ''}: {column.becomes}"
        table.add_row(foreign(column.name), *shown, foreign(told))
    return table


def _figures(values: Array) -> list[str]:
    values = values.astype(np.float64)
    return [f"{v:.4g}" for v in (values.mean(), values.std(), values.min(), values.max())]
