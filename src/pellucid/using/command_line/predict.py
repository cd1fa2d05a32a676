"""`pellucid predict`: what a saved model says of pictures, rows and arrays."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pellucid.basics.files import write_atomically
from pellucid.basics.percent import percent
from pellucid.data.numerals import is_numeral
from pellucid.network.network import Network, load
from pellucid.using.command_line import options
from pellucid.using.command_line.console import check_places, foreign, out, print_json, use_engine
from pellucid.using.command_line.inputs import Examples, input_files, read_inputs
from pellucid.using.command_line.terminal_pictures import picture_grid

MOST_SHOWN = 40  # predictions in the terminal; a file or JSON gets all
MOST_DRAWN = 6


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A *.pellucid file.")],
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT…", help="Pictures, folders of pictures, CSV or .npy files.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the predictions as CSV.")
    ] = None,
    json: options.Json = False,
    delimiter: options.Delimiter = None,
    sheet: options.Sheet = None,
    engine: options.EngineName = "auto",
) -> int:
    """Tell what a saved model sees in pictures, rows of a table or arrays.

    A picture of a digit may have any size and either polarity: it is brought into MNIST's form first, and shown as
    the network sees it.

    [bold]Examples[/bold]

      pellucid predict digits.pellucid my-seven.png photo-of-a-3.jpg
      pellucid predict cells.pellucid new-cells.csv --output predictions.csv
      pellucid predict digits.pellucid batch.npy --json
    """
    files = input_files(inputs)
    check_places({"--output": output}, [model, *files])
    net = load(model)
    net.engine = engine
    examples = read_inputs(net, files, delimiter=delimiter, sheet=sheet)
    use_engine(net, json)
    records = predictions(net, examples)
    if output is not None:
        write_atomically(output, _as_csv(records).encode())
    if json:
        print_json({"model": str(model), "predictions": records})
    else:
        _show(examples, records, written=output is not None)
        if output is not None:
            out.print(f"{len(records):,} predictions written to {foreign(output)}", soft_wrap=True)
    return 0


def predictions(net: Network, examples: Examples) -> list[dict[str, Any]]:
    """A record for each example: its class and how probable, or its numbers."""
    logits = net.logits(examples.X)
    decided = net.decide(logits)
    if net.architecture.loss_function.targets == "numbers":
        values = net.in_units(decided)
        return [
            {"input": name, "value": row[0] if len(row) == 1 else row}
            for name, row in zip(examples.names, values.tolist(), strict=True)
        ]
    probabilities = net.probabilities_of(logits)
    classes = net.classes or tuple(str(j) for j in range(probabilities.shape[1]))
    return [
        {
            "input": name,
            "class": classes[j],
            "probability": row[j],
            "probabilities": dict(zip(classes, row, strict=True)),
        }
        for name, j, row in zip(examples.names, decided.tolist(), probabilities.tolist(), strict=True)
    ]


def _as_csv(records: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if "class" in records[0]:
        classes = list(records[0]["probabilities"])
        writer.writerow(["input", "class", "probability", *(_cell(f"p({c})") for c in classes)])
        for r in records:
            numbers = [repr(p) for p in r["probabilities"].values()]
            writer.writerow([_cell(r["input"]), _cell(r["class"]), repr(r["probability"]), *numbers])
    else:
        values = [r["value"] if isinstance(r["value"], list) else [r["value"]] for r in records]
        heads = ["value"] if len(values[0]) == 1 else [f"value {j + 1}" for j in range(len(values[0]))]
        writer.writerow(["input", *heads])
        for r, row in zip(records, values, strict=True):
            writer.writerow([_cell(r["input"]), *map(repr, row)])
    return text.getvalue()


def _cell(text: str) -> str:
    """Text that a spreadsheet will not take for a formula; a plain negative number is none."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_numeral(text):
        return "'" + text
    return text


def _show(examples: Examples, records: list[dict[str, Any]], *, written: bool) -> None:
    if examples.pictures:
        shown = examples.pictures[:MOST_DRAWN]
        captions = [Path(name).name for name in examples.names[: len(shown)]]
        out.print("As the network sees it:" if len(shown) == 1 else "As the network sees them:")
        out.print(picture_grid(shown, captions, out.width))
        for note in examples.notes:
            out.print(f"[yellow]note[/yellow] {foreign(note)}", soft_wrap=True)
        out.print()
    out.print(_table(records[:MOST_SHOWN]))
    if len(records) > MOST_SHOWN:
        hint = "" if written else ": --output predictions.csv writes all of them"
        out.print(f"… and {len(records) - MOST_SHOWN:,} more{hint}")


def _table(records: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("input", overflow="fold")
    if "class" not in records[0]:
        table.add_column("value", justify="right")
        for r in records:
            values = r["value"] if isinstance(r["value"], list) else [r["value"]]
            table.add_row(foreign(r["input"]), "  ".join(f"{value:.6g}" for value in values))
        return table
    table.add_column("class")
    table.add_column("probability", justify="right")
    table.add_column("next")
    for r in records:
        ranked = sorted(r["probabilities"].items(), key=lambda pair: -pair[1])
        others = ", ".join(f"{foreign(c)} {percent(p)}" for c, p in ranked[1:3])
        table.add_row(
            foreign(r["input"]), f"[bold]{foreign(r['class'])}[/bold]", percent(r["probability"]), others
        )
    return table
