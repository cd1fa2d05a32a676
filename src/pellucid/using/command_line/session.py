"""One training run from data to report: what `digits` and `train` have in common."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from pellucid.basics.errors import DivergedError, OptionError, StorageError
from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Splits
from pellucid.data.suitability import picture_advice
from pellucid.network.files import network_bytes
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.records import History
from pellucid.training.run import choice_for
from pellucid.training.stopping import ALL_DONE, INTERRUPTED
from pellucid.understanding.evaluation.calibration import calibration, with_temperature
from pellucid.understanding.evaluation.report import Report, evaluate
from pellucid.using.command_line import EXIT_INTERRUPTED
from pellucid.using.command_line.checkpoints import Checkpoint, CheckpointDisplay
from pellucid.using.command_line.console import err, foreign, is_quiet, out, print_json, say, tell_engine
from pellucid.using.command_line.monitoring import validation_score
from pellucid.using.command_line.results import print_report, report_record
from pellucid.using.display import TrainingDisplay
from pellucid.using.fitting import fit
from pellucid.version import __version__

TOLD_ANYWAY = (
    "optimizer",
    "learning_rate",
    "schedule",
    "batch_size",
    "epochs",
    "augmentation",
    "seed",
    "engine",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a run besides the training itself."""

    save: Path | None = None
    report: Path | None = None
    json: bool = False
    info: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  # what the record of the run begins with
    class_weight: ClassWeight = None
    metric: str | None = None  # what each epoch is judged by, if not by a loss
    calibrate: bool = False
    checkpoint: Checkpoint | None = None

    def with_info(self, info: dict[str, str], **told: Any) -> Wishes:
        """The same wishes, with what is known of the data by now."""
        return replace(self, info={**self.info, **info}, told={**self.told, **told})


def run_session(net: Network, data: Splits, plan: Plan, wishes: Wishes) -> int:
    """Train, judge on the test part, show, save; return the exit status.

    Raises
    ------
    OptionError
        If a page of pictures is wanted of data without a test part.
    StorageError
        If a file can't be written; the model is then kept in the folder for temporary files.
    DivergedError
        If training diverges; the last good epoch, if there was one, is saved all the same.
    """
    if wishes.save is not None:
        network_bytes(net)  # complains now about names that a model file can't hold, not after the training
    if data.test is None and wishes.report is not None:
        raise OptionError(
            f"--report shows results on a test part, which {data.title} does not have; leave it out."
        )
    _introduce(net, data, plan)
    try:
        history = _train(net, data, plan, wishes)
    except DivergedError as error:
        if error.epoch > 1 and wishes.save is not None:
            _save_last_good(net, data, plan, wishes, error)
        raise
    temperature = None
    if wishes.calibrate:
        net, temperature = _calibrated(net, data)
    report = None if data.test is None else evaluate(net, data.test)
    record = {**wishes.told, **_record(net, data, plan, history, report), "temperature": temperature}
    _remember(net, wishes, record)
    if not wishes.json:  # before the files are written, so that a full disk does not take the figures away
        _say_how_good(data, history, report)
    saved = _save_model(net, wishes.save) if wishes.save is not None else None
    if wishes.report is not None and report is not None:
        _save_figures(net, history, report, wishes.report, saved)
    if wishes.json:
        print_json({**record, "model": None if saved is None else str(saved)})
    else:
        _say_where(net, saved, wishes.report)
    return EXIT_INTERRUPTED if history.stopped == INTERRUPTED else 0


def _introduce(net: Network, data: Splits, plan: Plan) -> None:
    parts = [f"{len(data.train):,} examples to learn from"]
    validation = "none set aside" if data.validation is None else f"{len(data.validation):,}"
    parts.append(f"{validation} to validate")
    if data.test is not None:
        parts.append(f"{len(data.test):,} to test")
    say(f"[bold]{foreign(data.title)}[/bold]: {', '.join(parts)}", err)
    say_features(net)
    counted = net.summary().splitlines()[-2]
    choice = choice_for(net, plan)
    say(f"[bold]{net.architecture}[/bold]: {counted}, engine {choice.engine.name}", err)
    tell_engine(choice, plan.n_threads)
    if plan.augmentation is not None:
        say(f"pictures change in every epoch: {str(plan.augmentation).replace(',', ', ')}", err)
    for told in (*data.train.notes, *picture_advice(data.train)):
        say(f"[yellow]note[/yellow] {foreign(told)}", err)


def say_features(net: Network) -> None:
    """Of a table: which column is predicted from which."""
    if net.preparation is not None and net.preparation.target is not None:
        names = [foreign(name) for name in net.preparation.column_names]
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        say(f"to predict [bold]{foreign(net.preparation.target.name)}[/bold] from {shown}", err)


def _train(net: Network, data: Splits, plan: Plan, wishes: Wishes) -> History:
    kept, quiet = wishes.checkpoint, is_quiet(wishes.json)
    console = Console(quiet=True) if quiet else err
    earlier = [] if kept is None else list(kept.records)
    if kept is not None and kept.state is not None:
        say(f"going on from {foreign(kept.path)}, after epoch {kept.state.epoch}", err)
    history = fit(
        net,
        data,
        plan,
        class_weight=wishes.class_weight,
        score=None if wishes.metric is None else validation_score(wishes.metric, data),
        state=None if kept is None else kept.state,
        show=not quiet or kept is not None,
        display=TrainingDisplay(console) if kept is None else CheckpointDisplay(console, kept),
    )
    history = History([*earlier, *history])
    last, best = history[-1], ""
    if last.weights_of != last.number:
        best = f" The weights are those of epoch {last.weights_of}, the best one."
    if history.stopped == INTERRUPTED:
        say(f"[yellow]Interrupted:[/yellow] the network keeps what it has learnt so far.{best}", err)
    elif best or history.stopped != ALL_DONE:
        say(f"Stopped since {history.stopped}.{best}", err)
    return history


