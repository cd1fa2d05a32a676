"""The first two passes of a step over a slice of the batch, forward and backward; each thread does its part.

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
    H_ODD,
    K_SUM,
    KEEP,
    MASK,
    NUMBERS,
    PANEL,
    ROW,
    SLICE,
    THETA,
    WEIGHTS,
    H,
    K,
    N,
    Z,
)
from pellucid.network.engines.compiled.kernels.elementwise import activate, copied, times_mask, times_slope
from pellucid.network.engines.compiled.kernels.lanes import transpose_tile
from pellucid.network.engines.compiled.kernels.matmul import multiply
from pellucid.network.engines.compiled.kernels.simd import lanes_of, numbers_at
from pellucid.network.engines.compiled.language.kernel import kernel

TOGETHER = 128  # rows of a batch that stay in the second-level cache while W passes by
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
    if training and layer[Z] != 0:
        copied(out, space + layer[Z], row, first, last, left, right)
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
    times_slope(dh, h, space + before[Z], h_row, first, last, left, right, before[ACTIVATION], kept)
    if dropped:
        times_mask(dh, space + (before[MASK] + odd * job[SLICE] * h_row), h_row, first, last, left, right)
