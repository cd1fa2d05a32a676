"""Training steps and gradients: a run's workspace, what goes in and comes out of it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DivergedError
from pellucid.formulas.augmentation import augmented_examples
from pellucid.formulas.layers import codes_of, weighted_sum
from pellucid.formulas.optimizers import nadam_shares
from pellucid.network.architecture import Architecture
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.compiled.fields import OPTIMIZER_CODES, SETTINGS, SETTINGS_IN_ORDER
from pellucid.network.engines.compiled.job import Job
from pellucid.network.engines.compiled.packing import Packing, aligned, check_theta
from pellucid.network.engines.compiled.pictures import point_to_pictures
from pellucid.network.engines.compiled.threads import LOOK, Stop, ThreadChoice, available
from pellucid.network.engines.contract import Seen, Work
from pellucid.network.plain import is_plain, plain

TOO_SMALL = 300_000  # operations of a step that are done before two threads could have met
SLOW = 5e9  # operations in a second that even a slow processor does
MEMORY_FIELDS = (fields.FIRST_MEMORY, fields.SECOND_MEMORY)


@dataclass(slots=True, eq=False)
class Workspace:
    """What lives between two calls: packed parameters and memory, activations, scratch, how fast calls were."""

    work: Work
    packing: Packing
    threads: ThreadChoice
    job: Job | None = None  # from `put` on, which knows the precision
    memory: tuple[Array, ...] = ()  # packed; the last is theta's average where there is one
    guess: float = 1.0  # seconds of a step, before any was timed
    keep_gradient: bool = False  # make the whole gradient before the update, not block by block


def workspace(work: Work) -> Workspace:
    """Prepare a training run; nothing is compiled yet.

    Parameters
    ----------
    work : Work
    """
    packing = _packing(work.architecture, min(work.batch_size, len(work.X)))
    operations = 6.0 * min(work.batch_size, len(work.X)) * work.architecture.n_weights
    wanted = 1 if work.n_threads is None and operations < TOO_SMALL else work.n_threads
    return Workspace(work, packing, ThreadChoice(wanted), guess=operations / SLOW)


@functools.lru_cache(maxsize=32)
def _packing(architecture: Architecture, rows: int) -> Packing:
    return Packing.of(architecture, rows, training=True)


def put(space: Workspace, theta: Array, memory: tuple[Array, ...], buffers: Array | None = None) -> None:
    """Copy the parameters and the optimizer's vectors into the workspace, packed.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    buffers : (B,), optional
        Not looked at: no layer that this engine trains has any.
    """
    if space.job is None or space.job.dtype != theta.dtype:
        space.job = _training_job(space.work, space.packing, theta)
        space.memory = tuple(
            aligned(space.packing.length, theta.dtype, offset=21 * (i + 1)) for i in range(len(memory))
        )
        of_optimizer = len(memory) - (space.work.averaging > 0)
        space.job.point(dict(zip(MEMORY_FIELDS, space.memory[:of_optimizer], strict=False)))
        if space.work.averaging:
            space.job.point({fields.AVERAGE: space.memory[-1]})
        if space.keep_gradient or _needs_whole_gradient(space.work, space.packing):
            space.job.point({fields.GRADIENT: aligned(space.packing.length, theta.dtype, offset=13)})
    space.packing.pack(theta, space.job.alive[fields.THETA])
    for vector, packed in zip(memory, space.memory, strict=True):
        space.packing.pack(vector, packed)


def take(space: Workspace, theta: Array, memory: tuple[Array, ...], buffers: Array | None = None) -> None:
    """Copy the parameters and the optimizer's vectors out of the workspace, into these arrays.

    Parameters
    ----------
    space : Workspace
    theta : (P,)
    memory : tuple of (P,)
    buffers : (B,), optional
        They stay as they are.
    """
    job = _job(space)
    space.packing.unpack(job.alive[fields.THETA], theta)
    for vector, packed in zip(memory, space.memory, strict=True):
        space.packing.unpack(packed, vector)


def advance(
    space: Workspace,
    order: Array,
    epoch: int,
    step: int,
    t: int,
    learning_rates: Array,
    stop: Stop = None,
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
        Asked about every 20 ms; where it returns True, the step under way is given up and no other is begun.

    Returns
    -------
    Seen

    Raises
    ------
    DivergedError
        In the step in which a loss or a parameter stops being finite.
    """
    _job(space).alive[fields.STOP][0] = 0
    parts: list[Seen] = []
    taken, size = 0, space.work.batch_size
    while taken < len(learning_rates):
        number, count = space.threads.next(len(learning_rates) - taken)
        rows = order[taken * size : (taken + count) * size]
        rates = learning_rates[taken : taken + count]
        parts.append(_some_steps(space, rows, epoch, step + taken, t + taken, rates, stop, number))
        taken += count
        if len(parts[-1]) < count:
            break
    if len(parts) == 1:
        return parts[0]
    sums = ((part.loss_sums, part.weights, part.correct) for part in parts)
    return Seen(*(np.concatenate(column) for column in zip(*sums, strict=True)))


