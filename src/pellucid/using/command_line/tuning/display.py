"""What a person sees of a search: the best trials so far, and the one under way."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pellucid.basics.percent import percent
from pellucid.training.records import Progress
from pellucid.using.command_line.live_view import LiveView, epoch_told, epochs_done
from pellucid.using.command_line.tuning.space import Dimension, in_short, told
from pellucid.using.command_line.tuning.trials import Trial, ranked

MOST_SHOWN = 8
WIDEST = 1_000  # columns that no table needs
HEADS = {
    "learning_rate": "learning\nrate",
    "batch_size": "batch\nsize",
    "label_smoothing": "label\nsmoothing",
    "layers": "hidden",
}


class TuningDisplay:
    """A live table of the best trials in a terminal, plain lines elsewhere.

    Parameters
    ----------
    console : Console
    trials : list of Trial
        Grows from outside.
    dimensions : tuple of Dimension
    goal : str
        What the score is: "validation_loss", or the name of a metric.
    quiet : bool
        Whether to show nothing.
    """

    def __init__(
        self,
        console: Console,
        trials: list[Trial],
        dimensions: tuple[Dimension, ...],
        goal: str,
        *,
        quiet: bool = False,
    ) -> None:
        self._console, self._trials, self._dimensions, self._goal = console, trials, dimensions, goal
        self._quiet = quiet
        self._earlier = len(trials)
        self._view = LiveView(console, self._draw)

    def progress(self, now: Progress, wanted: int, time_limit: float | None) -> None:
        """Show where the trial under way stands."""
        if self._quiet:
            return
        number, new = len(self._trials) + 1, len(self._trials) - self._earlier
        done = (new + epochs_done(now)) / max(wanted - self._earlier, 1)
        left = None if time_limit is None else max(0.0, time_limit - self._view.seconds)
        if time_limit is not None:
            done = max(done, self._view.seconds / time_limit)
        what = f"trial {number}/{wanted}, {epoch_told(now)}"
        self._view.advance(what, min(done, 1.0), f"loss {now.loss:.4f}", left)

    def trial(self, trial: Trial) -> None:
        """Tell of a trial that is over."""
        if not self._quiet and not self._view.is_live:
            score = score_told(self._goal, trial.score) if trial.scores else "-"
            goal = self._goal.replace("_", " ")
            line = f"trial {trial.number}  {goal} {score}  {trial.end}  {in_short(trial.settings)}"
            self._console.print(line, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the live table away."""
        self._view.close()

    def _draw(self) -> Table:
        return trials_table(self._trials, self._dimensions, self._goal, self._console)


def trials_table(
    trials: list[Trial],
    dimensions: tuple[Dimension, ...],
    goal: str,
    console: Console,
    most: int = MOST_SHOWN,
) -> Table:
    """The best trials, best first: a column for each setting, or one for all where they would not fit.

    Parameters
    ----------
    trials : list of Trial
    dimensions : tuple of Dimension
    goal : str
        What the score is.
    console : Console
        Where it is to be shown.
    most : int
        How many rows.
    """
    best = ranked(trials)[:most]
    if not best:
        return Table(box=None)
    wide = _table(best, goal, [d.name for d in dimensions if d.name != "width"])
    needed = console.measure(wide, options=console.options.update(width=WIDEST)).maximum
    return wide if needed <= console.width else _table(best, goal, None)


def _table(best: list[Trial], goal: str, names: list[str] | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("trial", goal.replace("_", "\n", 1).replace("_", " "), "epochs", "seconds"):
        table.add_column(head, justify="right", no_wrap=True)
    if names is None:
        table.add_column("settings")
    for name in names or ():
        table.add_column(HEADS.get(name, name), justify="right", no_wrap=True)
    for trial in best:
        mark = " " if trial.end in ("complete", "stopped") else "*"
        table.add_row(
            str(trial.number),
            score_told(goal, trial.score),
            f"{trial.epochs}{mark}",
            f"{trial.seconds:.1f}",
            *([in_short(trial.settings)] if names is None else [_cell(name, trial) for name in names]),
            style="bold" if trial is best[0] else None,
        )
    return table


def score_told(goal: str, score: float) -> str:
    """A score as people know it: errors and losses without the minus that makes higher better."""
    if goal == "accuracy":
        return percent(score, 2)
    return f"{score if goal == 'r2' else -score:.4g}"


def _cell(name: str, trial: Trial) -> str:
    if name == "layers":
        return f"{trial.settings['layers']} × {trial.settings['width']}"
    return told(trial.settings[name])
