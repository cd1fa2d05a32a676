"""Training steps: a batch's passes, then the update, one step after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, permutation
from pellucid.basics.errors import DivergedError
from pellucid.formulas import losses as loss_formulas
from pellucid.formulas.augmentation import augmented_examples
from pellucid.formulas.bounds import average, bound_columns, clip
from pellucid.formulas.layers import dropout_mask
from pellucid.formulas.penalties import add_penalty_slopes
from pellucid.network import outputs
from pellucid.network.engines.contract import Seen, Work
from pellucid.network.engines.reference.passes import Masks, Pass, backward, forward, shared
from pellucid.network.layout import Layout

ONE_THREAD_BELOW = 20_000_000  # multiplications in a batch's forward pass
FLUSH_EVERY = 64  # steps of a run; counted from its beginning, so that a pause changes nothing
SECONDS_BETWEEN_LOOKS = 0.02  # at whether somebody wants to stop

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@dataclass(slots=True, eq=False)
class Workspace:
    """What lives between two calls: the work, who holds back NumPy's threads meanwhile, and the moving parts."""

    work: Work
    threads: ThreadpoolController | None
    theta: Array = field(default_factory=lambda: np.empty(0))
    memory: tuple[Array, ...] = ()
    buffers: Array | None = None
    rates: Array | None = None  # factors on the learning rate


def workspace(work: Work) -> Workspace:
    """Prepare a training run: a small batch is computed by one thread.

    Two threads gain little on a small product on an idle machine, and wait long for one another on a busy one.
    """
    from threadpoolctl import ThreadpoolController

    small = work.batch_size * work.architecture.n_weights < ONE_THREAD_BELOW
    return Workspace(work, ThreadpoolController() if small else None)


def put(space: Workspace, theta: Array, memory: tuple[Array, ...], buffers: Array | None = None) -> None:
    """Copy the parameters and the optimizer's vectors into the workspace.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    buffers : (B,), optional
    """
    space.theta, space.memory = theta.copy(), tuple(vector.copy() for vector in memory)
    space.buffers = None if buffers is None else buffers.copy()
    space.rates = space.work.architecture.rates(theta.dtype)


def take(space: Workspace, theta: Array, memory: tuple[Array, ...], buffers: Array | None = None) -> None:
    """Copy the parameters and the optimizer's vectors out of the workspace, into these arrays.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    buffers : (B,), optional
    """
    theta[...] = space.theta
    if buffers is not None and space.buffers is not None:
        buffers[...] = space.buffers
    for vector, kept in zip(memory, space.memory, strict=True):
        vector[...] = kept


def order(n: int, seed: int, epoch: int) -> Array:
    """The order in which an epoch takes the examples: 0 … n − 1, shuffled.

    Parameters
    ----------
    n, seed, epoch : int
    """
    return permutation(n, seed=seed, stream=Stream.SHUFFLE, epoch=epoch)


def advance(
    space: Workspace,
    order: Array,
    epoch: int,
    step: int,
    t: int,
    learning_rates: Array,
    stop: Callable[[], bool] | None = None,
) -> Seen:
    """Take one step for each learning rate, on the rows `order` in batches; theta and memory change in place.

    Parameters
    ----------
    space : Workspace
    order : (m,)
        Rows of the training examples, batch after batch; the last may be smaller.
    epoch, step : int
        Where the first step stands, both counted from 0; `step` counts within the epoch.
    t : int
        Steps taken before.
    learning_rates : (s,)
        One for each step.
    stop : callable, optional
        Asked between two steps, every 20 ms at most; where it returns True, the remaining steps are not taken.

    Returns
    -------
    Seen

    Raises
    ------
    DivergedError
        In the step in which a loss, a gradient or a parameter stops being finite.
    """
    seen, size, looked = [], space.work.batch_size, time.perf_counter()
    one_thread = nullcontext() if space.threads is None else space.threads.limit(limits=1, user_api="blas")
    with one_thread, np.errstate(over="ignore", invalid="ignore"):  # looked for below, and named
        for number, learning_rate in enumerate(learning_rates):
            if number and stop is not None and time.perf_counter() - looked > SECONDS_BETWEEN_LOOKS:
                if stop():
                    break
                looked = time.perf_counter()
            rows = order[number * size : (number + 1) * size]
            seen.append(_step(space, rows, epoch, step + number, t + number + 1, learning_rate))
            if (t + number + 1) % FLUSH_EVERY == 0:
                _flush_subnormals(space.memory)
    return Seen(*np.array(seen, dtype=np.float64).reshape(-1, 3).T)