def _some_steps(
    space: Workspace,
    order: Array,
    epoch: int,
    step: int,
    t: int,
    learning_rates: Array,
    stop: Stop,
    number: int,
) -> Seen:
    """Steps by one number of threads."""
    job, steps, work = _job(space), len(learning_rates), space.work
    seen = np.empty(2 * steps + 1)
    weight_sums = _point_to_weights(job, work, order, steps)
    job.point(
        {
            fields.ORDER: np.ascontiguousarray(order, np.int64),
            fields.STEP_NUMBERS: step_numbers(work, space.packing.rates, t, learning_rates, job.dtype),
            fields.SEEN: seen,
        }
    )
    job.set({fields.EXAMPLES: len(order), fields.STEPS: steps, fields.EPOCH: epoch, fields.FIRST_STEP: step})
    job.room_for(space.threads.most, space.packing)
    short = steps * space.threads.expected(number, space.guess) < LOOK
    began = time.perf_counter()
    how = job.run(number, stop, short=short)
    taken = int(seen[2 * steps])
    if taken == steps:
        space.threads.note(number, (time.perf_counter() - began) / steps)
    if how in (fields.LOSS_NOT_FINITE, fields.PARAMETERS_NOT_FINITE):
        rows = order[taken * work.batch_size : (taken + 1) * work.batch_size]
        raise DivergedError(epoch + 1, step + taken + 1, *_what_failed(space, how, rows))
    return Seen(seen[:taken], weight_sums[:taken], seen[steps : steps + taken])


def step_numbers(
    work: Work, rates: tuple[float, ...], t: int, learning_rates: Array, dtype: npt.DTypeLike
) -> Array:
    """What changes from step to step ``(s, rates, 4)``: the step size α, the factor on √v, and one number more.

    Adam's corrections for having started at 0 are numbers, the same for all parameters: α / (1 − β₁ᵗ) and
    1 / √(1 − β₂ᵗ). AdamW has α λ besides, the share of theta that goes. Nadam's first number is that of m, its third
    that of the gradient. Other optimizers have α and 1.

    Parameters
    ----------
    work : Work
    rates : tuple of float
        The factors on the learning rate that there are.
    t : int
        Steps taken before.
    learning_rates : (s,)
    dtype : dtype
    """
    numbers = np.ones((len(learning_rates), len(rates), fields.RATE_NUMBERS), dtype)
    name, settings, alpha = work.optimizer.name, work.settings, learning_rates[:, None] * np.array(rates)
    with np.errstate(over="ignore"):  # parameters that are not finite will be noticed
        if name not in ("adam", "adamw", "nadam"):
            numbers[:, :, 0] = alpha
        else:
            steps = np.arange(t + 1, t + 1 + len(learning_rates), dtype=np.float64)[:, None]
            numbers[:, :, 0] = alpha / (1 - settings["beta1"] ** steps)
            numbers[:, :, 1] = 1 / np.sqrt(1 - settings["beta2"] ** steps)
        if name == "adamw":
            numbers[:, :, 2] = alpha * settings["weight_decay"]
        if name == "nadam":
            decay = settings["momentum_decay"]
            shares = np.array(
                [
                    nadam_shares(t + 1 + i, beta1=settings["beta1"], momentum_decay=decay)
                    for i in range(len(alpha))
                ]
            )
            numbers[:, :, 0], numbers[:, :, 2] = alpha * shares[:, 1:], alpha * shares[:, :1]
    return numbers


