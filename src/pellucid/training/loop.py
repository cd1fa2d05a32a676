"""The loop: move theta, epoch after epoch, and tell of each.

`epochs` is a generator of records. It updates the network before each yield, so that pausing is not asking for the
next record, and the weights after a ``break`` are those of the last record. `fit`, its display
and the command line are consumers; nothing reaches into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Dataset, Splits
from pellucid.network.network import Network
from pellucid.training.closing import close_epoch
from pellucid.training.lbfgs import LineSearches
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from pellucid.training.run import Run, Score, checked_state, prepare, settled_plan
from pellucid.training.state import State
from pellucid.training.steps import Steps, Watch


def epochs(
    net: Network,
    data: Dataset | Splits,
    plan: Plan | None = None,
    *,
    validation: Dataset | float | None = None,
    sample_weight: Array | None = None,
    class_weight: ClassWeight = None,
    score: Score | None = None,
    state: State | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Iterator[Epoch]:
    """Train a network, yielding one record after each epoch.

    Parameters
    ----------
    net : Network
        Its theta is updated before each yield.
    data : Dataset or Splits
        What to learn from; of a `Splits` the training part, and its validation part if it has one.
    plan : Plan, optional
        The settings; or give them one by one as keywords: ``epochs=5, batch_size=32, optimizer="adam"`` …
    validation : Dataset or float, optional
        Examples to judge each epoch by, or the share of the training examples to set aside for that.
    sample_weight : (n,), optional
        How much each training example counts, in loss and accuracy; each batch takes its own weighted mean.
    class_weight : "balanced" or mapping, optional
        How much an example of each class counts besides: a mapping from the classes' names (or numbers, where they have
        no names), in which those left out count 1; or so that all classes count alike.
    score : callable, optional
        ``score(net)``, a number that is the higher, the better the network is; called after each epoch.
    state : State, optional
        Where to go on from: the last record's `state`. The plan's `epochs` counts from the very beginning.
    watch : callable, optional
        Called with a `Progress` about every 50 ms and after each epoch's last step; training stops where it returns
        True. It may be called several times with the same progress, also before the first step has been taken.

    Yields
    ------
    Epoch

    Raises
    ------
    OptionError
        If a setting is out of range.
    ShapeError, DataError
        If the data don't fit the network.
    DivergedError
        When NaN or infinity comes up; the network has the weights of the last good epoch.

    Examples
    --------
    >>> import numpy as np
    >>> corners = Dataset(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]), classes=("=", "≠"))
    >>> net = Network.for_data(corners, hidden=[8])
    >>> for epoch in epochs(net, corners, epochs=500, learning_rate=0.05, batch_size=None, loss_below=0.1):
    ...     pass
    >>> epoch.accuracy, epoch.stopped[:17]
    (1.0, 'the training loss')
    """
    plan = settled_plan(net, plan, options)
    run = prepare(net, plan, data, validation, sample_weight, class_weight, score)
    state = State.start(net, plan) if state is None else checked_state(net, plan, state)
    return _run(net, run, state, watch)


def _run(net: Network, run: Run, state: State, watch: Watch | None) -> Iterator[Epoch]:
    moving = LineSearches(run, state, watch) if run.plan.searches else nullcontext(Steps(run, state, watch))
    with moving as move:
        while True:
            state, record = close_epoch(net, run, state, move(state))
            yield record
            if record.stopped:
                return
