from __future__ import annotations

import numpy as np

from pellucid.training.rate_search import RateSearch
from pellucid.understanding.figures import figure_png, learning_rates_figure

RATES = np.geomspace(1e-4, 1, 60)
LOSSES = 2 - np.exp(-((np.log10(RATES) + 1.5) ** 2)) + 50 * (RATES > 0.5)


def test_it_shows_both_curves_and_the_suggestion_and_not_the_explosion() -> None:
    figure = learning_rates_figure(RateSearch(RATES, LOSSES, LOSSES + 0.1, 0.003))
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert [line.get_label() for line in axes.get_lines()] == ["each batch", "running mean", "to begin with"]
    assert [text.get_text() for text in axes.texts] == ["0.003"]
    assert 2 < axes.get_ylim()[1] < 10
    assert figure_png(figure, dpi=50).startswith(b"\x89PNG")


def test_losses_that_never_change_have_room_too() -> None:
    flat = np.zeros(60)
    low, high = learning_rates_figure(RateSearch(RATES, flat, flat, 0.1)).axes[0].get_ylim()
    assert low < high
