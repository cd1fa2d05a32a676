"""Figures: what stands in them, that nothing overlaps, and that no display or global state is needed."""

import io
import subprocess
import sys
import threading

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from pellucid.basics.errors import OptionError, ShapeError, StorageError
from pellucid.basics.percent import percent
from pellucid.data.dataset import Dataset, Input
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.training.records import Epoch, History
from pellucid.understanding.evaluation.report import Interval, Mistake, Report, evaluate
from pellucid.understanding.figures import (
    confusion_figure,
    examples_figure,
    figure_png,
    first_layer_figure,
    mean_pictures_figure,
    mistakes_figure,
    report_figure,
    save_figure,
    training_curves,
)
from pellucid.understanding.figures.boards import Board
from pellucid.understanding.figures.paper import drawable, new_figure

MANY = [pytest.param(k, marks=pytest.mark.slow) for k in (30, 60)]  # thousands of cells to lay out
NAUGHTY = ("$5-$10", "a_{b}^c", "line\nbreak", "猫", "\x1b[31m", "an extraordinarily long class name", "")


def epoch(number, loss=1.0, accuracy=0.5, judged=None, kept=None):
    return Epoch(
        number,
        loss,
        accuracy,
        0.0,
        judged,
        judged,
        0.01,
        10,
        320,
        0.5,
        "",
        kept or number,
        None,
        "blackboard",
    )


def history(n=4, **changes):
    return History([epoch(i, loss=1 / i, accuracy=1 - 0.3 / i, **changes) for i in range(1, n + 1)])


def some_report(k=3, wrong=7, n_mistakes=3, side=4, classes=None):
    confusion = np.diag(np.full(k, 90))
    confusion[0, 1] = wrong
    n = int(confusion.sum())
    x = np.arange(side * side, dtype=np.uint8)
    return Report(
        "things",
        n,
        0.25,
        {"accuracy": 0.9},
        accuracy=0.9,
        accuracy_interval=Interval(0.85, 0.94),
        confusion=confusion,
        classes=classes or tuple(f"c{i}" for i in range(k)),
        mistakes=tuple(Mistake(i, "c0", "c1", 0.9 - i / 10, x) for i in range(n_mistakes)),
    )


def picture_net(hidden=(5,), side=4, k=3, **options):
    architecture = Architecture.mlp(Input.picture(side, side), hidden, k)
    return Network(architecture, classes=[f"c{i}" for i in range(k)], **options)


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


def words(figure):
    return [text.get_text() for text in texts(figure)]


def overlapping(figure):
    """Pairs of texts that cover each other by more than a pixel."""
    shown = texts(figure)
    boxes = [text.get_window_extent().padded(-1) for text in shown]
    return [
        (shown[i].get_text(), shown[j].get_text())
        for i in range(len(shown))
        for j in range(i)
        if boxes[i].overlaps(boxes[j])
    ]


def outside(figure):
    """Texts that stick out of the paper."""
    paper = figure.bbox.padded(0.5)
    corners = [(text.get_text(), text.get_window_extent().corners()) for text in texts(figure)]
    return [word for word, points in corners if not all(paper.contains(*point) for point in points)]


# the paper


def test_a_png_has_the_size_asked_for():
    picture = Image.open(io.BytesIO(figure_png(new_figure(2, 1), dpi=80)))
    assert (picture.format, picture.size) == ("PNG", (160, 80))
    assert Image.open(io.BytesIO(figure_png(new_figure(2, 1)))).size == (300, 150)


def test_the_same_figure_gives_the_same_bytes():
    assert figure_png(training_curves(history())) == figure_png(training_curves(history()))


def test_saving_is_whole_or_not_at_all(tmp_path):
    place = save_figure(new_figure(1, 1), tmp_path / "figure.png", dpi=50)
    with Image.open(place) as picture:
        assert picture.size == (50, 50)
    with pytest.raises(StorageError, match="no such folder"):
        save_figure(new_figure(1, 1), tmp_path / "missing" / "figure.png")
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]


