"""What a training run has to start with: settings, examples and the engine's workspace, all checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.splits import split
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.answers import checked_weights
from pellucid.network.engines.contract import Work
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.state import State


def settled_plan(net: Network, plan: Plan | None, options: dict[str, Any]) -> Plan:
    """The plan given, or the one that keywords make; the seed is the network's if none is said."""
    known = Plan.__dataclass_fields__
    if plan is None:
        for name in options:
            if name not in known:
                raise UnknownNameError("setting of training", name, known)
        return Plan(**{"seed": net.seed, **options})
    if options:
        raise OptionError(f"Both a plan and the settings {sorted(options)} were given; expected one of them.")
    return plan


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What stays the same from epoch to epoch."""

    plan: Plan
    work: Work
    workspace: Any
    train: Dataset
    validation: Dataset | None

    @property
    def n(self) -> int:
        """How many training examples there are."""
        return len(self.work.X)


def prepare(
    net: Network,
    plan: Plan,
    data: Dataset | Splits,
    validation: Dataset | float | None,
    sample_weight: Array | None,
) -> Run:
    """Check everything once, before the first step."""
    train, validation, sample_weight = _parts(data, validation, sample_weight, plan.seed)
    if plan.patience is not None and validation is None:
        raise OptionError("patience needs validation data; give validation=0.1, say, or a Dataset.")
    for part in (train, validation):
        if part is not None:
            _check_fits(net, part)
    work = Work(
        architecture=net.architecture,
        X=train.X,
        y=net.targets(train.y),
        optimizer=OPTIMIZERS[plan.optimizer],
        settings=dict(plan.settings),
        l1=plan.l1,
        l2=plan.l2,
        batch_size=plan.examples_per_step(len(train)),
        seed=plan.seed,
        sample_weight=sample_weight,
    )
    return Run(plan, work, net.engine.workspace(work), train, validation)


def _parts(
    data: Dataset | Splits, validation: Dataset | float | None, sample_weight: Array | None, seed: int
) -> tuple[Dataset, Dataset | None, Array | None]:
    """Training and validation examples, the latter set aside where a share was asked for."""
    train = data.train if isinstance(data, Splits) else data
    if validation is None and isinstance(data, Splits):
        validation = data.validation
    if sample_weight is not None:
        sample_weight = checked_weights(sample_weight, len(train))
    if isinstance(validation, int | float):
        if validation == 0:
            return train, None, sample_weight
        if sample_weight is not None:
            raise OptionError(
                "A share of weighted examples can't be set aside; give validation as a Dataset."
            )
        parts = split(train, test=float(validation), seed=seed)
        train, validation = parts.train, parts.test
    if len(train) == 0:
        raise DataError("There is no example to learn from; expected at least one.")
    return train, validation, sample_weight


def _check_fits(net: Network, part: Dataset) -> None:
    expected = net.architecture.input
    if part.is_classification and net.architecture.judged_by.targets == "numbers":
        raise DataError(
            f"The data's answers are classes, but the loss {net.architecture.loss!r} is for numbers; "
            "choose another, or give the answers as numbers."
        )
    if part.n_features != expected.size:
        raise ShapeError(f"The data have {part.n_features} features; the network expects {expected.size}.")
    if (part.input.scale, part.input.shift) != (expected.scale, expected.shift):
        raise DataError(
            f"The data are scaled by {part.input.scale:g} and shifted by {part.input.shift:g}, the network expects "
            f"{expected.scale:g} and {expected.shift:g}; make the network with Network.for_data on these data."
        )


def checked_state(net: Network, plan: Plan, state: State) -> State:
    """A copy of the state to go on from, if it is one of this network and optimizer.

    Raises
    ------
    ShapeError
        If its vectors have another length, or the optimizer keeps others.
    """
    memory = OPTIMIZERS[plan.optimizer].memory
    if state.theta.shape != net.theta.shape or len(state.memory) != len(memory):
        raise ShapeError(
            f"The state has {state.theta.size:,} parameters and {len(state.memory)} vectors of memory; expected "
            f"{net.n_parameters:,} and {len(memory)}, for this network and the optimizer {plan.optimizer!r}."
        )
    return state.copy()
