"""The third pass of a step: gradients of parameters, and the step along them; each thread does its part.

A gradient is made block by block and used at once, while it is in the first-level cache. Only where somebody wants
it whole (its length is bounded, a batch is taken in slices) it is written into a flat vector of theta's form.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    AVERAGE,
    BIAS_RATE,
    BIASES,
    BLOCK,
    BOUNDED,
    CLIPPED,
    DZ,
    FIRST_MEMORY,
    GRADIENT,
    HEIGHT,
    L1,
    L2,
    N_IN,
    NO_UPDATE,
    NUMBERS,
    OPTIMIZER,
    PANEL,
    RENEWED,
    ROW,
    SECOND_MEMORY,
    THETA,
    WEIGHT_RATE,
    WEIGHTS,
    K,
    N,
)
from pellucid.network.engines.compiled.kernels.matmul import multiply_transposed
from pellucid.network.engines.compiled.kernels.optimizers import average, penalize, update
from pellucid.network.engines.compiled.kernels.passes import TOGETHER
from pellucid.network.engines.compiled.kernels.simd import lanes_of, load, numbers_at, store
from pellucid.network.engines.compiled.language.kernel import kernel

SHORT = 64  # rows of a batch that need no copies


@kernel
def move(job: Any, space: Any, place: Any, gradient: Any, count: Any, step: Any, check: Any) -> Any:
    """Update `count` parameters from `place` on; whether they are finite. `step` has the numbers of their rate."""
    if job[OPTIMIZER] == NO_UPDATE:
        return True
    numbers = numbers_at(job[NUMBERS], space)
    theta = numbers_at(job[THETA], space) + place
    m = numbers_at(job[FIRST_MEMORY], space) + place
    v = numbers_at(job[SECOND_MEMORY], space) + place
    fine = update(theta, m, v, gradient, count, job[OPTIMIZER], step, numbers, check)
    if job[AVERAGE] != 0 and job[BOUNDED] == 0:  # else the bound comes first
        average(numbers_at(job[AVERAGE], space) + place, theta, count, numbers[RENEWED])
    return fine


@kernel
def update_weights(
    job: Any, space: Any, layer: Any, h: Any, h_row: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any,
    first_panel: Any, last_panel: Any, top: Any, bottom: Any,
) -> Any:  # fmt: skip
    """dW = hᵀ dz and the step along it, for the rows top … bottom − 1 of W in some panels; whether all stay finite.

    The gradient is made block by block, in scratch or in the flat gradient where one is kept. `begun` says that
    earlier slices of this batch are in the flat gradient already; only where the batch `ends` with this slice are the
    parameters moved.

    A short batch is used as it lies. Of a long one every row of h and dz would be in another page of memory: their
    columns are copied side by side first, dz's for the whole pass and h's for each block.
    """
    dz, row, fine = space + layer[DZ], layer[ROW], True
    long = rows > SHORT
    height = HEIGHT
    if long:
        height = PANEL if rows <= TOGETHER else 2 * PANEL
    packed_dz = scratch + 2 * PANEL
    packed_h = packed_dz + (last_panel - first_panel) * PANEL * rows
    spare = packed_h + 2 * PANEL * rows
    if long:
        for panel in range(first_panel, last_panel):
            columns = min(PANEL, layer[N] - panel * PANEL)
            place = packed_dz + (panel - first_panel) * PANEL * rows
            side_by_side(dz + panel * PANEL, row, place, rows, columns)
        for block in range(top, bottom, height):
            count = min(height, bottom - block)
            side_by_side(h + block, h_row, packed_h, rows, (count + BLOCK - 1) // BLOCK * BLOCK)
            packed_row = (count + BLOCK - 1) // BLOCK * BLOCK
            for panel in range(first_panel, last_panel):
                columns = min(PANEL, layer[N] - panel * PANEL)
                place = packed_dz + (panel - first_panel) * PANEL * rows
                fine = update_block(job, space, layer, packed_h, packed_row, place, columns, rows, scratch, spare, step,
                                    begun, ends, panel, block, count) and fine  # fmt: skip
    else:
        for panel in range(first_panel, last_panel):
            for block in range(top, bottom, height):
                count = min(height, bottom - block)
                fine = update_block(job, space, layer, h + block, h_row, dz + panel * PANEL, row, rows, scratch, spare,
                                    step, begun, ends, panel, block, count) and fine  # fmt: skip
    return fine


@kernel
def side_by_side(source: Any, source_row: Any, target: Any, rows: Any, columns: Any) -> None:
    """Copy some columns so that their rows follow one another."""
    width = lanes_of(source)
    for i in range(rows):
        for j in range(0, columns, width):
            store(target + (i * columns + j), load(source + (i * source_row + j)))


@kernel
def update_block(
    job: Any, space: Any, layer: Any, a: Any, a_row: Any, b: Any, b_row: Any, rows: Any, scratch: Any, spare: Any,
    step: Any, begun: Any, ends: Any, panel: Any, top: Any, count: Any,
) -> Any:  # fmt: skip
    """The gradient Aᵀ B of `count` rows of W in one panel, and the step along it; whether they stay finite."""
    left = panel * PANEL
    columns = min(PANEL, layer[N] - left)
    place = layer[WEIGHTS] + left * layer[K] + top * columns
    gradient = spare
    if job[GRADIENT] != 0:
        gradient = numbers_at(job[GRADIENT], space) + place
    start, start_row = scratch + PANEL, 0  # zeros
    if begun:
        start, start_row = gradient, columns
    multiply_transposed(a, a_row, b, b_row, start, start_row, gradient, columns, count, rows, columns)
    if not ends:
        return True
    real = min(count, layer[N_IN] - top)  # rows of padding stay 0, whatever the padded neurons say
    numbers = numbers_at(job[NUMBERS], space)
    if numbers[L1] != 0.0 or numbers[L2] != 0.0:
        penalize(numbers_at(job[THETA], space) + place, gradient, real * columns, numbers)
    if job[CLIPPED] != 0:
        return True
    return move(job, space, place, gradient, real * columns, step + layer[WEIGHT_RATE], scratch)


@kernel
def update_biases(
    job: Any, space: Any, layer: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any, left: Any, right: Any
) -> Any:  # fmt: skip
    """db = Σ dz over the rows of the slice, and the step along it, for some columns; whether they stay finite.

    Four sums run side by side, of every fourth row each, because one addition has to wait for the one before it.
    """
    width, row, dz = lanes_of(space), layer[ROW], space + layer[DZ]
    check, gradient = scratch, scratch + 2 * PANEL
    if job[GRADIENT] != 0:
        gradient = numbers_at(job[GRADIENT], space) + (layer[BIASES] + left)
    for j in range(left, right, width):
        a, b = load(dz + j), load(dz + (row + j))
        c, d = load(dz + (2 * row + j)), load(dz + (3 * row + j))
        for i in range(4, rows, 4):
            a, b = a + load(dz + (i * row + j)), b + load(dz + ((i + 1) * row + j))
            c, d = c + load(dz + ((i + 2) * row + j)), d + load(dz + ((i + 3) * row + j))
        total = (a + b) + (c + d)
        if begun:
            total = load(gradient + (j - left)) + total
        store(gradient + (j - left), total)
    if not ends or right <= left or job[CLIPPED] != 0:
        return True
    return move(job, space, layer[BIASES] + left, gradient, right - left, step + layer[BIAS_RATE], check)
