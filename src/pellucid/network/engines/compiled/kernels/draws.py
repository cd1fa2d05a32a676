"""Random draws, as in `basics/draws.py`: Threefry-4x32-20, several blocks at a time."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.kernels.lanes import counted_from, store_interleaved, turned
from pellucid.network.engines.compiled.kernels.simd import filled, lanes_of
from pellucid.network.engines.compiled.language.kernel import kernel

PARITY = 0x1BD11BDA


@kernel
def _two_rounds(x0: Any, x1: Any, x2: Any, x3: Any, r0: Any, r1: Any, s0: Any, s1: Any) -> Any:
    """Two rounds of mixing: neighbours first, then across."""
    x0, x2 = x0 + x1, x2 + x3
    x1, x3 = turned(x1, r0) ^ x0, turned(x3, r1) ^ x2
    x0, x2 = x0 + x3, x2 + x1
    x3, x1 = turned(x3, s0) ^ x0, turned(x1, s1) ^ x2
    return x0, x1, x2, x3


@kernel
def draw_blocks(words: Any, first: Any, k0: Any, k1: Any, k2: Any, k3: Any, step: Any, part: Any) -> None:
    """Write the four words of the blocks first, first + 1, … side by side, a block for each lane."""
    a, b, c, d = filled(words, k0), filled(words, k1), filled(words, k2), filled(words, k3)
    e = filled(words, PARITY) ^ a ^ b ^ c ^ d
    x0, x1, x2, x3 = filled(words, step) + a, counted_from(words, first) + b, filled(words, part) + c, d
    for turn in range(1, 6):
        if turn % 2 == 1:
            x0, x1, x2, x3 = _two_rounds(x0, x1, x2, x3, 10, 26, 11, 21)
            x0, x1, x2, x3 = _two_rounds(x0, x1, x2, x3, 13, 27, 23, 5)
        else:
            x0, x1, x2, x3 = _two_rounds(x0, x1, x2, x3, 6, 20, 17, 11)
            x0, x1, x2, x3 = _two_rounds(x0, x1, x2, x3, 25, 10, 18, 20)
        a, b, c, d, e = b, c, d, e, a  # after every four rounds the key comes in again, turned by one word
        x0, x1, x2, x3 = x0 + a, x1 + b, x2 + c, x3 + d + filled(words, turn)
    store_interleaved(words, x0, x1, x2, x3)


@kernel
def draw_mask(
    mask: Any, row: Any, units: Any, first: Any, last: Any, earlier: Any, threshold: Any, keep: Any, words: Any,
    k0: Any, k1: Any, k2: Any, k3: Any, step: Any, layer: Any,
) -> None:  # fmt: skip
    """Dropout's mask of the rows first … last − 1: `keep` where the draw is at least the threshold, else 0.

    The batch has `earlier` rows before row 0; draws are counted through the whole batch. `words` is room for the
    draws of one round.
    """
    at, end = (earlier + first) * units, (earlier + last) * units
    i, j, drawn = first, 0, 4 * lanes_of(words)
    while at < end:
        block = at // drawn * drawn
        draw_blocks(words, block // 4, k0, k1, k2, k3, step, layer)
        for k in range(at, min(end, block + drawn)):
            mask[i * row + j] = keep if words[k - block] >= threshold else 0.0
            j += 1
            if j == units:
                i, j = i + 1, 0
        at = block + drawn


@kernel
def shuffled(order: Any, spare: Any, words: Any, n: Any, k0: Any, k1: Any, k2: Any, k3: Any) -> None:
    """0 … n − 1 sorted by their words, ties by index: a radix sort, from the lowest bits on, 8 or 11 at a time.

    `order`, `spare` are int64 with room for n numbers, `words` has room for all draws and, behind `n` rounded up to
    64, for the counts of 2048 digits.
    """
    drawn = 4 * lanes_of(words)
    for block in range(0, n, drawn):
        draw_blocks(words + block, block // 4, k0, k1, k2, k3, 0, 0)
    counts = words + (n + 63) // 64 * 64
    for i in range(n):
        order[i] = i
    bits = 8 if n < 4096 else 11
    digits = 1 << bits
    for shift in range(0, 32, bits):
        for digit in range(digits):
            counts[digit] = 0
        for i in range(n):
            digit = (words[i] >> shift) & (digits - 1)
            counts[digit] = counts[digit] + 1
        below = 0
        for digit in range(digits):
            count = counts[digit]
            counts[digit] = below
            below += count
        for i in range(n):
            digit = (words[order[i]] >> shift) & (digits - 1)
            spare[counts[digit]] = order[i]
            counts[digit] = counts[digit] + 1
        order, spare = spare, order
    for i in range(n):  # the result is to stand in both
        spare[i] = order[i]
