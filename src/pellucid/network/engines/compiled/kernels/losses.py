"""The losses, row by row: the formulas of `formulas/losses.py`, by code.

For the rows of a slice that a thread has, each fills in

- dz, the slope of the (weighted) mean loss with respect to the scores, and
- three float64 numbers of each row: its loss, something on the way, and whether the answer is right.

Padded columns of z hold −10³⁰ (0 for the squared error), by their bias, so that they count for nothing.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    BINARY_CROSS_ENTROPY,
    BLOCK,
    CROSS_ENTROPY,
    SQUARED_ERROR,
)
from pellucid.network.engines.compiled.kernels.functions import exponential, logarithm
from pellucid.network.engines.compiled.kernels.lanes import largest_of_block, sum_of_block
from pellucid.network.engines.compiled.kernels.simd import (
    absolute,
    as_number,
    lanes_of,
    largest,
    load,
    store,
    where_less,
)
from pellucid.network.engines.compiled.language.kernel import kernel


@kernel
def cross_entropy(z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any) -> None:
    """One example: e^{z − max} and their sum; the loss waits for the logarithm of the sum, taken for many at once."""
    width = lanes_of(z)
    top = largest_of_block(z)
    for j in range(BLOCK, columns, BLOCK):
        top = max(top, largest_of_block(z + j))
    for j in range(0, columns, width):
        store(dz + j, exponential(load(z + j) - top))
    total = sum_of_block(dz)
    for j in range(BLOCK, columns, BLOCK):
        total += sum_of_block(dz + j)
    factor = share / total
    for j in range(0, columns, width):
        store(dz + j, load(dz + j) * factor)
    dz[y] = dz[y] - share
    row[0] = float(z[y] - top)
    row[rows] = float(total)
    row[2 * rows] = 1.0 if leads(z, y, top) else 0.0


@kernel
def leads(z: Any, y: Any, top: Any) -> Any:
    """Whether the score of class y is the largest, and the first of equals."""
    if z[y] != top:
        return False
    for j in range(y):
        if z[j] == top:
            return False
    return True


@kernel
def hinge(z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any) -> None:
    """One example: Σ max(0, 1 + z_j − z_y)."""
    loss, close, top = 0.0, 0, z[0]
    for j in range(columns):
        margin = 1.0 + z[j] - z[y]
        top = max(top, z[j])
        dz[j] = 0.0
        if j != y and not margin <= 0.0:
            loss += float(margin)
            close += 1
            dz[j] = share
    dz[y] = -share * as_number(z, close)
    row[0], row[2 * rows] = loss, (1.0 if leads(z, y, top) else 0.0)


@kernel
def squared_error(z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any) -> None:
    """One example: Σ (z − y)²."""
    for j in range(n):
        dz[j] = y[j]
    for j in range(n, columns):
        dz[j] = 0.0
    width, loss = lanes_of(z), 0.0
    for left in range(0, columns, BLOCK):
        for j in range(left, left + BLOCK, width):
            error = load(z + j) - load(dz + j)
            store(dz + j, error * error)
        loss += float(sum_of_block(dz + left))
    for j in range(n):
        dz[j] = 2.0 * share * (z[j] - y[j])
    for j in range(n, columns):
        dz[j] = 0.0
    row[0], row[2 * rows] = loss, 0.0


@kernel
def binary_cross_entropy(
    z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any
) -> None:  # fmt: skip
    """One example: Σ max(z, 0) − z y + log(1 + e^{−|z|})."""
    for j in range(n):
        dz[j] = y[j]
    for j in range(n, columns):
        dz[j] = 0.0
    width, loss = lanes_of(z), 0.0
    for left in range(0, columns, BLOCK):
        for j in range(left, left + BLOCK, width):
            s = load(z + j)
            e = exponential(0.0 - absolute(s))
            store(dz + j, largest(s, 0.0) - s * load(dz + j) + logarithm(1.0 + e))
        loss += float(sum_of_block(dz + left))
    for j in range(0, columns, width):
        s = load(z + j)
        e = exponential(0.0 - absolute(s))
        store(dz + j, where_less(s, 0.0, e, 1.0) / (1.0 + e))
    for j in range(n):
        dz[j] = share * (dz[j] - y[j])
    row[0], row[2 * rows] = loss, (1.0 if _right(z, y, n) else 0.0)


@kernel
def _right(z: Any, y: Any, n: Any) -> Any:
    """Whether the likeliest of the yes-or-no answers is the true one; of a single answer, whether it is."""
    if n == 1:
        return (z[0] > 0.0) == (y[0] > 0.5)
    guessed, truth = 0, 0
    for j in range(1, n):
        guessed = j if z[j] > z[guessed] else guessed
        truth = j if y[j] > y[truth] else truth
    return guessed == truth


@kernel
def judge(
    z: Any, dz: Any, stride: Any, n: Any, columns: Any, loss: Any, classes: Any, numbers: Any, order: Any,
    weights: Any, weighted: Any, total: Any, results: Any, rows: Any, first: Any, last: Any,
) -> Any:  # fmt: skip
    """Loss and dz of the rows first … last − 1 of a slice; whether all these losses are finite.

    `results` has three times `rows` numbers: losses, what they need on the way, and 1 where the answer is right.
    An example's share in the mean is 1 / total, or its weight / total; `total` is n, or the sum of the weights.
    """
    for i in range(first, last):
        mine = as_number(z, (weights[i] if weighted else 1.0) / total)
        example = order[i]
        z_i, dz_i, row = z + i * stride, dz + i * stride, results + i
        if loss == CROSS_ENTROPY:
            cross_entropy(z_i, dz_i, n, columns, classes[example], mine, row, rows)
        elif loss == BINARY_CROSS_ENTROPY:
            binary_cross_entropy(z_i, dz_i, n, columns, numbers + example * n, mine, row, rows)
        elif loss == SQUARED_ERROR:
            squared_error(z_i, dz_i, n, columns, numbers + example * n, mine, row, rows)
        else:
            hinge(z_i, dz_i, n, columns, classes[example], mine, row, rows)
    if loss == CROSS_ENTROPY:
        for i in range(first, last, lanes_of(results)):
            store(results + i, logarithm(load(results + (rows + i))) - load(results + i))
    everything = 0.0
    for i in range(first, last):
        everything += results[i]
    return everything - everything == 0.0  # not for NaN and infinity
