"""NumPy's own files: .npz with examples and answers, .npy with examples to predict. Nothing in them is executed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.array_files import check_numbers, npz_keys, read_array, read_npz_arrays
from pellucid.data.dataset import BYTES, Dataset, Input, Splits
from pellucid.data.labels import are_quantities, are_too_many, sorted_labels
from pellucid.data.picture_examples import check_range
from pellucid.data.reading import read_bytes

_GROUPS = ("groups", "group")
_SHADES = "shades"
SIXTEEN_BITS = (0.0, 65535.0)
_LAYOUTS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("X", "y", None, None),
    ("x", "y", None, None),
)


def read_npz(path: str | Path, *, classes: Sequence[str] | None = None) -> Splits:
    """The examples and answers in a .npz file.

    Parameters
    ----------
    path : path
        A file with the arrays ``X, y`` or ``x_train, y_train, x_test, y_test`` (the layout of Keras' mnist.npz; the
        test part may be missing, ``X_`` for ``x_`` is fine), and perhaps ``classes``, the names of the classes, and
        ``groups``, which says of each (training) example with which others it stays together.
        Examples are rows ``(n, d)``, or pictures ``(n, rows, columns)`` or ``(n, rows, columns, channels)``: uint8
        with shades 0 … 255, uint16 with shades 0 … 65535, or of any type with black and white in an array
        ``shades``, such as (0, 4095) from a camera of 12 bits. Answers are
        classes if they are text or integers, quantities if they are floats. Integers that belong to rows and have
        no names are quantities, too, if more than 20 different ones occur, as in a table.
    classes : sequence of str, optional
        The classes that a network knows, in order; by default those in the file.

    Returns
    -------
    Splits

    Raises
    ------
    DataError
        If there is no such file, or arrays are missing, damaged, too large, or do not fit together.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "corners.npz"
    >>> np.savez(path, X=[[0.0, 0.0], [1.0, 1.0]], y=["low", "high"])
    >>> train = read_npz(path).train
    >>> train.classes, train.y.tolist()
    (('high', 'low'), [1, 0])
    """
    keys = _layout(path, npz_keys(path))
    x_train, y_train, x_test, y_test = keys
    arrays = read_npz_arrays(path, (*filter(None, keys), "classes", _SHADES, *_GROUPS))
    named = classes is not None or "classes" in arrays or arrays[x_train].ndim > 2  # integers are classes
    answers = _all_answers(path, {key: arrays[key] for key in (y_train, y_test) if key}, named=named)
    found = _classes(path, arrays, y_train, answers, one_is_enough=classes is not None)
    number_of, names = _numbered(path, y_train, found, classes)
    parts = [
        _part(path, arrays, X_key, y_key, answers, number_of, names)
        for X_key, y_key in ((x_train, y_train), (x_test, y_test))
        if X_key and y_key
    ]
    if len(parts) == 2 and parts[0].input != parts[1].input:
        raise DataError(
            f"its examples have the shape {parts[1].input.shape}, those of {x_train} {parts[0].input.shape}; make "
            "both the same.",
            path=path,
            place=f"array {x_test}",
        )
    groups = _groups(path, arrays, len(parts[0]))
    return Splits(replace(parts[0], groups=groups), *parts[1:])


def read_npy(path: str | Path, *, input: Input | None = None) -> Array:
    """The examples in a .npy file, for prediction.

    Parameters
    ----------
    path : path
        Rows ``(n, d)``, pictures ``(n, rows, columns)`` or ``(n, rows, columns, channels)``, or a single example.
    input : Input, optional
        What the network expects; the result is then always ``(n, d)``.

    Returns
    -------
    (n, d) array, or as stored if no `input` is given

    Raises
    ------
    DataError
        If there is no such file, or it is damaged or does not hold finite numbers.
    ShapeError
        If the examples are not what the network expects.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "one.npy"
    >>> np.save(path, np.zeros((28, 28), dtype=np.uint8))
    >>> read_npy(path, input=Input.picture(28, 28)).shape
    (1, 784)
    """
    raw = read_bytes(path)
    array = read_array(path, "", io.BytesIO(raw), len(raw))
    check_numbers(path, "", array)
    if array.ndim not in (1, 2, 3, 4) or not array.size:
        raise ShapeError(
            f"it has shape {array.shape}; expected (examples, features) or (examples, rows, columns).",
            path=path,
        )
    if input is None:
        return array
    one = array.shape in (input.shape, (input.size,))
    many = array.shape[1:] in (input.shape, (input.size,))
    if not one and not many:
        expected = " or ".join(
            dict.fromkeys(f"(n, {', '.join(map(str, s))})" for s in (input.shape, (input.size,)))
        )
        raise ShapeError(f"it has shape {array.shape}; the network expects {expected}.", path=path)
    _check_pixels(path, "", array, input)
    return array.reshape(-1, input.size)


def _check_pixels(path: str | Path, key: str, pixels: Array, input: Input) -> None:
    """Raise DataError if pictures are not stored as their input says."""
    place = f"array {key}" if key else ""
    if not input.is_picture:
        return
    if input.shades == BYTES and pixels.dtype != np.uint8:
        raise DataError(f"it has dtype {pixels.dtype}; {_UINT8}.", path=path, place=place)
    if pixels.dtype.kind == "f" and input.shades[1] > 1:  # fractions, maybe, of what is meant
        raise DataError(
            f"it has dtype {pixels.dtype}; expected whole numbers from {input.shades[0]:g} to "
            f"{input.shades[1]:g}, as stored by the camera.",
            path=path,
            place=place,
        )
    try:
        check_range(pixels, input)
    except DataError as error:
        raise DataError(str(error), path=path, place=place) from None


_UINT8 = (
    "expected pictures in shades of gray from 0 to 255, so convert them: "
    "(255 * X).round().astype('uint8') if they go from 0 to 1"
)


def _layout(path: str | Path, found: tuple[str, ...]) -> tuple[str, str, str | None, str | None]:
    """Return the keys of X and y, and of the test part's where there is one."""
    for X, y, X_test, y_test in _LAYOUTS:
        if X in found and y in found:
            present = [key for key in (X_test, y_test) if key in found]
            if len(present) == 1:
                lacking = y_test if present == [X_test] else X_test
                raise DataError(
                    f"there is {present[0]} but no {lacking}; add it or leave both out.", path=path
                )
            return (X, y, X_test, y_test) if present else (X, y, None, None)
    holds = ", ".join(found[:20]) or "nothing"
    raise DataError(
        f"the file holds {holds}; expected the arrays X and y, or x_train, y_train, x_test and y_test.",
        path=path,
    )


