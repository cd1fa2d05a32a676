"""The picture of (k): what an example costs, against the number of examples and the width of the layers."""

from __future__ import annotations

from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

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
)

_STYLES = {"Pellucid": (BLUE, "o", "-"), "PyTorch": (ORANGE, "s", (0, (4, 1.5)))}


def cost_curves(section: dict[str, Any]) -> Figure:
    """Microseconds for each example and epoch, both axes logarithmic.

    Parameters
    ----------
    section : dict
        The results of (k).
    """
    figure = new_figure(9.0, 3.8)
    by_rows, by_width = figure.subplots(1, 2)
    _draw(by_rows, section, "rows")
    headline(by_rows, "Against the number of examples", "784-64-64-10, batch 128")
    by_rows.set_xlabel("training examples", **lettering(8.5))
    _draw(by_width, section, "width")
    headline(by_width, "Against the width", "784-n-n-10, batch 128")
    by_width.set_xlabel("n, neurons of a hidden layer", **lettering(8.5))
    figure.legend(
        handles=by_rows.get_legend_handles_labels()[0],
        loc="outside lower center",
        ncols=3,
        frameon=False,
        labelcolor=INK,
        prop={"family": FONT, "size": 8},
    )
    return figure


def _draw(axes: Axes, section: dict[str, Any], curve: str) -> None:
    plain_axes(axes)
    points = section[curve]
    for library, (color, marker, dashes) in _STYLES.items():
        line = [
            (point["at"], cost) for point in points if (cost := _microseconds(point, library)) is not None
        ]
        if line:
            axes.plot(
                *zip(*line, strict=True),
                color=color,
                marker=marker,
                markersize=4,
                linewidth=1.4,
                linestyle=dashes,
                label=library,
            )
    limit = max(moment["float32"]["all_cores"] for moment in section["limit"]) * 1e9
    floor = [(point["at"], 1e6 * point["flops_per_example"] / limit) for point in points]
    axes.plot(
        *zip(*floor, strict=True), color=FAINT, linewidth=1.0, linestyle=":", label="the machine's limit"
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([point["at"] for point in points])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_tick))
        axis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("µs for an example", **lettering(8.5))


def _microseconds(point: dict[str, Any], library: str) -> float | None:
    """Of an example in an epoch, in the typical turn of a library's runner."""
    for record in point["runners"].values():
        if record["library"] == library and record.get("seconds"):
            return 1e6 * median(record["seconds"]) / float(point["rows"])
    return None


def _tick(value: float, _position: int | None = None) -> str:
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"