def _calibrated(net: Network, data: Splits) -> tuple[Network, float]:
    """The network with honest probabilities, and the temperature that made them so."""
    found = calibration(net, data)
    say(f"calibrated: {found}", err)
    return with_temperature(net, found.temperature), found.temperature


def _save_last_good(net: Network, data: Splits, plan: Plan, wishes: Wishes, error: DivergedError) -> None:
    """Save the network as it was before the epoch in which training diverged, and note it on the error."""
    done = {"epochs": error.epoch - 1, "stopped": f"diverged in epoch {error.epoch}"}
    _remember(net, wishes, {**wishes.told, **_setting(net, data, plan), **done})
    try:
        place = _save_model(net, wishes.save) if wishes.save is not None else None
        error.add_note(f"The network of epoch {error.epoch - 1}, the last good one, is saved in {place}.")
    except StorageError as failed:
        error.add_note(str(failed))


def _remember(net: Network, wishes: Wishes, record: dict[str, Any]) -> None:
    """Put into the model file whatever it does not hold anyway."""
    told = {key: str(value) for key, value in record.items() if key not in ("architecture", "parameters")}
    net.info.update(wishes.info, **told)


def _setting(net: Network, data: Splits, plan: Plan) -> dict[str, Any]:
    """What was decided before training."""
    return {
        "data": data.title,
        "architecture": str(net.architecture),
        "parameters": net.n_parameters,
        "engine": choice_for(net, plan).engine.name,
        "optimizer": plan.optimizer,
        "learning_rate": plan.learning_rate,
        "schedule": plan.schedule,
        "batch_size": plan.batch_size,
        "augmentation": plan.augmentation and str(plan.augmentation),
        "further_settings": _further_settings(plan),
        "seed": plan.seed,
        "training_examples": len(data.train),
        "version": __version__,
    }


def _further_settings(plan: Plan) -> dict[str, Any]:
    """What a plan says beyond what every record tells, as far as it is not as usual."""
    usual = Plan(optimizer=plan.optimizer, schedule=plan.schedule)
    values = {f.name: (getattr(plan, f.name), getattr(usual, f.name)) for f in fields(Plan)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, (value, default) in values.items()
        if value != default and name not in TOLD_ANYWAY
    }


def _record(
    net: Network, data: Splits, plan: Plan, history: History, report: Report | None
) -> dict[str, Any]:
    """The numbers of the run, for machines and for the model file; those of the epoch whose weights it has."""
    last = history[-1]
    kept = next(epoch for epoch in history if epoch.number == last.weights_of)
    return {
        **_setting(net, data, plan),
        "epochs": last.number,
        "stopped": history.stopped,
        "weights_of_epoch": kept.number,
        "training_seconds": round(history.seconds, 4),
        "training_loss": kept.loss,
        "training_accuracy": kept.accuracy,
        "validation_loss": kept.validation_loss,
        "validation_accuracy": kept.validation_accuracy,
        "validation_score": kept.validation_score,
        **report_record(report),
    }


def _say_how_good(data: Splits, history: History, report: Report | None) -> None:
    if report is not None:
        print_report(report, data.train.input, seconds=history.seconds)
    else:
        say(f"No test part, so nothing is said of new examples; {history.seconds:.1f} s of training.")


def _save_model(net: Network, path: Path) -> Path:
    """Save; if that place fails, keep the model somewhere else and say where."""
    try:
        return net.save(path)
    except StorageError as error:
        refuge = _kept_elsewhere(net, path.name)
        fate = (
            "nor could the trained model be kept elsewhere"
            if refuge is None
            else f"the trained model is kept in {refuge}"
        )
        raise StorageError(f"{str(error).rstrip('.')}; {fate}.") from error


def _kept_elsewhere(net: Network, name: str) -> Path | None:
    """Where the model is now, in a folder for temporary files, or None if that failed too."""
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="pellucid-"))
        return net.save(folder / name)
    except OSError:  # a StorageError is one, too
        if folder is not None:
            with suppress(OSError):
                folder.rmdir()
        return None


def _save_figures(net: Network, history: History, report: Report, path: Path, model: Path | None) -> None:
    from pellucid.understanding.figures.paper import save_figure
    from pellucid.understanding.figures.report import report_figure

    try:
        save_figure(report_figure(net, history, report), path)
    except StorageError as error:
        fate = "" if model is None else f"; the model is saved in {model}"
        raise StorageError(f"{str(error).rstrip('.')}{fate}.") from error


def _say_where(net: Network, model: Path | None, report: Path | None) -> None:
    if model is not None:
        kind = (
            "NEW.csv"
            if net.preparation
            else "PICTURE.png"
            if net.architecture.input.is_picture
            else "NEW.npy"
        )
        name = foreign(model)
        out.print(f"model   {name}   try: pellucid predict {name} {kind}", soft_wrap=True)
    if report is not None:
        out.print(f"report  {foreign(report)}", soft_wrap=True)
