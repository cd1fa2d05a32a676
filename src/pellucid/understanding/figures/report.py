"""A whole training run on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure, FigureBase

from pellucid.basics.percent import percent
from pellucid.network.network import Network
from pellucid.training.records import Epoch
from pellucid.understanding.evaluation.report import Report
from pellucid.understanding.figures.boards import Board
from pellucid.understanding.figures.confusion import draw_confusion
from pellucid.understanding.figures.curves import draw_curves
from pellucid.understanding.figures.paper import FAINT, drawable, lettering, message, new_figure
from pellucid.understanding.figures.pictures import draw_mistakes
from pellucid.understanding.figures.weights import draw_first_layer, side_by_side

Part = Literal["curves", "confusion", "mistakes", "weights"]
WIDTH, NARROW, ROW, HEADER, MARGIN = 12.6, 8.4, 4.4, 1.1, 0.3  # inches
MOST_NEURONS = 32  # on a quarter of a page


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the header with what it means."""

    meaning: str
    number: str


def report_figure(net: Network, history: Sequence[Epoch] | None, report: Report, title: str = "") -> Figure:
    """One page: the numbers that matter, training curves, confusion matrix, surest mistakes, first-layer weights.

    What does not apply is left out: a table has no pictures, a regression no confusion, a loaded model no history.

    Parameters
    ----------
    net : Network
    history : History, sequence of Epoch or None
    report : Report
        On examples that training did not see.
    title : str
        The headline; by default what the data is called.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.data.dataset import Dataset
    >>> from pellucid.understanding.evaluation.report import evaluate
    >>> corners = Dataset(np.eye(2), np.array([0, 1]), classes=("low", "high"))
    >>> net = Network.for_data(corners, hidden=[4])
    >>> len(report_figure(net, None, evaluate(net, corners), "Corners").subfigs)
    2
    """
    parts = _parts(net, history, report)
    n_rows = -(-max(len(parts), 1) // 2)
    width, height = (WIDTH if len(parts) > 1 else NARROW), HEADER + ROW * n_rows
    figure = new_figure(width + 2 * MARGIN, height + 2 * MARGIN)
    sheet = figure.add_gridspec(
        4,
        3,
        width_ratios=[MARGIN, width, MARGIN],
        height_ratios=[MARGIN, HEADER, ROW * n_rows, MARGIN],
    )
    header, body = figure.add_subfigure(sheet[1, 1]), figure.add_subfigure(sheet[2, 1])
    _draw_header(header, title or report.title, _tiles(net, history, report), width)
    if not parts:
        message(body, "There is nothing to draw: no training history, no classes, no pictures.")
        return figure
    columns = min(len(parts), 2)
    cells = body.subfigures(n_rows, columns, squeeze=False, wspace=0.02, hspace=0.02).flat
    for part, cell in zip(parts, cells, strict=False):
        _draw_part(part, cell, net, history or (), report)
    return figure


def _parts(net: Network, history: Sequence[Epoch] | None, report: Report) -> list[Part]:
    pictures = net.architecture.input.is_picture
    applies: dict[Part, bool] = {
        "curves": bool(history),
        "confusion": report.confusion is not None,
        "mistakes": pictures and report.confusion is not None,
        "weights": pictures,
    }
    return [part for part, wanted in applies.items() if wanted]


def _draw_part(part: Part, cell: FigureBase, net: Network, history: Sequence[Epoch], report: Report) -> None:
    if part == "curves":
        draw_curves(cell, history, net.architecture.loss)
    elif part == "confusion":
        draw_confusion(cell, report, room=3.2)
    elif part == "mistakes":
        draw_mistakes(cell, report, net.architecture.input, Board(columns=5, width=5.9))
    else:
        n = min(net.architecture.layers[0].units, MOST_NEURONS)
        shape = side_by_side(net.architecture.input.shape)
        board = Board.filling(n, shape, width=5.2, height=ROW - 0.9)
        draw_first_layer(cell, net, board, most=MOST_NEURONS)


def _tiles(net: Network, history: Sequence[Epoch] | None, report: Report) -> list[Tile]:
    tiles = [
        Tile("network", drawable(str(net.architecture), 22)),
        Tile("parameters", f"{net.n_parameters:,}"),
    ]
    if report.accuracy is not None and report.accuracy_interval is not None:
        low, high = report.accuracy_interval
        tiles.append(Tile("test accuracy", percent(report.accuracy, 2)))
        tiles.append(Tile("its 95 % interval", f"{percent(low, 2)} – {percent(high, 2)}"))
    else:
        tiles.extend(Tile(name, f"{value:.4g}") for name, value in _few(report))
    tiles.append(Tile("test loss", f"{report.loss:.4f}"))
    if history:
        tiles.append(Tile("epochs", str(history[-1].number)))
        seconds = sum(epoch.seconds for epoch in history)
        tiles.append(Tile("training time", f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2g} s"))
    trained_by = history[-1].engine if history else ""
    tiles.append(Tile("engine", trained_by or net.engine_for().engine.name))
    return tiles


def _few(report: Report) -> list[tuple[str, float]]:
    """Of a regression's metrics the two that are read most easily."""
    names = {"r2": "R²", "root_mean_squared_error": "root mean squared error"}
    return [(names[name], report.metrics[name]) for name in names if name in report.metrics]


def _draw_header(panel: FigureBase, title: str, tiles: Sequence[Tile], width: float) -> None:
    """The title, and beneath it the numbers side by side, each as wide as its text."""
    axes = panel.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, width)  # so that lengths are inches
    axes.set_ylim(0, 1)
    axes.text(0, 0.95, drawable(title, int(width * 6.5)), va="top", **lettering(15, weight="bold"))
    widths = [max(0.07 * len(tile.meaning), 0.1 * len(tile.number)) + 0.35 for tile in tiles]
    shrink = min(1.0, width / sum(widths))
    left = 0.0
    for tile, room in zip(tiles, widths, strict=True):
        axes.text(left, 0.42, tile.meaning, va="bottom", **lettering(8 * shrink, FAINT))
        axes.text(left, 0.34, tile.number, va="top", **lettering(11 * shrink))
        left += room * shrink
