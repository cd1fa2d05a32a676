"""`pellucid cross-validate`: how good a network would be on new rows, and how sure that is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pellucid.basics.errors import DataError, OptionError
from pellucid.data.catalog import DATASETS
from pellucid.data.dataset import Dataset
from pellucid.data.tables import Table
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.records import Progress
from pellucid.training.run import choice_for
from pellucid.training.schedules import SCHEDULES
from pellucid.understanding.evaluation import cross_validation
from pellucid.understanding.evaluation.cross_validation import Prepare
from pellucid.understanding.evaluation.folds import CrossValidation
from pellucid.using.command_line import EXIT_INTERRUPTED, options
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.console import (
    check_places,
    err,
    fetching,
    foreign,
    is_quiet,
    out,
    print_json,
    say,
    tell_engine,
)
from pellucid.using.command_line.data_options import DataOptions
from pellucid.using.command_line.folds_display import FoldsDisplay, folds_record, print_folds
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions, plan_of
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.option_records import with_options
from pellucid.using.command_line.option_values import class_weight
from pellucid.using.command_line.session import say_features
from pellucid.using.compiling import prepare_engine
from pellucid.using.interrupts import stop_on_ctrl_c

FOLDS = "Folds"
USUAL_SHARE = 0.1  # of a fold's training rows, where something has to be decided during training

Folds = Annotated[
    int, typer.Option("-k", "--folds", metavar="N", help="How many folds.", rich_help_panel=FOLDS)
]
Repeats = Annotated[
    int,
    typer.Option(
        "--repeats",
        metavar="N",
        help="How often all rows are folded anew; more than once makes the mean surer.",
        rich_help_panel=FOLDS,
    ),
]
Validation = Annotated[
    float | None,
    typer.Option(
        "--validation",
        metavar="SHARE",
        help="Share of a fold's training rows to judge each epoch by. "
        f"{options.default(f'{USUAL_SHARE} for early stopping, else 0')}",
        rich_help_panel=FOLDS,
    ),
]
FigureFile = Annotated[
    Path | None,
    typer.Option(
        "--figure", metavar="FILE", help="Draw the folds' scores (PNG).", rich_help_panel=options.OUTPUT
    ),
]


@with_options()
def cross_validate(
    data: options.DataSource,
    source: DataOptions,
    network: NetworkOptions,
    learning: LearningOptions,
    stopping: StoppingOptions,
    computing: ComputingOptions,
    k: Folds = 5,
    repeats: Repeats = 1,
    validation: Validation = None,
    figure: FigureFile = None,
    json: options.Json = False,
) -> int:
    """Train a network for each fold on the other folds, and judge it on the fold, which it has not seen.

    Folds hold the classes in equal shares, and rows of a group stay together. A table is prepared anew for each fold,
    by its training rows. A test part that the data have of their own is left alone.

    [bold]Examples[/bold]

      pellucid cross-validate cells.csv --target type -k 10
      pellucid cross-validate cells.csv --group patient --repeats 3
      pellucid cross-validate digits8x8 --hidden 128 --epochs 20
      pellucid cross-validate cells.csv --early-stopping --figure folds.png
    """
    if stopping.metric is not None:
        raise OptionError(
            f"--monitor {stopping.metric} goes with pellucid train; within folds, choose validation_loss or loss."
        )
    validation = _share(validation, learning, stopping)
    stopping.check(validation)
    plan = plan_of(learning, stopping, computing)
    weights = class_weight(learning.class_weight)
    check_places({"--figure": figure}, [] if data in DATASETS else [data])
    rows, prepare = _rows(data, source, computing.seed)
    shown = FoldsDisplay(err, k * repeats, quiet=is_quiet(json))

    def make_network(train: Dataset) -> Network:
        net = network.network(train, seed=computing.seed, engine=computing.engine)
        if not shown.is_introduced:
            shown.is_introduced = True
            _introduce(net, plan, train, k, repeats, quiet=is_quiet(json))
        return net

    def watch(now: Progress) -> bool:
        shown.progress(now)
        return request.made

    with stop_on_ctrl_c() as request, _told_warnings():
        try:
            found = cross_validation.cross_validate(
                make_network,
                rows,
                plan,
                k=k,
                repeats=repeats,
                seed=computing.seed,
                prepare=prepare,
                on_fold=shown.fold,
                watch=watch,
                validation=validation or None,
                class_weight=weights,
            )
        except DataError:
            if request.made:  # before the first fold was complete
                raise KeyboardInterrupt from None
            raise
        finally:
            shown.close()
    return _tell(found, figure, json=json, wanted=k * repeats)


def _share(validation: float | None, learning: LearningOptions, stopping: StoppingOptions) -> float:
    """The share of rows to judge epochs by: as it is given, or some if something depends on it."""
    if validation is not None:
        return validation
    decides = stopping.epochs_to_wait is not None or stopping.monitor == "validation_loss"
    reacts = SCHEDULES[learning.schedule].reacts or stopping.keep not in ("auto", "last")
    return USUAL_SHARE if (decides or reacts) and stopping.monitor != "loss" else 0.0


def _rows(data: str, source: DataOptions, seed: int) -> tuple[Dataset | Table, Prepare | None]:
    """All rows to fold; of a table as they stand in the file, with what prepares them."""
    if source.is_table(data):
        table = source.table(data)
        say(f"[bold]{foreign(table.title)}[/bold]: {len(table):,} rows", err)
        return table, source.prepare
    with fetching() as on_event:
        parts = source.load(data, test=0.0, validation=0.0, seed=seed, on_event=on_event)
    alone = [
        f"the {name} part of {len(part):,} is left alone"
        for name, part in (("validation", parts.validation), ("test", parts.test))
        if part is not None
    ]
    say(f"[bold]{foreign(parts.title)}[/bold]: {'; '.join([f'{len(parts.train):,} rows', *alone])}", err)
    return parts.train, None


def _introduce(net: Network, plan: Plan, train: Dataset, k: int, repeats: int, *, quiet: bool) -> None:
    """Say what is going to be trained, and compile the engine for it."""
    choice = choice_for(net, plan)
    again = "" if repeats == 1 else f", {repeats} times"
    how = [
        "classes in equal shares" * train.is_classification,
        "" if train.groups is None else "groups kept together",
    ]
    told = " and ".join(filter(None, how))
    counted = net.summary().splitlines()[-2]
    say_features(net)
    say(f"{k} folds{again}{f', {told}' if told else ''}", err)
    say(f"[bold]{net.architecture}[/bold]: {counted}, engine {choice.engine.name}", err)
    tell_engine(choice, plan.n_threads)
    prepare_engine(choice, net.dtype, None if quiet else err)


@contextmanager
def _told_warnings() -> Iterator[None]:
    """Warnings as lines like others, each once."""
    with warnings.catch_warnings():
        warnings.simplefilter("once")
        warnings.showwarning = lambda message, *_, **__: say(
            f"[yellow]warning[/yellow] {foreign(message)}", err
        )
        yield


def _tell(found: CrossValidation, figure: Path | None, *, json: bool, wanted: int) -> int:
    """Print the scores, draw them, and return the exit status."""
    is_complete = len(found.folds) == wanted
    if not is_complete:
        say(f"[yellow]Interrupted:[/yellow] {len(found.folds)} of {wanted} folds are complete.", err)
    if not json:
        print_folds(found)
    if figure is not None:
        from pellucid.understanding.figures.folds import folds_figure
        from pellucid.understanding.figures.paper import save_figure

        save_figure(folds_figure(found), figure)
    if json:
        print_json({**folds_record(found), "figure": None if figure is None else str(figure)})
    elif figure is not None:
        out.print(f"figure  {foreign(figure)}", soft_wrap=True)
    return 0 if is_complete else EXIT_INTERRUPTED