def _all_answers(path: str | Path, ys: Mapping[str, Array], *, named: bool) -> dict[str, Array]:
    """Return the answers of all parts, whose kind is decided once: integers are all classes, or all quantities."""
    integers = [y for y in ys.values() if y.dtype.kind in "iu"]
    if integers and not named and are_quantities(np.concatenate([y.ravel() for y in integers])):
        ys = {key: y.astype(np.float64) if y.dtype.kind in "iu" else y for key, y in ys.items()}
    return {key: _answers(path, key, y) for key, y in ys.items()}


def _groups(path: str | Path, arrays: Mapping[str, Array], n: int) -> Array | None:
    """Return what holds the first part's examples together, where the file says it."""
    key = next((key for key in _GROUPS if key in arrays), None)
    if key is None:
        return None
    if arrays[key].shape not in ((n,), (n, 1)):
        raise ShapeError(
            f"it has shape {arrays[key].shape}; expected one group for each of {n} examples, so correct it or "
            "leave it out.",
            path=path,
            place=f"array {key}",
        )
    return arrays[key].reshape(n)


def _answers(path: str | Path, key: str, y: Array) -> Array:
    """Return y as text labels ``(n,)`` (classes) or floats (numbers)."""
    place = f"array {key}"
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype.kind in "iubU":
        if y.ndim != 1:
            raise ShapeError(
                f"it has shape {y.shape}; expected one class for each example, so use y.argmax(axis=1) if it is "
                "one-hot.",
                path=path,
                place=place,
            )
        return y.astype(np.str_)
    check_numbers(path, key, y)
    if y.ndim not in (1, 2) or y.dtype.kind != "f":
        raise ShapeError(
            f"it has shape {y.shape} and dtype {y.dtype}; expected (n,) or (n, k) numbers, or classes.",
            path=path,
            place=place,
        )
    return y.astype(np.float64)


