"""Trials of a search, and the file that keeps them, from which it goes on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pellucid.basics.errors import ModelFileError, OptionError
from pellucid.basics.files import storage_error, write_atomically
from pellucid.using.command_line.tuning.space import DIMENSIONS, Value

FORMAT = "pellucid tuning 1"
LARGEST_FILE = 64 * 2**20
ENDS = ("complete", "pruned", "diverged", "stopped")


@dataclass(frozen=True, slots=True)
class Trial:
    """One network that was trained with settings of its own.

    Parameters
    ----------
    number : int
        Counted from 1.
    settings : mapping of str to value
        By the names of dimensions.
    scores : tuple of float
        After each epoch, the best so far; the higher, the better.
    seconds : float
    end : str
        How it ended: "complete"; "pruned", since others were better by then; "diverged"; or "stopped" by a person or
        the clock.
    """

    number: int
    settings: Mapping[str, Value]
    scores: tuple[float, ...]
    seconds: float
    end: str

    @property
    def score(self) -> float:
        """The best epoch's; −∞ without any."""
        return self.scores[-1] if self.scores else -math.inf

    @property
    def epochs(self) -> int:
        """How many it was trained."""
        return len(self.scores)


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that have a score, the best first; of equal ones the earlier."""
    return sorted((trial for trial in trials if trial.scores), key=lambda trial: (-trial.score, trial.number))


def save_trials(path: Path, trials: Sequence[Trial], setting: Mapping[str, Any]) -> None:
    """Write all trials into a file.

    Parameters
    ----------
    path : path
    trials : sequence of Trial
    setting : mapping
        What the search was for: data and decisions.

    Raises
    ------
    StorageError
        If it can't be written.
    """
    record = {"format": FORMAT, "setting": dict(setting), "trials": [asdict(trial) for trial in trials]}
    write_atomically(path, (json.dumps(record, indent=1) + "\n").encode())


def load_trials(path: Path, setting: Mapping[str, Any]) -> list[Trial]:
    """The trials in a file; none if there is no such file.

    Parameters
    ----------
    path : path
    setting : mapping
        What the search is for; it must be the same.

    Raises
    ------
    ModelFileError
        If it is no such file.
    OptionError
        If it belongs to another search.
    StorageError
        If it can't be read.
    """
    try:
        if not path.exists():
            return []
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE)
    except OSError as error:
        raise storage_error(path, "read", error) from error
    try:
        record = json.loads(content)
        if record["format"] != FORMAT:
            raise ValueError(record["format"])
        trials = [_trial(entry) for entry in record["trials"]]
        earlier = dict(record["setting"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelFileError("this is no file of trials; give --storage another name.", path=path) from error
    for name, value in setting.items():
        if earlier.get(name) != value:
            raise OptionError(
                f"--storage {path} keeps trials of another search, of other {name}; give another name, or the "
                "same options again."
            )
    return trials


def _trial(entry: Mapping[str, Any]) -> Trial:
    """A trial in what somebody may have edited."""
    made = Trial(**{field.name: entry[field.name] for field in fields(Trial)})
    scores = tuple(float(score) for score in made.scores)
    known = all(name in DIMENSIONS for name in made.settings)
    if not (known and isinstance(made.number, int) and made.end in ENDS and all(map(math.isfinite, scores))):
        raise ValueError(entry)
    return Trial(made.number, dict(made.settings), scores, float(made.seconds), made.end)
