"""Where each parameter lives in theta: names, shapes and views, never copies.

theta holds layer by layer first W, row by row, then b, then gain and offset where the layer is normalized::

    theta = [ W1[0,0] W1[0,1] … W1[n_in−1, n_out−1] | b1[0] … b1[n_out−1] | W2[0,0] … ]

Embeddings and feature gains, where there are any, stand before the first layer. What is kept but not trained, the
running means and variances of batch normalization, stands in a second vector, `buffers`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError, ShapeError
from pellucid.formulas.normalization import NORMALIZATIONS

Slices = Iterator[tuple[str, tuple[int, ...], slice]]


class LayerView(NamedTuple):
    """A layer's weights ``(n_in, n_out)`` and biases ``(n_out,)``: views, so that writing here writes to theta."""

    W: Array
    b: Array


class GainView(NamedTuple):
    """A normalized layer's gain and offset, ``(n_out,)`` each: views of theta."""

    gain: Array
    offset: Array


class StatisticsView(NamedTuple):
    """A batch-normalized layer's running mean and variance, ``(n_out,)`` each: views of the buffers."""

    mean: Array
    variance: Array


@dataclass(frozen=True, slots=True)
class Layout:
    """The map from theta to layers. It holds no numbers but sizes.

    Parameters
    ----------
    sizes : tuple of int
        Features, then the neurons of each layer.
    normalizations : tuple of str
        Of each layer, names from `NORMALIZATIONS`; empty if no layer is normalized.
    embeddings : tuple of (int, int)
        Levels and numbers for each of them, of each embedding.
    feature_gains : bool
        Whether each feature has a learnt gain.

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
    normalizations: tuple[str, ...] = ()
    embeddings: tuple[tuple[int, int], ...] = ()
    feature_gains: bool = False

    @property
    def n_parameters(self) -> int:
        """P: the length of theta."""
        return sum(math.prod(shape) for _, shape in self._shapes())

    @property
    def n_buffers(self) -> int:
        """B: the length of the buffers."""
        return sum(place.stop - place.start for _, _, place in self.buffer_slices())

    @property
    def shapes(self) -> Iterator[tuple[int, int]]:
        """The shape (n_in, n_out) of each layer's W."""
        return zip(self.sizes, self.sizes[1:], strict=False)

    def _shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of every tensor, in theta's order."""
        for number, shape in enumerate(self.embeddings, start=1):
            yield f"E{number}", shape
        if self.feature_gains:
            yield "gains", (self.sizes[0],)
        for number, (n_in, n_out) in enumerate(self.shapes, start=1):
            yield f"W{number}", (n_in, n_out)
            yield f"b{number}", (n_out,)
            if self.is_normalized(number - 1):
                yield f"gain{number}", (n_out,)
                yield f"offset{number}", (n_out,)

    def is_normalized(self, index: int) -> bool:
        """Whether a layer, counted from 0, is."""
        return bool(self.normalizations) and NORMALIZATIONS[self.normalizations[index]].axis is not None

    def slices(self) -> Slices:
        """Name, shape and place of every tensor, in theta's order: first ``("W1", (784, 16), slice(0, 12544))``."""
        start = 0
        for name, shape in self._shapes():
            yield name, shape, slice(start, start + math.prod(shape))
            start += math.prod(shape)

    def buffer_slices(self) -> Slices:
        """Name, shape and place of every tensor in the buffers."""
        start = 0
        for number, name in enumerate(self.normalizations, start=1):
            if NORMALIZATIONS[name].remembers:
                for what in ("mean", "variance"):
                    stop = start + self.sizes[number]
                    yield f"{what}{number}", (self.sizes[number],), slice(start, stop)
                    start = stop

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
        views = self.tensors(theta)
        return tuple(LayerView(views[f"W{n}"], views[f"b{n}"]) for n in range(1, len(self.sizes)))

    def weights(self, theta: Array) -> tuple[Array, ...]:
        """Each layer's W without the biases: what penalties apply to."""
        return tuple(layer.W for layer in self.layers(theta))

    def gains(self, theta: Array) -> tuple[GainView | None, ...]:
        """Each layer's (gain, offset), as views of theta; None where it is not normalized."""
        views = self.tensors(theta)
        return tuple(
            GainView(views[f"gain{n}"], views[f"offset{n}"]) if self.is_normalized(n - 1) else None
            for n in range(1, len(self.sizes))
        )

    def statistics(self, buffers: Array) -> tuple[StatisticsView | None, ...]:
        """Each layer's running (mean, variance), as views of the buffers; None where it keeps none."""
        views = {name: buffers[place] for name, _, place in self.buffer_slices()}
        return tuple(
            StatisticsView(views[f"mean{n}"], views[f"variance{n}"]) if f"mean{n}" in views else None
            for n in range(1, len(self.sizes))
        )

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
