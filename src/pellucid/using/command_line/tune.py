"""`pellucid tune`: the settings that are best for some data."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.catalog import DATASETS
from pellucid.training.methods import LBFGS, METHODS
from pellucid.training.records import Progress
from pellucid.training.run import choice_for
from pellucid.using.command_line import EXIT_INTERRUPTED, options
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.console import check_places, err, fetching, foreign, is_quiet, out, say
from pellucid.using.command_line.data_options import DataOptions, HoldingOutOptions
from pellucid.using.command_line.held_out import fingerprint, split_info
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions, plan_of
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.option_records import given_options, with_options, written
from pellucid.using.command_line.option_values import class_weight
from pellucid.using.command_line.session import Wishes, run_session
from pellucid.using.command_line.tuning.display import TuningDisplay, score_told, trials_table
from pellucid.using.command_line.tuning.objective import Objective
from pellucid.using.command_line.tuning.search import Search, need_optuna
from pellucid.using.command_line.tuning.space import DIMENSIONS, SPACES, Dimension, dimensions
from pellucid.using.command_line.tuning.trials import Trial, load_trials, ranked, save_trials
from pellucid.using.command_line.warnings_of_data import warn_of_shared_rows
from pellucid.using.compiling import prepare_engine
from pellucid.using.interrupts import stop_on_ctrl_c

SEARCH = "Search"
USUAL_EPOCHS, USUAL_PATIENCE = 50, 5
TOLD = 5  # trials in the table at the end
WIDEST = "; ".join(dimension.told for dimension in DIMENSIONS.values())
NOT_OF_LBFGS = {"learning_rate", "batch_size", "schedule", "dropout", "normalization", "label_smoothing"}
SMALL = ", ".join(SPACES["small"])

Trials = Annotated[
    int,
    typer.Option(
        "--trials",
        metavar="N",
        help="How many networks to try, those in the --storage included.",
        rich_help_panel=SEARCH,
    ),
]
Time = Annotated[
    float | None,
    typer.Option(
        "--time",
        metavar="SECONDS",
        help="Try no longer than this; the best one is trained again afterwards.",
        rich_help_panel=SEARCH,
    ),
]
Space = Annotated[
    str,
    typer.Option(
        "--space",
        metavar="|".join(SPACES),
        help=f"full: {WIDEST}. small: {SMALL}. What another option decides is not searched.",
        rich_help_panel=SEARCH,
    ),
]
Storage = Annotated[
    Path | None,
    typer.Option(
        "--storage",
        metavar="FILE",
        help="Keep all trials in this file (JSON), and go on from it if it is there.",
        rich_help_panel=SEARCH,
    ),
]


@with_options(epochs=USUAL_EPOCHS, patience=USUAL_PATIENCE)
def tune(
    context: typer.Context,
    data: options.DataSource,
    source: DataOptions,
    held_out: HoldingOutOptions,
    network: NetworkOptions,
    learning: LearningOptions,
    stopping: StoppingOptions,
    computing: ComputingOptions,
    trials: Trials = 30,
    seconds: Time = None,
    space: Space = "small",
    storage: Storage = None,
    save: options.Save = None,
    report: options.ReportFile = None,
    json: options.Json = False,
) -> int:
    """Search for the settings that do best on the validation rows; then train with these, and judge the network.

    The first trial has the usual settings, so that what is found is not worse on these rows. Hopeless trials end early.
    The test rows judge once, at the end. Ctrl-C ends the search and keeps what it has found.

    [bold]Examples[/bold]

      pellucid tune cells.csv --target type --save cells.pellucid
      pellucid tune cells.csv --space full --trials 100 --storage cells.json
      pellucid tune cells.csv --time 600 --activation tanh --monitor accuracy
    """
    need_optuna()
    _check(space, trials, seconds, held_out.validation, stopping)
    plan_of(learning, stopping, computing)  # complains now about what is out of range
    outputs = {"--save": save, "--report": report, "--storage": storage}
    check_places(outputs, [] if data in DATASETS else [data])
    shares = held_out.shares(computing.seed)
    with fetching() as on_event:
        parts = source.load(data, **shares, on_event=on_event)
    shared = warn_of_shared_rows(data, parts, held_out.check_duplicates)
    objective = Objective(parts, network, learning, stopping, computing)
    searched = _searched(objective, space, given_options(context))
    decided = written(
        source, held_out, network, learning, stopping, replace(computing, engine="auto", threads=None)
    )
    setting = {
        "data": fingerprint(data),
        "options": shlex.join(decided),
        "settings to search": [d.name for d in searched],
    }
    search = Search(searched, [] if storage is None else load_trials(storage, setting), computing.seed)
    _introduce(objective, searched, len(search.trials), json=json)
    interrupted = _run(search, searched, objective, trials, seconds, storage, setting, json=json)
    if not ranked(search.trials):
        if interrupted:
            raise KeyboardInterrupt
        raise OptionError("No trial got through an epoch; give more --time, or a lower --learning-rate.")
    best = ranked(search.trials)[0]
    best_network, best_learning = objective.options(dict(best.settings))
    words = written(source, held_out, best_network, best_learning, stopping, computing)
    command = shlex.join(["pellucid", "train", data, *words])
    if not json:
        _tell(search.trials, searched, objective.goal)
    info = split_info(data, **shares, group=source.group, reading=source.reading)
    wishes = Wishes(save=save, report=report, json=json, class_weight=class_weight(learning.class_weight))
    wishes = replace(wishes, metric=stopping.metric).with_info(
        info, shared_rows=shared, trials=len(search.trials), best_trial=best.number, command=command
    )
    net, plan = objective.start(dict(best.settings))
    status = run_session(net, parts, plan, wishes)
    if not json:
        out.print("the best settings, to train again:")
        out.print(f"  {foreign(command)}", soft_wrap=True)
    return EXIT_INTERRUPTED if interrupted else status


def _check(
    space: str, trials: int, seconds: float | None, validation: float, stopping: StoppingOptions
) -> None:
    if space not in SPACES:
        raise UnknownNameError("space", space, SPACES)
    if trials < 1:
        raise OptionError(f"--trials is {trials}; expected a whole number of at least 1.")
    if seconds is not None and not 0 < seconds < float("inf"):
        raise OptionError(f"--time is {seconds:g}; expected a number of seconds above 0.")
    if validation == 0:
        raise OptionError(
            "--validation is 0, but validation rows tell which settings are best; give 0.2, say."
        )
    if stopping.monitor == "loss":
        raise OptionError(
            "--monitor loss would choose what learns the training rows by heart; leave it out, or name a metric."
        )


def _searched(objective: Objective, space: str, given: set[str]) -> tuple[Dimension, ...]:
    """The settings to search: those of the space that nobody has decided, and that mean something here."""
    loss, learning = objective.network.loss, objective.learning
    if METHODS[learning.optimizer] is LBFGS:
        given = given | NOT_OF_LBFGS
    if learning.weight_decay is not None:
        given = given | {"l2"}
    classes = objective.parts.train.is_classification and loss in (
        None,
        "cross_entropy",
        "binary_cross_entropy",
    )
    found = dimensions(space, given, classes=classes)
    if not found:
        raise OptionError(
            "Every setting is decided by an option, so there is nothing to search; leave some out."
        )
    return found


def _introduce(objective: Objective, searched: tuple[Dimension, ...], earlier: int, *, json: bool) -> None:
    net, plan = objective.start({})
    parts = objective.parts
    assert parts.validation is not None
    counts = [f"{len(parts.train):,} examples to learn from", f"{len(parts.validation):,} to choose by"]
    if parts.test is not None:
        counts.append(f"{len(parts.test):,} to test at the end")
    say(f"[bold]{foreign(parts.title)}[/bold]: {', '.join(counts)}", err)
    gone_on = f"; going on after {earlier} trials" if earlier else ""
    say(f"searching {', '.join(d.name.replace('_', ' ') for d in searched)}{gone_on}", err)
    prepare_engine(choice_for(net, plan), net.dtype, None if is_quiet(json) else err)


def _run(
    search: Search,
    searched: tuple[Dimension, ...],
    objective: Objective,
    wanted: int,
    seconds: float | None,
    storage: Path | None,
    setting: dict[str, Any],
    *,
    json: bool,
) -> bool:
    """Try one network after the other; return whether somebody has interrupted that."""
    display = TuningDisplay(err, search.trials, searched, objective.goal, quiet=is_quiet(json))
    until = float("inf") if seconds is None else time.perf_counter() + seconds

    def is_over() -> bool:
        return request.made or time.perf_counter() >= until

    def watch(now: Progress) -> bool:
        display.progress(now, wanted, seconds)
        return is_over()

    with stop_on_ctrl_c() as request:
        try:
            while len(search.trials) < wanted and not is_over():
                display.trial(search.run(lambda settings: objective.scores(settings, watch), is_over))
                if storage is not None:
                    save_trials(storage, search.trials, setting)
        finally:
            display.close()
    return request.made


def _tell(trials: list[Trial], searched: tuple[Dimension, ...], goal: str) -> None:
    """Print the best trials, and say how many there were."""
    out.print()
    out.print(trials_table(trials, searched, goal, out, TOLD))
    counts = Counter(trial.end for trial in trials)
    ends = {"pruned": "ended early (*)", "diverged": "diverged (*)", "stopped": "stopped"}
    told = [f"{counts[end]} {words}" for end, words in ends.items() if counts[end]]
    best = ranked(trials)[0]
    say(
        f"{len(trials)} trials{''.join(f', {part}' for part in told)}. [bold]The best is trial {best.number}[/bold], "
        f"{goal.replace('_', ' ')} {score_told(goal, best.score)}; now it is trained again and tested."
    )
    out.print()
