"""`pellucid data`: which data sets there are, and what is in them."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from pellucid.basics.percent import percent
from pellucid.data.catalog import DATASETS, load
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.downloads import fetch as fetch_files
from pellucid.using.command_line import options
from pellucid.using.command_line.console import fetching, foreign, out, print_json, say
from pellucid.using.command_line.terminal_pictures import bar, picture_grid

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
def show(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A name or a path, as for pellucid train.")],
    target: options.Target = None,
    group: options.Group = None,
    ignore: options.Ignore = None,
    delimiter: options.Delimiter = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> int:
    """Show a data set: examples, how many of each class, the mean picture.

    [bold]Examples[/bold]

      pellucid data show mnist
      pellucid data show cells.csv --target type --group patient
    """
    with fetching() as on_event:
        parts = load(
            data,
            target=target,
            group=group,
            ignore=options.column_names(ignore),
            delimiter=delimiter,
            seed=seed,
            on_event=on_event,
        )
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
        if train.n_features > MOST_COLUMNS:
            out.print(f"… and {train.n_features - MOST_COLUMNS:,} more")
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
        "parts": {
            name: {"examples": len(part), "class_counts": counts(part)}
            for name, part in _parts(parts).items()
        },
    }


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
    out.print("\nThe first example of each class:" if len(classes) <= 10 else "\nThe first examples:")
    out.print(
        picture_grid([train.pictures[i] for i in firsts], [classes[train.y[i]] for i in firsts], out.width)
    )
    mean = train.pictures.mean(axis=0)
    out.print("\nThe mean of all pictures:")
    out.print(picture_grid([mean.round().astype(np.uint8)], [""], out.width))


def _columns(train: Dataset) -> Table:
    """The first features' ranges, in the units of the file where a preparation remembers them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("feature")
    for head in ("mean", "deviation", "least", "most"):
        table.add_column(head, justify="right")
    columns = train.preparation.columns if train.preparation is not None else None
    for j in range(min(train.n_features, MOST_COLUMNS)):
        values = train.X[:, j].astype(np.float64)
        if columns is not None:
            values = values * columns[j].std + columns[j].mean
        name = train.names[j] if train.names else f"x{j + 1}"
        table.add_row(
            foreign(name), *(f"{v:.4g}" for v in (values.mean(), values.std(), values.min(), values.max()))
        )
    return table
