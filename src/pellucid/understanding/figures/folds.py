"""The folds of a cross-validation as points: how far scores spread."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pellucid.basics.percent import percent
from pellucid.understanding.evaluation.folds import CrossValidation
from pellucid.understanding.figures.paper import (
    BLUE,
    FONT,
    INK,
    ORANGE,
    headline,
    lettering,
    new_figure,
    plain_axes,
    share_tick,
)


def folds_figure(found: CrossValidation, metric: str | None = None) -> Figure:
    """Each fold's score as a point, their mean as a line, and the mean's 95 % interval as a band.

    Parameters
    ----------
    found : CrossValidation
    metric : str, optional
        One of ``found.metrics``; by default the first beside the loss, such as accuracy.

    Returns
    -------
    Figure

    Raises
    ------
    UnknownNameError
        If the folds were not judged by that metric.

    Examples
    --------
    >>> from pellucid.data.folding import fold_rows
    >>> from pellucid.understanding.evaluation.folds import FoldResult
    >>> y = np.zeros(3, dtype=int)
    >>> results = [FoldResult(f, 0.1, {"accuracy": 0.9}, y, y, None, 5, 0.1, "") for f in fold_rows(9, k=3)]
    >>> folds_figure(CrossValidation("nine", 9, ("a", "b"), tuple(results))).axes[0].get_ylabel()
    'accuracy'
    """
    figure = new_figure(max(4.4, min(9.0, 2.6 + 0.18 * len(found.folds))), 3.6)
    draw_folds(figure, found, metric or found.metrics[min(1, len(found.metrics) - 1)])
    return figure


def draw_folds(panel: FigureBase, found: CrossValidation, metric: str) -> None:
    """Draw the points into a figure or a part of one."""
    scores, mean, (low, high) = found.scores(metric), found.mean(metric), found.interval(metric)
    is_share = metric.endswith("accuracy")
    axes = panel.add_subplot()
    plain_axes(axes)
    if np.isfinite([low, high]).all():
        axes.axhspan(low, high, color=BLUE, alpha=0.12, linewidth=0, label="95 % interval of the mean")
    axes.axhline(mean, color=BLUE, linewidth=1.4, label="mean")
    numbers = np.arange(1, len(scores) + 1)
    axes.plot(numbers, scores, "o", color=ORANGE, markersize=5, label="fold")
    axes.set_xlim(0.4, len(scores) + 0.6)
    axes.set_xlabel("fold", **lettering(8.5))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    axes.set_ylabel(metric.replace("_", " "), **lettering(8.5))
    if is_share:
        axes.yaxis.set_major_formatter(FuncFormatter(share_tick))
    written = percent(mean, 2) if is_share else f"{mean:.4g}"
    headline(axes, "Cross-validation", f"{metric.replace('_', ' ')} {written}, {found.n:,} rows")
    panel.legend(
        loc="outside lower center",
        ncols=3,
        frameon=False,
        labelcolor=INK,
        prop={"family": FONT, "size": 8},
    )
