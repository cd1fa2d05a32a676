"""`Input`: what a picture is, with channels and a range of its own."""

import numpy as np
import pytest

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input, Splits


def test_gray_is_the_default_and_stays_as_it_was():
    gray = Input.picture(28, 27)
    assert gray == Input((28, 27), 1 / 255, 0.0, "resize")
    assert (gray.channels, gray.size, gray.is_picture) == (1, 756, True)
    assert Input.picture(28, 27, channels=1) == gray


def test_channels_are_the_last_side():
    colors = Input.picture(5, 4, channels=3)
    assert colors.shape == (5, 4, 3)
    assert (colors.channels, colors.size, colors.is_picture) == (3, 60, True)


@pytest.mark.parametrize("shades", [(0, 255), (0, 4095), (0, 1), (-1, 1), (100, 4000)])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.5, 0.5), (-1, 1)])
def test_black_and_white_become_low_and_high(shades, low, high):
    input = Input.picture(1, 2, shades=shades, low=low, high=high)
    features = input.features(np.array([shades], dtype=np.float64), "float64")
    np.testing.assert_allclose(features, [[low, high]], atol=1e-15)


@pytest.mark.parametrize(
    ("shades", "dtype"),
    [
        ((0, 1), "float32"),
        ((-1, 1), "float32"),
        ((0, 255), "uint8"),
        ((0, 16), "uint8"),
        ((0, 4095), "uint16"),
    ],
)
def test_the_range_decides_how_files_are_kept(shades, dtype):
    assert Input.picture(2, 2, shades=shades).stored_dtype == dtype


@pytest.mark.parametrize("stored", ["uint8", "uint16", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_features_of_any_stored_type(stored, dtype):
    X = np.arange(24).reshape(2, 2, 2, 3).astype(stored)
    features = Input.picture(2, 2, channels=3, shades=(0, 50)).features(X, dtype)
    assert features.dtype == dtype
    np.testing.assert_allclose(features, np.arange(24).reshape(2, 12) / 50, rtol=1e-6)


@pytest.mark.parametrize(
    "shades", [(1, 0), (3, 3), (0, np.inf), (np.nan, 1), (0, 1, 2), 255, "ab", None], ids=str
)
def test_an_impossible_range_is_refused(shades):
    with pytest.raises(OptionError, match="shades is"):
        Input.picture(2, 2, shades=shades)


@pytest.mark.parametrize("channels", [0, -1, 1.5])
def test_an_impossible_number_of_channels_is_refused(channels):
    with pytest.raises(OptionError, match="expected whole numbers of at least 1"):
        Input.picture(2, 2, channels=channels)


@pytest.mark.parametrize(
    ("input", "told"),
    [
        (Input((4,)), "4 numbers"),
        (Input.picture(28, 20), "28 × 20 pixels, 0 … 255 become 0 … 1"),
        (
            Input.picture(8, 9, channels=5, shades=(0, 4095), low=-0.5, high=0.5),
            "8 × 9 pixels of 5 channels, 0 … 4095 become -0.5 … 0.5",
        ),
    ],
)
def test_an_input_tells_its_scaling(input, told):
    assert str(input) == told


def test_pictures_are_a_view_with_channels():
    X = np.arange(24, dtype=np.uint16).reshape(2, 12)
    dataset = Dataset(X, [0, 1], input=Input.picture(2, 2, channels=3, shades=(0, 99)), classes="ab")
    assert dataset.pictures.shape == (2, 2, 2, 3)
    assert np.shares_memory(dataset.pictures, X)
    with pytest.raises(ShapeError, match="rows of 12 numbers"):
        _ = Dataset(X, [0, 1], classes="ab").pictures


def test_other_features_keep_channels_and_range():
    input = Input.picture(2, 2, channels=3, shades=(0, 99))
    dataset = Dataset(np.zeros((2, 12)), [0, 1], input=input, classes="ab", notes=("seen",))
    wanted = Input.picture(2, 2, channels=3, shades=(0, 99), low=-1, high=1)
    scaled = Splits(dataset, test=dataset).scaled(low=-1, high=1)
    assert scaled.train.input == scaled.test.input == wanted
    assert scaled.train.notes == ("seen",)
    assert dataset.take([0]).notes == ("seen",)
