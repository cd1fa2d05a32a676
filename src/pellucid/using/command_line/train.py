"""`pellucid train`: a network for data of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid.basics.errors import OptionError
from pellucid.data.catalog import DATASETS, load
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.using.command_line import options
from pellucid.using.command_line.console import check_places, fetching
from pellucid.using.command_line.held_out import split_info
from pellucid.using.command_line.session import Wishes, run_session


def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A name (see pellucid data list), a CSV file, an .npz file, a folder of IDX files, or a folder of "
            "pictures with one subfolder for each class.",
        ),
    ],
    target: options.Target = None,
    hidden: options.Hidden = "64,64",
    activation: options.ActivationName = "relu",
    optimizer: options.OptimizerName = "adam",
    learning_rate: options.LearningRate = None,
    batch_size: options.BatchSize = 32,
    epochs: options.Epochs = 5,
    validation: options.Validation = 0.1,
    test: options.Test = 0.2,
    group: options.Group = None,
    ignore: options.Ignore = None,
    seed: options.Seed = 0,
    save: options.Save = None,
    json: options.Json = False,
    report: options.ReportFile = None,
    initializer: options.InitializerName = "auto",
    loss: options.LossName = None,
    dropout: options.Dropout = 0.0,
    dtype: options.Precision = "float32",
    schedule: options.ScheduleName = "constant",
    l1: options.L1 = 0.0,
    l2: options.L2 = 0.0,
    loss_below: options.LossBelow = None,
    patience: options.Patience = None,
    delimiter: options.Delimiter = None,
    pixel_range: options.PixelRange = None,
    augment: options.Augment = None,
    engine: options.EngineName = "auto",
    threads: options.Threads = None,
) -> int:
    """Train a network on a named data set, a table or pictures, and judge it on rows it has not seen.

    [bold]Examples[/bold]

      pellucid train mnist --hidden 64,64 --save mnist.pellucid
      pellucid train cells.csv --target type --group patient --epochs 50
      pellucid train cells.csv --target type --ignore id,name
      pellucid train leaves/ --epochs 100 --patience 5 --report leaves.png
      pellucid train mnist --augment shift=2,rotation=10 --epochs 30
      pellucid train sine --epochs 200 --learning-rate 0.01
    """
    sizes = options.hidden_sizes(hidden)
    plan = Plan(
        epochs=epochs,
        batch_size=batch_size or None,
        optimizer=optimizer,
        learning_rate=learning_rate,
        schedule=schedule,
        l1=l1,
        l2=l2,
        loss_below=loss_below,
        patience=patience,
        seed=seed,
        engine=engine,
        n_threads=threads,
        augmentation=options.augmentation(augment),
    )
    if patience is not None and validation == 0:
        raise OptionError("--patience needs rows to judge each epoch by; give --validation 0.1, say.")
    check_places({"--save": save, "--report": report}, [] if data in DATASETS else [data])
    with fetching() as on_event:
        parts = load(
            data,
            target=target,
            group=group,
            ignore=options.column_names(ignore),
            test=test,
            validation=validation,
            seed=seed,
            delimiter=delimiter,
            on_event=on_event,
        )
    if pixel_range is not None:
        low, high = options.pixel_range(pixel_range)
        parts = parts.scaled(low=low, high=high)
    info = split_info(data, test=test, validation=validation, seed=seed, group=group)
    net = Network.for_data(
        parts,
        sizes,
        activation=activation,
        initializer=initializer,
        dropout=dropout,
        loss=loss,
        seed=seed,
        dtype=dtype,
        engine=engine,
    )
    return run_session(net, parts, plan, Wishes(save=save, report=report, json=json, info=info))
