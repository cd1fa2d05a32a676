"""From examples and parameters to a task for the training loop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.state import State
from pellucid.using.estimators import translation
from pellucid.using.estimators.fitted import Course
from pellucid.using.estimators.initial import drawn_seed
from pellucid.using.estimators.running import Task
from pellucid.using.estimators.scoring import LOSS, HeldOut, score_by
from pellucid.using.estimators.targets import Labels


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What is learnt from, or judged by.

    Parameters
    ----------
    X : (n, d)
    y : (n,) or (n, k)
        The user's own labels or numbers.
    codes : (n,) or (n, k)
        The same as the network takes them.
    weights : (n,) or None
    """

    X: Array
    y: Array
    codes: Array
    weights: Array | None

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Array) -> Examples:
        """Some of them."""
        weights = None if self.weights is None else self.weights[rows]
        return Examples(self.X[rows], self.y[rows], self.codes[rows], weights)

    def dataset(self, net: Network) -> Dataset:
        """As the training loop takes them."""
        return Dataset(self.X, self.codes, input=net.architecture.input, classes=net.classes)


def task_for(
    estimator: Any,
    net: Network,
    examples: Examples,
    held_out: Examples | None,
    *,
    labels: Labels | None,
    random: np.random.RandomState,
    before: Course | None,
    incremental: bool,
) -> tuple[Task, Course]:
    """What one call of fit or partial_fit has to do, and the course that it goes on with.

    Parameters
    ----------
    estimator : estimator
    net : Network
    examples : Examples
        To learn from.
    held_out : Examples or None
        To validate by.
    labels : Labels or None
        None for numbers.
    random : RandomState
        It moves on.
    before : Course or None
        Of earlier calls; None for a fresh start.
    incremental : bool
        Whether it is one epoch more of the same run.
    """
    _check_batch_size(estimator, len(examples))
    course = _course(net, random, before, incremental)
    done = course.state.epoch if incremental and course.state is not None else 0
    plan = translation.plan(
        estimator,
        len(examples),
        epochs=max(estimator.max_iter, done + 1),
        seed=course.seed,
        units=course.units,
        sample_weight=examples.weights,
        monitor=_monitor(estimator),
    )
    course.state = _state(net, plan, course, incremental)
    task = Task(
        net=net,
        plan=plan,
        data=examples.dataset(net),
        sample_weight=examples.weights,
        validation=None if held_out is None else held_out.dataset(net),
        score=_score(estimator, labels, held_out),
        state=course.state,
        epochs=1 if incremental else None,
        shows=bool(estimator.progress),
        tell=teller(estimator, course),
        stop=getattr(estimator, "_stop", None),
    )
    return task, course


def teller(estimator: Any, course: Course) -> Callable[[Epoch], None]:
    """What tells of each epoch: the lines that scikit-learn prints when it is verbose."""

    def tell(record: Epoch) -> None:
        print(f"Iteration {record.number}, loss = {course.units.reported(record.loss, record.penalty):.8f}")
        if record.validation_score is not None:
            print(f"Validation score: {record.validation_score:f}")

    return tell if estimator.verbose else lambda record: None


def _check_batch_size(estimator: Any, n: int) -> None:
    if not isinstance(estimator.batch_size, str) and estimator.batch_size > n:
        warnings.warn(
            f"batch_size is {estimator.batch_size}, but there are {n} examples; each step takes all of them.",
            stacklevel=5,
        )


def _course(net: Network, random: np.random.RandomState, before: Course | None, incremental: bool) -> Course:
    if before is None:
        units = translation.units_of(net.architecture.loss, net.architecture.n_outputs)
        return Course(units, drawn_seed(random))
    seed = before.seed if incremental else drawn_seed(random)
    return replace(before, seed=seed, records=list(before.records))


def _monitor(estimator: Any) -> str:
    if not translation.stops_early(estimator):
        return "loss"
    return "validation_loss" if estimator.scoring == LOSS else "validation_score"


def _score(estimator: Any, labels: Labels | None, held_out: Examples | None) -> Any:
    """The function that judges a network after each epoch; None where nothing has to be judged."""
    wanted = translation.stops_early(estimator) or estimator.scoring is not None
    if held_out is None or not wanted or estimator.scoring == LOSS:
        return None
    return score_by(estimator.scoring, labels, HeldOut(held_out.X, held_out.y, held_out.weights))


def _state(net: Network, plan: Plan, course: Course, incremental: bool) -> State | None:
    """Where to go on from: where training stands, or, for a warm start, its weights and its patience."""
    before = course.state
    if before is None:
        return None
    start = State.start(net, plan)
    if incremental and len(before.memory) == len(start.memory):
        return replace(
            before, theta=start.theta, buffers=start.buffers
        )  # somebody may have written to coefs_
    if before.best is None:
        return start
    # scikit-learn's count of epochs without improvement goes on through a warm start, and so does its best.
    waited = before.epoch - before.best.improved
    return replace(start, best=replace(before.best, number=0, improved=-waited))


def parts_of(validation_data: Any) -> tuple[Any, Any, Any]:
    """X, y and weights, or None for these, in `validation_data`.

    Parameters
    ----------
    validation_data : (X, y) or (X, y, sample_weight)

    Raises
    ------
    DataError
        If it is something else.
    """
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in (2, 3):
        raise DataError(
            f"validation_data is a {type(validation_data).__name__}; expected (X, y), or (X, y, sample_weight)."
        )
    return validation_data[0], validation_data[1], validation_data[2] if len(validation_data) == 3 else None
