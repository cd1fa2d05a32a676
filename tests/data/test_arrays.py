import io
import struct
import zipfile

import numpy as np
import pytest

from pellucid.basics.errors import DataError, ShapeError, StorageError
from pellucid.data import array_files
from pellucid.data.arrays import read_npy, read_npz
from pellucid.data.csv_files import read_csv
from pellucid.data.dataset import Input
from pellucid.data.targets import is_quantity

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 2, 0, 1, 2])
PICTURES = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)


def npz(folder, compress=False, **arrays):
    path = folder / "data.npz"
    (np.savez_compressed if compress else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("compress", [False, True])
def test_rows_and_classes(tmp_path, compress):
    splits = read_npz(npz(tmp_path, compress, X=X, y=Y))
    np.testing.assert_array_equal(splits.train.X, X)
    assert splits.train.y.tolist() == Y.tolist()
    assert splits.train.classes == ("0", "1", "2")
    assert splits.test is None


@pytest.mark.parametrize("letter", ["x", "X"])
def test_keras_layout_of_pictures(tmp_path, letter):
    parts = {f"{letter}_train": PICTURES, "y_train": Y, f"{letter}_test": PICTURES[:2], "y_test": Y[:2]}
    splits = read_npz(npz(tmp_path, **parts))
    assert splits.train.input == Input.picture(4, 3)
    assert splits.train.X.dtype == np.uint8
    np.testing.assert_array_equal(splits.train.pictures, PICTURES)
    assert splits.test is not None
    assert splits.test.y.tolist() == [0, 1]


def test_pictures_may_have_one_channel(tmp_path):
    train = read_npz(npz(tmp_path, X=PICTURES[..., None], y=Y)).train
    np.testing.assert_array_equal(train.pictures, PICTURES)


def test_pictures_with_channels(tmp_path):
    colors = np.arange(6 * 4 * 3 * 2, dtype=np.uint8).reshape(6, 4, 3, 2)
    train = read_npz(npz(tmp_path, X=colors, y=Y)).train
    assert train.input == Input.picture(4, 3, channels=2)
    assert train.pictures.tolist() == colors.tolist()


def test_deep_pictures_stay_deep_and_say_what_is_white(tmp_path):
    deep = PICTURES.astype(np.uint16) * 50
    train = read_npz(npz(tmp_path, X=deep, y=Y)).train
    assert (train.X.dtype, train.input) == (np.uint16, Input.picture(4, 3, shades=(0, 65535)))
    of_a_camera = read_npz(npz(tmp_path, X=deep, y=Y, shades=np.array([0, 4095]))).train
    assert of_a_camera.input == Input.picture(4, 3, shades=(0, 4095))
    fractions = read_npz(npz(tmp_path, X=PICTURES / 255, y=Y, shades=(0, 1))).train
    assert fractions.X.dtype == np.float64
    assert fractions.input.features(fractions.X, "float64").max() == PICTURES.max() / 255


def test_flat_bytes_stay_rows_of_numbers(tmp_path):
    train = read_npz(npz(tmp_path, X=np.zeros((6, 16), dtype=np.uint8), y=Y)).train
    assert train.input == Input((16,))


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.array([10, 9, 10, 9, 10, 9], dtype=np.uint8), ("9", "10")),
        (np.array(list("bababa")), ("a", "b")),
        (np.array([True, False] * 3), ("False", "True")),
        (Y[:, None], ("0", "1", "2")),
        (Y.astype(">i4"), ("0", "1", "2")),
    ],
)
def test_labels_are_sorted(tmp_path, y, classes):
    train = read_npz(npz(tmp_path, X=X, y=y)).train
    assert train.classes == classes
    assert [classes[j] for j in train.y] == [str(label) for label in y.ravel()]


def test_classes_may_have_names(tmp_path):
    train = read_npz(npz(tmp_path, X=X, y=Y, classes=np.array(["cat", "dog", "elk", "fox"]))).train
    assert train.classes == ("cat", "dog", "elk", "fox")
    assert train.y.tolist() == Y.tolist()


def test_a_networks_classes_decide_the_order(tmp_path):
    train = read_npz(npz(tmp_path, X=X, y=np.array(list("aaaaaa"))), classes=["c", "b", "a"]).train
    assert train.classes == ("c", "b", "a")
    assert train.y.tolist() == [2] * 6


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 3)])
def test_fractions_are_numbers_to_predict(tmp_path, shape):
    y = np.ones(shape)
    train = read_npz(npz(tmp_path, X=X, y=y)).train
    assert train.classes is None
    assert train.n_outputs == (shape[1] if len(shape) == 2 else 1)


