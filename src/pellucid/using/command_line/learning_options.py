"""The options that say how a network learns, and when that ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.metrics import METRICS
from pellucid.training.methods import METHODS
from pellucid.training.plan import KEEPS, Plan
from pellucid.training.schedules import SCHEDULES
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.option_values import augmentation, named_numbers
from pellucid.using.command_line.options import LEARNING, STOPPING, Augment, default, names

USUAL_PATIENCE = 10
OWN_RATE = "the optimizer's own; 0.001 for adam"
LOSS_MONITORS = ("auto", "validation_loss", "loss")  # names of a plan; any other monitor is a metric
CONSTANTS = dict.fromkeys(name for method in METHODS.values() for name in method.settings)
DECAYING = [name for name, method in METHODS.items() if "weight_decay" in method.settings]


def _constants() -> str:
    """The schedules that have settings, with these: "step (every, factor)"."""
    return "; ".join(
        f"{name} ({', '.join(schedule.settings)})"
        for name, schedule in SCHEDULES.items()
        if schedule.settings
    )


@dataclass(frozen=True, slots=True)
class LearningOptions:
    """How the network learns; what each field is, its help says."""

    epochs: Annotated[
        int,
        typer.Option(
            "--epochs",
            metavar="N",
            help="How often every example is used; of lbfgs, how many iterations it makes.",
            rich_help_panel=LEARNING,
        ),
    ] = 5
    batch_size: Annotated[
        int,
        typer.Option(
            "--batch-size",
            metavar="N",
            help="Examples in a step; 0 for all of them.",
            rich_help_panel=LEARNING,
        ),
    ] = 32
    optimizer: Annotated[
        str,
        typer.Option(
            "--optimizer", metavar="NAME", help=f"One of {names(METHODS)}.", rich_help_panel=LEARNING
        ),
    ] = "adam"
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--learning-rate",
            metavar="RATE",
            help=f"Step size. {default(OWN_RATE)}",
            rich_help_panel=LEARNING,
        ),
    ] = None
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--setting",
            metavar="NAME=N,…",
            help=f"Constants of the optimizer, of {', '.join(CONSTANTS)}.",
            rich_help_panel=LEARNING,
            show_default=False,
        ),
    ] = None
    weight_decay: Annotated[
        float | None,
        typer.Option(
            "--weight-decay",
            metavar="SHARE",
            help=f"The same as --setting weight_decay=SHARE; of {', '.join(DECAYING)}.",
            rich_help_panel=LEARNING,
        ),
    ] = None
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule",
            metavar="NAME",
            help=f"How the learning rate changes: one of {names(SCHEDULES)}.",
            rich_help_panel=LEARNING,
        ),
    ] = "constant"
    schedule_setting: Annotated[
        list[str] | None,
        typer.Option(
            "--schedule-setting",
            metavar="NAME=N,…",
            help=f"Its constants: {_constants()}.",
            rich_help_panel=LEARNING,
            show_default=False,
        ),
    ] = None
    warm_up: Annotated[
        float,
        typer.Option(
            "--warm-up",
            metavar="SHARE",
            help="Share of the run in which the learning rate rises first, under any schedule.",
            rich_help_panel=LEARNING,
        ),
    ] = 0.0
    l1: Annotated[
        float,
        typer.Option("--l1", metavar="N", help="Strength of the penalty on Σ |w|.", rich_help_panel=LEARNING),
    ] = 0.0
    l2: Annotated[
        float,
        typer.Option(
            "--l2", metavar="N", help="Strength of the penalty on ½ Σ w².", rich_help_panel=LEARNING
        ),
    ] = 0.0
    label_smoothing: Annotated[
        float,
        typer.Option(
            "--label-smoothing",
            metavar="SHARE",
            help="Share of each answer that is spread over all classes.",
            rich_help_panel=LEARNING,
        ),
    ] = 0.0
    clip_norm: Annotated[
        float | None,
        typer.Option(
            "--clip-norm",
            metavar="N",
            help="Shorten a longer gradient to this.",
            rich_help_panel=LEARNING,
        ),
    ] = None
    max_norm: Annotated[
        float | None,
        typer.Option(
            "--max-norm",
            metavar="N",
            help="Shorten longer vectors of the weights that lead into a neuron to this.",
            rich_help_panel=LEARNING,
        ),
    ] = None
    averaging: Annotated[
        float,
        typer.Option(
            "--averaging",
            metavar="SHARE",
            help="Take a moving average of the weights, of which this share stays in each step, such as 0.99.",
            rich_help_panel=LEARNING,
        ),
    ] = 0.0
    class_weight: Annotated[
        str | None,
        typer.Option(
            "--class-weight",
            metavar="NAME=N,…",
            help="How much an example of each class counts, such as ill=5,well=1; or 'balanced', so that all classes "
            "count alike.",
            rich_help_panel=LEARNING,
        ),
    ] = None
    augment: Augment = None

    @property
    def settings(self) -> dict[str, float]:
        """The optimizer's constants that were given.

        Raises
        ------
        OptionError
            If one is no number, or given twice, or there is a weight decay for an optimizer without.
        """
        given = named_numbers("--setting", self.setting or (), "names and numbers like beta1=0.8,beta2=0.99")
        if self.weight_decay is None:
            return given
        if "weight_decay" not in METHODS[self.optimizer].settings:
            raise OptionError(
                f"--weight-decay goes with {' or '.join(DECAYING)}, but --optimizer is {self.optimizer}; choose one, "
                "or give --l2."
            )
        if "weight_decay" in given:
            raise OptionError("--weight-decay and --setting weight_decay=… are the same; give one of them.")
        return {**given, "weight_decay": self.weight_decay}


@dataclass(frozen=True, slots=True)
class StoppingOptions:
    """When learning ends, and with which epoch's weights; what each field is, its help says."""

    early_stopping: Annotated[
        bool,
        typer.Option(
            "--early-stopping",
            metavar="",
            help="Stop when what is monitored on the validation rows gets no better, and keep the best weights: "
            f"--patience {USUAL_PATIENCE}, unless that is given.",
            rich_help_panel=STOPPING,
        ),
    ] = False
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            metavar="N",
            help="Stop early, after so many epochs without improvement.",
            rich_help_panel=STOPPING,
        ),
    ] = None
    monitor: Annotated[
        str,
        typer.Option(
            "--monitor",
            metavar="NAME",
            help=f"What has to improve: validation_loss, loss (of training), or of the validation rows "
            f"{names(METRICS)}. {default('validation_loss')}",
            rich_help_panel=STOPPING,
            show_default=False,
        ),
    ] = "auto"
    min_delta: Annotated[
        float,
        typer.Option(
            "--min-delta",
            metavar="N",
            help="Less than this is no improvement.",
            rich_help_panel=STOPPING,
        ),
    ] = 0.0
    keep: Annotated[
        str,
        typer.Option(
            "--keep",
            metavar="NAME",
            help=f"Whose weights to keep: one of {', '.join(KEEPS)}; auto is best with early stopping, else last.",
            rich_help_panel=STOPPING,
        ),
    ] = "auto"
    loss_below: Annotated[
        float | None,
        typer.Option(
            "--loss-below",
            metavar="LOSS",
            help="Stop when the training loss is below this.",
            rich_help_panel=STOPPING,
        ),
    ] = None
    max_time: Annotated[
        float | None,
        typer.Option("--max-time", metavar="SECONDS", help="Stop after so long.", rich_help_panel=STOPPING),
    ] = None

    @property
    def epochs_to_wait(self) -> int | None:
        """After how many epochs without improvement it ends; None for never."""
        return USUAL_PATIENCE if self.early_stopping and self.patience is None else self.patience

    @property
    def metric(self) -> str | None:
        """The metric of the validation rows that is to improve; None if it is a loss.

        Raises
        ------
        UnknownNameError
            If there is no such thing to monitor.
        """
        if self.monitor in LOSS_MONITORS:
            return None
        if self.monitor not in METRICS:
            raise UnknownNameError("monitor", self.monitor, (*LOSS_MONITORS, *METRICS))
        return self.monitor

    def check(self, validation: float) -> None:
        """Raise OptionError where validation rows are needed and none are set aside.

        Parameters
        ----------
        validation : float
            Their share.
        """
        if validation != 0 or self.monitor == "loss":
            return
        stops = (
            "--patience" if self.patience is not None else "--early-stopping" if self.early_stopping else ""
        )
        wanting = stops or ("" if self.monitor == "auto" else f"--monitor {self.monitor}")
        if wanting:
            raise OptionError(f"{wanting} needs rows to judge each epoch by; give --validation 0.1, say.")


