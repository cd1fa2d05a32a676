"""Which learning rate? Try all of them in one short run, from far too small to too large, and look at the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DivergedError, OptionError
from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Dataset, Splits
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.ranges import check_count, check_number
from pellucid.training.run import Run, prepare, settled_plan
from pellucid.training.state import State

SMOOTHING = 0.9  # the share of the running mean of the loss that stays in each step
EXPLODED = 4.0  # times the lowest loss
FEWEST = 10  # steps before that counts, and before there is a lowest one to speak of
BELOW_LOWEST = 10.0  # so many times smaller than the rate of the lowest loss is the rate to take


@dataclass(frozen=True, slots=True, eq=False)
class RateSearch:
    """What each learning rate made of the loss.

    Parameters
    ----------
    rates : (s,)
        Tried, one in each step, rising.
    losses : (s,)
        Of the batch that the step took, before it.
    smoothed : (s,)
        Their running mean.
    suggestion : float
        A tenth of the rate at which the running mean was lowest.
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float

    def __repr__(self) -> str:
        return (
            f"<RateSearch: {len(self.rates)} rates, {self.rates[0]:.2g} … {self.rates[-1]:.2g}; "
            f"try {self.suggestion:.2g}>"
        )


def find_learning_rate(
    net: Network,
    data: Dataset | Splits,
    plan: Plan | None = None,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    sample_weight: Array | None = None,
    class_weight: ClassWeight = None,
    **options: Any,
) -> RateSearch:
    """The loss at learning rates that rise from step to step, and the rate to begin with; the network stays as it is.

    Each step takes the next batch and the next rate, `steps` of them from `lowest` to `highest` with equal ratios. It
    ends early where the smoothed loss is four times its lowest, or not finite any more. At the rate with the lowest
    loss, training is about to get unstable; a tenth of it is a good beginning.

    Parameters
    ----------
    net : Network
    data : Dataset or Splits
        What to learn from; of a `Splits` the training part.
    plan : Plan, optional
        As for `epochs`, or its settings as keywords; number of epochs, learning rate and schedule don't matter here.
    lowest, highest : float
    steps : int
        At least 10.
    sample_weight : (n,), optional
        How much each training example counts.
    class_weight : "balanced" or mapping, optional
        How much each class does, besides.

    Returns
    -------
    RateSearch

    Raises
    ------
    OptionError
        If the range is none, or the optimizer is "lbfgs", which has no rate; else as `epochs`.

    Examples
    --------
    >>> from pellucid.data.toys import two_moons
    >>> moons = two_moons()
    >>> net = Network.for_data(moons, hidden=[16], seed=0)
    >>> search = find_learning_rate(net, moons, optimizer="sgd")
    >>> 0.01 < search.suggestion < 1
    True

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks, section 3.3.
    """
    plan = settled_plan(net, plan, options)
    check_number("lowest", lowest, positive=True)
    check_number("highest", highest, positive=True)
    check_count("steps", steps)
    if highest <= lowest or steps < FEWEST:
        raise OptionError(
            f"The rates are {steps} from {lowest:g} to {highest:g}; expected at least {FEWEST}, rising."
        )
    if plan.searches:
        raise OptionError("The optimizer 'lbfgs' has no learning rate; choose another.")
    run = prepare(net, plan, data, None, sample_weight, class_weight)
    losses, smoothed = _try(run, State.start(net, plan), np.geomspace(lowest, highest, steps))
    rates = np.geomspace(lowest, highest, steps)[: len(losses)]
    suggestion = float(rates[np.argmin(smoothed)]) / BELOW_LOWEST
    return RateSearch(rates, np.array(losses), np.array(smoothed), suggestion)


def _try(run: Run, state: State, rates: Array) -> tuple[list[float], list[float]]:
    """The loss of each step, and its running mean, until it explodes."""
    run.engine.put(run.workspace, state.theta, state.memory, state.buffers)
    losses: list[float] = []
    smoothed: list[float] = []
    mean, size = 0.0, run.work.batch_size
    order = np.empty(0, np.int64)
    for t in range(len(rates)):
        epoch, step = divmod(t, run.steps_per_epoch)
        if step == 0:
            order = run.engine.order(run.n, run.plan.seed, epoch) if run.plan.shuffle else np.arange(run.n)
        rows = order[step * size : (step + 1) * size]
        try:
            seen = run.engine.advance(run.workspace, rows, epoch, step, t, rates[t : t + 1], None)
        except DivergedError:
            if not losses:
                raise
            break
        loss = float(seen.loss_sums[0] / seen.weights[0]) if seen.weights[0] else float("nan")
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        losses.append(loss)
        smoothed.append(mean / (1 - SMOOTHING ** (t + 1)))
        if len(losses) > FEWEST and smoothed[-1] > EXPLODED * min(smoothed):
            break
    return losses, smoothed
