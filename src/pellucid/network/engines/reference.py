"""The blackboard: forward and backward pass in matrix notation, in NumPy. Readability before speed.

For each layer, forward:   z = h W + b        h ← f(z)
and backward:              dz = dh · f′(z)    dW = hᵀ dz    db = Σ dz    dh ← dz Wᵀ
where the first dz, that of the readout, comes from the loss.
"""

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
from pellucid.formulas.augmentation import augmented_examples
from pellucid.formulas.layers import dropout_mask, incoming_gradient, weighted_sum, weighted_sum_gradients
from pellucid.formulas.penalties import add_penalty_slopes
from pellucid.network import outputs
from pellucid.network.architecture import Architecture
from pellucid.network.engines.contract import Engine, Seen, Work
from pellucid.network.layout import LayerView, Layout

ONE_THREAD_BELOW = 20_000_000  # multiplications in a batch's forward pass
FLUSH_EVERY = 64  # steps of a run; counted from its beginning, so that a pause changes nothing
SECONDS_BETWEEN_LOOKS = 0.02  # at whether somebody wants to stop

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@dataclass(slots=True, eq=False)
class Pass:
    """One forward pass, and room for the backward one: a list entry for each layer, the first for h = X.

    `h[l]` goes into layer l and `h[l + 1]` comes out of it; `masks[l]` is dropout's, or None.
    """

    layers: tuple[LayerView, ...]
    h: list[Array]
    z: list[Array] = field(default_factory=list)
    masks: list[Array | None] = field(default_factory=list)
    dh: list[Array] = field(default_factory=list)
    dz: list[Array] = field(default_factory=list)


Masks = list[Array | None]


def forward(architecture: Architecture, theta: Array, h: Array, masks: Masks | None = None) -> Pass:
    """From features ``(n, d)`` to scores ``(n, k)``: every z and h on the way.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    h : (n, d)
        Scaled features of theta's dtype.
    masks : list, optional
        Dropout's mask for each layer, or None where nothing drops out; without it nothing does.

    Returns
    -------
    Pass
    """
    layers = architecture.layout.layers(theta)
    passed = Pass(layers, [h], masks=masks or [None] * len(layers))
    for layer, (W, b), mask in zip(architecture.layers, layers, passed.masks, strict=True):
        z = weighted_sum(h, W, b)
        h = layer.activation_function.value(z)
        if mask is not None:
            h = h * mask
        passed.z.append(z)
        passed.h.append(h)
    return passed


def backward(architecture: Architecture, passed: Pass, dz: Array, gradient: Array) -> Array:
    """From the readout's dz ``(n, k)`` back to every dW and db, written into the flat `gradient`.

    The lists `passed.dz` and `passed.dh` are filled on the way, first layer first.

    Parameters
    ----------
    architecture : Architecture
    passed : Pass
        What `forward` gave.
    dz : (n, k)
        The loss's gradient with respect to the readout's z.
    gradient : (P,)
        Written over.

    Returns
    -------
    (P,)
        `gradient` itself.
    """
    n_layers = architecture.n_layers
    gradients = architecture.layout.layers(gradient)
    for index in reversed(range(n_layers)):
        dW, db = weighted_sum_gradients(passed.h[index], dz)
        gradients[index].W[...] = dW
        gradients[index].b[...] = db
        passed.dz.insert(0, dz)
        if index == 0:
            break  # training has no use for the gradient with respect to the features
        dh = incoming_gradient(passed.layers[index].W, dz)
        passed.dh.insert(0, dh)
        before, mask = architecture.layers[index - 1], passed.masks[index - 1]
        if mask is not None:
            dh = dh * mask
        dz = dh * before.activation_function.slope(
            passed.z[index - 1], _undropped(passed, index - 1, before.activation_function.value)
        )
    return gradient


def _undropped(passed: Pass, index: int, value: Callable[[Array], Array]) -> Array:
    """f(z) as it was before dropout; without dropout simply h."""
    return passed.h[index + 1] if passed.masks[index] is None else value(passed.z[index])


def logits(architecture: Architecture, theta: Array, X: Array, n_threads: int | None = None) -> Array:
    """Scores ``(n, k)`` of examples as stored ``(n, d)``.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (n, d)
    n_threads : int, optional
        Not looked at: NumPy's own library decides.
    """
    h = architecture.input.features(X, theta.dtype)
    return forward(architecture, theta, h).z[-1]


