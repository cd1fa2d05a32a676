"""`pellucid digits`: the lecture's network learns the real MNIST digits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.data.catalog import load
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.using.command_line import options
from pellucid.using.command_line.console import check_places, err, fetching, say
from pellucid.using.command_line.held_out import split_info
from pellucid.using.command_line.session import Wishes, run_session

VALIDATION = 0.1


def digits(
    hidden: options.Hidden = "16,16",
    epochs: options.Epochs = 5,
    seed: options.Seed = 0,
    save: Annotated[Path, typer.Option("--save", metavar="FILE", help="Where the model goes.")] = Path(
        "digits.pellucid"
    ),
    report: Annotated[
        Path, typer.Option("--report", metavar="FILE", help="Where the page of pictures (PNG) goes.")
    ] = Path("digits.png"),
    json: options.Json = False,
) -> int:
    """Train the lecture's network, 784-16-16-10, on the MNIST digits and show how well it does.

    Fetches MNIST the first time. Afterwards try it on a digit of your own:
    [bold]pellucid predict digits.pellucid my-digit.png[/bold]

    [bold]Examples[/bold]

      pellucid digits
      pellucid digits --hidden 64,64 --epochs 10
      pellucid digits --seed 1 --json
    """
    sizes = options.hidden_sizes(hidden)
    plan = Plan(epochs=epochs, seed=seed)
    info = split_info("mnist", test=0.0, validation=VALIDATION, seed=seed, group=None)
    wishes = Wishes(save=save, report=report, json=json, info=info)
    check_places({"--save": save, "--report": report})
    with fetching() as on_event:
        data = load("mnist", validation=VALIDATION, seed=seed, on_event=on_event)
    if data.title != "MNIST":
        say(
            f"[yellow bold]Not the full MNIST:[/yellow bold] {data.title}. No figure below is one for MNIST.",
            err,
        )
    return run_session(Network.for_data(data, sizes, seed=seed), data, plan, wishes)
