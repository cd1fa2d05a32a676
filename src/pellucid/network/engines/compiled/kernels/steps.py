"""What follows a slice's slopes: gradients and updates of everything that learns, in an order that threads agree on."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    AVERAGE,
    BOUNDED,
    CLIPPED,
    EMBEDDINGS,
    FAILED_LAYER,
    FLAG_APART,
    FLAGS,
    FRONT,
    GAINS,
    H_ODD,
    LAYER_FIELDS,
    LAYERS,
    LEARNT,
    N_IN,
    PANEL,
    ROW,
    STEP_LENGTH,
    STEP_NUMBERS,
    TABLE,
    UPDATE_FAILED,
    H,
    N,
)
from pellucid.network.engines.compiled.kernels.bounds import (
    average_all,
    bound_weights,
    move_front_shortened,
    move_shortened,
    shortening,
    sum_squares,
)
from pellucid.network.engines.compiled.kernels.front import move_all_gains, move_embeddings
from pellucid.network.engines.compiled.kernels.passes import panels_of, share
from pellucid.network.engines.compiled.kernels.processor import barrier
from pellucid.network.engines.compiled.kernels.simd import integers_at, numbers_at
from pellucid.network.engines.compiled.kernels.updates import update_biases, update_weights
from pellucid.network.engines.compiled.language.kernel import kernel

ROUND = 8  # rows of a batch are shared out in eights, the tallest tile


@kernel
def part_of(layer: Any, thread: Any, threads: Any) -> Any:
    """A thread's part of a layer's parameters: panels of W, rows of W, biases, from … to each.

    Where there are enough panels, it gets those that it had in the forward pass: they are still in its cache.
    """
    panels = panels_of(layer[N])
    weight_rows = (layer[N_IN] + ROUND - 1) // ROUND * ROUND
    first, last, top, bottom = 0, panels, 0, weight_rows
    left, right = 0, (layer[N] if thread == threads - 1 else 0)
    if panels >= threads:
        first, last = share(thread, threads, panels)
        left, right = first * PANEL, min(layer[N], last * PANEL)
    else:
        top, bottom = share(thread, threads, weight_rows // ROUND)
        top, bottom = top * ROUND, bottom * ROUND
    return first, last, top, bottom, left, right


@kernel
def move_layer(
    job: Any, space: Any, number: Any, odd: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any,
    thread: Any, threads: Any,
) -> Any:  # fmt: skip
    """A thread's part of one layer's gradient and update; whether its parameters stay finite."""
    table = integers_at(job[TABLE])
    layer = table + number * LAYER_FIELDS
    before = integers_at(job[FRONT])
    if number > 0:
        before = table + (number - 1) * LAYER_FIELDS
    h, h_row = space + (before[H_ODD] if odd else before[H]), before[ROW]
    first, last, top, bottom, left, right = part_of(layer, thread, threads)
    fine = update_weights(job, space, layer, h, h_row, rows, scratch, step, begun, ends, first, last, top,
                          bottom)  # fmt: skip
    return update_biases(job, space, layer, rows, scratch, step, begun, ends, left, right) and fine


@kernel
def note_failure(mine: Any, number: Any, slices: Any, fine: Any) -> None:
    """Write down the first layer, of the order in which they are updated, whose parameters are not finite."""
    if not fine and mine[UPDATE_FAILED] == 0:
        mine[FAILED_LAYER], mine[UPDATE_FAILED] = number, slices


@kernel
def learn(
    job: Any, space: Any, odd: Any, at: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any, slices: Any,
    thread: Any, threads: Any, gate: Any,
) -> Any:  # fmt: skip
    """A thread's part of a slice's gradients and, where the batch `ends`, of the step; return the next barrier.

    Where the next thing that a thread touches may be another's, all wait for one another at the end.
    """
    table, flags = integers_at(job[TABLE]), integers_at(job[FLAGS])
    mine, numbers = (
        flags + thread * FLAG_APART,
        numbers_at(job[STEP_NUMBERS], space) + step * job[STEP_LENGTH],
    )
    all_rows = (rows + ROUND - 1) // ROUND * ROUND
    for number in range(job[LAYERS] - 1, -1, -1):
        fine = move_layer(job, space, number, odd, all_rows, scratch, numbers, begun, ends, thread, threads)
        note_failure(mine, number, slices, fine)
    if job[LEARNT] != 0:
        fine = move_embeddings(job, space, at, rows, scratch, numbers, begun, ends, thread, threads)
        note_failure(mine, -1, slices, fine)
        if job[EMBEDDINGS] != 0 and job[GAINS] != 0:
            gate = barrier(flags, thread, threads, gate)
        fine = move_all_gains(job, space, odd, all_rows, scratch, numbers, begun, ends, thread, threads)
        note_failure(mine, -1, slices, fine)
    if ends and job[CLIPPED] != 0:
        gate = learn_shortened(job, space, scratch, numbers, slices, thread, threads, gate)
    if ends and job[BOUNDED] != 0:
        gate = barrier(flags, thread, threads, gate)
        bound_weights(job, space, thread, threads)
        if job[AVERAGE] != 0:
            gate = barrier(flags, thread, threads, gate)
            average_all(job, space, thread, threads)
    if job[LAYERS] == 1 or panels_of(table[N]) < threads or job[LEARNT] != 0 or job[BOUNDED] != 0:
        gate = barrier(flags, thread, threads, gate)
    return gate


@kernel
def learn_shortened(
    job: Any, space: Any, scratch: Any, numbers: Any, slices: Any, thread: Any, threads: Any, gate: Any
) -> Any:  # fmt: skip
    """The step along the whole gradient, once it is no longer than it may be; return the next barrier's number."""
    table, flags = integers_at(job[TABLE]), integers_at(job[FLAGS])
    mine = flags + thread * FLAG_APART
    gate = barrier(flags, thread, threads, gate)
    pieces = sum_squares(job, space, thread, threads)
    gate = barrier(flags, thread, threads, gate)
    factor = shortening(job, space, pieces, thread, threads)
    for number in range(job[LAYERS] - 1, -1, -1):
        layer = table + number * LAYER_FIELDS
        first, last, top, bottom, left, right = part_of(layer, thread, threads)
        fine = move_shortened(job, space, layer, factor, scratch, numbers, first, last, top, bottom, left,
                              right)  # fmt: skip
        note_failure(mine, number, slices, fine)
    if job[LEARNT] != 0:
        fine = move_front_shortened(job, space, factor, scratch, numbers, thread, threads)
        note_failure(mine, -1, slices, fine)
    return gate
