"""A folder of pictures, one subfolder for each class, becomes a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid.basics.errors import DataError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.drawn import frame_picture
from pellucid.data.labels import sorted_labels
from pellucid.data.pictures import picture_size, read_picture
from pellucid.data.reading import unreadable

LARGEST_OWN_SIZE = 64  # pictures that all have one size up to this keep it
USUAL_SIZE = 28
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_IGNORED = {"thumbs.db", "desktop.ini"}


def read_picture_folder(
    folder: str | Path, *, input: Input | None = None, classes: Sequence[str] | None = None
) -> Splits:
    """The pictures in a folder that has one subfolder for each class.

    Parameters
    ----------
    folder : path
        ``folder/cat/1.png``, or with parts ``folder/train/cat/1.png``, ``folder/val/cat/2.png`` and
        ``folder/test/cat/3.png``, of which ``val`` and ``test`` may be missing. Subfolders are parts only if each
        is called like one and ``train`` is among them; else they are classes. Hidden files are passed over.
    input : Input, optional
        The size and framing that a network expects. By default pictures keep their size if all have the same, at
        most 64 × 64; else they are fitted into 28 × 28.
    classes : sequence of str, optional
        The classes that a network knows, in order; by default the names of the subfolders.

    Returns
    -------
    Splits
        Pictures in shades of gray, uint8.

    Raises
    ------
    DataError
        If there is no such folder, it has no subfolders, no pictures in one, one class only, or a file that is no
        picture.
    StorageError
        If the folder can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, shade in (("black", 0), ("white", 255)):
    ...     (folder / name).mkdir()
    ...     Image.new("L", (8, 6), shade).save(folder / name / "1.png")
    >>> train = read_picture_folder(folder).train
    >>> train.classes, train.pictures.shape
    (('black', 'white'), (2, 6, 8))
    """
    folder = Path(folder)
    files = {part: _files_by_class(place) for part, place in _parts(folder).items()}
    names = tuple(classes) if classes is not None else sorted_labels(files["train"])
    if len(names) < 2:
        raise DataError(
            f"there is one class only, {names[0]!r}; expected a subfolder for each of two or more classes.",
            path=folder,
        )
    if input is None:
        input = _common_input(
            [path for by_class in files.values() for paths in by_class.values() for path in paths]
        )
    parts = {part: _dataset(folder, by_class, names, input) for part, by_class in files.items()}
    return Splits(parts["train"], test=parts.get("test"), validation=parts.get("validation"))


def _parts(folder: Path) -> dict[str, Path]:
    """Return the folder of each part: one for all, unless every subfolder is called like a part."""
    parts: dict[str, Path] = {}
    for entry in _subfolders(folder):
        part = _PARTS.get(entry.name.lower())
        if part is None:
            return {"train": folder}
        if part in parts:
            raise DataError(
                f"the subfolders {parts[part].name!r} and {entry.name!r} are both the {part} part; keep one.",
                path=folder,
            )
        parts[part] = entry
    return parts if "train" in parts else {"train": folder}


def _entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except (OSError, ValueError) as error:
        raise unreadable(folder, error) from error
    return [e for e in entries if not e.name.startswith(".") and e.name.lower() not in _IGNORED]


def _subfolders(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if entry.is_dir()]


def _files_by_class(folder: Path) -> dict[str, list[Path]]:
    subfolders = _subfolders(folder)
    if not subfolders:
        raise DataError(
            "there are no subfolders; expected one for each class, with its pictures.", path=folder
        )
    files = {}
    for subfolder in subfolders:
        entries = _entries(subfolder)
        inner = [entry for entry in entries if entry.is_dir()]
        if inner:
            raise DataError(
                f"there is a folder {inner[0].name!r} among the pictures of a class; move it.",
                path=subfolder,
            )
        if not entries:
            raise DataError("there are no pictures in this folder; add some or remove it.", path=subfolder)
        files[subfolder.name] = entries
    return files


def _common_input(paths: list[Path]) -> Input:
    sizes = {picture_size(path) for path in paths}
    if len(sizes) == 1:
        rows, columns = sizes.pop()
        if max(rows, columns) <= LARGEST_OWN_SIZE:
            return Input.picture(rows, columns)
    return Input.picture(USUAL_SIZE, USUAL_SIZE)


def _dataset(folder: Path, files: dict[str, list[Path]], classes: tuple[str, ...], input: Input) -> Dataset:
    unknown = sorted(set(files) - set(classes))
    if unknown:
        known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        raise DataError(
            f"the subfolder {unknown[0]!r} is not one of the classes {known}; rename or remove it.",
            path=folder,
        )
    paths = [(path, classes.index(name)) for name in sorted_labels(files) for path in files[name]]
    X = np.empty((len(paths), input.size), dtype=np.uint8)
    for row, (path, _) in enumerate(paths):
        picture = read_picture(path)
        try:
            X[row] = frame_picture(picture, input).reshape(-1)
        except DataError as error:
            raise DataError(str(error), path=path) from None
    y = np.array([number for _, number in paths], dtype=np.int64)
    return Dataset(X, y, input=input, classes=classes, title=str(folder))