def _classes(
    path: str | Path,
    arrays: Mapping[str, Array],
    y_train: str,
    answers: Mapping[str, Array],
    *,
    one_is_enough: bool,
) -> dict[str, str] | None:
    """Return the name of each class by its label in y, in order, or None for regression."""
    labels = answers[y_train]
    if labels.dtype.kind != "U":
        if "classes" in arrays:
            raise DataError(
                f"there are names of classes, but {y_train} holds fractions; save {y_train} as whole numbers.",
                path=path,
                place="array classes",
            )
        return None
    different = sorted_labels(labels.tolist())
    place = f"array {y_train}"
    if len(different) < 2 and not one_is_enough:
        what = f"every example has the same class, {different[0]!r}" if different else "there are no examples"
        raise DataError(f"{what}; expected at least two classes.", path=path, place=place)
    is_text = arrays[y_train].dtype.kind == "U"
    if is_text and "classes" not in arrays and are_too_many(len(different), len(labels)):
        raise DataError(
            f"{len(labels)} examples have {len(different)} different texts, too many to be classes; if these are "
            "quantities, save them as floats.",
            path=path,
            place=place,
        )
    if "classes" not in arrays:
        return {label: label for label in different}
    names = tuple(str(name).strip() for name in arrays["classes"].ravel())
    labels_of_names = names if is_text else tuple(str(j) for j in range(len(names)))
    if len(set(names)) != len(names) or not set(different) <= set(labels_of_names):
        raise DataError(
            f"the {len(names)} names do not fit {y_train}, whose classes are {', '.join(different[:10])}; "
            "expected a different name for each.",
            path=path,
            place="array classes",
        )
    return dict(zip(labels_of_names, names, strict=True))


def _numbered(
    path: str | Path, y_train: str, found: dict[str, str] | None, classes: Sequence[str] | None
) -> tuple[dict[str, int] | None, tuple[str, ...] | None]:
    """Return the number of each label and the names of the classes: those of a network, if one is given."""
    if found is None:
        return None, None
    names = tuple(found.values() if classes is None else classes)
    unknown = [name for name in found.values() if name not in names]
    if unknown:
        raise DataError(
            f"class {unknown[0]!r} is not one of the network's classes {', '.join(names[:10])}; "
            "remove or rename it.",
            path=path,
            place=f"array {y_train}",
        )
    numbers = {label: names.index(name) for label, name in found.items()}
    if classes is not None and all(label == name for label, name in found.items()):
        numbers = {name: j for j, name in enumerate(names)}  # the test part may have classes that train lacks
    return numbers, names


def _part(
    path: str | Path,
    arrays: Mapping[str, Array],
    X_key: str,
    y_key: str,
    answers: Mapping[str, Array],
    number_of: dict[str, int] | None,
    names: tuple[str, ...] | None,
) -> Dataset:
    X, input = _examples(path, X_key, arrays[X_key], arrays.get(_SHADES))
    y = answers[y_key]
    if len(X) != len(y):
        raise ShapeError(
            f"it has {len(y)} answers, but {X_key} has {len(X)} examples; expected one answer for each.",
            path=path,
            place=f"array {y_key}",
        )
    if (number_of is None) != (y.dtype.kind != "U"):
        raise DataError(
            "one of y_train and y_test holds classes and the other fractions; save both alike.",
            path=path,
            place=f"array {y_key}",
        )
    if number_of is None:
        return Dataset(X, y, input=input, title=str(path))
    unknown = [label for label in np.unique(y).tolist() if label not in number_of]
    if unknown:
        raise DataError(
            f"class {unknown[0]!r} does not occur in the training part; remove those examples.",
            path=path,
            place=f"array {y_key}",
        )
    different, where = np.unique(y, return_inverse=True)
    y = np.array([number_of[label] for label in different.tolist()], dtype=np.int64)[where]
    return Dataset(X, y, input=input, classes=names, title=str(path))


def _examples(path: str | Path, key: str, X: Array, given: Array | None) -> tuple[Array, Input]:
    place = f"array {key}"
    check_numbers(path, key, X)
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[..., 0]
    if X.ndim == 2 and X.size:
        return (X.astype(np.float64) if X.dtype.kind == "b" else X), Input((X.shape[1],))
    if X.ndim not in (3, 4) or not X.size:
        raise ShapeError(
            f"it has shape {X.shape}; expected (examples, features), or (examples, rows, columns) or (examples, "
            "rows, columns, channels) for pictures.",
            path=path,
            place=place,
        )
    channels = X.shape[3] if X.ndim == 4 else 1
    shades = SIXTEEN_BITS if X.dtype == np.uint16 else BYTES
    if given is not None:
        shades = tuple(given.ravel().tolist())
    try:
        input = Input.picture(X.shape[1], X.shape[2], channels=channels, shades=shades)
    except OptionError as error:
        raise DataError(str(error), path=path, place=f"array {_SHADES}") from None
    _check_pixels(path, key, X, input)
    return X.reshape(len(X), -1), input
