"""Options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.augmentation import LARGEST, Augmentation
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines.choice import ENGINES
from pellucid.training.schedules import SCHEDULES


def _names(register: Mapping[str, Any]) -> str:
    return ", ".join(register)


NETWORK, TRAINING, DATA, OUTPUT = "Network", "Training", "Data", "Output"
COMPUTING = "Computing"

Hidden = Annotated[
    str,
    typer.Option(
        "--hidden",
        metavar="N,N",
        help="Neurons of each hidden layer; 'none' for none.",
        rich_help_panel=NETWORK,
    ),
]
ActivationName = Annotated[
    str, typer.Option("--activation", help=f"One of {_names(ACTIVATIONS)}.", rich_help_panel=NETWORK)
]
InitializerName = Annotated[
    str, typer.Option("--initializer", help=f"One of {_names(INITIALIZERS)}.", rich_help_panel=NETWORK)
]
LossName = Annotated[
    str | None,
    typer.Option(
        "--loss",
        help=f"One of {_names(LOSSES)}; by default what fits the answers.",
        rich_help_panel=NETWORK,
    ),
]
Dropout = Annotated[
    float, typer.Option("--dropout", help="Share of hidden neurons that drop out.", rich_help_panel=NETWORK)
]
Precision = Annotated[str, typer.Option("--dtype", help="float32 or float64.", rich_help_panel=NETWORK)]
OptimizerName = Annotated[
    str, typer.Option("--optimizer", help=f"One of {_names(OPTIMIZERS)}.", rich_help_panel=TRAINING)
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--learning-rate",
        help="Step size. [dim]\\[default: the optimizer's own; 0.001 for adam][/dim]",
        rich_help_panel=TRAINING,
    ),
]
ScheduleName = Annotated[
    str, typer.Option("--schedule", help=f"One of {_names(SCHEDULES)}.", rich_help_panel=TRAINING)
]
BatchSize = Annotated[
    int,
    typer.Option("--batch-size", help="Examples in a step; 0 for all of them.", rich_help_panel=TRAINING),
]
Epochs = Annotated[
    int, typer.Option("--epochs", help="How often every example is used.", rich_help_panel=TRAINING)
]
L1 = Annotated[float, typer.Option("--l1", help="Strength of the L1 penalty.", rich_help_panel=TRAINING)]
L2 = Annotated[float, typer.Option("--l2", help="Strength of the L2 penalty.", rich_help_panel=TRAINING)]
Augment = Annotated[
    str | None,
    typer.Option(
        "--augment",
        metavar="NAME=N,…",
        help="Change the pictures a little in every epoch: 'on' for moderate strengths, or one's own, such as "
        "shift=2,rotation=10. Known: shift and elastic (pixels), rotation (degrees), scale and shear (shares).",
        rich_help_panel=TRAINING,
    ),
]
LossBelow = Annotated[
    float | None,
    typer.Option("--loss-below", help="Stop when the training loss is below this.", rich_help_panel=TRAINING),
]
Patience = Annotated[
    int | None,
    typer.Option(
        "--patience",
        help="Stop after so many epochs without a better validation loss; keep the best weights.",
        rich_help_panel=TRAINING,
    ),
]
Validation = Annotated[
    float,
    typer.Option(
        "--validation", help="Share of the training rows to judge each epoch by.", rich_help_panel=DATA
    ),
]
Test = Annotated[
    float,
    typer.Option(
        "--test",
        help="Share of rows to set apart for the final test, for data without a test part.",
        rich_help_panel=DATA,
    ),
]
Target = Annotated[
    str | None,
    typer.Option("--target", metavar="COLUMN", help="The column to predict.", rich_help_panel=DATA),
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
        metavar="COLUMN,…",
        help="Columns that are to be no features, such as names and numbers of samples.",
        rich_help_panel=DATA,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="What stands between a table's columns.", rich_help_panel=DATA),
]
PixelRange = Annotated[
    str | None,
    typer.Option(
        "--pixel-range",
        metavar="LOW,HIGH",
        help="What black and white become. [dim]\\[default: 0,1][/dim]",
        rich_help_panel=DATA,
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="|".join(ENGINES),
        help="Who computes: compiled (fast), reference (readable), or auto, the faster one that can.",
        rich_help_panel=COMPUTING,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        help="How many threads may work at a time. [dim]\\[default: chosen by measuring][/dim]",
        rich_help_panel=COMPUTING,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", help="Decides everything random: the same seed, the same result.")
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


def hidden_sizes(text: str) -> list[int]:
    """Turn "64,64" into [64, 64]; "none" into [].

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> hidden_sizes("16,16"), hidden_sizes("none")
    ([16, 16], [])
    """
    if text.strip().lower() in ("none", "", "0"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise OptionError(f"--hidden is {text!r}; expected whole numbers like 64,64, or none.") from None


def augmentation(text: str | None) -> Augmentation | None:
    """Turn "shift=2,rotation=10" into the changes of pictures that it says; "on" into moderate ones.

    Raises
    ------
    OptionError
        If it is anything else, or a strength is out of range; UnknownNameError for an unknown kind of change.

    Examples
    --------
    >>> print(augmentation("shift=2,rotation=10"), augmentation("off"))
    shift=2,rotation=10 None
    """
    if text is None or text.strip().lower() in ("off", "none"):
        return None
    if text.strip().lower() == "on":
        return Augmentation.moderate()
    pairs = [part.split("=") for part in text.split(",")]
    try:
        strengths = {name.strip(): float(number) for name, number in pairs}
    except ValueError:
        strengths = {}
    if len(strengths) < len(pairs):
        raise OptionError(
            f"--augment is {text!r}; expected strengths like shift=2,rotation=10, each once, or on."
        )
    for name in strengths:
        if name not in LARGEST:
            raise UnknownNameError("change of pictures", name, LARGEST)
    return Augmentation(**strengths)


def column_names(text: str | None) -> list[str]:
    """Turn "id,name" into ["id", "name"].

    Examples
    --------
    >>> column_names("id, name"), column_names(None)
    (['id', 'name'], [])
    """
    return [name.strip() for name in text.split(",")] if text else []


def pixel_range(text: str) -> tuple[float, float]:
    """Turn "-0.5,0.5" into two numbers.

    Raises
    ------
    OptionError
        If it is anything else.
    """
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"--pixel-range is {text!r}; expected two numbers like -0.5,0.5.") from None
    return low, high
