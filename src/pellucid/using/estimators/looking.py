"""Into the network: what a layer says to examples."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import OptionError
from pellucid.network.engines.reference import forward
from pellucid.network.network import Network


def activations_of(net: Network, layer: int) -> Callable[[Array], Array]:
    """The function from examples ``(n, d)`` to what a layer's neurons say to them ``(n, units)``.

    Parameters
    ----------
    net : Network
    layer : int
        0 for the features, 1 for the first hidden layer, `net.n_layers` for the scores.

    Raises
    ------
    OptionError
        If there is no such layer.
    """
    if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer <= net.n_layers:
        raise OptionError(
            f"layer is {layer!r}; expected 0 … {net.n_layers}, from the features to the scores."
        )

    def answer(X: Array) -> Array:
        x = net.architecture.input.features(finite_numbers(X, "X", net.dtype), net.dtype)
        return forward(net.architecture, net.theta, x, buffers=net.buffers).h[layer]

    return answer
