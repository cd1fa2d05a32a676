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

# What not every engine can do, in words that go on "the engine has no … yet"
BATCH_NORMALIZATION, LAYER_NORMALIZATION = "batch normalization", "layer normalization"
EMBEDDINGS, FEATURE_GAINS, INPUT_DROPOUT = "embeddings", "feature gains", "dropout of features"
RATES = "learning rates of single layers"
AUGMENTATION, LABEL_SMOOTHING = "augmentation", "label smoothing"
CLIP_NORM, MAX_NORM, AVERAGING = "clipping of gradients", "bound on weights", "averaging of weights"
NEEDS = frozenset(
    {BATCH_NORMALIZATION, LAYER_NORMALIZATION, EMBEDDINGS, FEATURE_GAINS, INPUT_DROPOUT, RATES}
    | {AUGMENTATION, LABEL_SMOOTHING, CLIP_NORM, MAX_NORM, AVERAGING}
)


def needs_of(architecture: Architecture, *, training: bool) -> set[str]:
    """Which of `NEEDS` a network has.

    Parameters
    ----------
    architecture : Architecture
    training : bool
        Whether it is to be trained, not only asked.
    """
    kinds = {layer.normalization for layer in architecture.layers}
    found = {
        BATCH_NORMALIZATION: "batch" in kinds,
        LAYER_NORMALIZATION: "layer" in kinds,
        EMBEDDINGS: bool(architecture.embeddings),
        FEATURE_GAINS: architecture.feature_gains,
        INPUT_DROPOUT: training and architecture.input_dropout > 0,
        RATES: training and architecture.has_own_rates,
    }
    return {need for need, there in found.items() if there}


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
    label_smoothing : float
        The share of each example's truth that is spread over all classes; for "cross_entropy" only.
    clip_norm : float, optional
        The largest length of a step's gradient, penalties included; a longer one is shortened.
    max_norm : float, optional
        The largest length of the weights that lead into a neuron; after a step longer ones are shortened.
    averaging : float
        The share of the moving average of theta that stays in each step; 0 for no average. It is the last vector of
        memory, after the optimizer's own.
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
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    max_norm: float | None = None
    averaging: float = 0.0

    @property
    def layout(self) -> Layout:
        """Where each weight lives in theta."""
        return self.architecture.layout

    @property
    def memory(self) -> tuple[str, ...]:
        """The names of the vectors that are kept between steps."""
        return (*self.optimizer.memory, *(["average"] if self.averaging else []))


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
        ``logits(architecture, theta, X, n_threads=None, buffers=None) → (n, k)``. The buffers are needed where a layer
        is batch-normalized, here and below.
    gradient : callable
        ``gradient(architecture, theta, X, y, sample_weight=None, buffers=None) → losses (n,), gradient (P,)``: of the
        mean loss, without penalty or dropout, normalized as in prediction.
    workspace : callable
        ``workspace(work) → anything``.
    put : callable
        ``put(workspace, theta, memory, buffers=None)``: copies these arrays into the workspace.
    advance : callable
        ``advance(workspace, order, epoch, step, t, learning_rates, stop=None) → Seen``: one step for each learning
        rate, on the rows `order` in batches; theta and memory change in the workspace. `step` is the first step's
        number within the epoch, counted from 0 (dropout's address); `t` the number of steps taken before. An engine
        may ask ``stop()`` every now and then; where that gives True, it finishes the step under way or gives it up,
        and returns what was done, which may be no step at all. Where it raises an error, what stands in the workspace
        is worth nothing.
    take : callable
        ``take(workspace, theta, memory, buffers=None)``: copies what the workspace holds into these arrays.
    order : callable
        ``order(n, seed, epoch) → (n,)``: the epoch's permutation of the examples, int64. Every engine gives that of
        `draws.permutation` for `Stream.SHUFFLE`; one may be faster.
    offers : frozenset of str or None
        Which of `NEEDS` it can compute; None for all of them.
    bounds_memory : bool
        Whether its `logits` takes no more room for a million examples than for a thousand.
    """

    name: str
    logits: Callable[..., Array]
    gradient: Callable[..., tuple[Array, Array]]
    workspace: Callable[[Work], Any]
    put: Callable[..., None]
    advance: Callable[..., Seen]
    take: Callable[..., None]
    order: Callable[[int, int, int], Array]
    offers: frozenset[str] | None = None
    bounds_memory: bool = False
