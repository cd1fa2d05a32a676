"""A file or array as the example of one input: channels, depth, range, size."""

import io

import numpy as np
import pytest
from PIL import Image

from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.dataset import Input
from pellucid.data.drawn import frame_picture
from pellucid.data.picture_examples import as_example, luminance, read_example
from pellucid.data.pictures import fitted, read_picture

RNG = np.random.default_rng(0)
COLORS = RNG.integers(0, 256, (12, 10, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 4096, (12, 10), dtype=np.uint16)
TWELVE_BITS = (0, 4095)


def saved(picture, kind="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **options)
    return stream.getvalue()


def pages(*pictures):
    first, *more = map(Image.fromarray, pictures)
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=more)
    return stream.getvalue()


def test_gray_is_luminance_as_pillow_has_it():
    every = np.random.default_rng(1).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    assert luminance(every).tolist() == np.asarray(Image.fromarray(every).convert("L")).tolist()


def test_luminance_of_any_depth_keeps_black_and_white():
    for dtype, white in (("uint8", 255), ("uint16", 65535), ("float32", 1.0)):
        gray = luminance(np.array([[0] * 3, [white] * 3], dtype=dtype))
        assert gray.dtype == dtype
        np.testing.assert_allclose(gray, [0, white], rtol=1e-6)


def test_a_gray_network_sees_what_it_has_always_seen():
    for content in (saved(COLORS), saved(DEEP * np.uint16(16)), saved(COLORS[..., 0])):
        input = Input.picture(6, 8)
        assert read_example(content, input).tolist() == frame_picture(read_picture(content), input).tolist()


@pytest.mark.parametrize("size", [(12, 10), (6, 5), (24, 20), (9, 9)])
def test_each_channel_is_fitted_by_itself(size):
    example = read_example(saved(COLORS), Input.picture(*size, channels=3))
    assert example.dtype == np.uint8
    for k in range(3):
        assert example[..., k].tolist() == fitted(COLORS[..., k], *size).tolist()


def test_a_network_of_colors_sees_gray_as_equal_channels():
    example = read_example(saved(COLORS[..., 0]), Input.picture(12, 10, channels=3))
    assert example.tolist() == COLORS[..., :1].repeat(3, axis=2).tolist()


def test_deep_pictures_keep_their_values():
    input = Input.picture(12, 10, shades=TWELVE_BITS)
    example = read_example(saved(DEEP), input)
    assert example.dtype == np.uint16
    assert example.tolist() == DEEP.tolist()
    assert input.features(example[None], "float64").max() == pytest.approx(DEEP.max() / 4095)


def test_a_network_of_bytes_takes_deep_pictures_with_white_as_white():
    white = np.full((4, 4), 65535, dtype=np.uint16)
    two = Input.picture(4, 4, channels=2)
    assert read_example(pages(white, white // 2), two)[0, 0].tolist() == [255, 127]


def test_a_network_of_fractions_takes_files_of_any_depth():
    input = Input.picture(12, 10, channels=3, shades=(-1, 1))
    example = read_example(saved(COLORS), input)
    assert example.dtype == np.float32
    np.testing.assert_allclose(example, COLORS / 127.5 - 1, atol=1e-6)
    deep = Input.picture(12, 10, shades=(0, 1))
    np.testing.assert_allclose(read_example(saved(DEEP), deep), DEEP / 65535, atol=1e-6)


REFUSED = {
    "8 bits for 12": (
        saved(COLORS[..., 0]),
        Input.picture(4, 4, shades=TWELVE_BITS),
        ["8 bits", "0 to 4095"],
    ),
    "brighter than white": (
        saved(DEEP * np.uint16(16)),
        Input.picture(4, 4, shades=TWELVE_BITS),
        ["expected 0 … 4095", "shades"],
    ),
    "too few channels": (saved(COLORS), Input.picture(4, 4, channels=4), ["3 channels", "expected 4"]),
    "too many pages": (pages(DEEP, DEEP), Input.picture(4, 4), ["2 pages", "1 channel"]),
    "three pages are no colors": (pages(DEEP, DEEP, DEEP), Input.picture(4, 4), ["3 pages", "1 channel"]),
    "no picture": (b"hello", Input.picture(4, 4, channels=3), ["not a picture"]),
}


@pytest.mark.parametrize(("content", "input", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_gets_one_line_with_the_file(tmp_path, content, input, words):
    path = tmp_path / "cell.tif"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_example(path, input)
    message = str(caught.value)
    assert message.count(str(path)) == 1
    assert message.startswith(f"{path}: ")
    for word in words:
        assert word in message


def test_a_network_of_numbers_takes_no_pictures(tmp_path):
    path = tmp_path / "cell.png"
    path.write_bytes(saved(COLORS))
    with pytest.raises(ShapeError, match=r"cell\.png: The network reads rows of 4 numbers"):
        read_example(path, Input((4,)))


def test_stored_values_beyond_black_and_white_are_refused():
    fractions = Input.picture(1, 2, shades=(0, 1))
    assert as_example(np.array([[0.0, 1.0]]), fractions).tolist() == [[0.0, 1.0]]
    for value in (-0.1, 1.1, np.nan):
        with pytest.raises(DataError, match=r"expected 0 … 1, so say other shades"):
            as_example(np.array([[0.5, value]]), fractions)
