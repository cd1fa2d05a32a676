"""How a report is shown to a person, and told to a machine."""

from __future__ import annotations

from typing import Any

from pellucid.basics.percent import percent
from pellucid.data.dataset import Input
from pellucid.data.picture_examples import in_gray
from pellucid.understanding.evaluation.report import Report
from pellucid.using.command_line.console import out, say
from pellucid.using.command_line.terminal_pictures import confusion_table, picture_grid


def report_record(report: Report | None) -> dict[str, Any]:
    """A report's numbers under the names that programs rely on; all None without a report."""
    interval = None if report is None else report.accuracy_interval
    return {
        "test_data": report and report.title,
        "test_examples": report and report.n,
        "test_accuracy": report and report.accuracy,
        "test_accuracy_interval": None if interval is None else list(interval),
        "test_loss": report and report.loss,
        "test_metrics": report and report.metrics,
    }


def print_report(report: Report, shown_as: Input, *, seconds: float | None = None) -> None:
    """Print accuracy with its interval, the confusion matrix and the surest mistakes."""
    out.print()
    if report.confusion is not None and report.classes is not None:
        out.print(confusion_table(report.confusion, report.classes, width=out.width))
    if report.mistakes and shown_as.is_picture:
        out.print()
        out.print(f"The {len(report.mistakes)} mistakes of which the network was surest:")
        pictures = [in_gray(mistake.x[None], shown_as)[0] for mistake in report.mistakes]
        captions = [f"{m.truth} called {m.predicted}\n{percent(m.probability)}" for m in report.mistakes]
        out.print(picture_grid(pictures, captions, out.width, small=True))
    out.print()
    _print_numbers(report, seconds)


def _print_numbers(report: Report, seconds: float | None) -> None:
    trained = "" if seconds is None else f" after {seconds:.1f} s of training"
    if report.accuracy is not None and report.accuracy_interval is not None:
        low, high = (percent(bound, 2) for bound in report.accuracy_interval)
        say(
            f"[bold]test accuracy {percent(report.accuracy, 2)}[/bold] (95 % interval {low} to {high}; "
            f"{report.n_correct:,} of {report.n:,} right){trained}"
        )
        out.print(f"test loss {report.loss:.4f}")
        return
    r2 = report.metrics["r2"]
    say(f"[bold]test R² {r2:.4f}[/bold] on {report.n:,} examples{trained}")
    say(
        f"typical error {report.metrics['root_mean_squared_error']:.4g} (root mean square), "
        f"{report.metrics['mean_absolute_error']:.4g} (mean absolute), in the units of the data"
    )