def test_column_order_and_foreign_byte_order(tmp_path):
    path = npz(tmp_path, X=np.asfortranarray(X.astype(">f8")), y=Y)
    train = read_npz(path).train
    np.testing.assert_array_equal(train.X, X)
    assert train.X.dtype.isnative


def test_arrays_that_are_not_asked_for_are_never_read(tmp_path):
    path = npz(tmp_path, X=X, y=Y, note=np.array([{"a": 1}], dtype=object))
    assert len(read_npz(path).train) == 6


BAD_ARRAYS = {
    "missing": ({"a": X, "b": Y}, ["holds a, b", "expected the arrays X and y"]),
    "no test answers": ({"x_train": X, "y_train": Y, "x_test": X}, ["x_test", "no y_test", "add it"]),
    "lengths": ({"X": X, "y": Y[:5]}, ["array y", "5 answers", "6 examples"]),
    "NaN": ({"X": np.where(X == 4, np.nan, X), "y": Y}, ["array X", "NaN", "example 2", "remove"]),
    "infinity": ({"X": np.where(X == 4, np.inf, X), "y": Y}, ["array X", "infinity", "example 2"]),
    "NaN answer": ({"X": X, "y": np.array([1, 2, np.nan, 4, 5, 6])}, ["array y", "NaN", "example 2"]),
    "objects": ({"X": X.astype(object), "y": Y}, ["array X", "Python objects", "plain numbers"]),
    "object answers": ({"X": X, "y": Y.astype(object)}, ["array y", "Python objects"]),
    "text": ({"X": X.astype(str), "y": Y}, ["array X", "expected numbers"]),
    "complex": ({"X": X.astype(complex), "y": Y}, ["array X", "complex128", "expected numbers"]),
    "vector": ({"X": X[:, 0], "y": Y}, ["array X", "(6,)", "expected (examples, features)"]),
    "no examples": ({"X": X[:0], "y": Y[:0]}, ["array"]),
    "five axes": ({"X": np.zeros((6, 4, 4, 3, 1)), "y": Y}, ["array X", "(6, 4, 4, 3, 1)", "channels) for"]),
    "fractions of 12 bits": (
        {"X": PICTURES / 255, "y": Y, "shades": [0, 4095]},
        ["array X", "float64", "whole numbers from 0 to 4095"],
    ),
    "beyond white": (
        {"X": PICTURES.astype(np.uint16) * 100, "y": Y, "shades": [0, 4095]},
        ["array X", "7100", "0 … 4095", "shades"],
    ),
    "no range": ({"X": PICTURES, "y": Y, "shades": [4095]}, ["array shades", "two numbers"]),
    "a range of nothing": ({"X": PICTURES, "y": Y, "shades": 3}, ["array shades", "two numbers"]),
    "float pictures": ({"X": PICTURES / 255, "y": Y}, ["array X", "float64", "astype('uint8')"]),
    "one-hot": ({"X": X, "y": np.eye(3, dtype=int)[Y]}, ["array y", "(6, 3)", "argmax"]),
    "one class": ({"X": X, "y": 0 * Y}, ["array y", "'0'", "two classes"]),
    "texts": (
        {"X": np.zeros((90, 2)), "y": np.arange(90).astype(str)},
        ["array y", "90 different", "floats"],
    ),
    "groups of too few": ({"X": X, "y": Y, "groups": np.arange(5)}, ["array groups", "(5,)", "6 examples"]),
    "groups of objects": ({"X": X, "y": Y, "group": Y.astype(object)}, ["array group", "Python objects"]),
    "names do not fit": ({"X": X, "y": Y, "classes": np.array(["a", "b"])}, ["array classes", "0, 1, 2"]),
    "names doubled": ({"X": X, "y": Y, "classes": np.array(["a", "b", "a"])}, ["array classes", "different"]),
    "names of numbers": (
        {"X": X, "y": Y / 2, "classes": np.array(["a", "b"])},
        ["array classes", "fractions"],
    ),
    "unseen class": (
        {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y + 1},
        ["array y_test", "'3'", "training part"],
    ),
    "mixed answers": (
        {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y / 2},
        ["array y_test", "fractions", "alike"],
    ),
    "other width": (
        {"x_train": X, "y_train": Y, "x_test": X[:, :1], "y_test": Y},
        ["array x_test", "(1,)", "(2,)", "same"],
    ),
}


