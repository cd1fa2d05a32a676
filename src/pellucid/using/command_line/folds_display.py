"""What a person sees of a cross-validation: a row for each fold, what they say together, and for machines a record."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from pellucid.basics.percent import percent
from pellucid.training.records import Progress
from pellucid.understanding.evaluation.folds import CrossValidation, FoldResult
from pellucid.using.command_line.console import out, say
from pellucid.using.command_line.live_view import LiveView, epoch_told, epochs_done
from pellucid.using.command_line.terminal_pictures import confusion_table

MOST_ROWS = 12  # folds in the terminal while more are to come
MEANING = (
    "The interval holds, with 95 % confidence, the score on new rows of networks trained in this way; it allows for "
    "folds that share training rows."
)
SHORT = {
    "root_mean_squared_error": "root mean\nsquare error",
    "mean_absolute_error": "mean abs.\nerror",
    "r2": "R²",
}
UNTOLD = ("mean_squared_error",)  # its root says the same in the data's units


class FoldsDisplay:
    """A live table of folds in a terminal, plain lines elsewhere.

    Parameters
    ----------
    console : Console
    count : int
        How many folds there will be.
    quiet : bool
        Whether to show nothing.
    """

    def __init__(self, console: Console, count: int, *, quiet: bool = False) -> None:
        self._console, self._count, self._quiet = console, count, quiet
        self._results: list[FoldResult] = []
        self._view = LiveView(console, lambda: folds_table(self._results[-MOST_ROWS:]))
        self.is_introduced = False

    def progress(self, now: Progress) -> None:
        """Show where the fold under way stands."""
        if self._quiet:
            return
        number = len(self._results) + 1
        done = (number - 1 + epochs_done(now)) / self._count
        self._view.advance(f"fold {number}/{self._count}, {epoch_told(now)}", done, f"loss {now.loss:.4f}")

    def fold(self, result: FoldResult) -> None:
        """Add a fold that is over."""
        self._results.append(result)
        if not self._quiet and not self._view.is_live:
            scores = "  ".join(
                f"{name.replace('_', ' ')} {written(name, value)}"
                for name, value in scores_of(result).items()
                if name not in UNTOLD
            )
            number = f"fold {len(self._results)}/{self._count}"
            line = f"{number}  {scores}  {result.epochs} epochs  {result.seconds:.2f} s"
            self._console.print(line, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the live table away."""
        self._view.close()


def scores_of(result: FoldResult) -> dict[str, float]:
    """The loss and every metric of a fold."""
    return {"loss": result.loss, **result.metrics}


def written(metric: str, value: float) -> str:
    """A score as people read it."""
    return percent(value, 2) if metric == "accuracy" else f"{value:.4g}"


def folds_table(results: list[FoldResult]) -> Table:
    """A row for each fold."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    if not results:
        return table
    repeated = any(result.fold.repeat > 1 for result in results)
    for name in (["repeat"] if repeated else []) + ["fold", "rows"]:
        table.add_column(name, justify="right")
    for name in _told(results[0]):
        table.add_column(SHORT.get(name, name), justify="right")
    for name in ("epochs", "seconds"):
        table.add_column(name, justify="right")
    for r in results:
        scores = scores_of(r)
        table.add_row(
            *([str(r.fold.repeat)] if repeated else []),
            str(r.fold.number),
            f"{len(r.fold.test):,}",
            *(written(name, scores[name]) for name in _told(r)),
            str(r.epochs),
            f"{r.seconds:.2f}",
        )
    return table


def _told(result: FoldResult) -> list[str]:
    return [name for name in scores_of(result) if name not in UNTOLD]


def summary_table(found: CrossValidation) -> Table:
    """Mean, spread and interval of each score."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("score")
    for name in ("mean", "spread", "95 % interval"):
        table.add_column(name, justify="right")
    for name in found.metrics:
        if name not in UNTOLD:
            low, high = found.interval(name)
            table.add_row(
                name.replace("_", " ").replace("r2", "R²"),
                f"[bold]{written(name, found.mean(name))}[/bold]",
                written(name, found.std(name)),
                f"{written(name, low)} to {written(name, high)}",
            )
    return table


def print_folds(found: CrossValidation) -> None:
    """Print the folds, the confusion matrix of what was predicted for rows unseen, and what all say together."""
    out.print()
    out.print(folds_table(list(found.folds)))
    if found.classes is not None:
        out.print()
        out.print(confusion_table(found.confusion, found.classes, width=out.width))
    out.print()
    out.print(summary_table(found))
    say(f"[dim]{MEANING}[/dim]" if len(found.folds) > 1 else "[dim]One fold has no spread.[/dim]")


def folds_record(found: CrossValidation) -> dict[str, Any]:
    """The numbers for machines."""
    return {
        "data": found.title,
        "rows": found.n,
        "folds": [
            {
                "repeat": result.fold.repeat,
                "fold": result.fold.number,
                "rows": len(result.fold.test),
                "scores": scores_of(result),
                "epochs": result.epochs,
                "training_seconds": round(result.seconds, 4),
                "stopped": result.stopped,
            }
            for result in found.folds
        ],
        "mean": {name: found.mean(name) for name in found.metrics},
        "standard_deviation": {name: found.std(name) for name in found.metrics},
        "interval": {name: list(found.interval(name)) for name in found.metrics},
        "classes": found.classes,
        "confusion": None if found.classes is None else found.confusion.tolist(),
    }
