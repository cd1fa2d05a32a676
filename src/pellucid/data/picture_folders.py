"""A folder of pictures, one subfolder for each class, becomes a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid.basics.errors import DataError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.labels import sorted_labels
from pellucid.data.picture_examples import read_sized_example
from pellucid.data.picture_files import picture_kind
from pellucid.data.picture_inputs import (
    checked_size,
    common_input,
    room_for,
    told_bad,
    told_sizes,
    with_remedy,
)
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
    folder: str | Path,
    *,
    input: Input | None = None,
    classes: Sequence[str] | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    shades: tuple[float, float] | None = None,
    skip_bad: bool = False,
) -> Splits:
    """The pictures in a folder that has one subfolder for each class.

    Parameters
    ----------
    folder : path
        ``folder/cat/1.png``, or with parts ``folder/train/cat/1.png``, ``folder/val/cat/2.png`` and
        ``folder/test/cat/3.png``, of which ``val`` and ``test`` may be missing. Subfolders are parts only if each
        is called like one and ``train`` is among them; else they are classes. Hidden files are passed over.
    input : Input, optional
        The size, channels, range and framing that a network expects; `size`, `channels` and `shades` are then
        not asked.
    classes : sequence of str, optional
        The classes that a network knows, in order; by default the names of the subfolders.
    size : int or (rows, columns), optional
        What all pictures are fitted into (`fitted`). By default they keep their size if all have the same, at most
        64 × 64; else it is 28 × 28.
    channels : int, optional
        1 for shades of gray, 3 for colors. By default shades of gray if all pictures have them, and else colors;
        the pages of TIFF files are channels, which have to be as many in all.
    shades : (float, float), optional
        The stored values that are black and white: by default 0 and 255, or 0 and 65535 if all pictures have 16
        bits. A camera of 12 bits needs ``(0, 4095)``.
    skip_bad : bool
        Leave out files that can't be read, and tell of them in `Dataset.notes`.

    Returns
    -------
    Splits
        Pictures in uint8 or uint16. The notes of a part tell which pictures were fitted or left out.

    Raises
    ------
    DataError
        If there is no such folder, it has no subfolders, no pictures in one, one class only, a file that is no
        picture, or pictures that differ in channels or depth.
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
    bad: dict[Path, str] = {}
    if input is None:
        paths = [path for by_class in files.values() for paths in by_class.values() for path in paths]
        input = _common_input(folder, paths, bad, checked_size(size), channels, shades, skip_bad=skip_bad)
    parts = {
        part: _dataset(folder, by_class, names, input, bad, skip_bad=skip_bad)
        for part, by_class in files.items()
    }
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


def _common_input(
    folder: Path,
    paths: list[Path],
    bad: dict[Path, str],
    size: tuple[int, int] | None,
    channels: int | None,
    shades: tuple[float, float] | None,
    *,
    skip_bad: bool,
) -> Input:
    """The input of all pictures by what their heads say; what can't be read goes to `bad`."""
    kinds = {}
    for path in paths:
        try:
            kinds[path.relative_to(folder).as_posix()] = picture_kind(path)
        except DataError as error:
            _leave_out(path, error, bad, skip_bad=skip_bad)
    if not kinds:
        raise DataError("not one of its files is a picture; expected PNG, JPEG or TIFF files.", path=folder)
    if size is None:
        sizes = {(kind.rows, kind.columns) for kind in kinds.values()}
        common = sizes.pop() if len(sizes) == 1 else None
        size = common if common and max(common) <= LARGEST_OWN_SIZE else (USUAL_SIZE, USUAL_SIZE)
    try:
        return common_input(kinds, size, channels=channels, shades=shades)
    except DataError as error:
        raise DataError(str(error), path=folder) from None


def _leave_out(path: Path, error: DataError, bad: dict[Path, str], *, skip_bad: bool) -> None:
    if not skip_bad:
        raise with_remedy(error) from None
    bad[path] = str(error)


def _dataset(
    folder: Path,
    files: dict[str, list[Path]],
    classes: tuple[str, ...],
    input: Input,
    bad: dict[Path, str],
    *,
    skip_bad: bool,
) -> Dataset:
    unknown = sorted(set(files) - set(classes))
    if unknown:
        known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        raise DataError(
            f"the subfolder {unknown[0]!r} is not one of the classes {known}; rename or remove it.",
            path=folder,
        )
    paths = [(path, classes.index(name)) for name in sorted_labels(files) for path in files[name]]
    X = room_for(len(paths), input)
    y: list[int] = []
    sizes = []
    for path, number in paths:
        if path in bad:
            continue
        try:
            picture, size = read_sized_example(path, input)
        except DataError as error:
            _leave_out(path, error, bad, skip_bad=skip_bad)
            continue
        X[len(y)] = picture.reshape(-1)
        y.append(number)
        sizes.append(size)
    left_out = [bad[path] for path, _ in paths if path in bad]
    notes = (*told_bad(left_out, len(paths)), *told_sizes(sizes, input))
    for name in files:
        if classes.index(name) not in y:
            raise DataError(
                "not one of its files can be read as a picture; mend or remove it.", path=folder / name
            )
    answers = np.array(y, dtype=np.int64)
    return Dataset(X[: len(y)], answers, input=input, classes=classes, title=str(folder), notes=notes)
