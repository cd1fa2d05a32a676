"""`--preset auto`: the recipe for tables, as options; what somebody gives on the command line wins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.dataset import Splits
from pellucid.using.command_line.data_options import DataOptions, HoldingOutOptions
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.options import LEARNING

RECIPES = ("auto",)
NETWORK = {"hidden": "256,256,256", "parametrization": "tangent"}
HOLDING_OUT = {"validation": 0.2}
DATA = {"scale": "robust"}
STEPS = {"epochs": 64, "schedule": "cosine_cycles", "setting": ["beta2=0.95"]}
STOPPING = {"keep": "latest_best"}
RATE_FOR_CLASSES, RATE_FOR_NUMBERS, SMOOTHING = 0.04, 0.07, 0.1
BATCHES = ((1024, 64), (8192, 128))  # up to so many rows, so many in a step
LARGEST_BATCH = 256

Recipe = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="'auto': settings that are good for most tables, wherever an option does not say otherwise. It trains one "
        "network; MLPClassifier.auto() in Python trains five that answer together.",
        rich_help_panel=LEARNING,
    ),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """All records of options, once a recipe has filled in what nobody gave."""

    source: DataOptions
    held_out: HoldingOutOptions
    network: NetworkOptions
    learning: LearningOptions
    stopping: StoppingOptions


def followed(recipe: str | None, chosen: Chosen, given: Collection[str], source: str) -> Chosen:
    """The options of a recipe, before anything is known of the data.

    Parameters
    ----------
    recipe : str or None
    chosen : Chosen
        As they came.
    given : collection of str
        The options that somebody gave.
    source : str
        Where the data come from.

    Raises
    ------
    OptionError
        If the data are no table; UnknownNameError for an unknown recipe.
    """
    if recipe is None:
        return chosen
    if recipe not in RECIPES:
        raise UnknownNameError("preset", recipe, RECIPES)
    if not chosen.source.is_table(source):
        raise OptionError(f"--preset auto is for tables, but {source} is none; leave it out.")
    return Chosen(
        _filled(chosen.source, DATA, given),
        _filled(chosen.held_out, HOLDING_OUT, given),
        _filled(chosen.network, NETWORK, given),
        _filled(chosen.learning, STEPS, given),
        _filled(chosen.stopping, STOPPING, given),
    )


def fitted_to(recipe: str | None, chosen: Chosen, given: Collection[str], parts: Splits) -> Chosen:
    """What a recipe makes of the number of rows and the kind of answers.

    Parameters
    ----------
    recipe : str or None
    chosen : Chosen
    given : collection of str
    parts : Splits
    """
    if recipe is None:
        return chosen
    n, classes = len(parts.train), parts.train.is_classification
    learning: dict[str, Any] = {
        "learning_rate": RATE_FOR_CLASSES if classes else RATE_FOR_NUMBERS,
        "label_smoothing": SMOOTHING if classes else 0.0,
        "batch_size": next((size for rows, size in BATCHES if n <= rows), LARGEST_BATCH),
    }
    return replace(
        chosen,
        learning=_filled(chosen.learning, learning, given),
        stopping=_filled(chosen.stopping, {"monitor": "accuracy" if classes else "auto"}, given),
    )


def _filled(record: Any, values: dict[str, Any], given: Collection[str]) -> Any:
    return replace(record, **{name: value for name, value in values.items() if name not in given})
