"""Checkpoints: a training run in a file, from which the same command goes on after whatever has stopped it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ModelFileError, OptionError
from pellucid.basics.files import storage_error, write_atomically
from pellucid.training.records import Epoch
from pellucid.training.state import Best, State, Tally
from pellucid.using.display import TrainingDisplay

FORMAT = "pellucid checkpoint 1"
SECONDS_BETWEEN = 10.0  # an epoch may be a millisecond; a file that is surely on the disk takes longer
ABOUT = "about"  # the member that holds everything but arrays, as JSON
SCALARS = ("epoch", "step", "t", "rate", "reduced", "seconds")
UNSOUND = (ValueError, TypeError, KeyError, EOFError, RecursionError, zipfile.BadZipFile)


@dataclass(slots=True)
class Checkpoint:
    """Where a run is kept, and where it stands.

    Parameters
    ----------
    path : path
    setting : mapping of str to str
        Data and options; whoever goes on must have the same.
    state : State or None
        None before the first epoch.
    records : list of Epoch
        Of the epochs that are complete.
    """

    path: Path
    setting: Mapping[str, str]
    state: State | None = None
    records: list[Epoch] = field(default_factory=list)

    def add(self, record: Epoch) -> None:
        """Take an epoch in that is over, or was broken off."""
        self.state = record.state
        if record.state is not None and record.state.epoch >= record.number:
            self.records.append(replace(record, state=None))

    def save(self) -> None:
        """Write it.

        Raises
        ------
        StorageError
            If that fails; an older file of that name is then unharmed.
        """
        if self.state is not None:
            write_atomically(self.path, checkpoint_bytes(self.state, self.records, self.setting))


class CheckpointDisplay(TrainingDisplay):
    """A display that keeps a checkpoint of what it shows.

    Parameters
    ----------
    console : Console
    checkpoint : Checkpoint
    """

    def __init__(self, console: Console, checkpoint: Checkpoint) -> None:
        super().__init__(console)
        self._checkpoint, self._saved = checkpoint, time.perf_counter()

    def epoch(self, record: Epoch) -> None:
        """Add the row of an epoch that is over, and save the state after it, if the last time was long ago."""
        super().epoch(record)
        self._checkpoint.add(record)
        if record.stopped or time.perf_counter() - self._saved > SECONDS_BETWEEN:
            self._checkpoint.save()
            self._saved = time.perf_counter()


def checkpoint_bytes(state: State, records: list[Epoch], setting: Mapping[str, str]) -> bytes:
    """A run as the content of a file: arrays, and JSON for the rest.

    Parameters
    ----------
    state : State
    records : list of Epoch
    setting : mapping of str to str
    """
    arrays: dict[str, Array] = {"theta": state.theta, "buffers": state.buffers}
    arrays |= {f"memory{i}": vector for i, vector in enumerate(state.memory)}
    best: dict[str, Any] | None = None
    if state.best is not None:
        arrays |= {"best_theta": state.best.theta, "best_buffers": state.best.buffers}
        best = {name: getattr(state.best, name) for name in ("number", "value", "monitor", "improved")}
    about = {
        "format": FORMAT,
        "setting": dict(setting),
        "state": {name: getattr(state, name) for name in SCALARS},
        "tally": asdict(state.tally),
        "best": best,
        "records": [
            {f.name: getattr(r, f.name) for f in fields(Epoch) if f.name != "state"} for r in records
        ],
    }
    arrays[ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def load_checkpoint(path: Path, setting: Mapping[str, str]) -> Checkpoint:
    """The run in a file; a new one if there is no such file.

    Parameters
    ----------
    path : path
    setting : mapping of str to str
        Data and options, which must be those of the file.

    Raises
    ------
    ModelFileError
        If it is no such file.
    OptionError
        If it belongs to another run.
    StorageError
        If it can't be read.
    """
    try:
        if not path.exists():
            return Checkpoint(path, setting)
        content = path.read_bytes()
    except OSError as error:
        raise storage_error(path, "read", error) from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop(ABOUT).tobytes())
        if about["format"] != FORMAT:
            raise ValueError(about["format"])
        state, earlier = _state(arrays, about), dict(about["setting"])
        records = [Epoch(**{**record, "state": None}) for record in about["records"]]
    except UNSOUND as error:
        raise ModelFileError("this is no checkpoint; give --checkpoint another name.", path=path) from error
    for name, value in setting.items():
        if earlier.get(name) != value:
            raise OptionError(
                f"--checkpoint {path} keeps another run, with other {name}; give another name, or the same "
                f"{name} again."
            )
    return Checkpoint(path, setting, state, records)


def _state(arrays: Mapping[str, Array], about: Mapping[str, Any]) -> State:
    memory = tuple(arrays[f"memory{i}"] for i in range(sum(name.startswith("memory") for name in arrays)))
    best = None
    if about["best"] is not None:
        best = Best(**about["best"], theta=arrays["best_theta"], buffers=arrays["best_buffers"])
    for array in arrays.values():
        if array.ndim != 1 or array.dtype not in (np.float32, np.float64):
            raise ValueError(array.dtype)
    scalars = {name: about["state"][name] for name in SCALARS}
    for name, value in scalars.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise ValueError(name)
    return State(
        arrays["theta"], memory, arrays["buffers"], best=best, tally=Tally(**about["tally"]), **scalars
    )
