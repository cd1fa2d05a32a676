"""One batch, forward and backward, in matrix notation.

For each layer, forward:   z = h W + b        h ← f(z)
and backward:              dz = dh · f′(z)    dW = hᵀ dz    db = Σ dz    dh ← dz Wᵀ
where the first dz, that of the readout, comes from the loss. A normalized layer has one step more between z and f.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.formulas.layers import (
    codes_of,
    embedded,
    embedding_gradient,
    incoming_gradient,
    weighted_sum,
    weighted_sum_gradients,
)
from pellucid.formulas.normalization import (
    NORMALIZATIONS,
    remembered,
    standardized,
    standardized_gradient,
    statistics,
)
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.layout import GainView, LayerView, StatisticsView

Masks = list[Array | None]


@dataclass(slots=True, eq=False)
class Standard:
    """What normalizing a layer's z leaves for the way back: ẑ, 1/√(σ² + ε), and the axis if μ and σ² moved with z."""

    z: Array
    factor: Array
    axis: int | None
    gains: GainView


@dataclass(slots=True, eq=False)
class Pass:
    """One forward pass, and room for the backward one: a list entry for each layer, the first for h = X.

    `h[l]` goes into layer l and `h[l + 1]` comes out of it; `sums[l]` is h W + b, `z[l]` what goes into the
    activation, which is the same unless the layer is normalized; `masks[l]` is dropout's, or None.
    """

    layers: tuple[LayerView, ...]
    h: list[Array]
    sums: list[Array] = field(default_factory=list)
    z: list[Array] = field(default_factory=list)
    standards: list[Standard | None] = field(default_factory=list)
    masks: Masks = field(default_factory=list)
    features: Array | None = None  # as they were before gains and dropout
    codes: list[Array] = field(default_factory=list)  # of each embedding
    gains: Array | None = None
    input_mask: Array | None = None
    dh: list[Array] = field(default_factory=list)
    dz: list[Array] = field(default_factory=list)


def forward(
    architecture: Architecture,
    theta: Array,
    x: Array,
    masks: Masks | None = None,
    *,
    input_mask: Array | None = None,
    buffers: Array | None = None,
    training: bool = False,
) -> Pass:
    """From features ``(n, d)`` to scores ``(n, k)``: every z and h on the way.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    x : (n, d)
        Scaled features of theta's dtype.
    masks : list, optional
        Dropout's mask for each layer, or None where nothing drops out; without it nothing does.
    input_mask : (n, n_features), optional
        The same for the features.
    buffers : (B,), optional
        Running means and variances; needed where a layer is batch-normalized. In training they change in place.
    training : bool
        Whether batch normalization takes its means from the batch.

    Returns
    -------
    Pass
    """
    layout = architecture.layout
    layers, gains = layout.layers(theta), layout.gains(theta)
    running = layout.statistics(np.empty(0, theta.dtype) if buffers is None else buffers)
    passed = Pass(layers, [], masks=masks or [None] * len(layers))
    h = _entered(architecture, theta, x, passed, input_mask)
    for index, (layer, (W, b)) in enumerate(zip(architecture.layers, layers, strict=True)):
        z = weighted_sum(h, W, b)
        passed.sums.append(z)
        standard = _standard(layer, z, gains[index], running[index], training)
        if standard is not None:
            z = standard.z * standard.gains.gain + standard.gains.offset
        passed.standards.append(standard)
        h = layer.activation_function.value(z)
        mask = passed.masks[index]
        if mask is not None:
            h = h * mask
        passed.z.append(z)
        passed.h.append(h)
    return passed


def _entered(
    architecture: Architecture, theta: Array, x: Array, passed: Pass, input_mask: Array | None
) -> Array:
    """What the first layer sees: embeddings in place of codes, gains, dropout."""
    if architecture.has_front:
        tensors = architecture.layout.tensors(theta)
        tables = [tensors[f"E{n}"] for n in range(1, len(architecture.embeddings) + 1)]
        passed.gains = tensors.get("gains")
        passed.codes = [codes_of(x[:, e.column], e.levels) for e in architecture.embeddings]
        x = embedded(x, [e.column for e in architecture.embeddings], passed.codes, tables)
    passed.features, passed.input_mask = x, input_mask
    h = x if passed.gains is None else x * passed.gains
    if input_mask is not None:
        h = h * input_mask
    passed.h.append(h)
    return h


def _standard(
    layer: Dense, z: Array, gains: GainView | None, running: StatisticsView | None, training: bool
) -> Standard | None:
    """What a layer's normalization makes of z, before gain and offset."""
    kind = NORMALIZATIONS[layer.normalization]
    if kind.axis is None or gains is None:
        return None
    if kind.remembers and not training:
        assert running is not None, "buffers are needed where a layer is batch-normalized"
        return Standard(*standardized(z, running.mean, running.variance), None, gains)
    mean, variance = statistics(z, kind.axis)
    if kind.remembers and running is not None and len(z) > 1:
        remembered(running.mean, mean[0])
        remembered(running.variance, variance[0] * (len(z) / (len(z) - 1)))
    return Standard(*standardized(z, mean, variance), kind.axis, gains)


