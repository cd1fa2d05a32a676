"""How does a raw thing become X, y? Digits, toys, tables, pictures, splits, preparation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.data.arrays import read_npz
    from pellucid.data.catalog import DATASETS, DatasetCard, load
    from pellucid.data.dataset import Dataset, Input, Splits
    from pellucid.data.digits import digits8x8, fashion_mnist, mnist, mnist_sample
    from pellucid.data.downloads import fetch
    from pellucid.data.drawn import DigitFraming, frame_digit, frame_picture, read_digit
    from pellucid.data.idx import read_idx, read_idx_folder
    from pellucid.data.originals import FetchEvent
    from pellucid.data.picture_folders import read_picture_folder
    from pellucid.data.pictures import read_picture
    from pellucid.data.preparation import Preparation, fit_preparation
    from pellucid.data.splits import RowSplit, split, split_rows
    from pellucid.data.tables import Table, read_csv
    from pellucid.data.toys import (
        checkerboard,
        circles,
        four_people,
        gaussians,
        rings,
        sine,
        spirals,
        two_moons,
        xor,
    )

# The module of every public name, loaded when the name is asked for: importing this room costs nothing.
_MODULES = {
    "DATASETS": "catalog",
    "Dataset": "dataset",
    "DatasetCard": "catalog",
    "DigitFraming": "drawn",
    "FetchEvent": "originals",
    "Input": "dataset",
    "Preparation": "preparation",
    "RowSplit": "splits",
    "Splits": "dataset",
    "Table": "tables",
    "checkerboard": "toys",
    "circles": "toys",
    "digits8x8": "digits",
    "fashion_mnist": "digits",
    "fetch": "downloads",
    "fit_preparation": "preparation",
    "four_people": "toys",
    "frame_digit": "drawn",
    "frame_picture": "drawn",
    "gaussians": "toys",
    "load": "catalog",
    "mnist": "digits",
    "mnist_sample": "digits",
    "read_csv": "tables",
    "read_digit": "drawn",
    "read_idx": "idx",
    "read_idx_folder": "idx",
    "read_npz": "arrays",
    "read_picture": "pictures",
    "read_picture_folder": "picture_folders",
    "rings": "toys",
    "sine": "toys",
    "spirals": "toys",
    "split": "splits",
    "split_rows": "splits",
    "two_moons": "toys",
    "xor": "toys",
}

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetCard",
    "DigitFraming",
    "FetchEvent",
    "Input",
    "Preparation",
    "RowSplit",
    "Splits",
    "Table",
    "checkerboard",
    "circles",
    "digits8x8",
    "fashion_mnist",
    "fetch",
    "fit_preparation",
    "four_people",
    "frame_digit",
    "frame_picture",
    "gaussians",
    "load",
    "mnist",
    "mnist_sample",
    "read_csv",
    "read_digit",
    "read_idx",
    "read_idx_folder",
    "read_npz",
    "read_picture",
    "read_picture_folder",
    "rings",
    "sine",
    "spirals",
    "split",
    "split_rows",
    "two_moons",
    "xor",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value  # the next time nothing has to be looked up
    return value


def __dir__() -> list[str]:
    return __all__