@pytest.mark.parametrize(("arrays", "words"), BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def test_bad_arrays_get_one_line_with_the_key(tmp_path, arrays, words):
    path = npz(tmp_path, **arrays)
    with pytest.raises(DataError) as caught:
        read_npz(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


def npy_bytes(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def lying(shape, content=b"\0" * 64):
    """A .npy whose header promises another shape than its content has."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return with_header(header) + content


def with_header(header):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def zipped(**entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, content in entries.items():
            archive.writestr(f"{key}.npy", content)
    return stream.getvalue()


WHOLE = zipped(X=npy_bytes(X), y=npy_bytes(Y))
BAD_FILES = {
    "empty": (b"", ["no sound .npz", "numpy.savez"]),
    "text": (b"X,y\n1,2\n", ["no sound .npz"]),
    "cut off": (WHOLE[:-30], ["no sound .npz"]),
    "flipped": (WHOLE[:200] + bytes([WHOLE[200] ^ 255]) + WHOLE[201:], ["no sound .npz", "save it again"]),
    "not arrays": (zipped(X=b"hello", y=b""), ["array X", "no array"]),
    "header only": (zipped(X=lying((8,), b""), y=npy_bytes(Y)), ["array X", "64 bytes", "whole copy"]),
    "bomb": (
        zipped(X=lying((10**6, 10**6)), y=npy_bytes(Y)),
        ["array X", "8,000,000,000,000 bytes", "whole copy"],
    ),
    "overflowing": (zipped(X=lying((2**40, 2**40)), y=npy_bytes(Y)), ["array X", "whole copy"]),
    "too short": (zipped(X=lying((9,)), y=npy_bytes(Y)), ["array X", "72 bytes"]),
    "too long": (zipped(X=lying((7,)), y=npy_bytes(Y)), ["array X", "56 bytes", "more or fewer"]),
    "header never closed": (zipped(X=with_header(b"(" * 9000), y=npy_bytes(Y)), ["array X", "no array"]),
    "header too deep": (zipped(X=with_header(b"-" * 9000 + b"1"), y=npy_bytes(Y)), ["array X", "no array"]),
    "negative": (zipped(X=lying((-3, -3)), y=npy_bytes(Y)), ["array X", "no array"]),
}


@pytest.mark.parametrize(("content", "words"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_npz_gets_one_line(tmp_path, content, words):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_npz(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("end", range(0, len(WHOLE), 7))
def test_a_cut_npz_never_gives_data(tmp_path, end):
    path = tmp_path / "data.npz"
    path.write_bytes(WHOLE[:end])
    with pytest.raises(DataError, match=r"data\.npz"):
        read_npz(path)


def test_a_missing_npz(tmp_path):
    with pytest.raises(DataError, match=r"none\.npz: there is no such file"):
        read_npz(tmp_path / "none.npz")
    with pytest.raises(DataError, match=r"none\.npy: there is no such file"):
        read_npy(tmp_path / "none.npy")
    with pytest.raises(DataError, match="no file can have that name"):
        read_npz("a\0b.npz")
    with pytest.raises(StorageError, match="that is a folder"):
        read_npz(tmp_path)


def test_an_array_larger_than_the_memory_is_told(tmp_path, monkeypatch):
    path = npz(tmp_path, X=X, y=Y)
    monkeypatch.setattr(array_files, "free_memory", lambda: 95)
    with pytest.raises(
        DataError, match=r"array X: the array takes .* more than there is free memory; save a part"
    ):
        read_npz(path)
    monkeypatch.setattr(array_files, "free_memory", lambda: 96)
    assert len(read_npz(path).train) == 6


def test_the_system_tells_its_memory():
    assert 2**20 < array_files.free_memory() < 2**60


@pytest.mark.parametrize("key", ["group", "groups"])
@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_groups_in_the_file_stay_together(tmp_path, key, shape):
    groups = np.array(list("aabbcc")).reshape(shape)
    train = read_npz(npz(tmp_path, X=X, y=Y, **{key: groups})).train
    assert train.groups is not None
    assert train.groups.tolist() == list("aabbcc")


# ---- classes or quantities


MANY = np.arange(100)


@pytest.mark.parametrize("n", [20, 21])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.uint64])
def test_integers_of_rows_are_what_they_are_in_a_table(tmp_path, n, dtype):
    y = (MANY % n).astype(dtype)
    train = read_npz(npz(tmp_path, X=np.zeros((100, 2)), y=y)).train
    path = tmp_path / "same.csv"
    path.write_text("x,y\n" + "".join(f"0,{answer}\n" for answer in y))
    assert train.is_classification == (n == 20)
    assert is_quantity(read_csv(path), "y") == (not train.is_classification)


def test_integers_of_pictures_are_classes(tmp_path):
    pictures = np.zeros((100, 2, 2), dtype=np.uint8)
    assert len(read_npz(npz(tmp_path, X=pictures, y=MANY % 62)).train.classes) == 62
    assert len(read_npz(npz(tmp_path, X=pictures[..., None], y=MANY)).train.classes) == 100


def test_integers_with_names_are_classes(tmp_path):
    names = np.array([f"kind {j}" for j in range(100)])
    flat = np.zeros((100, 2))
    assert read_npz(npz(tmp_path, X=flat, y=MANY, classes=names)).train.n_outputs == 100
    known = tuple(map(str, range(100)))
    assert read_npz(npz(tmp_path, X=flat, y=MANY), classes=known).train.classes == known


def test_the_kind_of_answer_is_decided_by_both_parts(tmp_path):
    path = npz(
        tmp_path,
        x_train=np.zeros((100, 1)),
        y_train=MANY,
        x_test=np.zeros((3, 1)),
        y_test=np.array([1, 2, 3]),
    )
    parts = read_npz(path)
    assert parts.train.classes is parts.test.classes is None


@pytest.mark.parametrize(
    ("array", "input", "shape"),
    [
        (X, Input((2,)), (6, 2)),
        (X[0], Input((2,)), (1, 2)),
        (PICTURES, Input.picture(4, 3), (6, 12)),
        (PICTURES[0], Input.picture(4, 3), (1, 12)),
        (PICTURES.reshape(6, 12), Input.picture(4, 3), (6, 12)),
        (PICTURES, None, (6, 4, 3)),
        (PICTURES[..., None].repeat(3, axis=3), Input.picture(4, 3, channels=3), (6, 36)),
        (PICTURES.astype(np.int32) * 10, Input.picture(4, 3, shades=(0, 4095)), (6, 12)),
        (X[0], None, (2,)),
    ],
)
def test_examples_to_predict(tmp_path, array, input, shape):
    path = tmp_path / "examples.npy"
    np.save(path, array)
    examples = read_npy(path, input=input)
    assert examples.shape == shape
    np.testing.assert_array_equal(examples.ravel(), array.ravel())


@pytest.mark.parametrize(
    ("content", "input", "error", "words"),
    [
        (b"", None, DataError, ["no array in NumPy's format"]),
        (b"\x93NUMPY\x07\x00abc", None, DataError, ["no array in NumPy's format"]),
        (npy_bytes(X)[:-1], None, DataError, ["96 bytes", "whole copy"]),
        (npy_bytes(X) + b"x", None, DataError, ["more or fewer"]),
        (npy_bytes(X.astype(object)), None, DataError, ["Python objects", "code"]),
        (npy_bytes(np.array(["a"])), None, DataError, ["expected numbers"]),
        (npy_bytes(X * np.nan), None, DataError, ["NaN", "example 0"]),
        (npy_bytes(np.array(1.0)), None, ShapeError, ["()", "expected (examples, features)"]),
        (npy_bytes(X), Input((3,)), ShapeError, ["(6, 2)", "(n, 3)"]),
        (npy_bytes(PICTURES), Input.picture(28, 28), ShapeError, ["(6, 4, 3)", "(n, 28, 28) or (n, 784)"]),
        (npy_bytes(PICTURES / 255), Input.picture(4, 3), DataError, ["float64", "astype('uint8')"]),
        (
            npy_bytes(PICTURES / 255),
            Input.picture(4, 3, shades=(0, 65535)),
            DataError,
            ["float64", "whole numbers"],
        ),
        (
            npy_bytes(PICTURES.astype(np.uint16) * 100),
            Input.picture(4, 3, shades=(0, 4095)),
            DataError,
            ["7100", "0 … 4095"],
        ),
    ],
)
def test_a_bad_npy_gets_one_line(tmp_path, content, input, error, words):
    path = tmp_path / "examples.npy"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        read_npy(path, input=input)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message
