import shutil

import numpy as np
import pytest
from PIL import Image

from pellucid.basics.errors import DataError
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
