"""What a training run has to start with: settings, examples, engine and its workspace, all checked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import OptionError, ShapeError, UnknownNameError
from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.penalties import PENALTIES
from pellucid.network.architecture import Architecture
from pellucid.network.engines import contract
from pellucid.network.engines.choice import Choice, choose
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.fits import check_dataset
from pellucid.network.network import Network
from pellucid.training.examples import Examples, examples_for, smoothed
from pellucid.training.methods import METHODS
from pellucid.training.plan import Plan
from pellucid.training.state import State
from pellucid.training.stopping import monitored, out_of_time

Score = Callable[[Network], float]


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
    """What stays the same from epoch to epoch.

    Parameters
    ----------
    plan : Plan
    work : Work
    engine : Engine
    workspace : anything
        The engine's own; None where no steps are taken.
    steps_per_epoch : int
    classifies : bool
        Whether the training answers are classes, so that some are right.
    is_penalized : bool
        Whether weights cost something.
    validation : Dataset or None
    validation_targets : (n,) or (n, k)
        Its answers in the form that the loss takes.
    score : callable or None
    monitor : str
        What has to improve; empty if nothing has to.
    """

    plan: Plan
    work: Work
    engine: Engine
    workspace: Any
    steps_per_epoch: int
    classifies: bool
    is_penalized: bool
    validation: Dataset | None
    validation_targets: Array
    score: Score | None
    monitor: str

    @property
    def n(self) -> int:
        """How many training examples there are."""
        return len(self.work.X)


def prepare(
    net: Network,
    plan: Plan,
    data: Dataset | Splits,
    validation: Dataset | float | None = None,
    sample_weight: Array | None = None,
    class_weight: ClassWeight = None,
    score: Score | None = None,
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
    class_weight : "balanced", mapping or None
        How much each class does, besides.
    score : callable or None
        What else to judge each epoch by.

    Raises
    ------
    OptionError
        If two settings exclude each other, or validation is no share from 0 to below 1.
    DataError
        If the data do not fit the network, or there are none; ShapeError if a shape does not.
    """
    examples = examples_for(data, validation, sample_weight, class_weight, plan.seed)
    if score is not None and not callable(score):
        raise OptionError(f"score is {score!r}; expected a function of the network that gives a number.")
    monitor = monitored(plan, validates=examples.validation is not None, scores=score is not None)
    _check_plan(net.architecture, plan)
    for part in (examples.train, examples.validation):
        if part is not None:
            check_dataset(net.architecture, net.classes, part)
    work = _work(net, plan, examples)
    engine = choice_for(net, plan).engine
    targets = np.empty(0)
    if examples.validation is not None:
        finite_numbers(examples.validation.X, "X", net.dtype)
        targets = net.targets(examples.validation.y)
    return Run(
        plan,
        work,
        engine,
        None if plan.searches else engine.workspace(work),
        plan.steps_per_epoch(len(work.X)),
        examples.train.is_classification,
        any(work.penalties.values()),
        examples.validation,
        targets,
        score,
        monitor,
    )


def _work(net: Network, plan: Plan, examples: Examples) -> Work:
    """All that an engine needs besides the moving parts."""
    y = net.targets(examples.train.y)
    if net.architecture.loss_function.targets == "binary":
        y = smoothed(y, plan.label_smoothing)
    return Work(
        architecture=net.architecture,
        X=examples.train.X,
        y=y,
        optimizer=METHODS[plan.optimizer],
        settings=dict(plan.settings),
        penalties={name: getattr(plan, name) for name in PENALTIES},
        batch_size=plan.examples_per_step(len(y)),
        seed=plan.seed,
        sample_weight=examples.sample_weight,
        n_threads=_usable(plan.n_threads),
        augmentation=plan.augmentation,
        label_smoothing=plan.label_smoothing if net.architecture.loss == "cross_entropy" else 0.0,
        clip_norm=plan.clip_norm,
        max_norm=plan.max_norm,
        averaging=plan.averaging,
    )


