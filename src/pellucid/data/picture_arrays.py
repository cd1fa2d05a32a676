"""Pictures in memory, arrays or PIL images, become a data set or rows to predict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input
from pellucid.data.labels import are_too_many, sorted_labels
from pellucid.data.picture_examples import as_example, check_range, read_example
from pellucid.data.picture_files import PictureKind, picture_kind
from pellucid.data.picture_inputs import (
    checked_size,
    common_input,
    room_for,
    told_bad,
    told_sizes,
    with_remedy,
)

if TYPE_CHECKING:
    pass

_BITS = {np.dtype(bool): 1, np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}


def from_pictures(
    pictures: npt.ArrayLike | Sequence[Any],
    labels: npt.ArrayLike,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    shades: tuple[float, float] | None = None,
    classes: Sequence[str] | None = None,
    groups: npt.ArrayLike | None = None,
    skip_bad: bool = False,
    title: str = "pictures",
) -> Dataset:
    """A data set of pictures in memory: an array, or a list of arrays, PIL images, paths or bytes of files.

    Parameters
    ----------
    pictures : (n, rows, columns) or (n, rows, columns, channels) array, or sequence
        Bytes stay bytes and 16 bits stay 16 bits in memory; an array that needs no change is not copied. (While it
        trains or predicts, the compiled engine holds a copy of 16-bit pictures in the network's dtype: twice their
        memory in float32.)
    labels : (n,) or (n, k)
        Classes if they are text or whole numbers, quantities to predict if they are fractions.
    size : int or (rows, columns), optional
        What all are fitted into: aspect kept, areas averaged, margins in the border's shade. Pictures of different
        sizes need it.
    channels : int, optional
        1 for shades of gray, 3 for colors; by default as many as the pictures have.
    shades : (float, float), optional
        The stored values that are black and white. By default 0 and 255 for uint8, 0 and 65535 for uint16, no and
        yes for bool; anything else has to be said: ``(0, 1)`` for fractions, ``(0, 4095)`` for a camera of 12 bits.
    classes : sequence of str, optional
        The names of the classes, in order; whole numbers in `labels` then count into them, from 0.
    groups : (n,), optional
        Which patient, plate or writer each picture came from.
    skip_bad : bool
        Leave out files that can't be read, with their labels, and tell of them in `Dataset.notes`.
    title : str

    Returns
    -------
    Dataset
        Its `input` says how pixels become features, and is saved with a model.

    Raises
    ------
    DataError
        If a picture can't be read or differs from the others, or its range is unknown or exceeded.
    ShapeError
        If these are no pictures, or there is not one label for each.
    OptionError
        If a size, number of channels or range is impossible.

    Examples
    --------
    >>> cells = np.zeros((2, 5, 4, 3), dtype=np.uint16)
    >>> dataset = from_pictures(cells, ["round", "flat"], shades=(0, 4095))
    >>> print(dataset.input)
    5 × 4 pixels of 3 channels, 0 … 4095 become 0 … 1
    >>> dataset.classes, dataset.y.tolist(), dataset.pictures.shape
    (('flat', 'round'), [1, 0], (2, 5, 4, 3))
    """
    wanted = checked_size(size)
    every = _listed(pictures)
    n = len(every)
    answers, names = _answers(labels, classes, n)
    group = None if groups is None else np.asarray(groups)
    if group is not None and group.shape != (n,):
        raise ShapeError(f"groups has shape {group.shape}; expected ({n},), one for each picture.")
    bad: dict[int, str] = {}
    kinds = _kinds(every, shades, bad, skip_bad=skip_bad)
    input = common_input(kinds, wanted or _one_size(kinds), channels=channels, shades=shades)
    X = _rows(every, input, bad, skip_bad=skip_bad)
    sizes = [(kind.rows, kind.columns) for kind in kinds.values()]
    sizes *= len(every) if isinstance(every, np.ndarray) else 1
    notes = (*told_bad(list(bad.values()), n), *told_sizes(sizes, input))
    if bad:
        kept = np.setdiff1d(np.arange(n), list(bad))
        answers, group = answers[kept], None if group is None else group[kept]
    return Dataset(X, answers, input=input, classes=names, groups=group, title=title, notes=notes)


def stack_pictures(pictures: npt.ArrayLike | Sequence[Any], input: Input) -> Array:
    """Pictures as rows that a network with this input predicts: its size, channels and range.

    Parameters
    ----------
    pictures : (n, rows, columns) or (n, rows, columns, channels) array, or sequence
        Of arrays, PIL images, paths, or bytes of files.
    input : Input
        ``net.architecture.input``, or that of a data set.

    Returns
    -------
    (n, d) array

    Raises
    ------
    DataError
        If a picture can't be read, has other channels, or a value outside of ``input.shades``.
    ShapeError
        If these are no pictures, or the input is none.

    Examples
    --------
    >>> stack_pictures(np.zeros((2, 9, 9), dtype=np.uint8), Input.picture(3, 3)).shape
    (2, 9)
    """
    if not input.is_picture:
        raise ShapeError(f"The input is a row of {input.size} numbers; expected one of pictures.")
    return _rows(_listed(pictures), input, {}, skip_bad=False)


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────


def _listed(pictures: Any) -> Array | list[Any]:
    """One array of all pictures, or a list of single ones."""
    is_text = isinstance(pictures, str | bytes | Path)
    if is_text or (not isinstance(pictures, np.ndarray) and not isinstance(pictures, Iterable)):
        what = repr(pictures) if is_text else type(pictures).__name__
        raise ShapeError(
            f"There is one picture, {what:.60}; expected several in a list, or read_picture_folder for a folder."
        )
    if not isinstance(pictures, np.ndarray):
        if not hasattr(pictures, "__array__") or isinstance(pictures, Sequence):
            pictures = list(pictures)
        else:  # a tensor of another library
            pictures = np.asarray(pictures)
    if not len(pictures):
        raise ShapeError("There are no pictures; expected at least one.")
    if not isinstance(pictures, np.ndarray):
        return [_one(picture) for picture in pictures]
    if pictures.dtype.kind == "O":
        return [_one(picture) for picture in pictures]
    if pictures.ndim not in (3, 4) or not pictures.size:
        raise ShapeError(
            f"The pictures have shape {pictures.shape}; expected (n, rows, columns), or (n, rows, columns, "
            "channels)."
        )
    _refuse_channels_first(pictures.shape[1:])
    return pictures


def _one(picture: Any) -> Any:
    """A single picture: a file or PIL image as it is, anything else as an array."""
    if isinstance(picture, str | Path | bytes) or hasattr(picture, "getbands"):
        return picture
    array = np.asarray(picture)
    if array.ndim not in (2, 3) or not array.size:
        raise ShapeError(
            f"A picture has shape {array.shape}; expected (rows, columns) or (rows, columns, channels)."
        )
    _refuse_channels_first(array.shape)
    return array


def _refuse_channels_first(shape: tuple[int, ...]) -> None:
    if len(shape) == 3 and shape[0] <= 4 < min(shape[1:]):
        raise ShapeError(
            f"A picture has shape {shape}, as if its channels came first; expected (rows, columns, channels), so "
            "use np.moveaxis(pictures, -3, -1)."
        )


def _is_array(picture: Any) -> bool:
    return isinstance(picture, np.ndarray)


def _kinds(
    pictures: Array | list[Any],
    shades: tuple[float, float] | None,
    bad: dict[int, str],
    *,
    skip_bad: bool,
) -> dict[str, PictureKind]:
    """What each picture is, by what messages call it; of an array the first stands for all."""
    if isinstance(pictures, np.ndarray):
        return {"picture 0": _kind_of_array(pictures[0], shades)}
    kinds = {}
    for i, picture in enumerate(pictures):
        if _is_array(picture):
            kinds[f"picture {i}"] = _kind_of_array(picture, shades)
            continue
        try:
            kinds[f"picture {i}"] = picture_kind(picture)
        except DataError as error:
            _leave_out(i, error, bad, skip_bad=skip_bad)
    if not kinds:
        raise DataError("Not one of the pictures can be read; expected PNG, JPEG or TIFF files.")
    return kinds


def _kind_of_array(picture: Array, shades: tuple[float, float] | None) -> PictureKind:
    if shades is None and picture.dtype not in _BITS:
        raise OptionError(
            f"The pictures have dtype {picture.dtype}, which does not say what is white; give shades=(0, 1) "
            "if they go from 0 to 1, or (0, 255)."
        )
    rows, columns = picture.shape[:2]
    channels = picture.shape[2] if picture.ndim == 3 else 1
    return PictureKind(rows, columns, channels, _BITS.get(picture.dtype, 8))


def _one_size(kinds: dict[str, PictureKind]) -> tuple[int, int]:
    sizes = {(kind.rows, kind.columns): name for name, kind in reversed(kinds.items())}
    if len(sizes) > 1:
        (one, name), (other, its_name) = list(sizes.items())[:2]
        raise DataError(
            f"{name} has {one[0]} × {one[1]} pixels, {its_name} {other[0]} × {other[1]}; give the size that all "
            "shall have, such as size=28."
        )
    return next(iter(sizes))


def _rows(pictures: Array | list[Any], input: Input, bad: dict[int, str], *, skip_bad: bool) -> Array:
    """The pictures as rows; what can't be read is left out and goes to `bad`."""
    if isinstance(pictures, np.ndarray):
        return _rows_of_array(finite_numbers(pictures, "pictures"), input)
    rows: list[Array] = []
    for i, picture in enumerate(pictures):
        if i in bad:
            continue
        try:
            if _is_array(picture):
                rows.append(as_example(finite_numbers(picture, f"picture {i}"), input).reshape(-1))
            else:
                rows.append(read_example(picture, input).reshape(-1))
        except DataError as error:
            _leave_out(i, error, bad, skip_bad=skip_bad)
    if not rows:
        raise DataError("Not one of the pictures can be read; expected PNG, JPEG or TIFF files.")
    return np.stack(rows)


