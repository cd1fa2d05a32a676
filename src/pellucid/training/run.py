"""What a training run has to start with: settings, examples, engine and its workspace, all checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.splits import split
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.formulas.penalties import PENALTIES
from pellucid.network.engines.choice import Choice, choose
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.fits import check_dataset, checked_weights
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.state import State


def settled_plan(net: Network, plan: Plan | None, options: dict[str, Any]) -> Plan:
    """The plan given, or the one that keywords make; the seed is the network's if none is said.

    Parameters
    ----------
    net : Network
    plan : Plan or None
    options : dict
        Settings of a plan, by name; only without a plan.

    Raises
    ------
    OptionError
        If both are given, or a setting is out of range; UnknownNameError for an unknown one.
    """
    if not isinstance(plan, Plan | None):
        raise OptionError(f"The plan is {plan!r}; expected a Plan, or its settings as keywords.")
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
    engine: Engine
    workspace: Any
    steps_per_epoch: int
    train: Dataset
    validation: Dataset | None
    validation_targets: Array

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
    """Check everything once, before the first step.

    Parameters
    ----------
    net : Network
    plan : Plan
    data : Dataset or Splits
    validation : Dataset, float or None
        Examples to validate by, or the share of the training examples to set aside.
    sample_weight : (n,) or None
        How much each training example counts.

    Raises
    ------
    OptionError
        If two settings exclude each other, or validation is no share from 0 to below 1.
    DataError
        If the data do not fit the network, or there are none; ShapeError if a shape does not.
    """
    train, validation, sample_weight = _parts(data, validation, sample_weight, plan.seed)
    if plan.patience is not None and validation is None:
        raise OptionError("patience needs validation data; give validation=0.1, say, or a Dataset.")
    if plan.augmentation is not None and not net.architecture.input.is_picture:
        raise OptionError(
            f"augmentation needs pictures, but an example here is a row of {net.architecture.input.size} numbers; "
            "leave it out."
        )
    for part in (train, validation):
        if part is not None:
            check_dataset(net.architecture, net.classes, part)
    work = Work(
        architecture=net.architecture,
        X=train.X,
        y=net.targets(train.y),
        optimizer=OPTIMIZERS[plan.optimizer],
        settings=dict(plan.settings),
        penalties={name: getattr(plan, name) for name in PENALTIES},
        batch_size=plan.examples_per_step(len(train)),
        seed=plan.seed,
        sample_weight=sample_weight,
        n_threads=_usable(plan.n_threads),
        augmentation=plan.augmentation,
    )
    engine = choice_for(net, plan).engine
    targets = np.empty(0)
    if validation is not None:
        finite_numbers(validation.X, "X", net.dtype)
        targets = net.targets(validation.y)
    steps = plan.steps_per_epoch(len(train))
    return Run(plan, work, engine, engine.workspace(work), steps, train, validation, targets)


def choice_for(net: Network, plan: Plan) -> Choice:
    """Who computes a training run: whom the plan names, else whom the network does.

    Parameters
    ----------
    net : Network
    plan : Plan

    Raises
    ------
    OptionError
        If that is the compiled engine, and it can't.
    """
    augments = plan.augmentation is not None
    if plan.engine == "auto" and not augments:
        return net.engine_for(plan.optimizer)
    wanted = net.engine if plan.engine == "auto" else plan.engine
    return choose(net.architecture, wanted, optimizer=OPTIMIZERS[plan.optimizer], augments=augments)


def _usable(n_threads: int | None) -> int | None:
    """Not more threads than there are processors for: they would only wait for one another."""
    from pellucid.network.engines.compiled.threads import available

    return None if n_threads is None else min(n_threads, available())


def _parts(
    data: Dataset | Splits, validation: Dataset | float | None, sample_weight: Array | None, seed: int
) -> tuple[Dataset, Dataset | None, Array | None]:
    """Training and validation examples, the latter set aside where a share was asked for."""
    train = data.train if isinstance(data, Splits) else data
    if not isinstance(train, Dataset):
        raise DataError(f"The data are {type(train).__name__}; expected pellucid.Dataset(X, y, classes=…).")
    if validation is None and isinstance(data, Splits):
        validation = data.validation
    if sample_weight is not None:
        sample_weight = checked_weights(sample_weight, len(train))
    if validation is not None and not isinstance(validation, Dataset):
        train, validation = _set_aside(train, validation, sample_weight, seed)
    if len(train) == 0 or (validation is not None and len(validation) == 0):
        raise DataError("There is no example to learn from or to validate by; expected at least one of each.")
    return train, validation, sample_weight


def _set_aside(
    train: Dataset, share: float, sample_weight: Array | None, seed: int
) -> tuple[Dataset, Dataset | None]:
    """The training examples without the share that is to validate by, and that share."""
    if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share < 1:
        raise OptionError(f"validation is {share!r}; expected a Dataset, or a share from 0 to below 1.")
    if share == 0:
        return train, None
    if sample_weight is not None:
        raise OptionError("A share of weighted examples can't be set aside; give validation as a Dataset.")
    parts = split(train, test=float(share), seed=seed)
    return parts.train, parts.test


def checked_state(net: Network, plan: Plan, state: State) -> State:
    """The state to go on from, if it is one of this network and optimizer.

    Parameters
    ----------
    net : Network
    plan : Plan
    state : State

    Raises
    ------
    OptionError
        If it is no state, has no epoch left to do, or is of another dtype.
    ShapeError
        If its vectors have another length, or the optimizer keeps others.
    """
    if not isinstance(state, State):
        raise OptionError(f"The state is {state!r}; expected a State, such as an earlier history.state.")
    if state.epoch >= plan.epochs:
        raise OptionError(
            f"The state has completed {state.epoch} epochs and the plan has {plan.epochs}; ask for more."
        )
    memory = OPTIMIZERS[plan.optimizer].memory
    if state.theta.shape != net.theta.shape or len(state.memory) != len(memory):
        raise ShapeError(
            f"The state has {state.theta.size:,} parameters and {len(state.memory)} vectors of memory; expected "
            f"{net.n_parameters:,} and {len(memory)}, for this network and the optimizer {plan.optimizer!r}."
        )
    if state.theta.dtype != net.dtype:
        raise OptionError(f"The state is {state.theta.dtype}, the network {net.dtype}; expected the same.")
    return state
