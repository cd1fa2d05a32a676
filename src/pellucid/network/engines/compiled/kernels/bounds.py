"""Bounds on what training moves, as in `formulas/bounds.py`: the gradient's length, the lengths of W's columns.

A length is the root of a sum in double precision. Its order is always the same: pieces of the gradient in theta's
order, each summed by one thread in 16 sums side by side, and the pieces one after another.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    AVERAGE,
    BIAS_RATE,
    BIASES,
    BLOCK,
    EMBEDDING_FIELDS,
    EMBEDDING_TABLE,
    EMBEDDINGS,
    FRONT,
    FROZEN,
    GAINS,
    GRADIENT,
    HEIGHT,
    LAYER_FIELDS,
    LAYERS,
    LENGTH,
    LEVELS,
    MOST_GRADIENT,
    MOST_WEIGHTS,
    N_IN,
    NUMBERS,
    PANEL,
    PLACE,
    RENEWED,
    SIZE,
    SUMS,
    TABLE,
    THETA,
    WEIGHT_RATE,
    WEIGHTS,
    K,
    N,
)
from pellucid.network.engines.compiled.kernels.lanes import sum_of_block
from pellucid.network.engines.compiled.kernels.optimizers import average
from pellucid.network.engines.compiled.kernels.passes import share
from pellucid.network.engines.compiled.kernels.simd import (
    as_number,
    filled,
    float64_at,
    fma,
    integers_at,
    lanes_of,
    load,
    load_as,
    numbers_at,
    square_root,
    store,
    where_less,
)
from pellucid.network.engines.compiled.kernels.updates import move
from pellucid.network.engines.compiled.language.kernel import kernel

# ── the gradient's length ────────────────────────────────────────────────────────────────────────────────────


@kernel
def square_sum(numbers: Any, count: Any, room: Any) -> Any:
    """Σ x² of a whole number of blocks, in double precision; `room` has a block of float64 numbers."""
    width = lanes_of(room)
    for j in range(0, BLOCK, width):
        total = filled(room, 0.0)
        for k in range(j, count, BLOCK):
            x = load_as(numbers + k, room)
            total = fma(x, x, total)
        store(room + j, total)
    return sum_of_block(room)


@kernel
def sum_squares(job: Any, space: Any, thread: Any, threads: Any) -> Any:
    """A thread's share of Σ g², piece by piece, into the table of sums; return how many pieces there are."""
    gradient, table, front = (
        numbers_at(job[GRADIENT], space),
        integers_at(job[TABLE]),
        integers_at(job[FRONT]),
    )
    room = float64_at(job[SUMS]) + BLOCK * thread
    sums, piece = float64_at(job[SUMS]) + BLOCK * threads, 0
    if job[GAINS] != 0:
        if piece % threads == thread:
            sums[piece] = square_sum(gradient + front[WEIGHTS], front[N], room)
        piece += 1
    for number in range(job[EMBEDDINGS]):
        embedding = integers_at(job[EMBEDDING_TABLE]) + number * EMBEDDING_FIELDS
        if piece % threads == thread:
            sums[piece] = square_sum(gradient + embedding[PLACE], embedding[LEVELS] * embedding[SIZE], room)
        piece += 1
    for number in range(job[LAYERS]):
        layer = table + number * LAYER_FIELDS
        for left in range(0, layer[N], PANEL):
            if piece % threads == thread:
                place = layer[WEIGHTS] + left * layer[K]
                sums[piece] = square_sum(gradient + place, layer[N_IN] * min(PANEL, layer[N] - left), room)
            piece += 1
        if piece % threads == thread:
            sums[piece] = square_sum(gradient + layer[BIASES], layer[N], room)
        piece += 1
    return piece


@kernel
def shortening(job: Any, space: Any, pieces: Any, thread: Any, threads: Any) -> Any:
    """The factor that makes the gradient as short as it has to be; 1 where it is."""
    room, sums = float64_at(job[SUMS]) + BLOCK * thread, float64_at(job[SUMS]) + BLOCK * threads
    numbers, total = numbers_at(job[NUMBERS], space), 0.0
    for piece in range(pieces):
        total += sums[piece]
    store(room, square_root(filled(room, total)))
    most = float(numbers[MOST_GRADIENT])
    factor = 1.0
    if room[0] > most:
        factor = most / room[0]
    return as_number(space, factor)


@kernel
def move_along(
    job: Any, space: Any, place: Any, count: Any, factor: Any, step: Any, check: Any
) -> Any:  # fmt: skip
    """Shorten the gradient of `count` parameters, and step along it; whether they stay finite."""
    gradient, fine = numbers_at(job[GRADIENT], space) + place, True
    for first in range(0, count, PANEL * HEIGHT):
        some, g = min(PANEL * HEIGHT, count - first), gradient + first
        if factor != 1.0:
            for j in range(0, some, lanes_of(g)):
                store(g + j, load(g + j) * factor)
        fine = move(job, space, place + first, g, some, step, check) and fine
    return fine


