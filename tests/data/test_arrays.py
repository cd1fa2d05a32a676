import io
import struct
import zipfile

import numpy as np
import pytest

from pellucid.basics.errors import DataError, ShapeError, StorageError
from pellucid.data.arrays import read_npy, read_npz
from pellucid.data.dataset import Input

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
    "colors": ({"X": np.zeros((6, 4, 4, 3), dtype=np.uint8), "y": Y}, ["array X", "(6, 4, 4, 3)", "gray"]),
    "float pictures": ({"X": PICTURES / 255, "y": Y}, ["array X", "float64", "astype('uint8')"]),
    "one-hot": ({"X": X, "y": np.eye(3, dtype=int)[Y]}, ["array y", "(6, 3)", "argmax"]),
    "one class": ({"X": X, "y": 0 * Y}, ["array y", "'0'", "two classes"]),
    "quantities": ({"X": np.zeros((90, 2)), "y": np.arange(90)}, ["array y", "90 different", "floats"]),
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
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


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
    "bomb": (zipped(X=lying((10**6, 10**6)), y=npy_bytes(Y)), ["array X", "7451 GiB", "at most 16"]),
    "overflowing": (zipped(X=lying((2**40, 2**40)), y=npy_bytes(Y)), ["array X", "GiB"]),
    "too short": (zipped(X=lying((9,)), y=npy_bytes(Y)), ["array X", "72 bytes"]),
    "too long": (zipped(X=lying((7,)), y=npy_bytes(Y)), ["array X", "56 bytes", "more or fewer"]),
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
    with pytest.raises(StorageError, match=r"none\.npz: could not read: there is no such file"):
        read_npz(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("array", "input", "shape"),
    [
        (X, Input((2,)), (6, 2)),
        (X[0], Input((2,)), (1, 2)),
        (PICTURES, Input.picture(4, 3), (6, 12)),
        (PICTURES[0], Input.picture(4, 3), (1, 12)),
        (PICTURES.reshape(6, 12), Input.picture(4, 3), (6, 12)),
        (PICTURES, None, (6, 4, 3)),
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