def gradient(
    architecture: Architecture,
    theta: Array,
    X: Array,
    y: Array,
    sample_weight: Array | None = None,
    buffers: Array | None = None,
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
    buffers : (B,), optional
        Not looked at: no layer that this engine trains has any.

    Returns
    -------
    losses : (n,)
    gradient : (P,)
    """
    from pellucid.formulas.optimizers import OPTIMIZERS

    check_theta(architecture, theta)
    layers = tuple(replace(layer, dropout=0.0) for layer in architecture.layers)
    architecture = replace(architecture, layers=layers, input_dropout=0.0)
    work = Work(architecture, X, y, OPTIMIZERS["sgd"], batch_size=len(X), sample_weight=sample_weight)
    packing = Packing.of(architecture, len(X), training=True)
    job, order, losses = _training_job(work, packing, theta), np.arange(len(X)), np.empty(len(X))
    slope, packed = np.empty_like(theta), aligned(packing.length, theta.dtype, offset=13)
    _point_to_weights(job, work, order, 1)
    job.point(
        {
            fields.GRADIENT: packed,
            fields.EVERY_LOSS: losses,
            fields.ORDER: order,
            fields.STEP_NUMBERS: step_numbers(work, packing.rates, 0, np.ones(1), theta.dtype),
            fields.SEEN: np.empty(3),
        }
    )
    job.set({fields.EXAMPLES: len(X), fields.STEPS: 1, fields.OPTIMIZER: fields.NO_UPDATE})
    operations = 6.0 * len(X) * architecture.n_weights
    job.room_for(number := 1 if operations < 20 * TOO_SMALL else available(), packing)
    how = job.run(number, None, short=operations < LOOK * SLOW)
    if how != fields.DONE:  # a loss that is not finite ended it, before most of this was written
        return np.full(len(X), np.nan, theta.dtype), np.full_like(theta, np.nan)
    packing.unpack(packed, slope)
    return losses.astype(theta.dtype), slope


def _training_job(work: Work, packing: Packing, theta: Array) -> Job:
    """A job with all that stays the same from call to call."""
    job = Job.new(work.architecture, packing, theta.dtype)
    if work.architecture.embeddings:
        _point_to_codes(job, work, packing)
    else:
        job.examples(work.X)
    classes = work.architecture.loss_function.targets == "classes"
    targets = np.array(
        work.y, np.int64 if classes else theta.dtype, order="C"
    )  # checked, and now nobody else's
    job.point(
        {
            fields.THETA: packing.new_theta(theta),
            fields.TARGETS: targets,
            fields.ROW_LOSSES: aligned(3 * packing.slice_rows, np.float64),
        }
    )
    if work.augmentation is not None:
        point_to_pictures(job, work.architecture.input.shape, work.augmentation)
    numbers = job.alive[fields.NUMBERS]
    numbers[fields.L1], numbers[fields.L2] = (work.penalties.get(name, 0) for name in ("l1", "l2"))
    numbers[fields.SMOOTHING], numbers[fields.RENEWED] = work.label_smoothing, 1 - work.averaging
    numbers[fields.MOST_GRADIENT], numbers[fields.MOST_WEIGHTS] = work.clip_norm or 0, work.max_norm or 0
    for i, name in enumerate(SETTINGS_IN_ORDER[work.optimizer.name]):
        numbers[SETTINGS + i] = work.settings.get(name, 0)
    job.set(
        {
            fields.WHAT: fields.TRAIN,
            fields.BATCH: work.batch_size,
            fields.OPTIMIZER: OPTIMIZER_CODES[work.optimizer.name],
            fields.SEED_LOW: work.seed & 0xFFFFFFFF,
            fields.SEED_HIGH: work.seed >> 32,
            fields.CHANGED: work.architecture.has_front or work.architecture.input_dropout > 0,
            fields.GAINS: work.architecture.feature_gains,
            fields.LEARNT: work.architecture.has_front,
            fields.CLIPPED: work.clip_norm is not None,
            fields.BOUNDED: work.max_norm is not None,
            fields.LENGTH: packing.length,
            fields.STEP_LENGTH: fields.RATE_NUMBERS * len(packing.rates),
        }
    )
    return job


def _needs_whole_gradient(work: Work, packing: Packing) -> bool:
    """Whether the gradient has to be made whole before the update."""
    sliced = work.batch_size > packing.slice_rows
    return sliced or work.clip_norm is not None or bool(work.architecture.embeddings)


def _point_to_codes(job: Job, work: Work, packing: Packing) -> None:
    """Point to the examples without the columns of codes, and to the codes."""
    architecture = work.architecture
    codes = [codes_of(work.X[:, e.column], e.levels) for e in architecture.embeddings]
    job.examples(np.delete(work.X, [e.column for e in architecture.embeddings], axis=1))
    job.point({fields.CODES: np.stack(codes, axis=1), fields.EMBEDDING_TABLE: packing.embeddings})
    job.set(
        {
            fields.STORED_COLUMNS: architecture.input.size - len(codes),
            fields.EMBEDDINGS: len(codes),
        }
    )


def _job(space: Workspace) -> Job:
    assert space.job is not None, "put() comes first"
    return space.job


def _point_to_weights(job: Job, work: Work, order: Array, steps: int) -> Array:
    """Point to the weights of these rows; return their sum for each step, or the number of rows."""
    if work.sample_weight is None:
        sums = np.full(steps, float(work.batch_size))
        sums[-1] = len(order) - (steps - 1) * work.batch_size
        return sums
    weights = np.ascontiguousarray(work.sample_weight[order], np.float64)
    sums = np.add.reduceat(weights, np.arange(0, len(order), work.batch_size))
    job.point({fields.SAMPLE_WEIGHTS: weights, fields.WEIGHT_SUMS: sums})
    return sums


def _what_failed(space: Workspace, how: int, rows: Array) -> tuple[str, str]:
    """Layer and quantity that stopped being finite first."""
    job, architecture = _job(space), space.work.architecture
    if how == fields.PARAMETERS_NOT_FINITE:
        failed = job.alive[fields.FLAGS].reshape(-1, fields.FLAG_APART)
        layers = failed[failed[:, fields.UPDATE_FAILED] > 0, fields.FAILED_LAYER]
        where = f"layer {layers.max() + 1}" if layers.max() >= 0 else "the features"
        return where, "parameters after the update"
    theta = np.empty(architecture.n_parameters, job.dtype)
    space.packing.unpack(job.alive[fields.THETA], theta)
    X, shape, changes = space.work.X[rows], architecture.input.shape, space.work.augmentation
    with np.errstate(all="ignore"):
        if changes is not None:
            epoch = int(job.table[fields.EPOCH])
            X = augmented_examples(
                X, shape, changes, seed=space.work.seed, epoch=epoch, rows=rows, dtype=job.dtype
            )
        if not is_plain(architecture):
            architecture, theta, X = plain(architecture, theta, X)
        h = architecture.input.features(X, job.dtype)
        views = architecture.layout.layers(theta)
        for number, (layer, (W, b)) in enumerate(zip(architecture.layers, views, strict=True), start=1):
            z = weighted_sum(h, W, b)
            if not np.isfinite(z).all():
                return f"layer {number}", "pre-activation"
            h = layer.activation_function.value(z)
    return f"layer {architecture.n_layers}", "loss on the scores"
