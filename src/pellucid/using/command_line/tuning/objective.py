"""What a trial does: train one network with given settings, and tell how good it is after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pellucid.data.dataset import Splits
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Progress
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions, plan_of
from pellucid.using.command_line.monitoring import validation_score
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.option_values import class_weight
from pellucid.using.command_line.tuning.space import Value, as_options


@dataclass(frozen=True, slots=True)
class Objective:
    """Data and options of every trial; some of the options are searched.

    Parameters
    ----------
    parts : Splits
        With validation rows.
    network, learning, stopping, computing
        What holds for every trial.
    """

    parts: Splits
    network: NetworkOptions
    learning: LearningOptions
    stopping: StoppingOptions
    computing: ComputingOptions

    @property
    def goal(self) -> str:
        """What is to be as good as possible: "validation_loss", or the name of a metric."""
        return self.stopping.metric or "validation_loss"

    def options(self, settings: dict[str, Value]) -> tuple[NetworkOptions, LearningOptions]:
        """The options with some of them as the settings say."""
        found: dict[str, Any] = dict(as_options(settings))
        ours = {name: found.pop(name) for name in tuple(found) if hasattr(self.network, name)}
        return replace(self.network, **ours), replace(self.learning, **found)

    def start(self, settings: dict[str, Value]) -> tuple[Network, Plan]:
        """A fresh network with such settings, and the plan to train it."""
        network, learning = self.options(settings)
        net = network.network(self.parts, seed=self.computing.seed, engine=self.computing.engine)
        return net, plan_of(learning, self.stopping, self.computing)

    def scores(self, settings: dict[str, Value], watch: Callable[[Progress], bool]) -> Iterator[float]:
        """The score after each epoch of a network with such settings: the higher, the better.

        Parameters
        ----------
        settings : dict of str to value
        watch : callable
            As `epochs` takes it.
        """
        net, plan = self.start(settings)
        metric = self.stopping.metric
        score = None if metric is None else validation_score(metric, self.parts)
        weights = class_weight(self.learning.class_weight)
        for record in epochs(net, self.parts, plan, class_weight=weights, score=score, watch=watch):
            if record.validation_score is not None:
                yield record.validation_score
            elif record.validation_loss is not None:
                yield -record.validation_loss
