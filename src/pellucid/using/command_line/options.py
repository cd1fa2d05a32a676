"""Options that several commands share, each written once; those of training stand in records beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

DATA, NETWORK, LEARNING, STOPPING = "Data", "Network", "Learning", "Stopping"
COMPUTING, OUTPUT = "Computing", "Output"


def names(register: Mapping[str, Any]) -> str:
    """The names of a register, for a help text."""
    return ", ".join(register)


def default(told: object) -> str:
    """What the help says of a default that is none of the option's own."""
    return f"[dim]\\[default: {told}][/dim]"


DataSource = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A name (see pellucid data list), a table (CSV, TSV, Parquet, Excel), an .npz file, a folder of IDX "
        "files, or a folder of pictures with one subfolder for each class.",
    ),
]
Augment = Annotated[
    str | None,
    typer.Option(
        "--augment",
        metavar="NAME=N,…",
        help="Change the pictures a little in every epoch: 'on' for moderate strengths, or one's own, such as "
        "shift=2,rotation=10. Known: shift and elastic (pixels), rotation (degrees), scale and shear (shares).",
        rich_help_panel=LEARNING,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="COLUMN",
        help="The column to predict, or several columns of numbers: a,b.",
        rich_help_panel=DATA,
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="The column that says which rows belong together (patient, plate): never on both sides of a split.",
        rich_help_panel=DATA,
    ),
]
Ignore = Annotated[
    str | None,
    typer.Option(
        "--ignore",
        metavar="COLUMN",
        help="Columns that are to be no features: id,name.",
        rich_help_panel=DATA,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", metavar="SIGN", help="What stands between a CSV file's columns.", rich_help_panel=DATA
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help=f"Sheet of an Excel file. {default('the first')}",
        rich_help_panel=DATA,
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="Who computes: compiled (fast), reference (readable), or auto, the faster one that can.",
        rich_help_panel=COMPUTING,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        help=f"How many threads may work at a time. {default('chosen by measuring')}",
        rich_help_panel=COMPUTING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Decides everything random: the same seed, the same result.",
        rich_help_panel=COMPUTING,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", metavar="", help="Print one JSON object instead of text.", rich_help_panel=OUTPUT),
]
Save = Annotated[
    Path | None,
    typer.Option("--save", metavar="FILE", help="Write the trained model.", rich_help_panel=OUTPUT),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a page of pictures (PNG).", rich_help_panel=OUTPUT),
]