def _step(
    space: Workspace, rows: Array, epoch: int, step: int, t: int, learning_rate: float
) -> tuple[float, float, float]:
    """Forward, backward, update: one step on one batch; what `Seen` tells of it."""
    work, theta = space.work, space.theta
    architecture = work.architecture
    h = architecture.input.features(_shown(work, rows, epoch, theta.dtype), theta.dtype)
    masks, input_mask = _masks(work, len(rows), epoch, step, theta)
    passed = forward(
        architecture, theta, h, masks, input_mask=input_mask, buffers=space.buffers, training=True
    )
    losses, dz = _judged(work, passed.z[-1], work.y[rows])
    weights = None if work.sample_weight is None else work.sample_weight[rows]
    slope = backward(architecture, passed, shared(dz, weights), np.empty_like(theta))
    add_penalty_slopes(work.layout.weights(slope), work.layout.weights(theta), work.penalties)
    if not (np.isfinite(losses).all() and np.isfinite(slope).all()):
        raise DivergedError(epoch + 1, step + 1, *_first_not_finite(passed, losses, slope, work.layout))
    _update(space, slope, t, learning_rate)
    if not np.isfinite(theta).all():
        name = next(name for name, p in work.layout.tensors(theta).items() if not np.isfinite(p).all())
        raise DivergedError(epoch + 1, step + 1, _place(name), "parameters after the update")
    right = outputs.right(architecture, passed.z[-1], work.y[rows])
    return _sums(losses, right, weights)


def _judged(work: Work, z: Array, y: Array) -> tuple[Array, Array]:
    """Losses and their slopes, the truth smoothed where the work says so."""
    if work.label_smoothing and work.architecture.loss == "cross_entropy":
        return loss_formulas.smoothed_cross_entropy(z, y, work.label_smoothing)
    return work.architecture.loss_function.value(z, y)


def _update(space: Workspace, slope: Array, t: int, learning_rate: float) -> None:
    """The step along a gradient, within the bounds that the work sets, and the average of theta."""
    work, theta = space.work, space.theta
    if work.clip_norm is not None:
        clip(slope, work.clip_norm)
    rate = theta.dtype.type(learning_rate)
    memory = space.memory[: len(work.optimizer.memory)]
    work.optimizer.step(
        theta,
        slope,
        *memory,
        t=t,
        learning_rate=rate if space.rates is None else rate * space.rates,
        **work.settings,
    )
    if work.max_norm is not None:
        for layer, W in zip(work.architecture.layers, work.layout.weights(theta), strict=True):
            if layer.rates[0] > 0:
                bound_columns(W, work.max_norm)
    if work.averaging:
        average(space.memory[-1], theta, work.averaging)


def _shown(work: Work, rows: Array, epoch: int, dtype: npt.DTypeLike) -> Array:
    """A batch's examples as stored, or as this epoch changes them."""
    X = work.X[rows]
    if work.augmentation is None:
        return X
    shape, changes = work.architecture.input.shape, work.augmentation
    return augmented_examples(X, shape, changes, seed=work.seed, epoch=epoch, rows=rows, dtype=dtype)


def _sums(losses: Array, right: Array, weights: Array | None) -> tuple[float, float, float]:
    """Σ w L, Σ w, and Σ w of what was right."""
    if weights is None:
        return _in_order(losses), float(len(losses)), float(np.count_nonzero(right))
    return _in_order(weights * losses), _in_order(weights), _in_order(weights * right)


def _in_order(values: Array) -> float:
    """Their sum, from the first to the last; `sum` would add pairs of pairs."""
    return float(np.add.accumulate(values, dtype=np.float64)[-1])


def _flush_subnormals(memory: tuple[Array, ...]) -> None:
    """Set to 0 what has decayed below the normal range: it moves no weight, but costs many times the time.

    The gradient of a dead neuron is 0, so that its running means shrink with every step.
    """
    for vector in memory:
        vector[np.abs(vector) < np.finfo(vector.dtype).tiny] = 0


def _masks(work: Work, n: int, epoch: int, step: int, theta: Array) -> tuple[Masks, Array | None]:
    """Dropout's mask for each layer, and that for the features, whose draws are those of one layer more."""
    layers = [(layer.units, layer.dropout) for layer in work.architecture.layers]
    layers.append((work.architecture.n_features, work.architecture.input_dropout))
    address = {"seed": work.seed, "epoch": epoch, "step": step}
    masks = [
        dropout_mask(n, units, rate=rate, layer=index, dtype=theta.dtype, **address) if rate else None
        for index, (units, rate) in enumerate(layers)
    ]
    return masks[:-1], masks[-1]


def _first_not_finite(passed: Pass, losses: Array, slope: Array, layout: Layout) -> tuple[str, str]:
    """Where NaN or infinity came up first, in the order of computation: layer and quantity."""
    for index, (sums, z) in enumerate(zip(passed.sums, passed.z, strict=True), start=1):
        if not (np.isfinite(sums).all() and np.isfinite(z).all()):
            return f"layer {index}", "pre-activation"
    if not np.isfinite(losses).all():
        return f"layer {len(passed.z)}", "loss on the scores"
    for name, tensor in reversed(layout.tensors(slope).items()):
        if not np.isfinite(tensor).all():
            return _place(name), f"gradient of {name}"
    raise AssertionError("called although all is finite")


def _place(name: str) -> str:
    """Where a tensor of the layout belongs: "layer 2", or the features, which come before all layers."""
    number = name.lstrip("Wbgainofset")
    return f"layer {number}" if number.isdigit() else "the features"
