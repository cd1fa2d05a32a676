"""Figures of pictures with channels: colors as colors, other channels as their mean, weights side by side."""

import numpy as np
import pytest
from matplotlib.colors import Normalize

from pellucid.data.dataset import Dataset, Input
from pellucid.formulas.augmentation import Augmentation, augmented_examples
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.understanding.evaluation.report import evaluate
from pellucid.understanding.figures import (
    augmentations_figure,
    examples_figure,
    first_layer_figure,
    mean_pictures_figure,
    mistakes_figure,
    report_figure,
)
from pellucid.understanding.figures.boards import drawable_pictures, gray_range


def dataset(channels, shades=(0, 255), dtype="uint8", n=6):
    X = np.random.default_rng(0).integers(0, min(shades[1], 4096) + 1, (n, 6 * 5 * channels)).astype(dtype)
    input = Input.picture(6, 5, channels=channels, shades=shades)
    return Dataset(X, np.arange(n) % 2, input=input, classes=("a", "b"), title="noise")


def shown(figure):
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def words(figure):
    axes = figure.axes[0]
    return axes.get_title(loc="left") + " ".join(text.get_text() for text in axes.texts)


def test_colors_are_drawn_as_colors():
    data = dataset(3)
    drawn = np.stack(shown(examples_figure(data, per_class=1)))
    np.testing.assert_allclose(drawn, data.pictures[:2] / 255)


@pytest.mark.parametrize("channels", [2, 4])
def test_other_channels_are_drawn_as_their_mean_and_the_figure_says_so(channels):
    data = dataset(channels)
    figure = examples_figure(data, per_class=1)
    np.testing.assert_allclose(np.stack(shown(figure)), data.pictures[:2].mean(axis=3))
    assert f"mean of {channels} channels" in words(figure)


def test_deep_colors_go_from_the_least_to_the_most():
    data = dataset(3, (0, 65535), "uint16")
    drawn = np.stack(shown(examples_figure(data)))
    assert (drawn.min(), drawn.max()) == (0, 1)


def test_bytes_that_are_no_and_yes_are_black_and_white():
    data = dataset(1, (0, 1))
    assert (gray_range(data.X, data.input).vmin, gray_range(data.X, data.input).vmax) == (0, 1)
    assert gray_range(data.X).vmax == 255


def test_mean_pictures_are_means_of_every_channel():
    data = dataset(3)
    drawn = shown(mean_pictures_figure(data))
    np.testing.assert_allclose(drawn[1], data.pictures[data.y == 1].mean(axis=0) / 255)


def test_training_sees_all_channels_moved_together():
    data, changes = dataset(3), Augmentation(shift=2)
    images = shown(augmentations_figure(data, changes, examples=2, epochs=2, seed=5))
    for epoch in range(2):
        seen = augmented_examples(
            data.X[:2], data.input.shape, changes, seed=5, epoch=epoch, rows=range(2), dtype="float32"
        )
        expected = seen.reshape(-1, 6, 5, 3) / 255
        np.testing.assert_allclose(np.stack(images[2 * epoch + 2 : 2 * epoch + 4]), expected, atol=1e-6)


def test_the_mean_of_channels_is_told_beside_the_strengths():
    assert "shift=2; the mean of 4 channels" in words(augmentations_figure(dataset(4), Augmentation(shift=2)))


def test_weights_of_channels_stand_side_by_side():
    net = Network(Architecture.mlp(Input.picture(6, 5, channels=3), [2], 2), dtype="float64")
    W = net.layers[0].W.reshape(6, 5, 3, 2)
    for j, picture in enumerate(shown(first_layer_figure(net))):
        assert picture.shape == (6, 15)
        for channel in range(3):
            assert picture[:, 5 * channel : 5 * channel + 5].tolist() == W[:, :, channel, j].tolist()


@pytest.mark.parametrize("channels", [2, 3])
def test_mistakes_and_the_page_have_pictures_with_channels(channels):
    data = dataset(channels, n=40)
    net = Network.for_data(data, hidden=[2], seed=0)
    report = evaluate(net, data)
    assert report.mistakes
    figure = mistakes_figure(report, data.input)
    assert shown(figure)[0].shape == ((6, 5, 3) if channels == 3 else (6, 5))
    report_figure(net, None, report).draw_without_rendering()


def test_values_beyond_black_and_white_are_black_and_white():
    pictures = np.array([-1.0, 0, 5, 10, 11]).reshape(5, 1, 1, 1).repeat(3, axis=3)
    assert drawable_pictures(pictures, Normalize(0, 10))[:, 0, 0, 0].tolist() == [0, 0, 0.5, 1, 1]