def plan_of(learning: LearningOptions, stopping: StoppingOptions, computing: ComputingOptions) -> Plan:
    """The training plan that the options make.

    Parameters
    ----------
    learning : LearningOptions
    stopping : StoppingOptions
    computing : ComputingOptions

    Raises
    ------
    OptionError
        If a value is out of range, or two options exclude each other; UnknownNameError for an unknown name.
    """
    return Plan(
        epochs=learning.epochs,
        batch_size=learning.batch_size or None,
        optimizer=learning.optimizer,
        learning_rate=learning.learning_rate,
        settings=learning.settings,
        schedule=learning.schedule,
        schedule_settings=named_numbers(
            "--schedule-setting",
            learning.schedule_setting or (),
            "names and numbers like every=10,factor=0.5",
        ),
        warm_up=learning.warm_up,
        l1=learning.l1,
        l2=learning.l2,
        label_smoothing=learning.label_smoothing,
        clip_norm=learning.clip_norm,
        max_norm=learning.max_norm,
        averaging=learning.averaging,
        loss_below=stopping.loss_below,
        patience=stopping.epochs_to_wait,
        monitor="auto" if stopping.metric else stopping.monitor,
        min_delta=stopping.min_delta,
        keep=stopping.keep,
        max_time=stopping.max_time,
        seed=computing.seed,
        engine=computing.engine,
        n_threads=computing.threads,
        augmentation=augmentation(learning.augment),
    )