def gradient(
    architecture: Architecture, theta: Array, X: Array, y: Array, sample_weight: Array | None = None
) -> tuple[Array, Array]:
    """Each example's loss ``(n,)``, and the gradient ``(P,)`` of their (weighted) mean.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (n, d)
        Examples as stored.
    y : (n,) or (n, k)
        Their targets, in the form that the loss takes.
    sample_weight : (n,), optional
        How much each example counts.

    Returns
    -------
    losses : (n,)
    gradient : (P,)
    """
    passed = forward(architecture, theta, architecture.input.features(X, theta.dtype))
    losses, dz = architecture.loss_function.value(passed.z[-1], y)
    return losses, backward(architecture, passed, _mean(dz, sample_weight), np.empty_like(theta))


def _mean(dz: Array, sample_weight: Array | None) -> Array:
    """Each example's dz times its share in the mean: 1/n, or its weight over the sum of weights."""
    if sample_weight is None:
        return dz / len(dz)
    total = sample_weight.sum()
    return dz * (sample_weight / total if total > 0 else sample_weight)[:, None].astype(dz.dtype)


@dataclass(slots=True, eq=False)
class Workspace:
    """What lives between two calls: the work, who holds back NumPy's threads meanwhile, and the moving parts."""

    work: Work
    threads: ThreadpoolController | None
    theta: Array = field(default_factory=lambda: np.empty(0))
    memory: tuple[Array, ...] = ()


def workspace(work: Work) -> Workspace:
    """Prepare a training run: a small batch is computed by one thread.

    Two threads gain little on a small product on an idle machine, and wait long for one another on a busy one.
    """
    from threadpoolctl import ThreadpoolController

    small = work.batch_size * work.architecture.n_weights < ONE_THREAD_BELOW
    return Workspace(work, ThreadpoolController() if small else None)


def put(space: Workspace, theta: Array, memory: tuple[Array, ...]) -> None:
    """Copy the parameters and the optimizer's vectors into the workspace.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    """
    space.theta, space.memory = theta.copy(), tuple(vector.copy() for vector in memory)


def take(space: Workspace, theta: Array, memory: tuple[Array, ...]) -> None:
    """Copy the parameters and the optimizer's vectors out of the workspace, into these arrays.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    """
    theta[...] = space.theta
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
    passed = forward(architecture, theta, h, _masks(work, len(rows), epoch, step, theta))
    losses, dz = architecture.loss_function.value(passed.z[-1], work.y[rows])
    weights = None if work.sample_weight is None else work.sample_weight[rows]
    slope = backward(architecture, passed, _mean(dz, weights), np.empty_like(theta))
    add_penalty_slopes(work.layout.weights(slope), work.layout.weights(theta), work.penalties)
    if not (np.isfinite(losses).all() and np.isfinite(slope).all()):
        raise DivergedError(epoch + 1, step + 1, *_first_not_finite(passed, losses, slope, work.layout))
    work.optimizer.step(
        theta, slope, *space.memory, t=t, learning_rate=theta.dtype.type(learning_rate), **work.settings
    )
    if not np.isfinite(theta).all():
        layer = next(i for i, v in enumerate(passed.layers, 1) if not all(np.isfinite(p).all() for p in v))
        raise DivergedError(epoch + 1, step + 1, f"layer {layer}", "parameters after the update")
    right = outputs.right(architecture, passed.z[-1], work.y[rows])
    return _sums(losses, right, weights)


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


def _masks(work: Work, n: int, epoch: int, step: int, theta: Array) -> Masks:
    return [
        dropout_mask(
            n,
            layer.units,
            rate=layer.dropout,
            seed=work.seed,
            epoch=epoch,
            step=step,
            layer=index,
            dtype=theta.dtype,
        )
        if layer.dropout
        else None
        for index, layer in enumerate(work.architecture.layers)
    ]


def _first_not_finite(passed: Pass, losses: Array, slope: Array, layout: Layout) -> tuple[str, str]:
    """Where NaN or infinity came up first, in the order of computation: layer and quantity."""
    for index, z in enumerate(passed.z, start=1):
        if not np.isfinite(z).all():
            return f"layer {index}", "pre-activation"
    if not np.isfinite(losses).all():
        return f"layer {len(passed.z)}", "loss on the scores"
    for name, tensor in reversed(layout.tensors(slope).items()):
        if not np.isfinite(tensor).all():
            return f"layer {name[1:]}", f"gradient of {name}"
    raise AssertionError("called although all is finite")


REFERENCE = Engine("reference", logits, gradient, workspace, put, advance, take, order, augments=True)
