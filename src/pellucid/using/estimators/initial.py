"""Where the estimators' weights start: as scikit-learn's do for the same `random_state`, or as the layers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError, ShapeError
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.network.network import Network

AS_SCIKIT_LEARN = "glorot_uniform"
SEEDS = 2**31 - 1


def drawn_seed(random: np.random.RandomState) -> int:
    """A seed for our own draws; `random` moves on."""
    return int(random.randint(SEEDS))


def draw_as_scikit_learn(net: Network, random: np.random.RandomState, *, logistic: bool) -> None:
    """Write Glorot's uniform weights into a network, and biases of the same spread, drawn in scikit-learn's order.

    Parameters
    ----------
    net : Network
        Its theta changes.
    random : RandomState
        It moves on.
    logistic : bool
        Whether the hidden layers are sigmoids, which get a third of the variance.

    References
    ----------
    Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.
    """
    for W, b in net.layers:
        variance = INITIALIZERS[AS_SCIKIT_LEARN].variance(W.shape[0], W.shape[1], 1.0)
        limit = np.sqrt(variance if logistic else 3 * variance)  # a uniform draw's limit is √(3 variance)
        W[...] = random.uniform(-limit, limit, W.shape)
        b[...] = random.uniform(-limit, limit, b.shape)


def write_weights(net: Network, coefs: Sequence[Any] | None, intercepts: Sequence[Any] | None) -> None:
    """Write given weights and biases into a network, as far as they are given.

    Parameters
    ----------
    net : Network
        Its theta changes.
    coefs, intercepts : sequence of arrays, optional
        One for each layer; None leaves that layer as it is.

    Raises
    ------
    ShapeError
        If their number or a shape is not the network's.
    OptionError
        If a number is not finite.
    """
    for name, given, index in (("coefs", coefs, 0), ("intercepts", intercepts, 1)):
        if given is None:
            continue
        places = [layer[index] for layer in net.layers]
        if len(given) != len(places):
            raise ShapeError(f"There are {len(given)} {name}; expected {len(places)}, one for each layer.")
        for number, (place, values) in enumerate(zip(places, given, strict=True), start=1):
            if values is not None:
                place[...] = _fitting(values, place.shape, f"The {name} of layer {number}")


def _fitting(values: Any, shape: tuple[int, ...], what: str) -> Array:
    array = np.asarray(values)
    if array.shape != shape:
        raise ShapeError(f"{what} have shape {array.shape}; expected {shape}.")
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise OptionError(f"{what} are no finite numbers; expected nothing else.")
    return array
