"""`pellucid train`: a network for data of one's own."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pellucid.basics.errors import OptionError
from pellucid.data.catalog import DATASETS
from pellucid.using.command_line import options
from pellucid.using.command_line.checkpoints import load_checkpoint
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.console import check_places, fetching
from pellucid.using.command_line.data_options import DataOptions, HoldingOutOptions
from pellucid.using.command_line.held_out import split_info
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions, plan_of
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.option_records import given_options, with_options, written
from pellucid.using.command_line.option_values import class_weight
from pellucid.using.command_line.rate_finding import find_rate
from pellucid.using.command_line.recipe import Chosen, Recipe, fitted_to, followed
from pellucid.using.command_line.session import Wishes, run_session
from pellucid.using.command_line.warnings_of_data import warn_of_shared_rows

Calibrate = Annotated[
    bool,
    typer.Option(
        "--calibrate",
        metavar="",
        help="Make probabilities honest: divide the scores by a temperature found on the validation rows.",
        rich_help_panel=options.LEARNING,
    ),
]
FindLearningRate = Annotated[
    bool,
    typer.Option(
        "--find-learning-rate",
        metavar="",
        help="Train nothing, but try learning rates in one short run: print the one to begin with, and draw the losses "
        "into the --report, by default learning-rates.png.",
        rich_help_panel=options.LEARNING,
    ),
]

CheckpointFile = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="Keep the run in this file as it goes, and go on from it if it is there.",
        rich_help_panel=options.OUTPUT,
    ),
]


@with_options()
def train(
    context: typer.Context,
    data: options.DataSource,
    source: DataOptions,
    held_out: HoldingOutOptions,
    network: NetworkOptions,
    learning: LearningOptions,
    stopping: StoppingOptions,
    computing: ComputingOptions,
    preset: Recipe = None,
    calibrate: Calibrate = False,
    find_learning_rate: FindLearningRate = False,
    checkpoint: CheckpointFile = None,
    save: options.Save = None,
    report: options.ReportFile = None,
    json: options.Json = False,
) -> int:
    """Train a network on a named data set, a table or pictures, and judge it on rows it has not seen.

    [bold]Examples[/bold]

      pellucid train mnist --hidden 64,64 --save mnist.pellucid
      pellucid train cells.csv --target type --group patient --epochs 50
      pellucid train cells.csv --ignore id,name --class-weight balanced
      pellucid train cells.csv --preset auto --save cells.pellucid
      pellucid train cells.csv --early-stopping --epochs 200 --calibrate
      pellucid train cells.csv --optimizer adamw --weight-decay 0.05
      pellucid train cells.csv --normalization batch --dropout 0.2 --max-time 60
      pellucid train cells.csv --schedule step --schedule-setting every=10
      pellucid train cells.csv --find-learning-rate
      pellucid train mnist --epochs 500 --checkpoint mnist.npz
      pellucid train leaves/ --epochs 100 --patience 5 --report leaves.png
      pellucid train mnist --augment shift=2,rotation=10 --schedule one_cycle
      pellucid train sine --optimizer lbfgs --epochs 200
    """
    given_by_name = given_options(context)
    chosen = Chosen(source, held_out, network, learning, stopping)
    chosen = followed(preset, chosen, given_by_name, data)
    source, held_out, network = chosen.source, chosen.held_out, chosen.network
    plan_of(chosen.learning, stopping, computing)  # complains now about what is out of range
    stopping.check(held_out.validation)
    weights = class_weight(learning.class_weight)
    if calibrate and held_out.validation == 0:
        raise OptionError("--calibrate needs rows to find the temperature with; give --validation 0.1, say.")
    given = {"--save": save, "--calibrate": calibrate or None, "--checkpoint": checkpoint}
    if find_learning_rate and any(value is not None for value in given.values()):
        other = next(name for name, value in given.items() if value is not None)
        raise OptionError(f"--find-learning-rate trains no network for {other}; leave one of them out.")
    check_places(
        {"--save": save, "--report": report, "--checkpoint": checkpoint}, [] if data in DATASETS else [data]
    )
    shares = held_out.shares(computing.seed)
    with fetching() as on_event:
        parts = source.load(data, **shares, on_event=on_event)
    chosen = fitted_to(preset, chosen, given_by_name, parts)
    learning, stopping = chosen.learning, chosen.stopping
    plan = plan_of(learning, stopping, computing)
    wishes = Wishes(
        save=save,
        report=report,
        json=json,
        class_weight=weights,
        metric=stopping.metric,
        calibrate=calibrate,
    )
    shared = warn_of_shared_rows(data, parts, held_out.check_duplicates)
    net = network.network(parts, seed=computing.seed, engine=computing.engine)
    if find_learning_rate:
        return find_rate(net, parts, plan, weights, report, json=json)
    info = split_info(data, **shares, group=source.group, reading=source.reading)
    wishes = wishes.with_info(info, shared_rows=shared)
    if checkpoint is not None:
        fixed = (
            replace(learning, epochs=0),
            replace(stopping, max_time=None),
            ComputingOptions(computing.seed),
        )
        decided = shlex.join(written(source, held_out, network, *fixed))
        setting = {"data": info["data_fingerprint"], "options": decided}
        wishes = replace(wishes, checkpoint=load_checkpoint(checkpoint, setting))
    return run_session(net, parts, plan, wishes)
