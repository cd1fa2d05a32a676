"""The tree of everything that Pellucid raises on purpose.

::

    PellucidError                        .code              exit
    ├── OptionError (ValueError)         "option"              2   a setting outside its range
    │   └── UnknownNameError             "unknown-name"        2   a name that no register holds
    ├── MissingPackageError (ImportError) "missing-package"    2   an optional package that is not installed
    ├── DataError (ValueError)           "data"                3   a table, picture or array that can't be used
    │   └── ShapeError                   "shape"               3   an array of the wrong shape
    ├── ModelFileError (ValueError)      "model-file"          4   a file that is not a sound model
    ├── StorageError (OSError)           "storage"             5   disk full, no permission, no such place
    │   └── DownloadError                "download"            5   no source of a data set could be reached
    └── DivergedError (ArithmeticError)  "diverged"            6   NaN or infinity during training

A message says what is wrong with the user's own value, then what was expected and what to do. The second parent
keeps ``except ValueError`` working for people who do not know this tree. ``code`` is stable: programs may rely
on it. ``exit_status`` is what the command line exits with.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar


class PellucidError(Exception):
    """The root: catch this to catch everything that Pellucid raises on purpose."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 70


class OptionError(PellucidError, ValueError):
    """A setting outside its range, or two settings that exclude each other."""

    code = "option"
    exit_status = 2


class UnknownNameError(OptionError):
    """A name that no register holds; the message suggests the nearest one.

    Parameters
    ----------
    kind : str
        What was looked up, in the singular ("activation").
    name : str
        What the user wrote.
    known : iterable of str
        Every name that would have worked.
    """

    code = "unknown-name"

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        hint = did_you_mean(str(name), self.known)
        super().__init__(f"{name!r} is not a known {kind}.{hint} Known: {', '.join(self.known)}.")

    def __reduce__(self) -> tuple[Any, ...]:  # so that it can cross to another process
        return type(self), (self.kind, self.name, self.known)


class MissingPackageError(PellucidError, ImportError):
    """An optional package that is not installed; the message has the command that installs it."""

    code = "missing-package"
    exit_status = 2


class DataError(PellucidError, ValueError):
    """Data that can't be used.

    Parameters
    ----------
    message : str
        What is wrong, what was expected and what to do.
    path : path, optional
        The file it is about; put in front of the message.
    place : str, optional
        Where in the file ("line 7, column 'age'", "byte 16").
    """

    code = "data"
    exit_status = 3

    def __init__(self, message: str, *, path: str | Path | None = None, place: str = "") -> None:
        self.path, self.place = path, place
        where = ", ".join(part for part in (str(path) if path is not None else "", place) if part)
        super().__init__(f"{where}: {message}" if where else message)


class ShapeError(DataError):
    """An array whose shape does not fit; the message has the shape that came and the one expected."""

    code = "shape"


class ModelFileError(PellucidError, ValueError):
    """A file that is not a sound Pellucid model: damaged, foreign, or newer than this version."""

    code = "model-file"
    exit_status = 4

    def __init__(self, message: str, *, path: str | Path | None = None) -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path is not None else message)


class StorageError(PellucidError, OSError):
    """A file that can't be read or written: disk full, no permission, no such folder."""

    code = "storage"
    exit_status = 5


class DownloadError(StorageError):
    """No source of a data set could be reached, or none gave the right bytes."""

    code = "download"


class DivergedError(PellucidError, ArithmeticError):
    """NaN or infinity in the middle of training; the weights are those of the last good epoch.

    Parameters
    ----------
    epoch, step : int
        Where it happened, both counted from 1; `step` counts within the epoch.
    layer : str
        The layer in which it was seen first ("layer 2").
    quantity : str
        What was not finite ("loss", "logits", "gradient of W").
    """

    code = "diverged"
    exit_status = 6

    def __init__(self, epoch: int, step: int, layer: str, quantity: str) -> None:
        self.epoch, self.step, self.layer, self.quantity = epoch, step, layer, quantity
        super().__init__(
            f"Training diverged in epoch {epoch}, step {step}: the {quantity} of {layer} is not finite. "
            "Lower the learning rate (a tenth is a good next try), or look for huge values in the data."
        )

    def __reduce__(self) -> tuple[Any, ...]:  # so that it can cross to another process
        return type(self), (self.epoch, self.step, self.layer, self.quantity)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for a near name, else nothing.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : iterable of str
        Every name that would have worked.
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
