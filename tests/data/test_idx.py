import gzip
import os
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pellucid.basics.errors import DataError, StorageError
from pellucid.data.idx import find_idx_files, read_idx, read_idx_folder

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array):
    array = np.asarray(array, dtype=np.uint8)
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


PICTURES = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)
LABELS = np.array([0, 1, 2, 1, 0], dtype=np.uint8)
GOOD = idx(PICTURES)
PACKED = gzip.compress(GOOD)


@pytest.mark.parametrize("content", [GOOD, PACKED], ids=["plain", "gzip"])
def test_an_array_is_read_by_content_whatever_the_name(tmp_path, content):
    path = tmp_path / "anything.bin"
    path.write_bytes(content)
    array = read_idx(path)
    np.testing.assert_array_equal(array, PICTURES)
    assert array.dtype == np.uint8
    assert array.flags.writeable


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6)), st.booleans())
def test_what_is_written_is_read(tmp_path_factory, array, packed):
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    np.testing.assert_array_equal(read_idx(path), array)


def header(*numbers, magic=b"\0\0\x08"):
    return magic + bytes([len(numbers)]) + struct.pack(f">{len(numbers)}I", *numbers)


BAD = {
    "empty": (b"", "only 0 bytes"),
    "three bytes": (b"\0\0\x08", "only 3 bytes"),
    "not IDX": (b"<html>404 not found</html>", "not an IDX file"),
    "PNG": (b"\x89PNG\r\n\x1a\n", "not an IDX file"),
    "reversed magic": (b"\x03\x08\0\0" + struct.pack("<3I", 5, 3, 4) + PICTURES.tobytes(), "big-endian"),
    "lengths reversed": (b"\0\0\x08\x01" + struct.pack("<I", 5) + LABELS.tobytes(), "there are 5"),
    "floats": (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "0x0d"),
    "no dimension": (b"\0\0\x08\0abc", "0 dimensions"),
    "four dimensions": (b"\0\0\x08\x04" + bytes(16), "4 dimensions"),
    "ends in the header": (GOOD[:10], "inside its header"),
    "truncated": (GOOD[:-1], "= 60 bytes after it, but there are 59"),
    "only the header": (GOOD[:16], "there are 0"),
    "trailing byte": (GOOD + b"x", "there are 61"),
    "lying count": (header(6, 3, 4) + PICTURES.tobytes(), "6 × 3 × 4 = 72"),
    "huge lengths": (header(2**32 - 1, 2**32 - 1, 2**32 - 1), "there are 0"),
    "gzip of nothing": (gzip.compress(b""), "only 0 bytes"),
    "gzip of text": (gzip.compress(b"hello, world"), "not an IDX file"),
    "gzip truncated": (PACKED[:-12], "can't be unpacked"),
    "gzip without its sum": (PACKED[:-8], "can't be unpacked"),
    "gzip with a wrong sum": (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "can't be unpacked"),
    "gzip damaged": (PACKED[:20] + bytes([PACKED[20] ^ 0xFF]) + PACKED[21:], ""),
    "gzip header alone": (PACKED[:6], "can't be unpacked"),
    "gzip of a truncated file": (gzip.compress(GOOD[:-1]), "there are 59"),
    "gzip of too much": (gzip.compress(GOOD + b"xx"), "more than 60"),
    "gzip lying": (gzip.compress(header(2**32 - 1, 2**16, 2**16)), "so small a gzip file"),
}


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD)
def test_a_bad_file_gets_one_line_with_path_and_remedy(tmp_path, content, told):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_idx(path)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("length", "place"), [(1, None), (10, "byte 4"), (40, "byte 40")])
def test_the_place_is_the_byte_where_it_goes_wrong(tmp_path, length, place):
    path = tmp_path / "cut"
    path.write_bytes(GOOD[:length])
    with pytest.raises(DataError) as error:
        read_idx(path)
    assert error.value.place == (place or "")


def test_a_file_that_is_not_there_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(DataError, match="no file can have that name"):
        read_idx("a\0b")


