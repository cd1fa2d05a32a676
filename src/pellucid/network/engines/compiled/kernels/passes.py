"""The three passes of a step over a slice of the batch: forward, backward, update; each thread does its part.

W of a layer is stored as *panels* of 32 columns, one after another, so that the register tile walks through it from
front to back; a thread owns whole panels where a layer has enough of them, else some rows of the batch. No sum is
ever split between threads.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    ACTIVATION,
    BIASES,
    BLOCK,
    DROPOUT,
    DZ,
    FIRST_MEMORY,
    GRADIENT,
    H_ODD,
    HEIGHT,
    K_SUM,
    KEEP,
    L1,
    L2,
    MASK,
    N_IN,
    NO_UPDATE,
    NUMBERS,
    OPTIMIZER,
    PANEL,
    ROW,
    SECOND_MEMORY,
    SLICE,
    THETA,
    WEIGHTS,
    H,
    K,
    N,
)
from pellucid.network.engines.compiled.kernels.elementwise import activate, times_mask, times_slope
from pellucid.network.engines.compiled.kernels.lanes import transpose_tile
from pellucid.network.engines.compiled.kernels.matmul import multiply, multiply_transposed
from pellucid.network.engines.compiled.kernels.optimizers import penalize, update
from pellucid.network.engines.compiled.kernels.simd import lanes_of, load, numbers_at, store
from pellucid.network.engines.compiled.language.kernel import kernel

TOGETHER = 128  # rows of a batch that stay in the second-level cache while W passes by
SHORT = 64  # rows of a batch that need no copies
BIG = 32768  # numbers in W from which a layer's dh is shared out by columns


@kernel
def share(part: Any, parts: Any, count: Any) -> Any:
    """Which of `count` things are a thread's: from … to."""
    return count * part // parts, count * (part + 1) // parts


@kernel
def panels_of(columns: Any) -> Any:
    """How many panels these columns make."""
    return (columns + PANEL - 1) // PANEL


@kernel
def forward_layer(
    job: Any, space: Any, layer: Any, h: Any, h_row: Any, odd: Any, training: Any,
    first: Any, last: Any, first_panel: Any, last_panel: Any,
) -> None:  # fmt: skip
    """z = h W + b and h ← f(z), times dropout's mask, for some rows and panels of one layer."""
    theta = numbers_at(job[THETA], space)
    row, terms = layer[ROW], layer[K_SUM]
    out = space + (layer[H_ODD] if odd else layer[H])
    for top in range(first, last, TOGETHER):
        rows = min(TOGETHER, last - top)
        for panel in range(first_panel, last_panel):
            left = panel * PANEL
            multiply(h + top * h_row, h_row, theta + (layer[WEIGHTS] + left * layer[K]), min(PANEL, layer[N] - left),
                     theta + (layer[BIASES] + left), 0, out + (top * row + left), row, rows, terms,
                     min(PANEL, layer[N] - left))  # fmt: skip
    left, right = first_panel * PANEL, min(layer[N], last_panel * PANEL)
    activate(out, row, first, last, left, right, layer[ACTIVATION])
    if training and layer[DROPOUT] > 0:
        mask = space + (layer[MASK] + odd * job[SLICE] * row)
        times_mask(out, mask, row, first, last, left, right)


@kernel
def transpose_panel(weights: Any, height: Any, neurons: Any, column: Any, columns: Any, panel: Any) -> None:
    """Wᵀ for some rows of W, the neurons before, from all panels of W: a panel of Wᵀ."""
    width = lanes_of(panel)
    for n in range(0, neurons, BLOCK):
        apart = min(PANEL, neurons - n // PANEL * PANEL)
        source = weights + (n // PANEL * PANEL * height + n % PANEL)
        for k in range(0, columns, width):
            for m in range(0, BLOCK, width):
                transpose_tile(source + ((column + k) * apart + m), apart, panel + ((n + m) * columns + k),
                               columns)  # fmt: skip


@kernel
def backward_layer(
    job: Any, space: Any, layer: Any, before: Any, number: Any, scratch: Any, odd: Any,
    first: Any, last: Any, left: Any, right: Any,
) -> None:  # fmt: skip
    """dh = dz Wᵀ and dz ← dh f′(z) of the layer before, for some of its rows and columns.

    Wᵀ is made 32 columns at a time, by tiles in registers: little work beside the product.
    """
    theta, numbers = numbers_at(job[THETA], space), numbers_at(job[NUMBERS], space)
    neurons = layer[N]
    dz, row = space + layer[DZ], layer[ROW]
    dh, h_row = space + before[DZ], before[ROW]
    h = space + (before[H_ODD] if odd else before[H])
    zeros, panel = scratch + PANEL, scratch + 2 * PANEL  # a row of zeros, then the transposed panel
    for top in range(first, last, TOGETHER):
        rows = min(TOGETHER, last - top)
        for column in range(left, right, PANEL):
            columns = min(PANEL, right - column)
            transpose_panel(theta + layer[WEIGHTS], layer[K], neurons, column, columns, panel)
            multiply(dz + top * row, row, panel, columns, zeros, 0, dh + (top * h_row + column), h_row, rows, neurons,
                     columns)  # fmt: skip
    dropped = before[DROPOUT] > 0
    kept = numbers[KEEP + 2 * (number - 1) + 1]
    times_slope(dh, h, h_row, first, last, left, right, before[ACTIVATION], kept)
    if dropped:
        times_mask(dh, space + (before[MASK] + odd * job[SLICE] * h_row), h_row, first, last, left, right)


@kernel
def move(
    job: Any, space: Any, place: Any, gradient: Any, count: Any, step: Any, is_weight: Any, check: Any
) -> Any:
    """Update `count` parameters from `place` on; whether they are finite."""
    if job[OPTIMIZER] == NO_UPDATE:
        return True
    numbers = numbers_at(job[NUMBERS], space)
    theta = numbers_at(job[THETA], space) + place
    if is_weight and (numbers[L1] != 0.0 or numbers[L2] != 0.0):
        penalize(theta, gradient, count, numbers)
    m = numbers_at(job[FIRST_MEMORY], space) + place
    v = numbers_at(job[SECOND_MEMORY], space) + place
    return update(theta, m, v, gradient, count, job[OPTIMIZER], step, numbers, check)


@kernel
def update_weights(
    job: Any, space: Any, layer: Any, h: Any, h_row: Any, rows: Any, scratch: Any, step: Any, begun: Any, ends: Any,
    first_panel: Any, last_panel: Any, top: Any, bottom: Any,
) -> Any:  # fmt: skip
    """dW = hᵀ dz and the step along it, for the rows top … bottom − 1 of W in some panels; whether all stay finite.

    The gradient is made block by block, in scratch or in the flat gradient where one is kept, and is used at once,
    while it is in the first-level cache. `begun` says that earlier slices of this batch are in the flat gradient
    already; only where the batch `ends` with this slice are the parameters moved.

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
    return move(job, space, place, gradient, real * columns, step, True, scratch)


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
    if not ends or right <= left:
        return True
    return move(job, space, layer[BIASES] + left, gradient, right - left, step, False, check)
