"""Figures of calibration and of cross-validation: what stands in them, where, and that nothing overlaps."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.special import softmax

from pellucid.basics.errors import UnknownNameError
from pellucid.data.folding import fold_rows
from pellucid.understanding.evaluation.calibration import Calibration
from pellucid.understanding.evaluation.folds import CrossValidation, FoldResult
from pellucid.understanding.evaluation.reliability import reliability
from pellucid.understanding.figures.folds import folds_figure
from pellucid.understanding.figures.paper import BLUE, ORANGE
from pellucid.understanding.figures.reliability import reliability_figure


def judged(T=1.0, n=500, k=3, seed=0):
    """Scores that are honest at temperature 2, divided by T."""
    rng = np.random.default_rng(seed)
    z = 6 * rng.normal(size=(n, k))
    y = np.array([rng.choice(k, p=p) for p in softmax(z / 2, axis=1)])
    return reliability(softmax(z / T, axis=1), y)


def folded(scores, metric="accuracy", k=5):
    empty = np.zeros(0, dtype=int)
    results = [
        FoldResult(f, 0.3, {metric: s}, empty, empty, None, 1, 0.1, "")
        for f, s in zip(fold_rows(100, k=k, repeats=len(scores) // k), scores, strict=True)
    ]
    return CrossValidation("made up", 100, None, tuple(results))


def texts(figure):
    """Every text that a figure shows; labels of ticks beyond an axis's ends are not drawn."""
    figure.draw_without_rendering()
    beyond = set()
    for axis in figure.findobj(mpl.axis.Axis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                beyond |= {tick.label1, tick.label2}
    found = figure.findobj(mpl.text.Text)
    return [t for t in found if t.get_visible() and t.get_text().strip() and t not in beyond]


def check_lettering(figure):
    """No text covers another or sticks out of the paper."""
    shown = texts(figure)
    boxes = [text.get_window_extent().padded(-1) for text in shown]
    for i, box in enumerate(boxes):
        assert all(figure.bbox.padded(0.5).contains(*corner) for corner in box.corners()), shown[i].get_text()
        for j in range(i):
            assert not box.overlaps(boxes[j]), (shown[i].get_text(), shown[j].get_text())


def test_a_reliability_figure_shows_each_bin_that_has_answers():
    found = judged()
    upper, lower = reliability_figure(found).axes
    diagonal, curve = upper.get_lines()
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    some = found.counts > 0
    np.testing.assert_allclose(curve.get_xdata(), found.confidence[some])
    np.testing.assert_allclose(curve.get_ydata(), found.accuracy[some])
    (bars,) = lower.patches
    np.testing.assert_array_equal(bars.get_data().values, found.counts)
    np.testing.assert_array_equal(bars.get_data().edges, found.edges)
    assert upper.get_xlim()[0] < found.confidence[some].min()


def test_a_calibration_shows_before_and_after():
    figure = reliability_figure(Calibration(2.0, 500, 0.8, 0.6, judged(1.0), judged(2.0)))
    upper, _ = figure.axes
    _, before, after = upper.get_lines()
    assert (before.get_color(), after.get_color()) == (ORANGE, BLUE)
    words = " ".join(text.get_text() for text in texts(figure))
    assert "temperature 2, 500 answers" in words
    assert f"before: calibration error {100 * judged(1.0).expected_error:.1f} %" in words
    assert f"after: calibration error {100 * judged(2.0).expected_error:.1f} %" in words


@pytest.mark.parametrize("n", [1, 5, 5000])
def test_lettering_of_a_reliability_figure_is_clear(n):
    found = judged(n=n)
    check_lettering(reliability_figure(found))
    check_lettering(reliability_figure(Calibration(0.123456, n, 0.8, 0.6, found, judged(2.0, n=n))))


def test_certain_answers_alone_still_make_a_figure():
    p = np.eye(2)[[0, 1, 0]]
    check_lettering(reliability_figure(reliability(p, np.array([0, 1, 0]))))


def test_folds_are_points_about_their_mean_within_its_interval():
    scores = [0.90, 0.85, 0.92, 0.88, 0.80]
    found = folded(scores)
    (axes,) = folds_figure(found).axes
    mean, points = axes.get_lines()
    assert points.get_ydata().tolist() == scores
    assert points.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert set(mean.get_ydata()) == {found.mean("accuracy")}
    (band,) = axes.patches
    low, high = found.interval("accuracy")
    assert (band.get_y(), band.get_y() + band.get_height()) == (pytest.approx(low), pytest.approx(high))
    assert to_hex(band.get_facecolor()) == to_hex(BLUE)


@pytest.mark.parametrize("n_folds", [5, 50])
@pytest.mark.parametrize("metric", ["accuracy", "root_mean_squared_error"])
def test_lettering_of_folds_is_clear(metric, n_folds):
    scores = np.random.default_rng(0).uniform(0.7, 0.9, n_folds).tolist()
    check_lettering(folds_figure(folded(scores, metric), metric))
    check_lettering(folds_figure(folded(scores, metric), "loss"))


def test_a_single_fold_has_no_band():
    one = CrossValidation("one", 100, None, folded([0.9] * 5).folds[:1])
    (axes,) = folds_figure(one).axes
    assert not axes.patches


def test_an_unknown_metric_is_refused():
    with pytest.raises(UnknownNameError, match="r2"):
        folds_figure(folded([0.9] * 5), "r2")
