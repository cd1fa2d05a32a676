"""A drawing of a network as SVG: a column of neurons for each layer, a line for each weight between those shown."""

from __future__ import annotations

from html import escape

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.network.network import Network

MOST = 10  # neurons shown of a layer
COLUMN, ROW, RADIUS, TOP = 120, 22, 6, 30  # pixels
BLUE, ORANGE, INK, FAINT = "#2b5c9e", "#d2691e", "#333333", "#9a9a9a"


def drawing(net: Network) -> str:
    """The network as an SVG element; blue lines are positive weights, orange ones negative, broad ones large.

    Parameters
    ----------
    net : Network

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> from pellucid.network.architecture import Architecture
    >>> svg = drawing(Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2)))
    >>> svg.count("<circle"), svg.count("<line")
    (7, 12)
    """
    sizes = net.architecture.sizes
    tallest = max(min(size, MOST) for size in sizes)
    height, width = TOP + tallest * ROW + 40, COLUMN * len(sizes)
    columns = [_places(size, index, tallest) for index, size in enumerate(sizes)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(f"a network of {net.architecture}")}" font-family="sans-serif" '
        'font-size="11">'
    ]
    for (W, _), left, right in zip(net.layers, columns, columns[1:], strict=False):
        parts += _lines(W, left, right)
    for index, (size, places) in enumerate(zip(sizes, columns, strict=True)):
        parts += [
            f'<circle cx="{x}" cy="{y:.1f}" r="{RADIUS}" fill="white" stroke="{INK}"/>' for x, y in places
        ]
        parts += _words(net, index, size, height)
    return "".join([*parts, "</svg>"])


def _places(size: int, index: int, tallest: int) -> list[tuple[int, float]]:
    """Where the neurons stand that are shown: the first ones."""
    shown = min(size, MOST)
    top = TOP + (tallest - shown) * ROW / 2
    return [(COLUMN // 2 + index * COLUMN, top + row * ROW) for row in range(shown)]


def _lines(W: Array, left: list[tuple[int, float]], right: list[tuple[int, float]]) -> list[str]:
    shown = W[: len(left), : len(right)]
    strength = np.nan_to_num(np.abs(shown) / (np.abs(shown).max() or 1.0))
    return [
        f'<line x1="{x1 + RADIUS}" y1="{y1:.1f}" x2="{x2 - RADIUS}" y2="{y2:.1f}" '
        f'stroke="{BLUE if shown[i, j] >= 0 else ORANGE}" stroke-width="{0.3 + 1.7 * strength[i, j]:.2f}" '
        f'opacity="{0.15 + 0.6 * strength[i, j]:.2f}"/>'
        for i, (x1, y1) in enumerate(left)
        for j, (x2, y2) in enumerate(right)
    ]


def _words(net: Network, index: int, size: int, height: int) -> list[str]:
    """What a layer is called, and how many neurons it has if not all are shown."""
    x = COLUMN // 2 + index * COLUMN
    layer = None if index == 0 else net.architecture.layers[index - 1]
    inner = "scores" if index == net.n_layers or layer is None else layer.activation
    name = "features" if layer is None else inner
    count = f"{size:,}" if size <= MOST else f"{size:,}, {MOST} shown"
    return [
        f'<text x="{x}" y="14" text-anchor="middle" fill="{INK}">{escape(name)}</text>',
        f'<text x="{x}" y="{height - 10}" text-anchor="middle" fill="{FAINT}">{count}</text>',
    ]
