"""Where theta starts: each layer's initializer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.formulas.initializers import INITIALIZERS, initial_weights
from pellucid.network.architecture import Architecture


def initial_theta(architecture: Architecture, *, seed: int, dtype: npt.DTypeLike) -> Array:
    """Random weights by each layer's initializer, biases 0, as one vector ``(P,)``.

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
    return theta
