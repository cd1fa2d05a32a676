"""The figure of augmented examples shows the very pictures that training sees."""

import numpy as np
import pytest

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input
from pellucid.formulas.augmentation import Augmentation, augmented_examples
from pellucid.understanding.figures import augmentations_figure

STRENGTHS = Augmentation(shift=1, rotation=30, elastic=0.5)


def pictures(n: int = 4) -> Dataset:
    X = np.random.default_rng(0).integers(0, 256, (n, 6 * 5), dtype=np.uint8)
    return Dataset(X, np.arange(n) % 2, input=Input.picture(6, 5), classes=("a", "b"), title="noise")


def shown(figure):
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def test_a_column_is_what_an_epoch_shows_of_the_first_examples():
    data = pictures()
    images = shown(augmentations_figure(data, STRENGTHS, examples=3, epochs=2, seed=7))
    assert len(images) == 9
    assert np.stack(images[:3]).reshape(3, -1).tolist() == data.X[:3].tolist()
    for epoch in range(2):
        seen = augmented_examples(
            data.X, (6, 5), STRENGTHS, seed=7, epoch=epoch, rows=range(4), dtype="float32"
        )
        drawn = np.stack(images[3 * (epoch + 1) : 3 * (epoch + 2)])
        assert drawn.reshape(3, -1).tolist() == seen[:3].tolist()


def test_the_columns_are_named_and_the_strengths_told():
    figure = augmentations_figure(pictures(), STRENGTHS, epochs=2)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts][:3] == ["stored", "epoch 1", "epoch 2"]
    assert axes.get_title(loc="left") == "What training sees: noise"
    assert "shift=1, rotation=30, elastic=0.5" in {text.get_text() for text in axes.texts}


def test_all_pictures_have_one_scale_of_gray():
    limits = {image.get_clim() for image in augmentations_figure(pictures(), STRENGTHS).axes[0].images}
    assert limits == {(0, 255)}


def test_fewer_examples_than_asked_for_are_all_shown():
    assert len(shown(augmentations_figure(pictures(2), STRENGTHS, examples=5, epochs=1))) == 4


def test_only_pictures_and_at_least_one_are_shown():
    table = Dataset(np.eye(4), np.arange(4), classes="abcd")
    with pytest.raises(ShapeError, match="rows of 4 numbers; expected pictures"):
        augmentations_figure(table, STRENGTHS)
    for options in ({"examples": 0}, {"epochs": 0}, {"examples": -1}):
        with pytest.raises(OptionError, match="expected at least one of each"):
            augmentations_figure(pictures(), STRENGTHS, **options)
    with pytest.raises(OptionError, match="0 examples in 8 epochs"):
        augmentations_figure(pictures(0), STRENGTHS)
