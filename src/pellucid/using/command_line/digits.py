"""`pellucid digits`: the lecture's network learns the real MNIST digits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.data.catalog import load
from pellucid.network.network import Network
from pellucid.using.command_line import option_values, options
from pellucid.using.command_line.console import check_places, err, fetching, say
from pellucid.using.command_line.held_out import split_info
from pellucid.using.command_line.presets import LECTURE, PRESETS, chosen_preset
from pellucid.using.command_line.session import Wishes, run_session


def _flag(name: str) -> Any:
    return typer.Option(f"--{name}", metavar="", help=PRESETS[name].sentence, rich_help_panel="Preset")


def _own(default: object) -> str:
    return f"[dim]\\[default: {default}; a preset has its own][/dim]"


Hidden = Annotated[
    str | None,
    typer.Option(
        "--hidden",
        metavar="N,N",
        help=f"Neurons of each hidden layer; 'none' for none. {_own(','.join(map(str, LECTURE.hidden)))}",
        rich_help_panel=options.NETWORK,
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        "--epochs",
        help=f"How often every example is used. {_own(LECTURE.plan.epochs)}",
        rich_help_panel=options.LEARNING,
    ),
]


def digits(
    fast: Annotated[bool, _flag("fast")] = False,
    accurate: Annotated[bool, _flag("accurate")] = False,
    best: Annotated[bool, _flag("best")] = False,
    hidden: Hidden = None,
    epochs: Epochs = None,
    seed: options.Seed = 0,
    save: Annotated[Path, typer.Option("--save", metavar="FILE", help="Where the model goes.")] = Path(
        "digits.pellucid"
    ),
    report: Annotated[
        Path, typer.Option("--report", metavar="FILE", help="Where the page of pictures (PNG) goes.")
    ] = Path("digits.png"),
    json: options.Json = False,
    augment: options.Augment = None,
    engine: options.EngineName = "auto",
    threads: options.Threads = None,
) -> int:
    """Train the lecture's network, 784-16-16-10, on the MNIST digits and show how well it does.

    A preset trains a larger one instead, on all training pictures; options beside it win over its own settings.

    Fetches MNIST the first time. Afterwards try it on a digit of your own:
    [bold]pellucid predict digits.pellucid my-digit.png[/bold]

    [bold]Examples[/bold]

      pellucid digits
      pellucid digits --hidden 64,64 --epochs 10
      pellucid digits --fast
      pellucid digits --seed 1 --json
    """
    preset = chosen_preset({"fast": fast, "accurate": accurate, "best": best})
    sizes = preset.hidden if hidden is None else option_values.hidden_sizes(hidden)
    plan = replace(
        preset.plan,
        epochs=preset.plan.epochs if epochs is None else epochs,
        seed=seed,
        engine=engine,
        n_threads=threads,
        augmentation=preset.plan.augmentation if augment is None else option_values.augmentation(augment),
    )
    info = split_info("mnist", test=0.0, validation=preset.validation, seed=seed, group=None)
    wishes = Wishes(save=save, report=report, json=json, info=info, told={"preset": preset.name or None})
    check_places({"--save": save, "--report": report})
    with fetching() as on_event:
        data = load("mnist", validation=preset.validation, seed=seed, on_event=on_event)
    if data.title != "MNIST":
        say(
            f"[yellow bold]Not the full MNIST:[/yellow bold] {data.title}. No figure below is one for MNIST.",
            err,
        )
    low, high = preset.pixel_range
    data = data.scaled(low=low, high=high)
    net = Network.for_data(data, sizes, dropout=preset.dropout, seed=seed, engine=engine)
    return run_session(net, data, plan, wishes)
