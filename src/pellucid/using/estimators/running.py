"""One call of fit: the ordinary training loop, watched as the estimator was asked to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DivergedError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, Progress
from pellucid.training.run import choice_for
from pellucid.training.state import State
from pellucid.using.compiling import prepare_engine
from pellucid.using.estimators.scoring import Score
from pellucid.using.interrupts import stop_on_ctrl_c

if TYPE_CHECKING:
    from pellucid.using.display import TrainingDisplay


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a fit is to do.

    Parameters
    ----------
    net : Network
        Changed in place.
    plan : Plan
    data : Dataset
    sample_weight : (n,) or None
    validation : Dataset or None
    score : callable or None
        Of the network, after each epoch.
    state : State or None
        Where to go on from.
    epochs : int, optional
        How many to do now, however many the plan has.
    shows : bool
        Whether a display shows how it goes.
    tell : callable
        Gets each epoch's record.
    stop : callable, optional
        Whether somebody wants no more, besides Ctrl-C.
    """

    net: Network
    plan: Plan
    data: Dataset
    sample_weight: Array | None
    validation: Dataset | None
    score: Score | None
    state: State | None
    epochs: int | None
    shows: bool
    tell: Callable[[Epoch], None]
    stop: Callable[[], bool] | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it: the records, without the states but the last one's, and the error if training diverged."""

    records: list[Epoch] = field(default_factory=list)
    diverged: DivergedError | None = None

    @property
    def state(self) -> State | None:
        """Where training stands; None if there was no epoch."""
        return self.records[-1].state if self.records else None


def run(task: Task) -> Outcome:
    """Train until the plan, a Ctrl-C or a divergence ends it.

    Parameters
    ----------
    task : Task
    """
    outcome = Outcome()
    display = _display() if task.shows else None

    def watch(now: Progress) -> bool:
        if display is not None:
            display.progress(now)
        return request.made or (task.stop is not None and task.stop())

    training = epochs(
        task.net,
        task.data,
        task.plan,
        validation=task.validation,
        sample_weight=task.sample_weight,
        state=task.state,
        watch=watch,
        score=task.score,
    )
    prepare_engine(
        choice_for(task.net, task.plan), task.net.dtype, None if display is None else display.console
    )
    try:
        with stop_on_ctrl_c() as request, display or nullcontext():
            for record in training:
                outcome.records[-1:] = [replace(last, state=None) for last in outcome.records[-1:]]
                outcome.records.append(record)
                if display is not None:
                    display.epoch(record)
                task.tell(record)
                if len(outcome.records) == task.epochs:
                    break
    except DivergedError as error:
        outcome.diverged = error
    return outcome


def _display() -> TrainingDisplay:
    """Loaded only where somebody wants it: it brings the terminal's packages."""
    from pellucid.using.display import TrainingDisplay

    return TrainingDisplay()