def backward(architecture: Architecture, passed: Pass, dz: Array, gradient: Array) -> Array:
    """From the readout's dz ``(n, k)`` back to every dW and db, written into the flat `gradient`.

    The lists `passed.dz` and `passed.dh` are filled on the way, first layer first.

    Parameters
    ----------
    architecture : Architecture
    passed : Pass
        What `forward` gave.
    dz : (n, k)
        The loss's gradient with respect to the readout's z.
    gradient : (P,)
        Written over.

    Returns
    -------
    (P,)
        `gradient` itself.
    """
    gradients = architecture.layout.layers(gradient)
    gains = architecture.layout.gains(gradient)
    for index in reversed(range(architecture.n_layers)):
        standard, slopes = passed.standards[index], gains[index]
        if standard is not None and slopes is not None:
            dz = _through_normalization(standard, dz, slopes)
        dW, db = weighted_sum_gradients(passed.h[index], dz)
        gradients[index].W[...] = dW
        gradients[index].b[...] = db
        passed.dz.insert(0, dz)
        if index == 0:
            break  # training has no use for the gradient with respect to the features
        dh = incoming_gradient(passed.layers[index].W, dz)
        passed.dh.insert(0, dh)
        before, mask = architecture.layers[index - 1], passed.masks[index - 1]
        if mask is not None:
            dh = dh * mask
        dz = dh * before.activation_function.slope(
            passed.z[index - 1], _undropped(passed, index - 1, before.activation_function.value)
        )
    if architecture.has_front:
        _to_front(architecture, passed, incoming_gradient(passed.layers[0].W, dz), gradient)
    return gradient


def _through_normalization(standard: Standard, slope: Array, gradients: GainView) -> Array:
    """Gain's and offset's gradients, written; return the slope with respect to z = h W + b."""
    gradients.gain[...] = (slope * standard.z).sum(axis=0)
    gradients.offset[...] = slope.sum(axis=0)
    return standardized_gradient(slope * standard.gains.gain, standard.z, standard.factor, standard.axis)


def _to_front(architecture: Architecture, passed: Pass, dh: Array, gradient: Array) -> None:
    """The gradients of feature gains and embeddings, written."""
    tensors = architecture.layout.tensors(gradient)
    assert passed.features is not None
    if passed.input_mask is not None:
        dh = dh * passed.input_mask
    if passed.gains is not None:
        tensors["gains"][...] = (dh * passed.features).sum(axis=0)
        dh = dh * passed.gains
    start = architecture.input.size - len(architecture.embeddings)
    for number, (embedding, codes) in enumerate(
        zip(architecture.embeddings, passed.codes, strict=True), start=1
    ):
        slope = dh[:, start : start + embedding.size]
        tensors[f"E{number}"][...] = embedding_gradient(slope, codes, embedding.levels)
        start += embedding.size


def _undropped(passed: Pass, index: int, value: Callable[[Array], Array]) -> Array:
    """f(z) as it was before dropout; without dropout simply h."""
    return passed.h[index + 1] if passed.masks[index] is None else value(passed.z[index])


def logits(
    architecture: Architecture,
    theta: Array,
    X: Array,
    n_threads: int | None = None,
    buffers: Array | None = None,
) -> Array:
    """Scores ``(n, k)`` of examples as stored ``(n, d)``.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (n, d)
    n_threads : int, optional
        Not looked at: NumPy's own library decides.
    buffers : (B,), optional
    """
    x = architecture.input.features(X, theta.dtype)
    return forward(architecture, theta, x, buffers=buffers).z[-1]


def gradient(
    architecture: Architecture,
    theta: Array,
    X: Array,
    y: Array,
    sample_weight: Array | None = None,
    buffers: Array | None = None,
) -> tuple[Array, Array]:
    """Each example's loss ``(n,)``, and the gradient ``(P,)`` of their (weighted) mean.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (n, d)
        Examples as stored.
    y : (n,) or (n, k)
        Their targets, in the form that the loss takes.
    sample_weight : (n,), optional
        How much each example counts.
    buffers : (B,), optional

    Returns
    -------
    losses : (n,)
    gradient : (P,)
    """
    passed = forward(architecture, theta, architecture.input.features(X, theta.dtype), buffers=buffers)
    losses, dz = architecture.loss_function.value(passed.z[-1], y)
    return losses, backward(architecture, passed, shared(dz, sample_weight), np.empty_like(theta))


def shared(dz: Array, sample_weight: Array | None) -> Array:
    """Each example's dz times its share in the mean: 1/n, or its weight over the sum of weights.

    Parameters
    ----------
    dz : (n, k)
    sample_weight : (n,), optional
    """
    if sample_weight is None:
        return dz / len(dz)
    total = sample_weight.sum()
    return dz * (sample_weight / total if total > 0 else sample_weight)[:, None].astype(dz.dtype)
