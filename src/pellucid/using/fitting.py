"""`fit`: train with a display, like everybody's fit."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Dataset, Splits
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, History, Progress
from pellucid.training.run import Score, choice_for, settled_plan
from pellucid.training.state import State
from pellucid.using.compiling import prepare_engine
from pellucid.using.display import TrainingDisplay
from pellucid.using.interrupts import stop_on_ctrl_c


def fit(
    net: Network,
    data: Dataset | Splits,
    plan: Plan | None = None,
    *,
    validation: Dataset | float | None = None,
    sample_weight: Array | None = None,
    class_weight: ClassWeight = None,
    score: Score | None = None,
    state: State | None = None,
    show: bool = True,
    display: TrainingDisplay | None = None,
    **options: Any,
) -> History:
    """Train a network to the end of the plan, and return the history of its epochs.

    Ctrl-C ends it early and cleanly: the network keeps what it has learnt, and the history says so.

    Parameters
    ----------
    net : Network
        Changed in place.
    data : Dataset or Splits
        What to learn from.
    plan : Plan, optional
        The settings; or give them one by one: ``epochs=5, batch_size=32, optimizer="adam", learning_rate=0.001``,
        ``schedule``, ``l1``, ``l2``, ``loss_below``, ``patience``, ``max_time``, ``shuffle``, ``seed``, ``engine``,
        ``n_threads`` and more: see `Plan`.
    validation : Dataset or float, optional
        Examples to judge each epoch by, or the share of the training examples to set aside for that.
    sample_weight : (n,), optional
        How much each training example counts.
    class_weight : "balanced" or mapping, optional
        How much an example of each class counts besides, by the class's name; or so that all classes count alike.
    score : callable, optional
        ``score(net)``, a number that is the higher, the better the network is; called after each epoch. With a
        `patience`, the best epoch's weights by this score are kept.
    state : State, optional
        Where to go on from: an earlier ``history.state``.
    show : bool
        Whether to show progress, on standard error or in the notebook.
    display : TrainingDisplay, optional
        Where to show it instead.

    Returns
    -------
    History

    Raises
    ------
    OptionError, ShapeError, DataError, DivergedError
        As `epochs`.

    Examples
    --------
    >>> from pellucid.data.toys import xor
    >>> data = xor()
    >>> net = Network.for_data(data, hidden=[8], seed=0)
    >>> history = fit(net, data.train, epochs=3, show=False)
    >>> len(history), history.stopped
    (3, 'all epochs are done')
    """
    records: list[Epoch] = []
    plan = settled_plan(net, plan, options)
    shown = (display or TrainingDisplay()) if show else None

    def watch(now: Progress) -> bool:
        if shown is not None:
            shown.progress(now)
        return request.made

    training = epochs(
        net,
        data,
        plan,
        validation=validation,
        sample_weight=sample_weight,
        class_weight=class_weight,
        score=score,
        state=state,
        watch=watch,
    )
    prepare_engine(choice_for(net, plan), net.dtype, None if shown is None else shown.console)
    with stop_on_ctrl_c() as request, shown or nullcontext():
        for record in training:
            records[-1:] = [replace(last, state=None) for last in records[-1:]]  # frees old states
            records.append(record)
            if shown is not None:
                shown.epoch(record)
    return History(records)
