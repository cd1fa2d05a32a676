"""Examples as pictures: of each class, their means, and the surest mistakes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure, FigureBase

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.basics.percent import percent
from pellucid.data.dataset import BYTES, Dataset, Input
from pellucid.understanding.evaluation.report import Mistake, Report
from pellucid.understanding.figures.boards import (
    Board,
    draw_board,
    drawable_pictures,
    frame_board,
    gray_range,
    place_picture,
    told_channels,
)
from pellucid.understanding.figures.paper import (
    drawable,
    headline,
    lettering,
    message,
    new_figure,
)

MOST_MISTAKES = 10


def mistakes_figure(report: Report, input: Input) -> Figure:
    r"""The wrong answers of which the network was surest: up to ten pictures, "8 called 3, 99.8 %".

    Parameters
    ----------
    report : Report
    input : Input
        What an example is: ``dataset.input``.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the examples are not pictures.

    Examples
    --------
    >>> x = np.zeros(4, dtype=np.uint8)
    >>> report = Report("dots", 1, 2.0, {}, mistakes=(Mistake(0, "8", "3", 0.998, x),))
    >>> [text.get_text() for text in mistakes_figure(report, Input.picture(2, 2)).axes[0].texts][0]
    '8 called 3\n99.8 %'
    """
    shown = report.mistakes[:MOST_MISTAKES]
    _check_pictures(input)
    board = Board(columns=5, width=6.75)
    height = board.height(len(shown), input.shape, n_lines=max(map(_lines, shown), default=2))
    figure = new_figure(board.width + 0.3, height + 0.7)
    draw_mistakes(figure, report, input, board)
    return figure


def draw_mistakes(panel: FigureBase, report: Report, input: Input, board: Board) -> None:
    """Draw the mistakes into a figure or a part of one."""
    shown = report.mistakes[:MOST_MISTAKES]
    if not shown:
        message(panel, f"No mistake to show among {report.n:,} examples.")
        return
    pictures = np.stack([np.asarray(m.x).reshape(input.shape) for m in shown])
    axes = panel.add_subplot()
    norm = gray_range(pictures, input)
    drawn = drawable_pictures(pictures, norm)
    draw_board(axes, drawn, [_caption(m) for m in shown], board, norm, "gray")
    headline(
        axes,
        "Surest mistakes",
        "the true class, what the network called it, and the probability that it gave to that"
        + told_channels(input),
    )


def _caption(mistake: Mistake) -> str:
    truth, predicted = drawable(mistake.truth, 14), drawable(mistake.predicted, 14)
    between = " " if len(truth) + len(predicted) <= 8 else "\n"
    return f"{truth}{between}called {predicted}\n{percent(mistake.probability)}"


def _lines(mistake: Mistake) -> int:
    return _caption(mistake).count("\n") + 1


def mean_pictures_figure(dataset: Dataset) -> Figure:
    """The mean picture of each class.

    Parameters
    ----------
    dataset : Dataset
        Of pictures with classes.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the examples are not pictures.
    OptionError
        If the answers are numbers, not classes, or there is no example.

    Examples
    --------
    >>> dots = Dataset(np.eye(4), np.arange(4), input=Input.picture(2, 2), classes="abcd")
    >>> len(mean_pictures_figure(dots).axes[0].images)
    4
    """
    classes = _checked_classes(dataset)
    present = [c for c in range(len(classes)) if dataset.class_counts[c]]
    pictures = np.stack([dataset.pictures[dataset.y == c].mean(axis=0) for c in present])
    counts = dataset.class_counts
    captions = [f"{drawable(classes[c], 14)}\n{counts[c]:,} examples" for c in present]
    columns = 10 if len(present) > 12 else 5
    board = Board(columns, width=1.25 * columns)
    figure = new_figure(board.width + 0.3, board.height(len(present), dataset.input.shape, n_lines=2) + 0.5)
    axes = figure.add_subplot()
    bytes_of_gray = dataset.X.dtype == np.uint8 and dataset.input.shades == BYTES
    norm = gray_range(dataset.X[:1] if bytes_of_gray else pictures)
    draw_board(axes, drawable_pictures(pictures, norm), captions, board, norm, "gray")
    title = f"Mean picture of each class: {drawable(dataset.title, 60)}"
    headline(axes, title + told_channels(dataset.input))
    return figure


def examples_figure(dataset: Dataset, *, per_class: int = 10) -> Figure:
    """The first examples of each class, a row for each.

    Parameters
    ----------
    dataset : Dataset
        Of pictures with classes.
    per_class : int
        How many of each.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the examples are not pictures.
    OptionError
        If the answers are numbers, not classes, or there is no example.

    Examples
    --------
    >>> dots = Dataset(np.eye(4), np.array([0, 0, 1, 1]), input=Input.picture(2, 2), classes="ab")
    >>> len(examples_figure(dots).axes[0].images)
    4
    """
    classes = _checked_classes(dataset)
    rows = [np.flatnonzero(dataset.y == c)[:per_class] for c in range(len(classes))]
    names = [drawable(name, 20) for name in classes]
    columns = max(max(len(row) for row in rows), 6)  # room for the headline
    aspect = dataset.input.shape[0] / dataset.input.shape[1]
    inch = 0.62 if len(classes) <= 12 else 0.45
    left = 0.3 + 0.09 * max(map(len, names))  # inches, for the names
    figure = new_figure(left + inch * columns + 0.2, 0.6 + inch * aspect * len(classes))
    axes = figure.add_subplot()
    norm = gray_range(dataset.X[np.concatenate(rows)], dataset.input)
    for row, (name, members) in enumerate(zip(names, rows, strict=True)):
        for column, picture in enumerate(drawable_pictures(dataset.pictures[members], norm)):
            place_picture(axes, picture, (column, row * aspect), norm, "gray", gap=0.06)
        axes.text(-0.15, (row + 0.47) * aspect, name, ha="right", va="center", **lettering(9))
    frame_board(axes, columns, len(rows) * aspect)
    title = f"First examples of each class: {drawable(dataset.title, 40)}"
    headline(axes, title + told_channels(dataset.input))
    return figure


def _check_pictures(input: Input) -> None:
    if not input.is_picture:
        raise ShapeError(f"The examples are rows of {input.size} numbers; expected pictures to draw.")


def _checked_classes(dataset: Dataset) -> tuple[str, ...]:
    _check_pictures(dataset.input)
    if dataset.classes is None:
        raise OptionError("The answers are numbers; expected classes, to show examples of each.")
    if len(dataset) == 0:
        raise OptionError("There is no example to show; expected at least one.")
    return dataset.classes