def test_no_display_no_pyplot_no_global_state():
    program = (
        "import sys, matplotlib\n"
        "def settings():  # a look at 'backend' would load pyplot\n"
        "    return {k: v for k, v in matplotlib.rcParams.copy().items() if k != 'backend'}\n"
        "before = settings()\n"
        "from pellucid.understanding.figures import training_curves, figure_png\n"
        "from pellucid.training.records import Epoch\n"
        "figure_png(training_curves([Epoch(1, 1., .5, 0., None, None, .1, 1, 1, 1., '', 1, None)]))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert settings() == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_settings_of_the_user_change_nothing():
    plain = figure_png(training_curves(history()), dpi=50)
    with mpl.rc_context({"text.color": "red", "font.family": "serif", "axes.facecolor": "black"}):
        assert figure_png(training_curves(history()), dpi=50) == plain


def test_several_threads_may_draw_at_once():
    expected = figure_png(confusion_figure(some_report()), dpi=50)
    drawn = []
    threads = [
        threading.Thread(target=lambda: drawn.append(figure_png(confusion_figure(some_report()), dpi=50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [expected] * 4


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.0 %"), (0.0004, "< 0.1 %"), (0.0006, "0.1 %"), (0.9994, "99.9 %"), (0.9996, "> 99.9 %")],
)
def test_only_all_is_a_hundred_per_cent(share, text):
    assert percent(share) == text
    assert percent(1.0) == "100.0 %"


def test_names_become_one_short_drawable_line():
    assert [drawable(name, 12) for name in NAUGHTY] == [
        "$5-$10",
        "a_{b}^c",
        "line break",
        "�",
        "�[31m",
        "an extraord…",
        "",
    ]


# curves


def test_training_stands_at_the_middle_of_its_epoch_and_validation_at_its_end():
    loss, accuracy = training_curves(history(judged=0.6), loss="cross_entropy").axes
    training, validation = loss.get_lines()
    assert training.get_xdata().tolist() == [0.5, 1.5, 2.5, 3.5]
    assert training.get_ydata().tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert list(validation.get_xdata()) == [1, 2, 3, 4]
    assert list(accuracy.get_lines()[1].get_ydata()) == [0.6] * 4


def test_both_curves_are_named_honestly_and_no_curve_is_hidden_by_the_legend():
    figure = training_curves(history(judged=0.6))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "training (mean while learning)",
        "validation (after the epoch)",
    ]
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert not legend.get_window_extent().overlaps(axes.get_window_extent())


@pytest.mark.parametrize(
    ("loss", "label"),
    [
        ("cross_entropy", "cross-entropy (nats)"),
        ("binary_cross_entropy", "binary cross-entropy (nats)"),
        ("squared_error", "squared error"),
        ("", "loss"),
    ],
)
def test_only_cross_entropies_are_in_nats(loss, label):
    assert training_curves(history(), loss=loss).axes[0].get_ylabel() == label


def test_a_small_fall_starts_at_zero_and_a_large_one_is_logarithmic_and_says_so():
    small = training_curves(history()).axes[0]
    assert small.get_ylim()[0] == 0
    large = training_curves(History([epoch(1, 100.0), epoch(2, 0.01)])).axes[0]
    assert large.get_yscale() == "log"
    assert "logarithmic" in large.get_ylabel()


def test_a_regression_has_no_accuracy():
    records = [epoch(i, loss=3.0, accuracy=None) for i in (1, 2)]
    assert len(training_curves(records).axes) == 1


def test_weights_of_an_earlier_epoch_are_marked():
    records = [epoch(i, judged=0.5, kept=2 if i == 5 else None) for i in range(1, 6)]
    assert "weights of epoch 2" in words(training_curves(records))
    assert not any(word.startswith("weights") for word in words(training_curves(history(judged=0.5))))


def test_one_epoch_and_a_loss_of_zero_are_drawn():
    assert figure_png(training_curves([epoch(1, loss=0.0, accuracy=1.0, judged=0.0)]), dpi=40)


def test_going_on_from_epoch_7_starts_there():
    loss = training_curves([epoch(7), epoch(8)]).axes[0]
    assert 6 <= loss.get_xlim()[0] <= 6.5


def test_no_epoch_no_curves():
    with pytest.raises(OptionError, match="no epoch"):
        training_curves(History([]))


# confusion matrix


def test_every_count_that_is_not_zero_is_written():
    axes = confusion_figure(some_report(k=4)).axes[0]
    counts = {tuple(map(float, t.get_position())): t.get_text() for t in axes.texts if t.get_text().isdigit()}
    assert counts == {(i, i): "90" for i in range(4)} | {(1, 0): "7"}


def test_errors_have_a_scale_of_their_own():
    axes = confusion_figure(some_report(wrong=3)).axes[0]
    right, wrong = axes.images
    assert right.get_clim() == (0, 1)
    assert wrong.get_clim() == (0, 3 / 93)
    worst = to_hex(wrong.cmap(wrong.norm(3 / 93)))
    assert worst == "#b84a00"  # however rare, the most frequent error is seen
    assert np.ma.getmaskarray(np.ma.masked_invalid(wrong.get_array())).diagonal().all()


def test_the_share_told_rightly_stands_beside_each_row():
    text = words(confusion_figure(some_report(wrong=10)))
    assert "90.0 %" in text
    assert text.count("100.0 %") == 2
    assert "counts; 10 of 280 wrong" in text


def test_a_perfect_report_has_no_scale_of_errors():
    figure = confusion_figure(some_report(wrong=0))
    assert not any("errors" in word for word in words(figure))


def test_a_class_without_examples_is_no_division_by_zero():
    report = some_report(k=3)
    report.confusion[2, 2] = 0
    assert figure_png(confusion_figure(report), dpi=40)


@pytest.mark.parametrize("k", [2, 10, *MANY])
def test_names_and_counts_do_not_overlap(k):
    figure = confusion_figure(some_report(k=k))
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_print_too_small_to_read_is_left_out():
    many = confusion_figure(some_report(k=120))
    assert not any(t.get_text() == "90" for t in many.axes[0].texts)
    sizes = [t.get_fontsize() for t in many.findobj(mpl.text.Text) if t.get_text().strip()]
    assert min(sizes) >= 5.5


def test_naughty_names_are_drawn_without_a_warning():
    assert figure_png(confusion_figure(some_report(k=7, classes=NAUGHTY)), dpi=40)


def test_a_regression_has_no_confusion():
    with pytest.raises(OptionError, match="regression"):
        confusion_figure(Report("line", 3, 1.0, {"r2": 0.5}))


# pictures


def test_mistakes_say_what_was_called_what_and_how_surely():
    axes = mistakes_figure(some_report(n_mistakes=3), Input.picture(4, 4)).axes[0]
    assert [t.get_text() for t in axes.texts][:2] == ["c0 called c1\n90.0 %", "c0 called c1\n80.0 %"]
    np.testing.assert_array_equal(axes.images[0].get_array(), np.arange(16).reshape(4, 4))
    assert axes.images[0].get_clim() == (0, 255)


def test_at_most_ten_mistakes_are_shown():
    assert len(mistakes_figure(some_report(n_mistakes=14), Input.picture(4, 4)).axes[0].images) == 10


def test_without_mistakes_words_stand_there():
    assert words(mistakes_figure(some_report(n_mistakes=0), Input.picture(4, 4))) == [
        "No mistake to show among 277 examples."
    ]


def test_rows_of_a_table_are_no_pictures():
    table = Dataset(np.eye(4), np.arange(4), classes="abcd")
    for draw in (
        lambda: mistakes_figure(some_report(), Input((16,))),
        lambda: mean_pictures_figure(table),
        lambda: examples_figure(table),
        lambda: first_layer_figure(Network.for_data(table, hidden=[3])),
    ):
        with pytest.raises(ShapeError, match="expected pictures"):
            draw()


def picture_data(k=3, per_class=4):
    y = np.repeat(np.arange(k), per_class)
    X = np.random.default_rng(0).integers(0, 256, (len(y), 5, 4)).astype(np.uint8)
    return Dataset(X, y, input=Input.picture(5, 4), classes=[f"c{i}" for i in range(k)], title="noise")


def test_mean_pictures_are_means_of_their_class():
    data = picture_data()
    axes = mean_pictures_figure(data).axes[0]
    for c, image in enumerate(axes.images):
        np.testing.assert_allclose(image.get_array(), data.pictures[data.y == c].mean(axis=0))
        assert image.get_clim() == (0, 255)
    assert [t.get_text() for t in axes.texts] == [f"c{c}\n4 examples" for c in range(3)]


def test_a_class_without_examples_has_no_mean_picture():
    data = picture_data().take(np.arange(8))
    assert len(mean_pictures_figure(data).axes[0].images) == 2


def test_examples_stand_in_rows_by_class():
    data = picture_data()
    axes = examples_figure(data, per_class=2).axes[0]
    assert len(axes.images) == 6
    np.testing.assert_array_equal(axes.images[2].get_array(), data.pictures[4])
    assert [t.get_text() for t in axes.texts] == ["c0", "c1", "c2"]


def test_pictures_keep_their_proportions():
    left, right, bottom, top = examples_figure(picture_data()).axes[0].images[0].get_extent()
    assert (bottom - top) / (right - left) == pytest.approx(5 / 4)


def test_numbers_have_no_classes_to_show():
    data = Dataset(np.zeros((2, 4)), np.array([0.5, 1.5]), input=Input.picture(2, 2))
    for draw in (mean_pictures_figure, examples_figure):
        with pytest.raises(OptionError, match="expected classes"):
            draw(data)


def test_the_board_that_fills_a_place_fits_and_is_the_largest():
    board = Board.filling(16, (28, 28), width=5.2, height=3.5)
    larger = Board(board.columns - 1, 5.2)
    assert board.height(16, (28, 28), 1) <= 3.5 < larger.height(16, (28, 28), 1)


# weights


def test_each_picture_is_a_column_of_W_on_one_scale_around_zero():
    net = picture_net(hidden=[5])
    W = net.layers[0].W
    images = first_layer_figure(net).axes[0].images
    largest = float(np.abs(W).max())
    for j, image in enumerate(images):
        np.testing.assert_array_equal(image.get_array(), W[:, j].reshape(4, 4))
        assert image.get_clim() == (-largest, largest)
    assert len(images) == 5


def test_signs_have_the_colors_of_the_project():
    colors = first_layer_figure(picture_net()).axes[0].images[0].cmap
    assert [to_hex(colors(place)) for place in (0.0, 1.0)] == ["#b84a00", "#0072b2"]
    assert max(abs(a - b) for a, b in zip(colors(0.5)[:3], (0.957, 0.957, 0.949), strict=True)) < 0.01
    ends = [np.array(colors(place)[:3]) for place in (0.45, 0.475)]
    assert np.abs(ends[0] - ends[1]).max() > 0.01  # linear: small weights are neither hidden nor blown up


def test_at_most_64_neurons_and_the_figure_says_so():
    figure = first_layer_figure(picture_net(hidden=[70]))
    assert len(figure.axes[0].images) == 64
    assert any(word.startswith("the first 64 of 70 neurons") for word in words(figure))


def test_a_linear_model_shows_its_classes():
    assert {"c0", "c1", "c2"} <= set(words(first_layer_figure(picture_net(hidden=[]))))


def test_weights_that_are_all_zero_are_drawn():
    net = picture_net()
    net.theta[...] = 0
    assert figure_png(first_layer_figure(net), dpi=40)


# the page


def headlines(figure):
    known = {"Loss", "Accuracy", "Confusion matrix", "Surest mistakes", "First-layer weights"}
    return [word for word in words(figure) if word in known]


def test_the_page_has_the_four_parts_and_the_numbers():
    net = picture_net(hidden=[5])
    figure = report_figure(net, history(judged=0.6), some_report(), "A title")
    assert set(headlines(figure)) == {
        "Loss",
        "Accuracy",
        "Confusion matrix",
        "Surest mistakes",
        "First-layer weights",
    }
    numbers = {"A title", "16-5-3", "103", "90.00 %", "85.00 % – 94.00 %", "0.2500", "2.0 s", "blackboard"}
    assert numbers <= set(words(figure))


@pytest.mark.parametrize("k", [10, *MANY])
def test_nothing_on_the_page_overlaps_or_sticks_out(k):
    net = picture_net(hidden=[64], k=k)
    report = some_report(k=k, n_mistakes=10)
    figure = report_figure(net, history(judged=0.6), report, "A title " * 30)
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_a_table_has_no_pictures_and_a_smaller_page():
    rng = np.random.default_rng(0)
    data = Dataset(rng.normal(size=(20, 2)), np.arange(20) % 2, classes=("no", "yes"))
    net = Network.for_data(data, hidden=[4])
    figure = report_figure(net, history(), evaluate(net, data), "Table")
    assert headlines(figure) == ["Loss", "Accuracy", "Confusion matrix"]
    assert figure.get_figheight() < report_figure(picture_net(), history(), some_report()).get_figheight()


def test_a_regression_shows_its_curve_and_its_metrics():
    data = Dataset(np.eye(3), np.array([1.0, 2.0, 3.0]))
    net = Network.for_data(data, hidden=[4])
    records = [epoch(i, loss=3.0 / i, accuracy=None) for i in (1, 2)]
    figure = report_figure(net, records, evaluate(net, data), "Line")
    assert headlines(figure) == ["Loss"]
    assert {"R²", "root mean squared error"} <= set(words(figure))
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_a_loaded_model_has_no_history():
    figure = report_figure(picture_net(), None, some_report())
    assert headlines(figure) == ["Confusion matrix", "Surest mistakes", "First-layer weights"]
    assert "things" in words(figure)  # the data's title
    assert "training time" not in words(figure)


def test_with_nothing_to_draw_the_page_says_so():
    data = Dataset(np.eye(3), np.array([1.0, 2.0, 3.0]))
    net = Network.for_data(data, hidden=[4])
    assert any(
        word.startswith("There is nothing to draw")
        for word in words(report_figure(net, None, evaluate(net, data)))
    )
