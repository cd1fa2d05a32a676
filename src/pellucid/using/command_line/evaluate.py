"""`pellucid evaluate`: judge a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.basics.errors import DataError
from pellucid.network.network import Network, load
from pellucid.understanding.evaluation.report import evaluate as judge
from pellucid.using.command_line import options
from pellucid.using.command_line.console import err, fetching, foreign, print_json, say, use_engine
from pellucid.using.command_line.held_out import ALL_ROWS, examples_to_judge
from pellucid.using.command_line.results import print_report, report_record


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A *.pellucid file.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="As for pellucid train.")],
    json: options.Json = False,
    delimiter: options.Delimiter = None,
    sheet: options.Sheet = None,
    engine: options.EngineName = "auto",
) -> int:
    """Judge a saved model on data.

    Of data with a test part, that part is used; of the very table or pictures that the model was trained on, the
    rows held out then (if there were none, nothing can be said); of other data, all rows.

    [bold]Examples[/bold]

      pellucid evaluate digits.pellucid mnist
      pellucid evaluate cells.pellucid other-cells.csv --json
    """
    net = load(model)
    net.engine = engine
    with fetching() as on_event:
        dataset, which = examples_to_judge(
            net, data, model=model, delimiter=delimiter, sheet=sheet, on_event=on_event
        )
    use_engine(net, json)
    try:
        report = judge(net, dataset)
    except DataError as error:  # the library does not know the files' names
        raise DataError(f"{error} The model is {model}.", path=data) from error
    if json:
        print_json(
            {
                "data": dataset.title,
                "architecture": str(net.architecture),
                "parameters": net.n_parameters,
                "engine": net.engine_for().engine.name,
                "training_seconds": _seconds(net),
                "judged_on": which,
                **report_record(report),
                "model": str(model),
            }
        )
    else:
        title = foreign(dataset.title)
        say(f"[bold]{net.architecture}[/bold] from {foreign(model)}, judged on {which} of {title}", err)
        if which == ALL_ROWS:
            say("[dim]If training saw some of these rows, the figures flatter.[/dim]", err)
        print_report(report, dataset.input)
    return 0


def _seconds(net: Network) -> float | None:
    """How long training took, if the model file says so."""
    try:
        return float(net.info["training_seconds"])
    except (KeyError, ValueError):
        return None