def _check_plan(architecture: Architecture, plan: Plan) -> None:
    """Raise OptionError where a plan asks for what a network has no use for."""
    if plan.augmentation is not None and not architecture.input.is_picture:
        raise OptionError(
            f"augmentation needs pictures, but an example here is a row of {architecture.input.size} numbers; "
            "leave it out."
        )
    if plan.label_smoothing and architecture.loss not in ("cross_entropy", "binary_cross_entropy"):
        raise OptionError(
            f"label_smoothing is {plan.label_smoothing:g}, but the loss {architecture.loss!r} knows no shares of "
            "classes; leave it out, or take a cross-entropy."
        )
    if plan.searches:
        _check_unchanging(architecture, plan)


def _check_unchanging(architecture: Architecture, plan: Plan) -> None:
    """L-BFGS compares losses at several places, so that they must not change by themselves."""
    kinds = {layer.normalization for layer in architecture.layers}
    obstacles = {
        "dropout": architecture.input_dropout > 0 or any(layer.dropout > 0 for layer in architecture.layers),
        "batch normalization": "batch" in kinds,
        "label smoothing with 'cross_entropy'": plan.label_smoothing > 0
        and architecture.loss == "cross_entropy",
    }
    for obstacle, is_there in obstacles.items():
        if is_there:
            raise OptionError(
                f"The optimizer is 'lbfgs', which can't train with {obstacle}; choose another, or do without."
            )


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
    needs = _needs(net, plan)
    optimizer = "sgd" if plan.searches else plan.optimizer  # a gradient is all that a search asks for
    if plan.engine == "auto" and not needs:
        return net.engine_for(optimizer)
    wanted = net.engine if plan.engine == "auto" else plan.engine
    return choose(net.architecture, wanted, optimizer=METHODS[optimizer], needs=needs)


def _needs(net: Network, plan: Plan) -> list[str]:
    """What an engine has to offer for a plan, besides what it has to for the network."""
    smooths = plan.label_smoothing > 0 and net.architecture.loss == "cross_entropy"
    wanted = {
        contract.AUGMENTATION: plan.augmentation is not None,
        contract.LABEL_SMOOTHING: smooths,
        contract.CLIP_NORM: plan.clip_norm is not None,
        contract.MAX_NORM: plan.max_norm is not None,
        contract.AVERAGING: plan.averaging > 0,
    }
    return [need for need, is_wanted in wanted.items() if is_wanted]


def _usable(n_threads: int | None) -> int | None:
    """Not more threads than there are processors for: they would only wait for one another."""
    from pellucid.network.engines.compiled.threads import available

    return None if n_threads is None else min(n_threads, available())


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
        If it is no state, has no epoch or no time left, or is of another dtype.
    ShapeError
        If its vectors have another length, or the optimizer keeps others.
    """
    if not isinstance(state, State):
        raise OptionError(f"The state is {state!r}; expected a State, such as an earlier history.state.")
    if state.epoch >= plan.epochs:
        raise OptionError(
            f"The state has completed {state.epoch} epochs and the plan has {plan.epochs}; ask for more."
        )
    if plan.max_time is not None and state.seconds >= plan.max_time:
        raise OptionError(
            f"The state has taken {state.seconds:.3g} s, and {out_of_time(plan)}; ask for more."
        )
    memory = plan.memory
    if state.theta.shape != net.theta.shape or len(state.memory) != len(memory):
        raise ShapeError(
            f"The state has {state.theta.size:,} parameters and {len(state.memory)} vectors of memory; expected "
            f"{net.n_parameters:,} and {len(memory)}, for this network, the optimizer {plan.optimizer!r} and "
            f"averaging={plan.averaging:g}."
        )
    if state.theta.dtype != net.dtype:
        raise OptionError(f"The state is {state.theta.dtype}, the network {net.dtype}; expected the same.")
    return state
