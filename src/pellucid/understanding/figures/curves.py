"""Training as curves: loss and accuracy, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pellucid.basics.errors import OptionError
from pellucid.training.records import Epoch
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

IN_NATS = ("cross_entropy", "binary_cross_entropy")
LOG_SCALE_FROM = 100.0  # a loss that falls by more than this factor is drawn on a logarithmic scale


def training_curves(history: Sequence[Epoch], *, loss: str = "") -> Figure:
    """Loss and accuracy of each epoch, on training and validation examples.

    The training value is a mean over the whole epoch, taken while the network learnt, so it stands at the epoch's
    middle; the validation value was measured after the epoch and stands at its end.

    Parameters
    ----------
    history : History, or any sequence of Epoch
    loss : str, optional
        The loss's name, as in ``net.architecture.loss``: it labels the axis, with its unit.

    Returns
    -------
    Figure
        Without accuracy where the network predicts numbers.

    Raises
    ------
    OptionError
        If there is no epoch to show.

    Examples
    --------
    >>> records = [Epoch(i, 1 / i, 0.9, 0.0, 1.2 / i, 0.8, 0.01, 10, 320, 0.1, "", i, None) for i in (1, 2, 3)]
    >>> [axes.get_ylabel() for axes in training_curves(records, loss="cross_entropy").axes]
    ['cross-entropy (nats)', 'accuracy']
    """
    figure = new_figure(9.0 if _has_accuracy(history) else 5.0, 3.6)
    draw_curves(figure, history, loss)
    return figure


def draw_curves(panel: FigureBase, history: Sequence[Epoch], loss: str = "") -> None:
    """Draw the curves into a figure or a part of one."""
    if not history:
        raise OptionError("The history holds no epoch; train the network for at least one.")
    plots = panel.subplots(1, 2 if _has_accuracy(history) else 1, squeeze=False)[0]
    _draw(plots[0], history, [e.loss for e in history], [e.validation_loss for e in history])
    headline(plots[0], "Loss")
    _label_loss(plots[0], history, loss)
    if len(plots) == 2:
        _draw(plots[1], history, [e.accuracy for e in history], [e.validation_accuracy for e in history])
        headline(plots[1], "Accuracy")
        plots[1].set_ylabel("accuracy", **lettering(8.5))
        plots[1].yaxis.set_major_formatter(FuncFormatter(share_tick))
        plots[1].set_ylim(top=min(plots[1].get_ylim()[1], 1.003))
    _mark_kept_weights(plots, history)
    panel.legend(
        handles=plots[0].get_legend_handles_labels()[0],
        loc="outside lower center",  # beside the curves, where it can't hide any
        ncols=2,
        frameon=False,
        labelcolor=INK,
        prop={"family": FONT, "size": 8},
    )


def _has_accuracy(history: Sequence[Epoch]) -> bool:
    return bool(history) and all(epoch.accuracy is not None for epoch in history)


def _draw(
    axes: Axes,
    history: Sequence[Epoch],
    training: Sequence[float | None],
    validation: Sequence[float | None],
) -> None:
    """Both curves, the training values at the middle of their epochs."""
    plain_axes(axes)
    numbers = [epoch.number for epoch in history]
    while_learning = [value for value in training if value is not None]  # all or none are known
    marker = "o" if len(history) <= 30 else ""
    axes.plot(
        [number - 0.5 for number in numbers],
        while_learning,
        color=BLUE,
        marker=marker,
        markersize=4,
        linewidth=1.4,
        label="training (mean while learning)",
    )
    judged = [(x, y) for x, y in zip(numbers, validation, strict=True) if y is not None]
    if judged:
        axes.plot(
            [x for x, _ in judged],
            [y for _, y in judged],
            color=ORANGE,
            marker="s" if marker else "",
            markersize=4,
            linewidth=1.4,
            linestyle=(0, (4, 1.5)),
            label="validation (after the epoch)",
        )
    axes.set_xlabel("epoch", **lettering(8.5))
    axes.set_xlim(numbers[0] - 1, numbers[-1] + 0.04 * (numbers[-1] - numbers[0] + 1))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))


def _values(axes: Axes) -> list[float]:
    return np.concatenate(
        [np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.get_lines()]
    ).tolist()


def _label_loss(axes: Axes, history: Sequence[Epoch], loss: str) -> None:
    words = loss.replace("cross_entropy", "cross-entropy").replace("_", " ") or "loss"
    unit = " (nats)" if loss in IN_NATS else ""
    values = _values(axes)
    if min(values) > 0 and max(values) / min(values) > LOG_SCALE_FROM:
        axes.set_yscale("log")
        unit += ", logarithmic scale"
        axes.tick_params(which="minor", colors=FAINT, width=0.5, labelleft=False)
    else:
        axes.set_ylim(0, 1.05 * max(values) or 1.0)
    axes.set_ylabel(words + unit, **lettering(8.5))


def _mark_kept_weights(plots: Sequence[Axes], history: Sequence[Epoch]) -> None:
    """Where the weights are not the last epoch's, show whose they are."""
    kept = history[-1].weights_of
    if kept == history[-1].number or not any(epoch.number == kept for epoch in history):
        return
    for axes in plots:
        axes.axvline(kept, color=FAINT, linewidth=0.9, linestyle=":")
    plots[-1].annotate(
        f"weights of epoch {kept}",
        (kept, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 0),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="bottom",
        **lettering(7.5, FAINT),
    )
