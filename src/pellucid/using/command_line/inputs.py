"""What is given to `pellucid predict`: pictures, rows of tables, arrays, as examples for one network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.table_files import TABLE_ENDINGS, read_table
from pellucid.network.network import Network

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


@dataclass(slots=True)
class Examples:
    """Examples as stored ``(n, d)``, the name of each, and the pictures among them."""

    X: Array
    names: list[str]
    pictures: list[Array] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def input_files(inputs: list[str]) -> list[Path]:
    """The files that are given, and the pictures of the folders that are given.

    Raises
    ------
    DataError
        If a folder has no pictures.
    """
    return [path for text in inputs for path in _expanded(Path(text).expanduser())]


def read_inputs(
    net: Network, files: list[Path], *, delimiter: str | None = None, sheet: str | None = None
) -> Examples:
    """Read every file in the form that the network takes.

    Raises
    ------
    DataError
        If a file is missing, can't be read, or is of a kind that this network does not take.
    """
    parts = [_read(net, path, delimiter, sheet) for path in files]
    return Examples(
        X=np.concatenate([part.X for part in parts]),
        names=[name for part in parts for name in part.names],
        pictures=[picture for part in parts for picture in part.pictures],
        notes=[note for part in parts for note in part.notes],
    )


def _expanded(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
    if not found:
        raise DataError("there is no picture in this folder; expected PNG or JPEG files.", path=path)
    return found


def _read(net: Network, path: Path, delimiter: str | None, sheet: str | None) -> Examples:
    if not path.exists():
        raise DataError("there is no such file. Check the name.", path=path)
    suffix = path.suffix.lower()
    if suffix in TABLE_ENDINGS:
        return _rows(net, path, delimiter, sheet)
    if suffix == ".npy":
        return _arrays(net, path)
    return _picture(net, path)


def _picture(net: Network, path: Path) -> Examples:
    expected = net.architecture.input
    if not expected.is_picture:
        raise DataError(
            f"the network takes rows of {expected.size} numbers, not pictures; give a "
            f"{'CSV' if net.preparation else '.npy'} file.",
            path=path,
        )
    from pellucid.data.drawn import SIDE, read_digit
    from pellucid.data.picture_examples import in_gray, read_example

    notes: tuple[str, ...] = ()
    if expected.framing == "digit" and expected.shape == (SIDE, SIDE):
        framing = read_digit(path)
        picture, notes = framing.picture, framing.notes
    else:
        picture = read_example(path, expected)
    shown = in_gray(picture[None], expected)[0]
    return Examples(picture.reshape(1, -1), [str(path)], [shown], [f"{path.name}: {note}" for note in notes])


def _rows(net: Network, path: Path, delimiter: str | None, sheet: str | None) -> Examples:
    if net.preparation is None:
        kind, wanted = ("pictures", "a PNG") if net.architecture.input.is_picture else ("arrays", "an .npy")
        raise DataError(f"the network was trained on {kind}, not on a table; give {wanted} file.", path=path)
    table = read_table(path, delimiter=delimiter, sheet=sheet)
    X = net.preparation.features(table)
    return Examples(X, [f"{path}:{line}" for line in table.lines])


def _arrays(net: Network, path: Path) -> Examples:
    from pellucid.data.arrays import read_npy

    array = read_npy(path)
    expected = net.architecture.input
    if array.shape in (expected.shape, (expected.size,)):
        array = array[None]
    if array.shape[1:] not in (expected.shape, (expected.size,)):
        raise DataError(
            f"the array has shape {array.shape}; the network takes (n, {expected.size}).", path=path
        )
    X = array.reshape(len(array), -1)
    return Examples(X, [f"{path}[{i}]" for i in range(len(X))])
