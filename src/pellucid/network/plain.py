"""A network that only predicts needs fewer parts: batch normalization and feature gains become part of W and b.

In prediction a batch-normalized layer is γ (h W + b − μ) / √(σ² + ε) + β with numbers that stand still, which is
h W′ + b′ with W′ = W · s and b′ = (b − μ) · s + β, s = γ / √(σ² + ε) for each neuron. A feature's gain goes into its
row of W in the same way. Rounding differs in the last bits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.data.dataset import Input
from pellucid.formulas.layers import codes_of, embedded
from pellucid.formulas.normalization import EPSILON
from pellucid.network.architecture import Architecture


def is_plain(architecture: Architecture) -> bool:
    """Whether there is nothing but weighted sums and activations.

    Parameters
    ----------
    architecture : Architecture
    """
    return not architecture.has_front and not any(layer.is_normalized for layer in architecture.layers)


def plain(
    architecture: Architecture, theta: Array, X: Array, buffers: Array | None = None
) -> tuple[Architecture, Array, Array]:
    """A network of nothing but weighted sums and activations, and examples for it, that gives the same scores.

    Parameters
    ----------
    architecture : Architecture
        Without layer normalization, which can't be put into W and b.
    theta : (P,)
    X : (n, d)
        Examples as stored.
    buffers : (B,), optional

    Returns
    -------
    architecture : Architecture
    theta : (P',)
    X : (n, d')
    """
    layout = architecture.layout
    without = tuple(replace(layer, normalization="none") for layer in architecture.layers)
    tensors, of_input = layout.tensors(theta), architecture.input
    if architecture.embeddings:
        x = of_input.features(X, theta.dtype)
        codes = [codes_of(x[:, e.column], e.levels) for e in architecture.embeddings]
        tables = [tensors[f"E{n}"] for n in range(1, len(codes) + 1)]
        X = embedded(x, [e.column for e in architecture.embeddings], codes, tables)
        of_input = Input((architecture.n_features,))
    simple = Architecture(of_input, without, architecture.loss)
    folded = np.empty(simple.n_parameters, theta.dtype)
    running = layout.statistics(np.empty(0, theta.dtype) if buffers is None else buffers)
    parts = zip(layout.layers(theta), layout.gains(theta), running, simple.layout.layers(folded), strict=True)
    for index, (here, gains, kept, there) in enumerate(parts):
        W, b = here
        if index == 0 and architecture.feature_gains:
            W = W * tensors["gains"][:, None]
        if gains is not None and kept is not None:
            scale = gains.gain / np.sqrt(kept.variance + theta.dtype.type(EPSILON))
            W, b = W * scale, (b - kept.mean) * scale + gains.offset
        there.W[...], there.b[...] = W, b
    return simple, folded, X
