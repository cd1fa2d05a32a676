"""Learning rates as a curve: what each made of the loss, and which to take."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.training.rate_search import RateSearch
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

HIGHEST_SHOWN = 1.5  # times the first loss: beyond, there is only the explosion


def learning_rates_figure(search: RateSearch) -> Figure:
    """The loss of each step over its learning rate, the running mean, and the suggested rate.

    Parameters
    ----------
    search : RateSearch
        What `find_learning_rate` gave.

    Returns
    -------
    Figure

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 1, 50)
    >>> losses = 1 - 0.5 * np.exp(-(np.log10(rates) + 1) ** 2)
    >>> figure = learning_rates_figure(RateSearch(rates, losses, losses, 0.01))
    >>> figure.axes[0].get_xlabel()
    'learning rate, logarithmic scale'
    """
    figure = new_figure(5.0, 3.6)
    axes = figure.subplots()
    plain_axes(axes)
    axes.set_xscale("log")
    axes.tick_params(which="minor", colors=FAINT, width=0.5, labelbottom=False)
    axes.plot(search.rates, search.losses, color=FAINT, linewidth=0.8, label="each batch")
    axes.plot(search.rates, search.smoothed, color=BLUE, linewidth=1.4, label="running mean")
    axes.set_xlabel("learning rate, logarithmic scale", **lettering(8.5))
    axes.set_ylabel("loss", **lettering(8.5))
    headline(axes, "Loss while the learning rate rises")
    _limit(axes, search)
    _mark(axes, search.suggestion)
    figure.legend(
        loc="outside lower center",  # beside the curves, where it can't hide any
        ncols=3,
        frameon=False,
        labelcolor=INK,
        prop={"family": FONT, "size": 8},
    )
    return figure


def _limit(axes: Axes, search: RateSearch) -> None:
    """Show what happens before the explosion."""
    shown = np.concatenate([search.smoothed, search.losses])
    top = min(float(shown.max()), HIGHEST_SHOWN * float(max(search.smoothed[0], search.smoothed.min())))
    bottom = float(min(shown.min(), 0.0))
    axes.set_ylim(bottom, bottom + 1.05 * ((top - bottom) or 1.0))


def _mark(axes: Axes, suggestion: float) -> None:
    axes.axvline(suggestion, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 1.5)), label="to begin with")
    axes.annotate(
        f"{suggestion:.2g}",
        (suggestion, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        ha="left",
        va="bottom",
        **lettering(8.5),
    )