@kernel
def move_shortened(
    job: Any, space: Any, layer: Any, factor: Any, scratch: Any, step: Any, first: Any, last: Any, top: Any,
    bottom: Any, left: Any, right: Any,
) -> Any:  # fmt: skip
    """The step of the rows top … bottom − 1 of some panels of W, and of some biases; whether they stay finite."""
    fine, rows = True, min(bottom, layer[N_IN]) - top
    for panel in range(first, last):
        columns = min(PANEL, layer[N] - panel * PANEL)
        place = layer[WEIGHTS] + panel * PANEL * layer[K] + top * columns
        fine = (
            move_along(job, space, place, rows * columns, factor, step + layer[WEIGHT_RATE], scratch) and fine
        )
    place = layer[BIASES] + left
    return move_along(job, space, place, right - left, factor, step + layer[BIAS_RATE], scratch) and fine


@kernel
def move_front_shortened(
    job: Any, space: Any, factor: Any, scratch: Any, step: Any, thread: Any, threads: Any
) -> Any:
    """A thread's part of the step of gains and embeddings; whether they stay finite."""
    front, fine = integers_at(job[FRONT]), True
    for number in range(thread, job[EMBEDDINGS], threads):
        embedding = integers_at(job[EMBEDDING_TABLE]) + number * EMBEDDING_FIELDS
        whole = (embedding[LEVELS] * embedding[SIZE] + BLOCK - 1) // BLOCK * BLOCK
        fine = (
            move_along(job, space, embedding[PLACE], whole, factor, step + front[BIAS_RATE], scratch) and fine
        )
    if job[GAINS] != 0 and thread == 0:
        fine = (
            move_along(job, space, front[WEIGHTS], front[N], factor, step + front[WEIGHT_RATE], scratch)
            and fine
        )
    return fine


# ── the lengths of W's columns ───────────────────────────────────────────────────────────────────────────────


@kernel
def bound_columns(theta: Any, layer: Any, left: Any, most: Any, room: Any) -> None:
    """Shorten those columns of a block of W that are longer than `most`; `room` has a block of float64 numbers."""
    panel = left // PANEL * PANEL
    columns = min(PANEL, layer[N] - panel)
    W = theta + (layer[WEIGHTS] + panel * layer[K] + (left - panel))
    width, too_long = lanes_of(room), False
    for j in range(0, BLOCK, width):
        a, b, c, d = filled(room, 0.0), filled(room, 0.0), filled(room, 0.0), filled(room, 0.0)
        for p in range(0, layer[K], 4):  # rows of padding are 0
            w = W + (p * columns + j)
            a0, b0 = load_as(w, room), load_as(w + columns, room)
            c0, d0 = load_as(w + 2 * columns, room), load_as(w + 3 * columns, room)
            a, b, c, d = fma(a0, a0, a), fma(b0, b0, b), fma(c0, c0, c), fma(d0, d0, d)
        length = square_root((a + b) + (c + d))
        store(room + j, where_less(most, length, most / length, 1.0))
    for j in range(BLOCK):
        too_long = too_long or room[j] < 1.0
    if too_long:
        for p in range(layer[N_IN]):
            for j in range(0, BLOCK, lanes_of(W)):
                place = W + (p * columns + j)
                store(place, load(place) * load_as(room + j, place))


@kernel
def bound_weights(job: Any, space: Any, thread: Any, threads: Any) -> None:
    """A thread's share of the columns of every layer that learns."""
    theta, numbers, table = (
        numbers_at(job[THETA], space),
        numbers_at(job[NUMBERS], space),
        integers_at(job[TABLE]),
    )
    room, most = float64_at(job[SUMS]) + BLOCK * thread, float(numbers[MOST_WEIGHTS])
    for number in range(job[LAYERS]):
        layer = table + number * LAYER_FIELDS
        first, last = share(thread, threads, layer[N] // BLOCK)
        if layer[FROZEN] == 0:
            for block in range(first, last):
                bound_columns(theta, layer, block * BLOCK, most, room)


@kernel
def average_all(job: Any, space: Any, thread: Any, threads: Any) -> None:
    """A thread's share of theta's moving average, where that has to wait for the bound."""
    first, last = share(thread, threads, job[LENGTH] // BLOCK)
    theta, numbers = numbers_at(job[THETA], space) + first * BLOCK, numbers_at(job[NUMBERS], space)
    average(numbers_at(job[AVERAGE], space) + first * BLOCK, theta, (last - first) * BLOCK, numbers[RENEWED])
