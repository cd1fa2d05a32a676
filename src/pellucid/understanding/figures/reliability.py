"""Reliability as a picture: how often answers are right, against how sure they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FuncFormatter

from pellucid.basics.percent import percent
from pellucid.understanding.evaluation.calibration import Calibration
from pellucid.understanding.evaluation.reliability import Reliability
from pellucid.understanding.figures.paper import (
    BLUE,
    FAINT,
    FONT,
    INK,
    ORANGE,
    headline,
    lettering,
    new_figure,
    plain_axes,
    share_tick,
)


def reliability_figure(judged: Reliability | Calibration) -> Figure:
    """How often answers were right against how sure they were, and below how many were that sure.

    Points on the diagonal are honest; below it the network was too sure. Larger points stand for more answers.

    Parameters
    ----------
    judged : Reliability or Calibration
        Of a calibration, both before and after are drawn.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from pellucid.understanding.evaluation.reliability import reliability
    >>> p = np.array([[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    >>> [axes.get_ylabel() for axes in reliability_figure(reliability(p, np.array([0, 1, 0, 1]))).axes]
    ['share that is right', 'answers']
    """
    figure = new_figure(5.2, 5.6)
    draw_reliability(figure, judged)
    return figure


def draw_reliability(panel: FigureBase, judged: Reliability | Calibration) -> None:
    """Draw the diagram into a figure or a part of one."""
    upper, lower = panel.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
    if isinstance(judged, Calibration):
        curves = [(judged.before, "before", ORANGE, "s"), (judged.after, "after", BLUE, "o")]
        note = f"temperature {judged.temperature:.3g}, {judged.before.n:,} answers"
    else:
        curves = [(judged, "network", BLUE, "o")]
        note = f"{judged.n:,} answers"
    for axes in (upper, lower):
        plain_axes(axes)
    upper.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, linestyle=":", label="honest")
    for found, name, color, marker in curves:
        _draw_curve(upper, found, name, color, marker)
    headline(upper, "Reliability", note)
    _draw_counts(lower, [(found, color) for found, _, color, _ in curves])
    low = min(0.95, *(float(found.edges[np.flatnonzero(found.counts)[0]]) for found, *_ in curves), 0.95)
    upper.set_xlim(low - 0.02, 1.01)
    upper.set_ylim(-0.02, 1.03)
    upper.set_ylabel("share that is right", **lettering(8.5))
    upper.yaxis.set_major_formatter(FuncFormatter(share_tick))
    upper.legend(
        loc="best", frameon=False, labelcolor=INK, prop={"family": FONT, "size": 8}, handlelength=1.6
    )
    lower.set_xlabel("confidence", **lettering(8.5))
    lower.xaxis.set_major_formatter(FuncFormatter(share_tick))


def _draw_curve(axes: Axes, found: Reliability, name: str, color: str, marker: str) -> None:
    some = found.counts > 0
    error = percent(found.expected_error, 1)
    axes.plot(
        found.confidence[some],
        found.accuracy[some],
        color=color,
        linewidth=1.2,
        marker=marker,
        markersize=3,
        label=f"{name}: calibration error {error}",
    )
    sizes = 10 + 150 * found.counts[some] / found.counts.max()
    axes.scatter(found.confidence[some], found.accuracy[some], s=sizes, color=color, alpha=0.25, linewidths=0)


def _draw_counts(axes: Axes, curves: Sequence[tuple[Reliability, str]]) -> None:
    for found, color in curves:
        axes.stairs(found.counts, found.edges, color=color, fill=len(curves) == 1, linewidth=1.2)
    most = max(int(found.counts.max()) for found, _ in curves)
    axes.set_ylim(0, 1.08 * most)
    axes.set_yticks([0, most], ["0", f"{most:,}"])
    axes.set_ylabel("answers", **lettering(8.5))
