"""Pictures in memory: arrays of any depth, PIL images and files become a data set; nothing is guessed or lost."""

import io

import numpy as np
import pytest
from PIL import Image

from pellucid.basics.errors import DataError, OptionError, PellucidError, ShapeError
from pellucid.data.dataset import Input
from pellucid.data.picture_arrays import from_pictures, stack_pictures
from pellucid.data.pictures import fitted

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (6, 5, 4), dtype=np.uint8)
COLORS = RNG.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 4096, (6, 5, 4, 2), dtype=np.uint16)
Y = [0, 1, 2, 0, 1, 2]


def png(picture):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("pictures", "input"),
    [
        (GRAY, Input.picture(5, 4)),
        (GRAY[..., None], Input.picture(5, 4)),
        (COLORS, Input.picture(5, 4, channels=3)),
        (DEEP, Input.picture(5, 4, channels=2, shades=(0, 65535))),
        (GRAY > 99, Input.picture(5, 4, shades=(0, 1))),
    ],
)
def test_an_array_says_itself_what_it_is(pictures, input):
    dataset = from_pictures(pictures, Y)
    assert dataset.input == input
    assert dataset.X.tolist() == pictures.reshape(6, -1).tolist()
    assert dataset.classes == ("0", "1", "2")
    assert dataset.notes == ()


@pytest.mark.parametrize("pictures", [GRAY, COLORS, DEEP, GRAY / 255])
def test_an_array_is_not_copied(pictures):
    shades = (0, 1) if pictures.dtype.kind == "f" else None
    dataset = from_pictures(pictures, Y, shades=shades)
    assert np.shares_memory(dataset.X, pictures)
    assert dataset.X.dtype == pictures.dtype


def test_a_range_that_somebody_gives_is_the_one_of_the_features():
    dataset = from_pictures(DEEP, Y, shades=(0, 4095))
    np.testing.assert_allclose(dataset.input.features(dataset.X, "float64"), DEEP.reshape(6, -1) / 4095)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int16"])
def test_other_types_have_to_say_what_is_white(dtype):
    pictures = GRAY.astype(dtype)
    with pytest.raises(OptionError, match=rf"dtype {dtype}, .* give shades=\(0, 1\)"):
        from_pictures(pictures, Y)
    assert from_pictures(pictures, Y, shades=(0, 255)).input == Input.picture(5, 4)


@pytest.mark.parametrize(
    "make",
    [
        list,
        lambda array: [Image.fromarray(one) for one in array],
        lambda array: [png(one) for one in array],
        tuple,
    ],
    ids=["arrays", "PIL", "bytes", "tuple"],
)
@pytest.mark.parametrize("array", [GRAY, COLORS], ids=["gray", "colors"])
def test_a_list_is_like_an_array(make, array):
    whole, listed = from_pictures(array, Y), from_pictures(make(array), Y)
    assert listed.input == whole.input
    assert listed.X.tolist() == whole.X.tolist()
    assert listed.X.dtype == np.uint8


def test_paths_are_files(tmp_path):
    for i, one in enumerate(COLORS):
        (tmp_path / f"{i}.png").write_bytes(png(one))
    paths = [tmp_path / f"{i}.png" for i in range(6)]
    assert from_pictures(paths, Y).X.tolist() == COLORS.reshape(6, -1).tolist()
    assert from_pictures(map(str, paths), Y).X.tolist() == COLORS.reshape(6, -1).tolist()


def test_gray_among_colors_gets_three_channels_and_one_channel_makes_gray():
    mixed = [Image.fromarray(one) for one in (*COLORS[:3], *GRAY[3:])]
    dataset = from_pictures(mixed, Y)
    assert dataset.input.channels == 3
    assert (dataset.pictures[3:] == GRAY[3:, ..., None]).all()
    gray = from_pictures(COLORS, Y, channels=1)
    expected = [np.asarray(Image.fromarray(one).convert("L")).ravel().tolist() for one in COLORS]
    assert gray.X.tolist() == expected
    assert from_pictures(GRAY, Y, channels=3).pictures.tolist() == GRAY[..., None].repeat(3, axis=3).tolist()


@pytest.mark.parametrize("pictures", [GRAY, COLORS, DEEP], ids=["gray", "colors", "deep"])
def test_a_size_fits_every_picture_and_tells_of_it(pictures):
    dataset = from_pictures(pictures, Y, size=(3, 3))
    assert dataset.X.dtype == pictures.dtype
    assert dataset.pictures.tolist() == [fitted(one, 3, 3).tolist() for one in pictures]
    assert dataset.notes[0].startswith("6 of 6 pictures had another size, 5 × 4; they were fitted into 3 × 3")


def test_different_sizes_need_a_size():
    pictures = [GRAY[0], GRAY[1, :4], *GRAY[2:]]
    with pytest.raises(DataError, match=r"picture 0 has 5 × 4 pixels, picture 1 4 × 4; .*size=28"):
        from_pictures(pictures, Y)
    dataset = from_pictures(pictures, Y, size=5)
    assert dataset.pictures.shape == (6, 5, 5)


def test_a_bad_file_is_named_or_left_out_with_its_label_and_group():
    files = [png(one) for one in GRAY]
    files[1] = b"hello"
    files[4] = files[4][:50]
    with pytest.raises(DataError, match=r"^picture 1: the file is not a picture; .*skip_bad=True\.$"):
        from_pictures(files, Y)
    dataset = from_pictures(files, Y, groups=range(6), skip_bad=True)
    assert dataset.X.tolist() == GRAY[[0, 2, 3, 5]].reshape(4, -1).tolist()
    assert dataset.y.tolist() == [0, 2, 0, 2]
    assert dataset.groups.tolist() == [0, 2, 3, 5]
    assert dataset.notes[0].startswith("2 of 6 pictures were left out: picture 1: the file is not a picture")
    assert "picture 4: " in dataset.notes[0]


