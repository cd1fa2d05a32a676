"""How good would it be on new rows, and how sure is that? Cross-validation without a leak.

Every fold gets a network of its own, trained on the other folds. What is fitted to data (scaling, categories, fill
values) is fitted anew to each fold's training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError
from pellucid.data.columns import ClassTarget
from pellucid.data.dataset import Dataset
from pellucid.data.folding import Fold, dataset_folds
from pellucid.data.frames import as_table
from pellucid.data.preparation import Preparation, fit_preparation
from pellucid.data.tables import Table
from pellucid.network.fits import checked_weights
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, History
from pellucid.training.stopping import INTERRUPTED
from pellucid.understanding.evaluation.folds import CrossValidation, FoldResult
from pellucid.understanding.evaluation.report import evaluate

MakeNetwork = Callable[[Dataset], Network]
Prepare = Callable[..., Preparation]
PartsOf = Callable[[Fold], tuple[Dataset, Dataset]]
OnFold = Callable[[FoldResult], None]


def cross_validate(
    make_network: MakeNetwork,
    data: Any,
    plan: Plan | None = None,
    *,
    k: int = 5,
    repeats: int = 1,
    seed: int = 0,
    target: str | Sequence[str] | None = None,
    group: str | None = None,
    prepare: Prepare | None = None,
    sample_weight: Array | None = None,
    on_fold: OnFold | None = None,
    **options: Any,
) -> CrossValidation:
    """Train and judge a network for each fold: scores with their spread, and a prediction for every row.

    Parameters
    ----------
    make_network : callable
        Gets the training rows of a fold as a `Dataset`, gives a fresh network.
    data : Dataset, or Table, or whatever `as_table` takes
        All rows. A table is prepared anew in each fold, from the fold's training rows only.
    plan : Plan, optional
        The settings of training; or give them one by one as keywords, with whatever else `epochs` takes:
        ``validation=0.1`` (a share of a fold's training rows, for early stopping), ``class_weight``, ``watch``. Where
        `watch` returns True, the folds that are complete by then are given.
    k, repeats, seed : int
        How many folds, how often, and which: see `fold_rows`. Folds are stratified by class, and groups stay
        together.
    target : str or sequence of str, optional
        Of a table: the column to predict, or several.
    group : str, optional
        Of a table: the column that says which rows belong together.
    prepare : callable, optional
        Of a table, instead of `target` and `group`: ``prepare(table, rows=…)`` gives the preparation fitted to these
        rows (None: all), such as ``functools.partial(fit_preparation, target="y", scale="robust")``.
    sample_weight : (n,), optional
        How much each row counts in training.
    on_fold : callable, optional
        Gets each `FoldResult` as soon as it is there.

    Returns
    -------
    CrossValidation

    Raises
    ------
    DataError
        If a dataset was prepared from a table by all its rows, there are fewer rows or groups than folds, or no
        fold was completed.
    OptionError, ShapeError, DivergedError
        As `epochs` does.

    Examples
    --------
    >>> from pellucid.data.toys import two_moons
    >>> moons = two_moons(seed=0).train
    >>> def make_network(train):
    ...     return Network.for_data(train, hidden=[8], engine="reference")
    >>> found = cross_validate(make_network, moons, k=3, epochs=10, learning_rate=0.02)
    >>> len(found.folds), int(found.confusion.sum()) == len(moons), found.mean("accuracy") > 0.7
    (3, True, True)
    """
    whole, parts_of = _source(data, prepare, target=target, group=group)
    weights = None if sample_weight is None else checked_weights(sample_weight, len(whole))
    if isinstance(options.get("validation"), Dataset):
        raise OptionError("validation is a Dataset, but each fold sets rows of its own aside; give a share.")
    results: list[FoldResult] = []
    for fold in dataset_folds(whole, k=k, repeats=repeats, seed=seed):
        train, test = parts_of(fold)
        net = make_network(train)
        own = None if weights is None else weights[fold.train]
        history = _trained(epochs(net, train, plan, sample_weight=own, **options))
        if history[-1].stopped == INTERRUPTED:
            break
        results.append(_judged(net, fold, test, history))
        if on_fold is not None:
            on_fold(results[-1])
    if not results:
        raise DataError("No fold was completed; let at least one finish.")
    return CrossValidation(whole.title, len(whole), whole.classes, tuple(results))


def _source(data: Any, prepare: Prepare | None, **columns: Any) -> tuple[Dataset, PartsOf]:
    """All rows, for what is known before any is learnt from (classes, groups), and what gives a fold's two parts."""
    if isinstance(data, Dataset):
        _refuse_columns("the data are a Dataset", prepare=prepare, **columns)
        if data.preparation is not None:
            raise DataError(
                f"{data.title} was prepared by all its rows, so the judging rows would have a say in scaling and "
                "filling; give the table itself, as read_table reads it."
            )
        return data, lambda fold: (data.take(fold.train), data.take(fold.test))
    table = as_table(data)
    if prepare is None:
        prepare = partial(fit_preparation, **columns)
    else:
        _refuse_columns("prepare has a say in that already", **columns)
    schema = prepare(table, rows=None)
    return schema.dataset(table), partial(_prepared_parts, table, prepare, schema)


def _prepared_parts(
    table: Table, prepare: Prepare, schema: Preparation, fold: Fold
) -> tuple[Dataset, Dataset]:
    """A fold's two parts, prepared by its training rows."""
    preparation = prepare(table, rows=fold.train)
    if isinstance(schema.target, ClassTarget):  # all folds tell the same classes apart, in the same order
        preparation = replace(preparation, target=schema.target)
    return preparation.dataset(table.take(fold.train)), preparation.dataset(table.take(fold.test))


def _refuse_columns(why: str, **options: object) -> None:
    """Options about a table's columns mean nothing here; nobody should believe that they did something."""
    for name, value in options.items():
        if value is not None:
            raise OptionError(f"{name}={value!r} is about a table's columns, but {why}; leave it out.")


def _trained(records: Iterable[Epoch]) -> History:
    """Train to the end, and let go of every state on the way."""
    return History([replace(record, state=None) for record in records])


def _judged(net: Network, fold: Fold, test: Dataset, history: History) -> FoldResult:
    report = evaluate(net, test, n_mistakes=0)
    logits = net.logits(test.X)
    numbers = not test.is_classification
    return FoldResult(
        fold,
        report.loss,
        report.metrics,
        truth=net.in_units(test.y) if numbers else test.y,
        predictions=net.in_units(net.decide(logits)).reshape(test.y.shape) if numbers else net.decide(logits),
        probabilities=None if numbers else net.probabilities_of(logits),
        epochs=len(history),
        seconds=history.seconds,
        stopped=history.stopped,
    )
