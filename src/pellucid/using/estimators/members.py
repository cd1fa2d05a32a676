"""Several networks that answer together: each learns from all folds but one, and is judged by that one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.folding import fold_rows
from pellucid.network.engines.compiled.threads import available
from pellucid.using.estimators.initial import drawn_seed
from pellucid.using.interrupts import stop_on_ctrl_c

FROM_THE_FIRST = ("_course", "_labels", "_y_is_sparse")


def fit_members(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, validation_data: Any, groups: Any
) -> Any:
    """Fit `n_members` copies of an estimator, several at a time; the estimator then speaks for all of them.

    Parameters
    ----------
    estimator : estimator
    X, y, sample_weight, validation_data, groups
        As `fit` got them.

    Raises
    ------
    OptionError
        If parameters exclude each other; DataError if the examples are too few.
    """
    _check(estimator, validation_data)
    random = check_random_state(estimator.random_state)
    answers = estimator._checked_answers(y)
    X, y = (given.tocsr() if hasattr(given, "tocsr") else given for given in (X, y))
    weights = _checked_lengths(X, answers, sample_weight, groups, estimator.n_members)
    rows = member_rows(
        answers,
        estimator.n_members,
        groups=groups,
        seed=drawn_seed(random),
        by_class=is_classifier(estimator),
    )
    seeds = [int(random.randint(2**31)) for _ in rows]
    at_a_time = min(len(rows), estimator.n_threads or available())
    with stop_on_ctrl_c() as request:
        one = _one_fit(estimator, X, y, weights, at_a_time, lambda: request.made)

        def begun(
            number: int,
        ) -> Any:  # who has not begun when somebody stops has learnt nothing, and has no say
            return None if number >= at_a_time and request.made else one(rows[number], seeds[number])

        with ThreadPoolExecutor(at_a_time) as pool:
            members = [member for member in pool.map(begun, range(len(rows))) if member is not None]
    _adopt(estimator, members)
    return estimator


def _check(estimator: Any, validation_data: Any) -> None:
    if validation_data is not None:
        raise OptionError(
            f"validation_data was given, but each of the {estimator.n_members} members is judged by a fold of its own; "
            "leave it out, or set n_members=1."
        )
    if estimator.warm_start:
        raise OptionError("warm_start is for one network; set n_members=1.")


def _checked_lengths(X: Any, y: Array, sample_weight: Any, groups: Any, n_members: int) -> Array | None:
    """The weights, once it is sure that all speak of the same rows, and that there are enough."""
    n = _num_samples(X)
    weights = None if sample_weight is None else np.asarray(sample_weight)
    if weights is not None and weights.ndim == 0:
        weights = np.full(n, weights)
    for name, given in (("y", y), ("sample_weight", weights), ("groups", groups)):
        if given is not None and len(given) != n:
            raise ShapeError(
                f"X has {n} examples and {name} {len(given)}; expected consistent numbers of samples."
            )
    if n < 2 * n_members:
        raise DataError(f"There are {n} examples for {n_members} members; give more, or set n_members=1.")
    return weights


def member_rows(
    y: Array, n_members: int, *, groups: Array | None, seed: int, by_class: bool = True
) -> list[tuple[Array, Array]]:
    """The rows that each member learns from, and those that it is judged by.

    Classes with fewer examples than members are learnt by all of them and held out by none.

    Parameters
    ----------
    y : (n,) or (n, k)
    n_members : int
    groups : (n,), optional
    seed : int
    by_class : bool
        Whether y holds classes, of which each fold gets its share.

    Raises
    ------
    DataError
        If a member would never see one of the classes.
    """
    n = len(y)
    labels = None
    always = np.empty(0, np.int64)
    shared = np.arange(n)
    if y.ndim == 1 and by_class:
        _, labels, counts = np.unique(y, return_inverse=True, return_counts=True)
        if groups is None:
            rare = counts[labels] < n_members
            always, shared = np.flatnonzero(rare), np.flatnonzero(~rare)
    folds = fold_rows(
        len(shared),
        k=n_members,
        y=None if labels is None else labels[shared],
        groups=None if groups is None else np.asarray(groups)[shared],
        seed=seed,
    )
    rows = [(np.sort(np.concatenate([shared[fold.train], always])), shared[fold.test]) for fold in folds]
    if labels is not None and any(len(np.unique(labels[train])) <= labels.max() for train, _ in rows):
        raise DataError(
            "A class stands in one group only, so a member would never see it; give groups that share classes, or "
            "n_members=1."
        )
    return rows


def _one_fit(
    estimator: Any, X: Any, y: Any, weights: Array | None, at_a_time: int, stop: Callable[[], bool]
) -> Callable[[tuple[Array, Array], int], Any]:
    """A function that fits one member."""
    several = at_a_time > 1
    turns = -(-estimator.n_members // at_a_time)

    def fit(rows: tuple[Array, Array], seed: int) -> Any:
        member = clone(estimator).set_params(n_members=1, random_state=seed, progress=False)
        if several:
            member.set_params(n_threads=max(1, (estimator.n_threads or available()) // at_a_time))
        if estimator.max_time is not None:
            member.set_params(max_time=estimator.max_time / turns)
        member._stop = stop
        train, held_out = rows
        member.fit(
            _safe_indexing(X, train),
            _safe_indexing(y, train),
            None if weights is None else weights[train],
            validation_data=(
                _safe_indexing(X, held_out),
                _safe_indexing(y, held_out),
                *([] if weights is None else [weights[held_out]]),
            ),
        )
        del member._stop
        return member

    return fit


def _adopt(estimator: Any, members: list[Any]) -> None:
    """Give an estimator its members, and the attributes of the first."""
    first = members[0]
    for name, value in vars(first).items():
        if name.endswith("_") or name in FROM_THE_FIRST:
            setattr(estimator, name, value)
    estimator.members_ = members