def test_labels_are_classes_or_quantities():
    assert from_pictures(GRAY, list("baccab")).classes == ("a", "b", "c")
    assert from_pictures(GRAY, list("baccab")).y.tolist() == [1, 0, 2, 2, 0, 1]
    assert from_pictures(GRAY, [10, 2, 2, 2, 10, 2]).classes == ("2", "10")
    assert from_pictures(GRAY, np.array(Y) > 0).classes == ("False", "True")
    named = from_pictures(GRAY, Y, classes=["round", "flat", "torn", "none"])
    assert (named.classes, named.y.tolist()) == (("round", "flat", "torn", "none"), Y)
    chosen = from_pictures(GRAY, list("baccab"), classes="cab")
    assert chosen.y.tolist() == [2, 1, 0, 0, 1, 2]
    numbers = from_pictures(GRAY, np.linspace(0, 1, 12).reshape(6, 2))
    assert (numbers.classes, numbers.n_outputs) == (None, 2)


@pytest.mark.parametrize("pictures", [GRAY, list(GRAY), [Image.fromarray(one) for one in GRAY]])
def test_rows_to_predict(pictures):
    assert stack_pictures(pictures, Input.picture(5, 4)).tolist() == GRAY.reshape(6, -1).tolist()
    assert stack_pictures(pictures, Input.picture(3, 3, channels=3)).shape == (6, 27)


BAD = {
    "rows": (GRAY.reshape(6, -1), Y, {}, ["(6, 20)", "(n, rows, columns)"]),
    "one picture": ("cat.png", Y, {}, ["one picture", "'cat.png'", "read_picture_folder"]),
    "no iterable": (5, Y, {}, ["one picture", "int"]),
    "one image": (Image.fromarray(GRAY[0]), Y, {}, ["one picture"]),
    "none": ([], [], {}, ["no pictures"]),
    "channels first": (np.zeros((6, 3, 28, 28), np.uint8), Y, {}, ["(3, 28, 28)", "np.moveaxis"]),
    "a list of channels first": (list(np.zeros((6, 3, 28, 28), np.uint8)), Y, {}, ["np.moveaxis"]),
    "a list of rows": (list(GRAY.reshape(6, -1)), Y, {}, ["(20,)", "(rows, columns)"]),
    "too many channels": (np.zeros((6, 70, 70, 65), np.uint8), Y, {}, ["channels is 65", "1 to 64"]),
    "no channel": (GRAY, Y, {"channels": 0}, ["channels is 0"]),
    "other channels": (COLORS, Y, {"channels": 2}, ["3 channels", "expected 2"]),
    "mixed channels": (
        [*COLORS[:3], *DEEP[3:].astype(np.uint8)],
        Y,
        {},
        ["picture 3 has 2", "picture 0 has 3"],
    ),
    "mixed depths": ([*GRAY[:3], *DEEP[3:, ..., 0]], Y, {}, ["picture 0 has 8 bits", "picture 3 has 16"]),
    "size": (GRAY, Y, {"size": (3, 0)}, ["size is (3, 0)"]),
    "three sizes": (GRAY, Y, {"size": (3, 3, 3)}, ["size is (3, 3, 3)"]),
    "range": (GRAY, Y, {"shades": (5, 5)}, ["shades is (5, 5)", "smaller first"]),
    "range of one": (GRAY, Y, {"shades": 255}, ["shades is 255", "two numbers"]),
    "beyond white": (DEEP, Y, {"shades": (0, 100)}, ["0 … 100", "other shades"]),
    "NaN": (GRAY * np.nan, Y, {"shades": (0, 1)}, ["NaN", "example 0"]),
    "few labels": (GRAY, Y[:5], {}, ["6 pictures", "(5,)"]),
    "one label": (GRAY, "a", {}, ["6 pictures", "()"]),
    "one-hot": (GRAY, np.eye(6, dtype=int), {}, ["(6, 6)", "one class"]),
    "unknown class": (GRAY, list("baccab"), {"classes": ["a", "b"]}, ["'c'", "a, b"]),
    "class numbers": (GRAY, Y, {"classes": ["a", "b"]}, ["class 2"]),
    "fractions with classes": (GRAY, np.array(Y) / 2, {"classes": ["a", "b"]}, ["float64", "astype(int)"]),
    "one class": (GRAY, [7] * 6, {}, ["same class, '7'"]),
    "groups": (GRAY, Y, {"groups": [1, 2]}, ["(2,)", "(6,)"]),
    "remarks": (np.zeros((30, 2, 2), np.uint8), [f"seen {i}" for i in range(30)], {}, ["30 different texts"]),
    "nothing to read": ([b"a", b"b"], [0, 1], {"skip_bad": True}, ["Not one of the pictures"]),
}


@pytest.mark.parametrize(("pictures", "labels", "options", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_no_set_of_pictures_gets_one_line(pictures, labels, options, words):
    with pytest.raises(PellucidError) as caught:
        from_pictures(pictures, labels, **options)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_network_of_numbers_takes_no_pictures():
    with pytest.raises(ShapeError, match="row of 4 numbers"):
        stack_pictures(GRAY, Input((4,)))
