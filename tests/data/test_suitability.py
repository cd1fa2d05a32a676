"""Advice about pictures: each kind where it is due, and none where it is not."""

import numpy as np
import pytest

from pellucid.data.dataset import Dataset, Input
from pellucid.data.digits import digits8x8
from pellucid.data.suitability import SPREAD, picture_advice, spread_of_places
from pellucid.data.toys import two_moons

RNG = np.random.default_rng(0)


def a_set(pictures, shades=(0, 255), y=None):
    channels = pictures.shape[3] if pictures.ndim == 4 else 1
    input = Input.picture(*pictures.shape[1:3], channels=channels, shades=shades)
    y = np.arange(len(pictures)) % 2 if y is None else y
    return Dataset(pictures, y, input=input, classes=("a", "b"))


def spots(n, side, play, background=0):
    """A spot of 4 × 4 pixels in the middle, or up to `play` pixels away from it."""
    pictures = RNG.integers(0, background + 1, (n, side, side)).astype(np.uint8)
    for picture in pictures:
        top, left = side // 2 - 2 + RNG.integers(-play, play + 1, 2)
        picture[top : top + 4, left : left + 4] = 200
    return pictures


def test_digits_need_no_advice():
    assert picture_advice(digits8x8().train) == []


def test_tables_and_empty_sets_get_none():
    assert picture_advice(two_moons().train) == []
    assert picture_advice(a_set(spots(0, 10, 0))) == []


@pytest.mark.parametrize("shape", [(64, 64), (32, 128), (2, 2048), (36, 36, 3)])
def test_pictures_of_usual_size_get_none_about_it(shape):
    assert picture_advice(a_set(RNG.integers(0, 256, (4, *shape), dtype=np.uint8))) == []


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((65, 65), ["65 × 65 pixels: 4,225 weights for each", "32 × 32 it would be 1,024"]),
        ((128, 64), ["8,192 weights", "32 × 16 it would be 512"]),
        ((40, 40, 3), ["40 × 40 pixels of 3 channels: 4,800 weights", "32 × 32 it would be 3,072"]),
        ((20, 20, 11), ["20 × 20 pixels of 11 channels: 4,400 weights"]),
    ],
)
def test_large_pictures_and_what_resizing_would_do(shape, words):
    (advice,) = picture_advice(a_set(RNG.integers(0, 256, (4, *shape), dtype=np.uint8)))
    for word in words:
        assert word in advice
    assert ("Resized" in advice) == (max(shape) > 32)


def test_gray_in_three_channels():
    gray = RNG.integers(0, 256, (4, 9, 9, 1), dtype=np.uint8).repeat(3, axis=3)
    (advice,) = picture_advice(a_set(gray))
    assert "channels=1" in advice
    gray[3, 8, 8, 2] ^= 1
    assert picture_advice(a_set(gray)) == []


@pytest.mark.parametrize(("bits", "told"), [(12, 4095), (10, 1023), (8, 255), (14, 16383)])
def test_a_camera_of_fewer_bits(bits, told):
    pictures = RNG.integers(0, 2**bits, (4, 9, 9)).astype(np.uint16)
    (advice,) = picture_advice(a_set(pictures, (0, 65535)))
    assert f"shades=(0, {told})" in advice
    assert picture_advice(a_set(pictures, (0, told))) == []


def test_fractions_that_are_all_small():
    (advice,) = picture_advice(a_set(RNG.uniform(0, 0.1, (4, 9, 9)), (0, 1)))
    assert "white is 1," in advice
    assert "in shades" in advice


def test_things_at_different_places():
    assert picture_advice(a_set(spots(200, 28, 1))) == []
    (advice,) = picture_advice(a_set(spots(200, 28, 10)))
    assert "fixed places, while a convolutional network" in advice


def test_the_spread_is_the_one_of_the_places():
    pictures = spots(3000, 40, 15)[..., None].astype(float)
    uniform = np.sqrt(2 * (31**2 - 1) / 12) / 40  # of two coordinates, each a whole number on ±15, in sides
    assert spread_of_places(pictures) == pytest.approx(uniform, rel=0.03)
    assert spread_of_places(spots(10, 40, 0)[..., None]) < 1e-12
    assert spread_of_places(np.zeros((5, 4, 4, 1))) == 0


def test_a_background_and_polarity_do_not_move_things():
    pictures = spots(50, 28, 8)[..., None]
    assert spread_of_places(255 - pictures.astype(float)) == pytest.approx(spread_of_places(pictures))
    assert spread_of_places(pictures + 50.0) == pytest.approx(spread_of_places(pictures))


def test_a_place_that_tells_the_class_is_none_to_advise_against():
    pictures = np.concatenate([np.roll(spots(50, 28, 0), move, axis=2) for move in (-9, 9)])
    y = np.repeat([0, 1], 50)
    assert spread_of_places(pictures[..., None], y) < 1e-12
    assert spread_of_places(pictures[..., None]) > SPREAD
    assert picture_advice(a_set(pictures, y=y)) == []