def test_a_folder_in_place_of_a_file_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="could not read: that is a folder"):
        read_idx(tmp_path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_lying_header_allocates_nothing(tmp_path, packed):
    path = tmp_path / "bomb"
    content = header(4000, 1000, 1000) + bytes(1000)
    path.write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_unpacked_no_further_than_declared(tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(idx(LABELS) + bytes(200_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="more than 5"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()


# ---- folders


def fill(folder, files=None, style="-idx{}-ubyte", end=""):
    contents = dict(zip(NAMES, (idx(PICTURES), idx(LABELS), idx(PICTURES[:2]), idx(LABELS[:2])), strict=True))
    contents |= files or {}
    for name, content in contents.items():
        if content is not None:
            name = name.replace("-idx3-ubyte", style.format(3)).replace("-idx1-ubyte", style.format(1)) + end
            (folder / name).write_bytes(gzip.compress(content) if end == ".gz" else content)
    return folder


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("style", ["-idx{}-ubyte", ".idx{}-ubyte"])
def test_a_folder_gives_both_parts(tmp_path, style, end):
    parts = read_idx_folder(fill(tmp_path, style=style, end=end))
    np.testing.assert_array_equal(parts.train.pictures, PICTURES)
    np.testing.assert_array_equal(parts.train.y, LABELS)
    assert parts.test is not None
    assert len(parts.test) == 2
    assert parts.train.classes == parts.test.classes == ("0", "1", "2")
    assert parts.title == tmp_path.name


def test_pictures_are_a_view_and_stay_bytes(tmp_path):
    train = read_idx_folder(fill(tmp_path)).train
    assert train.X.dtype == np.uint8
    assert np.shares_memory(train.X, train.pictures)


def test_the_test_pair_is_optional(tmp_path):
    assert read_idx_folder(fill(tmp_path, {NAMES[2]: None, NAMES[3]: None})).test is None


def test_plain_files_win_over_gzip(tmp_path):
    fill(tmp_path)
    (tmp_path / f"{NAMES[1]}.gz").write_bytes(b"damaged")
    assert find_idx_files(tmp_path)["train-labels"].suffix == ""


def test_N05_a_picture_is_scaled_to_0_1(tmp_path):
    extremes = np.array([[[0, 255]]] * 5, dtype=np.uint8)
    train = read_idx_folder(fill(tmp_path, {NAMES[0]: idx(extremes), NAMES[2]: idx(extremes[:2])})).train
    h = train.input.features(train.X, np.float64)
    np.testing.assert_array_equal(h[0], [0.0, 1.0])


BAD_FOLDERS = {
    "no training labels": ({NAMES[1]: None}, "train-labels-idx1-ubyte is missing"),
    "no training pictures": ({NAMES[0]: None}, "train-images-idx3-ubyte is missing"),
    "no test labels": ({NAMES[3]: None}, "t10k-labels-idx1-ubyte is missing"),
    "no test pictures": ({NAMES[2]: None}, "t10k-images-idx3-ubyte is missing"),
    "more pictures than labels": (
        {NAMES[1]: idx(LABELS[:4])},
        "5 pictures, but train-labels-idx1-ubyte has 4",
    ),
    "exchanged": ({NAMES[0]: idx(LABELS), NAMES[1]: idx(PICTURES)}, "exchanged"),
    "no pictures": ({NAMES[0]: idx(PICTURES[:0]), NAMES[1]: idx(LABELS[:0])}, "nothing in it"),
    "pictures without pixels": ({NAMES[0]: idx(PICTURES[:, :0])}, "nothing in it"),
    "one class": ({NAMES[1]: idx(LABELS * 0 + 7)}, "every label is 7; expected at least two classes"),
    "other test size": ({NAMES[2]: idx(PICTURES[:2, :, :2])}, "expected the same size"),
    "test truncated": ({NAMES[2]: idx(PICTURES[:2])[:-1]}, "there are 23"),
}


@pytest.mark.parametrize(("files", "told"), BAD_FOLDERS.values(), ids=BAD_FOLDERS)
def test_a_bad_folder_is_told(tmp_path, files, told):
    with pytest.raises(DataError, match=told) as error:
        read_idx_folder(fill(tmp_path, files))
    assert str(tmp_path) in str(error.value)


def test_a_saved_models_classes_may_judge_one_class(tmp_path):
    folder = fill(tmp_path, {NAMES[1]: idx(LABELS * 0)})
    assert read_idx_folder(folder, classes=("a", "b", "c")).train.class_counts.tolist() == [5, 0, 0]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read_idx_folder(tmp_path / "nowhere")


def test_a_label_without_a_class_has_its_byte_named(tmp_path):
    with pytest.raises(DataError, match="label 2, but there are 2 classes") as error:
        read_idx_folder(fill(tmp_path), classes=("a", "b"))
    assert error.value.place == "byte 10"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_a_storage_error(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(GOOD)
    path.chmod(0)
    with pytest.raises(StorageError, match="could not read: you may not read it"):
        read_idx(path)
