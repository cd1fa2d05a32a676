"""What happens before the first layer: embeddings, gains and dropout of the features, and what is learnt there."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    BIAS_RATE,
    BLOCK,
    CLIPPED,
    CODES,
    COLUMN,
    DROPOUT,
    DZ,
    EMBEDDING_FIELDS,
    EMBEDDING_TABLE,
    EMBEDDINGS,
    FEATURES,
    FEATURES_ROW,
    FRONT,
    GAINS,
    GRADIENT,
    H_ODD,
    HEIGHT,
    LEVELS,
    MASK,
    ORDER,
    PANEL,
    PLACE,
    ROW,
    SIZE,
    SLICE,
    THETA,
    WEIGHT_RATE,
    WEIGHTS,
    H,
    N,
)
from pellucid.network.engines.compiled.kernels.elementwise import times_mask
from pellucid.network.engines.compiled.kernels.passes import share
from pellucid.network.engines.compiled.kernels.simd import fma, integers_at, lanes_of, load, numbers_at, store
from pellucid.network.engines.compiled.kernels.updates import move
from pellucid.network.engines.compiled.language.kernel import kernel


@kernel
def enter(job: Any, space: Any, odd: Any, at: Any, rows: Any, first: Any, last: Any) -> None:
    """What the first layer sees of a slice's rows first … last − 1, from features as they were taken."""
    front, theta = integers_at(job[FRONT]), numbers_at(job[THETA], space)
    row, left, right = front[ROW], 0, front[N]
    x = space + (job[FEATURES] + odd * job[SLICE] * job[FEATURES_ROW])
    h = space + (front[H_ODD] if odd else front[H])
    if job[EMBEDDINGS] > 0:
        look_up(job, theta, x, row, at, rows, first, last)
    if job[GAINS] != 0:
        gains = theta + front[WEIGHTS]
        for i in range(first, last):
            for j in range(left, right, lanes_of(h)):
                store(h + (i * row + j), load(x + (i * row + j)) * load(gains + j))
    if front[DROPOUT] > 0:
        times_mask(h, space + (front[MASK] + odd * job[SLICE] * row), row, first, last, left, right)


@kernel
def look_up(job: Any, theta: Any, x: Any, row: Any, at: Any, rows: Any, first: Any, last: Any) -> None:
    """The numbers that stand for codes, into the features of a slice's rows first … last − 1."""
    order, codes, count = integers_at(job[ORDER]) + at, integers_at(job[CODES]), job[EMBEDDINGS]
    for number in range(count):
        embedding = integers_at(job[EMBEDDING_TABLE]) + number * EMBEDDING_FIELDS
        size, table = embedding[SIZE], theta + embedding[PLACE]
        for i in range(first, last):
            x_i = x + (i * row + embedding[COLUMN])
            if i < rows:
                learnt = table + codes[order[i] * count + number] * size
                for j in range(size):
                    x_i[j] = learnt[j]
            else:
                for j in range(size):
                    x_i[j] = 0.0


@kernel
def move_embeddings(
    job: Any, space: Any, at: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any, thread: Any, threads: Any
) -> Any:  # fmt: skip
    """A thread's part of the embeddings' gradients and updates; whether all stay finite.

    They read the gains, which may move only when all threads are done with this.
    """
    fine = True
    for number in range(thread, job[EMBEDDINGS], threads):
        fine = move_embedding(job, space, number, at, rows, scratch, step, begun, ends) and fine
    return fine


@kernel
def move_all_gains(
    job: Any, space: Any, odd: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any, thread: Any, threads: Any
) -> Any:  # fmt: skip
    """A thread's part of the gains' gradients and updates; whether all stay finite.

    `rows` are those of the slice, padded to whole eights.
    """
    fine = True
    if job[GAINS] != 0:
        first, last = share(thread, threads, integers_at(job[FRONT])[N] // BLOCK)
        for left in range(first * BLOCK, last * BLOCK, HEIGHT):
            count = min(HEIGHT, last * BLOCK - left)
            fine = move_gains(job, space, odd, rows, scratch, step, begun, ends, left, count) and fine
    return fine


@kernel
def move_gains(
    job: Any, space: Any, odd: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any, left: Any, count: Any
) -> Any:  # fmt: skip
    """ds = Σ dh x over the rows of a slice, and the step along it, for `count` features; whether all stay finite."""
    front = integers_at(job[FRONT])
    row, place, width = front[ROW], front[WEIGHTS] + left, lanes_of(space)
    x = space + (job[FEATURES] + odd * job[SLICE] * job[FEATURES_ROW] + left)
    dh = space + (front[DZ] + left)
    gradient = scratch + 2 * PANEL
    if job[GRADIENT] != 0:
        gradient = numbers_at(job[GRADIENT], space) + place
    for j in range(0, count, width):
        a, b = load(x + j) * load(dh + j), load(x + (row + j)) * load(dh + (row + j))
        c = load(x + (2 * row + j)) * load(dh + (2 * row + j))
        d = load(x + (3 * row + j)) * load(dh + (3 * row + j))
        for i in range(4, rows, 4):
            x_i, dh_i = x + (i * row + j), dh + (i * row + j)
            a, b = fma(load(x_i), load(dh_i), a), fma(load(x_i + row), load(dh_i + row), b)
            c = fma(load(x_i + 2 * row), load(dh_i + 2 * row), c)
            d = fma(load(x_i + 3 * row), load(dh_i + 3 * row), d)
        total = (a + b) + (c + d)
        if begun:
            total = load(gradient + j) + total
        store(gradient + j, total)
    if not ends or job[CLIPPED] != 0:
        return True
    return move(job, space, place, gradient, count, step + front[WEIGHT_RATE], scratch)


@kernel
def move_embedding(
    job: Any, space: Any, number: Any, at: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any
) -> Any:  # fmt: skip
    """dE: for each level Σ dh of its examples, in their order, and the step along it; whether all stay finite."""
    front, theta = integers_at(job[FRONT]), numbers_at(job[THETA], space)
    embedding = integers_at(job[EMBEDDING_TABLE]) + number * EMBEDDING_FIELDS
    order, codes = integers_at(job[ORDER]) + at, integers_at(job[CODES])
    size, left, place = embedding[SIZE], embedding[COLUMN], embedding[PLACE]
    whole = (embedding[LEVELS] * size + BLOCK - 1) // BLOCK * BLOCK
    gradient = numbers_at(job[GRADIENT], space) + place
    if not begun:
        for j in range(whole):
            gradient[j] = 0.0
    gains = theta + (front[WEIGHTS] + left)
    for i in range(rows):
        slope = gradient + codes[order[i] * job[EMBEDDINGS] + number] * size
        dh = space + (front[DZ] + i * front[ROW] + left)
        for j in range(size):
            slope[j] = slope[j] + (dh[j] * gains[j] if job[GAINS] != 0 else dh[j])
    if not ends or job[CLIPPED] != 0:
        return True
    return move(job, space, place, gradient, whole, step + front[BIAS_RATE], scratch)
