"""What every engine offers, and the records that pass between an engine and the training loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pellucid.basics.arrays import Array
from pellucid.formulas.augmentation import Augmentation
from pellucid.formulas.optimizers import Optimizer
from pellucid.network.architecture import Architecture
from pellucid.network.layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """All that a training run needs besides the moving parts: what to learn, from what, and by which rule.

    Parameters
    ----------
    architecture : Architecture
    X : (n, d)
        Features as stored (uint8 pictures stay uint8).
    y : (n,) or (n, k)
        Targets in the form that the loss takes.
    optimizer : Optimizer
    settings : dict
        The optimizer's constants.
    penalties : mapping of str to float
        Strengths of the penalties, by name.
    batch_size : int
    seed : int
        For dropout and augmentation; the order of the examples comes with each call.
    sample_weight : (n,), optional
        How much each example counts.
    n_threads : int, optional
        How many threads may work at a time; None lets the engine choose. No result depends on it.
    augmentation : Augmentation, optional
        How training changes the pictures in X, as `augmented_examples` does; `Input` scales them after that.
    """

    architecture: Architecture
    X: Array
    y: Array
    optimizer: Optimizer
    settings: dict[str, float] = field(default_factory=dict)
    penalties: Mapping[str, float] = field(default_factory=dict)
    batch_size: int = 32
    seed: int = 0
    sample_weight: Array | None = None
    n_threads: int | None = None
    augmentation: Augmentation | None = None

    @property
    def layout(self) -> Layout:
        """Where each weight lives in theta."""
        return self.architecture.layout


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network made of the batches of some steps, each judged before the step that learnt from it.

    An entry for each step that was taken, float64; its length says how many that were. Each is a sum over the
    batch in the order of its examples, so that no bit depends on how steps are cut into calls.

    Parameters
    ----------
    loss_sums : (s,)
        Σ w_i L_i, without penalty; all w_i are 1 without sample weights.
    weights : (s,)
        Σ w_i.
    correct : (s,)
        Σ w_i of the examples that the network got right, by the rule of `outputs.right`.
    """

    loss_sums: Array
    weights: Array
    correct: Array

    def __len__(self) -> int:
        return len(self.loss_sums)


@dataclass(frozen=True, slots=True)
class Engine:
    """A way of computing a network: functions and nothing hidden.

    What must live between calls stands in a workspace that the caller owns. Training puts theta and the
    optimizer's memory into it once, advances, and takes them out when it wants to see them; thus an engine may keep
    them in whatever form is fastest.

    Parameters
    ----------
    name : str
    logits : callable
        ``logits(architecture, theta, X, n_threads=None) → (n, k)``.
    gradient : callable
        ``gradient(architecture, theta, X, y, sample_weight=None) → losses (n,), gradient (P,)``: of the mean loss,
        without penalty or dropout.
    workspace : callable
        ``workspace(work) → anything``.
    put : callable
        ``put(workspace, theta, memory)``: copies these arrays into the workspace.
    advance : callable
        ``advance(workspace, order, epoch, step, t, learning_rates, stop=None) → Seen``: one step for each learning
        rate, on the rows `order` in batches; theta and memory change in the workspace. `step` is the first step's
        number within the epoch, counted from 0 (dropout's address); `t` the number of steps taken before. An engine
        may ask ``stop()`` every now and then; where that gives True, it finishes the step under way or gives it up,
        and returns what was done, which may be no step at all. Where it raises an error, what stands in the workspace
        is worth nothing.
    take : callable
        ``take(workspace, theta, memory)``: copies what the workspace holds into these arrays.
    order : callable
        ``order(n, seed, epoch) → (n,)``: the epoch's permutation of the examples, int64. Every engine gives that of
        `draws.permutation` for `Stream.SHUFFLE`; one may be faster.
    augments : bool
        Whether its `advance` can change pictures, as the work's augmentation says.
    bounds_memory : bool
        Whether its `logits` takes no more room for a million examples than for a thousand.
    """

    name: str
    logits: Callable[..., Array]
    gradient: Callable[..., tuple[Array, Array]]
    workspace: Callable[[Work], Any]
    put: Callable[[Any, Array, tuple[Array, ...]], None]
    advance: Callable[..., Seen]
    take: Callable[[Any, Array, tuple[Array, ...]], None]
    order: Callable[[int, int, int], Array]
    augments: bool = False
    bounds_memory: bool = False
