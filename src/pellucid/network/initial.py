"""Where theta and the buffers start: each layer's initializer, gains 1, running means 0 and variances 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, normal
from pellucid.formulas.initializers import INITIALIZERS, initial_weights
from pellucid.network.architecture import Architecture


def initial_theta(architecture: Architecture, *, seed: int, dtype: npt.DTypeLike) -> Array:
    """Random weights by each layer's initializer, biases 0 unless the layer spreads them, as one vector ``(P,)``.

    Gains are 1, offsets 0; the numbers of embeddings are drawn from N(0, 1), those of the unknown level are 0.

    Parameters
    ----------
    architecture : Architecture
    seed : int
    dtype : dtype
    """
    layout = architecture.layout
    theta = np.zeros(layout.n_parameters, dtype=dtype)
    for index, (layer, view) in enumerate(zip(architecture.layers, layout.layers(theta), strict=True)):
        view.W[...] = initial_weights(
            INITIALIZERS[layer.initializer],
            *view.W.shape,
            gain=layer.activation_function.gain,
            seed=seed,
            layer=index,
            dtype=theta.dtype,
        )
        if layer.bias_spread:
            draws = normal(layer.units, seed=seed, stream=Stream.INITIAL_BIASES, part=index)
            view.b[...] = layer.bias_spread * draws
    for gains in layout.gains(theta):
        if gains is not None:
            gains.gain[...] = 1
    if architecture.has_front:
        _start_front(layout.tensors(theta), seed)
    return theta


def _start_front(tensors: dict[str, Array], seed: int) -> None:
    for name, tensor in tensors.items():
        if name == "gains":
            tensor[...] = 1
        elif name.startswith("E"):
            draws = normal(tensor.size, seed=seed, stream=Stream.EMBEDDINGS, part=int(name[1:]))
            tensor[...] = draws.reshape(tensor.shape)
            tensor[0] = 0  # of what is unknown nothing may ever be learnt


def initial_buffers(architecture: Architecture, dtype: npt.DTypeLike) -> Array:
    """Running means 0 and variances 1, as one vector ``(B,)``.

    Parameters
    ----------
    architecture : Architecture
    dtype : dtype
    """
    layout = architecture.layout
    buffers = np.zeros(layout.n_buffers, dtype=dtype)
    for kept in layout.statistics(buffers):
        if kept is not None:
            kept.variance[...] = 1
    return buffers
