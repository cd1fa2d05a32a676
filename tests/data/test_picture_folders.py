import shutil

import numpy as np
import pytest
from PIL import Image

from pellucid.basics.errors import DataError
from pellucid.data import picture_inputs
from pellucid.data.dataset import Input
from pellucid.data.picture_folders import read_picture_folder


def draw(path, size=(8, 6), shade=200):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, shade).save(path)


@pytest.fixture
def folder(tmp_path):
    for name, shade in (("cat", 10), ("dog", 200)):
        for i in range(2):
            draw(tmp_path / name / f"{i}.png", shade=shade + i)
    return tmp_path


def test_subfolders_are_classes_and_small_pictures_keep_their_size(folder):
    splits = read_picture_folder(folder)
    assert splits.test is None
    assert splits.train.classes == ("cat", "dog")
    assert splits.train.y.tolist() == [0, 0, 1, 1]
    assert splits.train.input == Input.picture(6, 8)
    assert splits.train.X.dtype == np.uint8
    assert splits.train.X[:, 0].tolist() == [10, 11, 200, 201]


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "testing")])
def test_parts(tmp_path, train, test):
    for part, count in ((train, 3), (test, 2)):
        for name in ("2", "10"):
            for i in range(count):
                draw(tmp_path / part / name / f"{i}.png")
    splits = read_picture_folder(tmp_path)
    assert splits.train.classes == ("2", "10")
    assert splits.train.class_counts.tolist() == [3, 3]
    assert splits.test is not None
    assert splits.test.class_counts.tolist() == [2, 2]


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
@pytest.mark.parametrize("has_test", [False, True])
def test_a_part_for_validation(tmp_path, name, has_test):
    for part, count in (("train", 3), (name, 2), *([("test", 1)] if has_test else [])):
        for kind in ("cat", "dog"):
            for i in range(count):
                draw(tmp_path / part / kind / f"{i}.png")
    splits = read_picture_folder(tmp_path)
    assert (len(splits.train), len(splits.validation)) == (6, 4)
    assert (splits.test is not None) == has_test


def test_a_class_may_be_called_like_a_part(tmp_path):
    for name in ("train", "car", "bus"):
        draw(tmp_path / name / "1.png")
    assert read_picture_folder(tmp_path).train.classes == ("bus", "car", "train")


@pytest.mark.parametrize("size", [(9, 6), (65, 65)])
def test_other_sizes_are_fitted_into_28(folder, size):
    for name in ("cat", "dog"):
        for i in range(2 if size == (65, 65) else 1):
            draw(folder / name / f"{i}.png", size=size)
    assert read_picture_folder(folder).train.input == Input.picture(28, 28)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif", "tiff", "webp", "pgm"])
def test_formats(folder, ending):
    draw(folder / "dog" / f"9.{ending}", shade=100)
    X = read_picture_folder(folder).train.X
    np.testing.assert_allclose(X[-1], 100, atol=2)


def test_hidden_files_and_leftovers_are_passed_over(folder):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.png"):
        (folder / "cat" / name).write_bytes(b"no picture")
    (folder / ".git").mkdir()
    assert len(read_picture_folder(folder).train) == 4


def test_a_networks_input_and_classes_decide(folder):
    splits = read_picture_folder(folder, input=Input.picture(4, 4), classes=["elk", "dog", "cat"])
    assert splits.train.classes == ("elk", "dog", "cat")
    assert splits.train.y.tolist() == [2, 2, 1, 1]
    assert splits.train.pictures.shape == (4, 4, 4)