def _rows_of_array(pictures: Array, input: Input) -> Array:
    shape = pictures.shape[1:]
    if shape in (input.shape, (*input.shape, 1)) and input.framing != "digit":
        check_range(pictures, input)
        return pictures.reshape(len(pictures), -1)
    rows = room_for(len(pictures), input, pictures.dtype)
    for i, picture in enumerate(pictures):
        rows[i] = as_example(picture, input).reshape(-1)
    return rows


def _leave_out(number: int, error: DataError, bad: dict[int, str], *, skip_bad: bool) -> None:
    what = str(error) if error.path is not None else f"picture {number}: {error}"
    if not skip_bad:
        told = DataError(what)
        told.path = error.path
        raise with_remedy(told) from None
    bad[number] = what


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _answers(
    labels: npt.ArrayLike, classes: Sequence[str] | None, n: int
) -> tuple[Array, tuple[str, ...] | None]:
    """Classes by number and their names, or quantities and None."""
    y = np.asarray(labels)
    if len(y.shape) == 0 or len(y) != n:
        raise ShapeError(
            f"There are {n:,} pictures and labels of shape {y.shape}; expected one label for each."
        )
    if y.dtype.kind == "f":
        if classes is not None:
            raise DataError(f"labels has dtype {y.dtype}; expected classes, so use labels.astype(int).")
        return finite_numbers(y, "labels").astype(np.float64), None
    if y.ndim != 1 or y.dtype.kind not in "iubUSO":
        raise ShapeError(
            f"labels has shape {y.shape} and dtype {y.dtype}; expected one class for each picture."
        )
    if classes is not None and y.dtype.kind in "iu":
        return y, tuple(classes)
    text = [str(label) for label in y.tolist()]
    different = sorted_labels(text) if classes is None else tuple(str(name) for name in classes)
    unknown = sorted(set(text) - set(different))
    if unknown:
        raise DataError(
            f"labels holds {unknown[0]!r}; expected one of the classes {', '.join(different[:10])}."
        )
    if len(different) < 2:
        raise DataError(f"every picture has the same class, {different[0]!r}; expected at least two classes.")
    if y.dtype.kind in "USO" and classes is None and are_too_many(len(different), n):
        raise DataError(
            f"{n} pictures have {len(different)} different texts, too many to be classes; give classes=… if "
            "they are."
        )
    number = {name: j for j, name in enumerate(different)}
    return np.array([number[label] for label in text], dtype=np.int64), different
