"""Scores of a few examples, straight from theta as it is: putting W into panels first would take longer than the sum.

Every number is the same chain of multiply-and-adds as in the product of a whole batch, so the bits are the same too.
"""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    ACTIVATION,
    EXAMPLES,
    FEATURES,
    LAYER_FIELDS,
    LAYERS,
    N_IN,
    N_OUT,
    SCORES,
    TABLE,
    THETA,
    H,
    N,
)
from pellucid.network.engines.compiled.kernels.elementwise import activate
from pellucid.network.engines.compiled.kernels.matmul import PIECE
from pellucid.network.engines.compiled.kernels.simd import (
    filled,
    fma,
    fma_one,
    integers_at,
    lanes_of,
    load,
    numbers_at,
    store,
)
from pellucid.network.engines.compiled.language.kernel import kernel


@kernel
def one_layer(h: Any, W: Any, b: Any, z: Any, n_in: Any, n_out: Any) -> None:
    """z = h W + b for one example and W as it lies in theta, row by row."""
    width = lanes_of(z)
    j = 0
    while j + 4 * width <= n_out:
        z0, z1, z2, z3 = (
            load(b + j),
            load(b + (j + width)),
            load(b + (j + 2 * width)),
            load(b + (j + 3 * width)),
        )
        for p in range(0, n_in, PIECE):
            s0, s1, s2, s3 = filled(z, 0.0), filled(z, 0.0), filled(z, 0.0), filled(z, 0.0)
            for k in range(p, min(n_in, p + PIECE)):
                w, x = W + (k * n_out + j), filled(z, h[k])
                s0, s1 = fma(x, load(w), s0), fma(x, load(w + width), s1)
                s2, s3 = fma(x, load(w + 2 * width), s2), fma(x, load(w + 3 * width), s3)
            z0, z1, z2, z3 = z0 + s0, z1 + s1, z2 + s2, z3 + s3
        store(z + j, z0)
        store(z + (j + width), z1)
        store(z + (j + 2 * width), z2)
        store(z + (j + 3 * width), z3)
        j += 4 * width
    while j + width <= n_out:
        total = load(b + j)
        for p in range(0, n_in, PIECE):
            s0 = filled(z, 0.0)
            for k in range(p, min(n_in, p + PIECE)):
                s0 = fma(filled(z, h[k]), load(W + (k * n_out + j)), s0)
            total = total + s0
        store(z + j, total)
        j += width
    while j < n_out:
        number = b[j]
        for p in range(0, n_in, PIECE):
            s = b[j] * 0.0
            for k in range(p, min(n_in, p + PIECE)):
                s = fma_one(h[k], W[k * n_out + j], s)
            number = number + s
        z[j] = number
        j += 1


@kernel
def few_scores(job: Any, space: Any) -> None:
    """The scores of all examples, whose features stand in the workspace, one after another."""
    theta, scores, table = (
        numbers_at(job[THETA], space),
        numbers_at(job[SCORES], space),
        integers_at(job[TABLE]),
    )
    for i in range(job[EXAMPLES]):
        h, place = space + (job[FEATURES] + i * table[N_IN]), 0
        for number in range(job[LAYERS]):
            layer = table + number * LAYER_FIELDS
            n_in, n_out = layer[N_IN], layer[N_OUT]
            z = space + layer[H]
            one_layer(h, theta + place, theta + (place + n_in * n_out), z, n_in, n_out)
            activate(z, 0, 0, 1, 0, layer[N], layer[ACTIVATION])
            h = z
            place += n_in * n_out + n_out
        last = table + (job[LAYERS] - 1) * LAYER_FIELDS
        for j in range(last[N_OUT]):
            scores[i * last[N_OUT] + j] = h[j]
