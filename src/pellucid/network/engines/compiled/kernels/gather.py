"""From examples as stored to features: rows picked, bytes turned into numbers, scaled."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.kernels.processor import prefetch
from pellucid.network.engines.compiled.kernels.simd import as_number, filled, fma, lanes_of, load_as, store
from pellucid.network.engines.compiled.language.kernel import kernel


@kernel
def scale_row(source: Any, x: Any, d: Any, scale: Any, shift: Any) -> None:
    """x = source · scale + shift, d numbers, each with a single rounding."""
    width = lanes_of(x)
    whole = d // width * width
    for j in range(0, whole, width):
        store(x + j, fma(load_as(source + j, x), scale, filled(x, shift)))
    for j in range(whole, d):
        x[j] = fma(as_number(x, source[j]), scale, shift)


@kernel
def gather(
    stored: Any, order: Any, x: Any, row: Any, d: Any, scale: Any, shift: Any, first: Any, last: Any, rows: Any
) -> None:  # fmt: skip
    """x = stored · scale + shift for the rows first … last − 1 of a slice; 0 where it has no more than `rows`."""
    for i in range(first, last):
        x_i = x + i * row
        if i < rows:
            scale_row(stored + order[i] * d, x_i, d, scale, shift)
        else:
            for j in range(d):
                x_i[j] = 0.0


@kernel
def fetch_ahead(stored: Any, order: Any, d: Any, line: Any, first: Any, last: Any) -> None:
    """Ask for the rows that come next while the processor is busy; `line` numbers make a cache line.

    The rows of a shuffled epoch lie anywhere in memory, so that the processor can't guess which it will need.
    """
    for i in range(first, last):
        source = stored + order[i] * d
        for j in range(0, d, line):
            prefetch(source + j)