def colors(path, color=(200, 10, 10), size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


def deep(path, shade=4000, size=(8, 6), pages=1):
    first, *more = [Image.fromarray(np.full(size[::-1], shade + k, dtype=np.uint16)) for k in range(pages)]
    path.parent.mkdir(parents=True, exist_ok=True)
    first.save(path, **({"save_all": True, "append_images": more} if pages > 1 else {}))


def without(folder):
    for name in ("cat", "dog"):
        shutil.rmtree(folder / name)
    return folder


def test_colors_stay_colors_and_gray_joins_them(folder):
    colors(folder / "dog" / "9.png")
    train = read_picture_folder(folder).train
    assert train.input == Input.picture(6, 8, channels=3)
    assert train.pictures[-1, 0, 0].tolist() == [200, 10, 10]
    assert train.pictures[0, 0, 0].tolist() == [10, 10, 10]


def test_one_channel_makes_gray_and_a_size_fits(folder):
    colors(folder / "dog" / "9.png")
    train = read_picture_folder(folder, channels=1, size=(3, 4)).train
    assert train.input == Input.picture(3, 4)
    assert train.X[-1].tolist() == [67] * 12


def test_deep_pictures_stay_deep_in_the_range_that_is_said(folder):
    without(folder)
    for name in ("cat", "dog"):
        deep(folder / name / "1.tif")
    train = read_picture_folder(folder).train
    assert (train.X.dtype, train.X[0, 0]) == (np.uint16, 4000)
    assert train.input == Input.picture(6, 8, shades=(0, 65535))
    camera = read_picture_folder(folder, shades=(0, 4095)).train
    assert camera.input == Input.picture(6, 8, shades=(0, 4095))
    assert camera.X.tolist() == train.X.tolist()
    bytes_ = read_picture_folder(folder, shades=(0, 255)).train
    assert (bytes_.X.dtype, bytes_.X[0, 0]) == (np.uint8, 16)


def test_pages_are_channels(folder):
    without(folder)
    for name in ("cat", "dog"):
        deep(folder / name / "1.tif", pages=4)
    train = read_picture_folder(folder).train
    assert train.pictures.shape == (2, 6, 8, 4)
    assert train.pictures[0, 0, 0].tolist() == [4000, 4001, 4002, 4003]


def test_what_was_fitted_is_told(folder):
    draw(folder / "dog" / "9.png", size=(30, 90))
    assert read_picture_folder(folder).train.notes == (
        "5 of 5 pictures had other sizes, 6 × 8 to 90 × 30; they were fitted into 28 × 28 (aspect kept, areas "
        "averaged, margins as the border)",
    )


@pytest.mark.parametrize("input", [None, Input.picture(6, 8)])
def test_bad_files_are_left_out_if_somebody_says_so(folder, input):
    (folder / "cat" / "a.txt").write_text("hi")
    truncated(folder)
    with pytest.raises(
        DataError, match=r"a\.txt: the file is not a picture.*Or leave out .*skip_bad=True\.$"
    ):
        read_picture_folder(folder, input=input)
    train = read_picture_folder(folder, input=input, size=(6, 8), skip_bad=True).train
    assert train.y.tolist() == [0, 0, 1, 1]
    assert train.X[:, 0].tolist() == [10, 11, 200, 201]
    assert train.notes[0].startswith("2 of 6 pictures were left out: ")
    assert str(folder / "cat" / "a.txt") in train.notes[0]
    assert "noise.png" in train.notes[0]


def test_a_class_without_a_sound_picture_is_refused(folder):
    for i in range(2):
        (folder / "cat" / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"cat: not one of its files can be read"):
        read_picture_folder(folder, skip_bad=True)
    for i in range(2):
        (folder / "dog" / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"not one of its files is a picture"):
        read_picture_folder(folder, skip_bad=True)


def test_more_pictures_than_memory_are_told(folder, monkeypatch):
    monkeypatch.setattr(picture_inputs, "free_memory", lambda: 100)
    with pytest.raises(
        DataError, match=r"4 pictures of 6 × 8 pixels take .* free memory; give a smaller size"
    ):
        read_picture_folder(folder)


def no_subfolders(folder):
    for name in ("cat", "dog"):
        for path in (folder / name).iterdir():
            path.unlink()
        (folder / name).rmdir()
    draw(folder / "1.png")


def one_class(folder):
    for path in (folder / "dog").iterdir():
        path.unlink()
    (folder / "dog").rmdir()


def truncated(folder):
    path = folder / "cat" / "noise.png"
    noise = np.random.default_rng(0).integers(0, 255, (50, 50)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:900])


def wide(folder):
    header = Image.new("1", (20_000, 5_000))
    header.save(folder / "dog" / "wide.png")


def huge(folder):
    Image.new("1", (40_000, 10_000)).save(folder / "dog" / "huge.png")


BAD_FOLDERS = {
    "no subfolders": (no_subfolders, ["no subfolders", "one for each class"]),
    "no pictures": (lambda f: (f / "elk").mkdir(), ["elk", "no pictures", "add some"]),
    "one class": (one_class, ["one class only", "'cat'", "two or more"]),
    "text file": (lambda f: (f / "cat" / "a.txt").write_text("hi"), ["a.txt", "not a picture", "PNG"]),
    "empty file": (lambda f: (f / "cat" / "a.png").write_bytes(b""), ["a.png", "empty", "PNG"]),
    "svg": (lambda f: (f / "cat" / "a.svg").write_text("<svg/>"), ["a.svg", "not a picture"]),
    "truncated": (truncated, ["noise.png", "damaged or cut off", "whole copy"]),
    "too many pixels": (wide, ["wide.png", "20000 × 5000", "smaller"]),
    "far too many pixels": (huge, ["huge.png", "pixels", "smaller"]),
    "an animation": (
        lambda f: Image.new("L", (8, 6)).save(
            f / "dog" / "a.gif", save_all=True, append_images=[Image.new("L", (8, 6), 99)]
        ),
        ["a.gif", "animation of 2", "save the one"],
    ),
    "8 and 16 bits": (
        lambda f: deep(f / "dog" / "a.tif"),
        ["cat/0.png has 8 bits", "dog/a.tif has 16", "shades=(0, 255)"],
    ),
    "other channels": (
        lambda f: deep(f / "dog" / "a.tif", pages=2),
        ["cat/0.png has 1 channel,", "dog/a.tif has 2", "alike"],
    ),
    "nested": (lambda f: draw(f / "cat" / "kitten" / "1.png"), ["cat", "'kitten'", "move it"]),
    "two parts alike": (
        lambda f: (
            [shutil.rmtree(f / n) for n in ("cat", "dog")]
            + [draw(f / p / "a" / "1.png") for p in ("train", "val", "valid")]
        ),
        ["'val'", "'valid'", "both the validation part", "keep one"],
    ),
    "unknown test class": (
        lambda f: (
            [shutil.rmtree(f / n) for n in ("cat", "dog")]
            + [draw(f / p / n / "1.png") for p, n in (("train", "a"), ("train", "b"), ("test", "c"))]
        ),
        ["'c'", "a, b", "rename"],
    ),
}


@pytest.mark.parametrize(("spoil", "words"), BAD_FOLDERS.values(), ids=BAD_FOLDERS.keys())
def test_a_bad_folder_gets_one_line_with_the_file(folder, spoil, words):
    spoil(folder)
    with pytest.raises(DataError) as caught:
        read_picture_folder(folder)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_digit_without_ink_is_named(folder):
    with pytest.raises(DataError, match=r"0\.png: the picture has no ink"):
        read_picture_folder(folder, input=Input.picture(28, 28, framing="digit"))


def test_a_missing_folder(tmp_path):
    with pytest.raises(DataError, match="none: there is no such file or folder"):
        read_picture_folder(tmp_path / "none")
