"""The losses, row by row: the formulas of `formulas/losses.py`, by code.

For the rows of a slice that a thread has, each fills in

- dz, the slope of the (weighted) mean loss with respect to the scores, and
- three float64 numbers of each row: its loss, something on the way, and whether the answer is right.

Padded columns of z hold −10³⁰ (0 where errors z − y are judged), by their bias, so that they count for nothing.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    ABSOLUTE,
    BINARY_CROSS_ENTROPY,
    BLOCK,
    CROSS_ENTROPY,
    HINGE,
    HUBER,
    SQUARED_ERROR,
)
from pellucid.network.engines.compiled.kernels.functions import (
    exponential,
    exponential_minus_one,
    logarithm,
)
from pellucid.network.engines.compiled.kernels.lanes import largest_of_block, sum_of_block
from pellucid.network.engines.compiled.kernels.simd import (
    absolute,
    as_number,
    is_single,
    lanes_of,
    largest,
    load,
    store,
    where_less,
)
from pellucid.network.engines.compiled.language.kernel import kernel

SMALLEST_SINGLE, SMALLEST_DOUBLE = 2.0**-126, 2.0**-1022


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
def smoothed(z: Any, dz: Any, n: Any, y: Any, smoothing: Any, share: Any, row: Any) -> None:
    """Smoothing takes its share from the true class and gives it to all alike: the loss grows by ε (z_y − mean z)."""
    mean, part = 0.0, share * smoothing / as_number(z, n)
    for j in range(n):
        mean += float(z[j])
        dz[j] = dz[j] - part
    dz[y] = dz[y] + share * smoothing
    row[0] = row[0] - float(smoothing) * (float(z[y]) - mean / float(n))


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
def beside(dz: Any, n: Any, columns: Any, y: Any) -> None:
    """Put an example's numbers where its slopes will be, padded with zeros."""
    for j in range(n):
        dz[j] = y[j]
    for j in range(n, columns):
        dz[j] = 0.0


@kernel
def squared_error(z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any) -> None:
    """One example: Σ (z − y)²."""
    beside(dz, n, columns, y)
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
def robust_error(
    z: Any, dz: Any, n: Any, columns: Any, y: Any, loss: Any, share: Any, row: Any, rows: Any
) -> None:  # fmt: skip
    """One example: Σ |e|, or Huber's Σ ½ e² where |e| ≤ 1 and |e| − ½ beyond, e = z − y."""
    beside(dz, n, columns, y)
    width, total = lanes_of(z), 0.0
    for left in range(0, columns, BLOCK):
        for j in range(left, left + BLOCK, width):
            size = absolute(load(z + j) - load(dz + j))
            if loss == ABSOLUTE:
                store(dz + j, size)
            else:
                held = where_less(1.0, size, 1.0, size)
                store(dz + j, held * (size - held * 0.5))
        total += float(sum_of_block(dz + left))
    for j in range(n):
        error = max(-1.0, min(1.0, z[j] - y[j]))
        if loss == ABSOLUTE and error != 0.0:
            dz[j] = share if error > 0.0 else -share
        else:
            dz[j] = share * error
    for j in range(n, columns):
        dz[j] = 0.0
    row[0], row[2 * rows] = total, 0.0


@kernel
def held(z: Any) -> Any:
    """z, but no more than a power of e may be for sums of some to be finite; `regression.LARGEST_POWER`."""
    if is_single(z):
        return where_less(80.0, z, 80.0, z)
    return where_less(700.0, z, 700.0, z)


@kernel
def logarithm_of_target(y: Any) -> Any:
    """log y; of 0 the logarithm of the smallest normal number, which will be multiplied by 0."""
    if is_single(y):
        return logarithm(largest(y, SMALLEST_SINGLE))
    return logarithm(largest(y, SMALLEST_DOUBLE))


@kernel
def poisson(z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any) -> None:
    """One example: Σ e^z − y − y u with u = z − log y; where u is small, y (e^u − 1) in place of e^z − y."""
    beside(dz, n, columns, y)
    width, loss = lanes_of(z), 0.0
    for left in range(0, columns, BLOCK):
        for j in range(left, left + BLOCK, width):
            s, t = held(load(z + j)), load(dz + j)
            u = s - logarithm_of_target(t)
            excess = where_less(u, 1.0, t * exponential_minus_one(u), exponential(s) - t)
            store(dz + j, largest(excess - t * u, 0.0))
        loss += float(sum_of_block(dz + left))
    for j in range(0, columns, width):
        store(dz + j, exponential(held(load(z + j))))
    for j in range(n):
        dz[j] = share * (dz[j] - y[j])
    row[0], row[2 * rows] = loss, 0.0


@kernel
def binary_cross_entropy(
    z: Any, dz: Any, n: Any, columns: Any, y: Any, share: Any, row: Any, rows: Any
) -> None:  # fmt: skip
    """One example: Σ max(z, 0) − z y + log(1 + e^{−|z|})."""
    beside(dz, n, columns, y)
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
def judge_rarer(
    z: Any, dz: Any, stride: Any, n: Any, columns: Any, loss: Any, smoothing: Any, classes: Any, numbers: Any,
    order: Any, weights: Any, weighted: Any, total: Any, results: Any, rows: Any, first: Any, last: Any,
) -> None:  # fmt: skip
    """What most networks don't have, apart, so that a small one does not wade through it; see `judge`."""
    for i in range(first, last):
        mine = as_number(z, (weights[i] if weighted else 1.0) / total)
        example = order[i]
        z_i, dz_i, row = z + i * stride, dz + i * stride, results + i
        if loss == CROSS_ENTROPY:
            smoothed(z_i, dz_i, n, classes[example], smoothing, mine, row)
        elif loss == ABSOLUTE or loss == HUBER:
            robust_error(z_i, dz_i, n, columns, numbers + example * n, loss, mine, row, rows)
        elif loss > HINGE:
            poisson(z_i, dz_i, n, columns, numbers + example * n, mine, row, rows)


@kernel
def judge(
    z: Any, dz: Any, stride: Any, n: Any, columns: Any, loss: Any, smoothing: Any, classes: Any, numbers: Any,
    order: Any, weights: Any, weighted: Any, total: Any, results: Any, rows: Any, first: Any, last: Any,
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
        elif loss == HINGE:
            hinge(z_i, dz_i, n, columns, classes[example], mine, row, rows)
    if smoothing != 0.0 or loss > HINGE:
        judge_rarer(z, dz, stride, n, columns, loss, smoothing, classes, numbers, order, weights, weighted, total,
                    results, rows, first, last)  # fmt: skip
    if loss == CROSS_ENTROPY:
        for i in range(first, last, lanes_of(results)):
            store(results + i, logarithm(load(results + (rows + i))) - load(results + i))
    everything = 0.0
    for i in range(first, last):
        everything += results[i]
    return everything - everything == 0.0  # not for NaN and infinity
