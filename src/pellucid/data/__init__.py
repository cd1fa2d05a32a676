"""How does a raw thing become X, y? Digits, toys, tables, pictures, splits, preparation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.data.arrays import read_npz
    from pellucid.data.catalog import DATASETS, DatasetCard, load
    from pellucid.data.csv_files import read_csv
    from pellucid.data.dataset import Dataset, Input, Splits
    from pellucid.data.digits import digits8x8, fashion_mnist, mnist, mnist_sample
    from pellucid.data.downloads import fetch
    from pellucid.data.drawn import DigitFraming, frame_digit, frame_picture, read_digit
    from pellucid.data.duplicates import shared_between_parts, shared_examples
    from pellucid.data.folding import fold_rows, folds
    from pellucid.data.frames import as_table
    from pellucid.data.idx import read_idx, read_idx_folder
    from pellucid.data.originals import FetchEvent
    from pellucid.data.picture_arrays import from_pictures, stack_pictures
    from pellucid.data.picture_examples import read_example
    from pellucid.data.picture_files import read_channels
    from pellucid.data.picture_folders import read_picture_folder
    from pellucid.data.pictures import read_picture
    from pellucid.data.preparation import Preparation, fit_features, fit_preparation
    from pellucid.data.splits import RowSplit, split, split_rows
    from pellucid.data.suitability import picture_advice
    from pellucid.data.table_files import read_excel, read_parquet, read_table
    from pellucid.data.table_parts import from_frame
    from pellucid.data.tables import Table
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
    "as_table": "frames",
    "checkerboard": "toys",
    "circles": "toys",
    "digits8x8": "digits",
    "fashion_mnist": "digits",
    "fetch": "downloads",
    "fit_features": "preparation",
    "fit_preparation": "preparation",
    "fold_rows": "folding",
    "folds": "folding",
    "four_people": "toys",
    "frame_digit": "drawn",
    "frame_picture": "drawn",
    "from_frame": "table_parts",
    "from_pictures": "picture_arrays",
    "gaussians": "toys",
    "load": "catalog",
    "mnist": "digits",
    "mnist_sample": "digits",
    "picture_advice": "suitability",
    "read_channels": "picture_files",
    "read_csv": "csv_files",
    "read_digit": "drawn",
    "read_example": "picture_examples",
    "read_excel": "table_files",
    "read_idx": "idx",
    "read_idx_folder": "idx",
    "read_npz": "arrays",
    "read_parquet": "table_files",
    "read_picture": "pictures",
    "read_picture_folder": "picture_folders",
    "read_table": "table_files",
    "rings": "toys",
    "shared_between_parts": "duplicates",
    "shared_examples": "duplicates",
    "sine": "toys",
    "spirals": "toys",
    "split": "splits",
    "split_rows": "splits",
    "stack_pictures": "picture_arrays",
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
    "as_table",
    "checkerboard",
    "circles",
    "digits8x8",
    "fashion_mnist",
    "fetch",
    "fit_features",
    "fit_preparation",
    "fold_rows",
    "folds",
    "four_people",
    "frame_digit",
    "frame_picture",
    "from_frame",
    "from_pictures",
    "gaussians",
    "load",
    "mnist",
    "mnist_sample",
    "picture_advice",
    "read_channels",
    "read_csv",
    "read_digit",
    "read_example",
    "read_excel",
    "read_idx",
    "read_idx_folder",
    "read_npz",
    "read_parquet",
    "read_picture",
    "read_picture_folder",
    "read_table",
    "rings",
    "shared_between_parts",
    "shared_examples",
    "sine",
    "spirals",
    "split",
    "split_rows",
    "stack_pictures",
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
