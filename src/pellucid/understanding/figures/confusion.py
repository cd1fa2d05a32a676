"""The confusion matrix: which class was called what, with the rare errors made visible."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure, FigureBase

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError
from pellucid.basics.percent import percent
from pellucid.understanding.evaluation.report import Report
from pellucid.understanding.figures.paper import (
    FAINT,
    INK,
    color_bar,
    drawable,
    drawables,
    headline,
    lettering,
    new_figure,
)

RIGHT = LinearSegmentedColormap.from_list("right", ["#f4f4f2", "#a9cfe6"])
WRONG = LinearSegmentedColormap.from_list("wrong", ["#ffffff", "#fbd9b8", "#ee9a4d", "#b84a00"])
SMALLEST = 5.5  # points: smaller print can't be read, so it is left out


def confusion_figure(report: Report) -> Figure:
    """How often class i (row) was called class j (column): counts, colored by the share of the row.

    Errors have a color scale of their own, from none to the most frequent one: on the scale of the correct answers
    they would all look white.

    Parameters
    ----------
    report : Report
        Of a classification.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        If the report is of a regression.

    Examples
    --------
    >>> report = Report("answers", 10, 0.1, {}, confusion=np.array([[6, 1], [0, 3]]), classes=("no", "yes"))
    >>> confusion_figure(report).axes[0].get_ylabel()
    'true class'
    """
    n_classes = len(report.classes or ())
    side = min(max(4.2, 1.8 + 0.38 * n_classes), 12.0)
    figure = new_figure(side + 0.9, side)
    draw_confusion(figure, report, room=side - 1.6)
    return figure


def draw_confusion(panel: FigureBase, report: Report, *, room: float) -> None:
    """Draw the matrix into a figure or a part of one where it has `room` inches on a side."""
    if report.confusion is None or report.classes is None:
        raise OptionError("This report is of a regression; only classes can be confused.")
    axes = panel.add_subplot()
    counts, k = np.asarray(report.confusion), len(report.classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(k, dtype=bool)
    worst = float(shares[~diagonal].max(initial=0.0))
    errors = Normalize(0, worst or 1.0)
    axes.imshow(np.where(diagonal, shares, np.nan), cmap=RIGHT, vmin=0, vmax=1, interpolation="nearest")
    shown = axes.imshow(np.where(diagonal, np.nan, shares), cmap=WRONG, norm=errors, interpolation="nearest")
    _name_classes(axes, report.classes, shares.diagonal(), room)
    size = _size(room, k, str(counts.max()))
    if size >= SMALLEST:
        _write_counts(axes, counts, shares, WRONG, errors, size=size)
    what = "counts" if size >= SMALLEST else "blue: right, orange: wrong"
    wrong = report.n - int(np.trace(counts))
    headline(axes, "Confusion matrix", f"{what}; {wrong:,} of {report.n:,} wrong")
    if worst > 0:
        color_bar(panel, axes, shown, "errors: share of the true class", left=1 + 0.6 / room, share=True)


def _size(room: float, k: int, longest: str) -> float:
    """Points at which the longest number fits in a cell with a margin: a digit is 0.64 of its size wide."""
    cell = 72 * room / k
    return float(min(0.8 * cell / (0.64 * max(len(longest), 2)), 9.0))


def _name_classes(axes: Axes, classes: tuple[str, ...], right: Array, room: float) -> None:
    """Names at the left and below; at the right the share of each class that was told rightly."""
    k = len(classes)
    cell = 72 * room / k  # in points
    step = int(np.ceil(1.15 * SMALLEST / cell))
    places, size = range(0, k, step), float(np.clip(0.75 * cell, SMALLEST, 8.5))
    names = drawables([classes[i] for i in places], 14)
    upright = max(map(len, names)) * 0.6 * size < 0.9 * step * cell
    axes.set_yticks(places, names, **lettering(size))
    axes.set_xticks(places, names, rotation=0 if upright else 90, **lettering(size))
    axes.set_ylabel("true class", **lettering(8.5))
    axes.set_xlabel("called", **lettering(8.5))
    axes.tick_params(length=0, pad=3)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if step == 1:
        beside = {"textcoords": "offset points", **lettering(min(size, 7.5), FAINT)}
        for i, share in enumerate(right):
            axes.annotate(percent(float(share)), (k - 0.5, i), (4, 0), va="center", **beside)
        axes.annotate("right", (k - 0.5, -0.5), (4, 4), va="bottom", **beside)
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    axes.grid(visible=True, which="minor", color="#e9e9ec", linewidth=0.5)
    axes.tick_params(which="minor", length=0)


def _write_counts(
    axes: Axes, counts: Array, shares: Array, cmap: Colormap, errors: Normalize, size: float
) -> None:
    """The number in each cell that is not 0, in white where the ground is dark."""
    for i, j in zip(*np.nonzero(counts), strict=True):
        dark = i != j and _luminance(cmap(errors(shares[i, j]))) < 0.4
        axes.text(
            j,
            i,
            drawable(str(counts[i, j])),
            ha="center",
            va="center",
            **lettering(size, "#ffffff" if dark else INK),
        )


def _luminance(rgba: tuple[float, float, float, float]) -> float:
    red, green, blue, _ = rgba
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
