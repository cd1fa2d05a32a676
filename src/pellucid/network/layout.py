"""Where each weight and bias lives in theta: names, shapes and views, never copies.

theta holds layer by layer first W, row by row, then b::

    theta = [ W1[0,0] W1[0,1] … W1[n_in−1, n_out−1] | b1[0] … b1[n_out−1] | W2[0,0] … ]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError, ShapeError


class LayerView(NamedTuple):
    """A layer's weights ``(n_in, n_out)`` and biases ``(n_out,)``: views, so that writing here writes to theta."""

    W: Array
    b: Array


@dataclass(frozen=True, slots=True)
class Layout:
    """The map from theta to layers. It holds no numbers but sizes.

    Parameters
    ----------
    sizes : tuple of int
        Features, then the neurons of each layer.

    Examples
    --------
    >>> import numpy as np
    >>> layout = Layout((3, 2, 1))
    >>> layout.n_parameters, layout.describe(7), layout.describe(9)
    (11, 'b1[1]', 'W2[1, 0]')
    >>> theta = np.zeros(11)
    >>> layout.layers(theta)[0].W[2, 1] = 5.0
    >>> theta.tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    sizes: tuple[int, ...]

    @property
    def n_parameters(self) -> int:
        """P: the length of theta."""
        return sum(n_in * n_out + n_out for n_in, n_out in self.shapes)

    @property
    def shapes(self) -> Iterator[tuple[int, int]]:
        """The shape (n_in, n_out) of each layer's W."""
        return zip(self.sizes, self.sizes[1:], strict=False)

    def slices(self) -> Iterator[tuple[str, tuple[int, ...], slice]]:
        """Name, shape and place of every tensor, in theta's order: first ``("W1", (784, 16), slice(0, 12544))``."""
        start = 0
        for number, (n_in, n_out) in enumerate(self.shapes, start=1):
            yield f"W{number}", (n_in, n_out), slice(start, start + n_in * n_out)
            start += n_in * n_out
            yield f"b{number}", (n_out,), slice(start, start + n_out)
            start += n_out

    def tensors(self, theta: Array) -> dict[str, Array]:
        """Every tensor by name, as views of theta (or of any vector like it: a gradient, a moment).

        Raises
        ------
        ShapeError
            If the vector is not P long.
        """
        if theta.shape != (self.n_parameters,):
            raise ShapeError(
                f"The vector has shape {theta.shape}; expected ({self.n_parameters},) for a network of sizes "
                f"{'-'.join(map(str, self.sizes))}."
            )
        return {name: theta[place].reshape(shape) for name, shape, place in self.slices()}

    def layers(self, theta: Array) -> tuple[LayerView, ...]:
        """Each layer's (W, b), as views of theta."""
        views = list(self.tensors(theta).values())
        return tuple(LayerView(W, b) for W, b in zip(views[::2], views[1::2], strict=True))

    def weights(self, theta: Array) -> tuple[Array, ...]:
        """Each layer's W without the biases: what penalties apply to."""
        return tuple(layer.W for layer in self.layers(theta))

    def describe(self, index: int) -> str:
        """The blackboard's name of one parameter: ``"W2[3, 0]"`` leads from neuron 3 to neuron 0 of layer 2.

        Raises
        ------
        OptionError
            If theta has no such index.
        """
        for name, shape, place in self.slices():
            if place.start <= index < place.stop:
                row, column = divmod(index - place.start, shape[-1])
                return f"{name}[{row}, {column}]" if len(shape) == 2 else f"{name}[{column}]"
        raise OptionError(f"theta has no index {index}; expected 0 … {self.n_parameters - 1}.")
