"""First-layer weights as pictures: what each neuron adds up, and with which sign."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure, FigureBase

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.network.network import Network
from pellucid.understanding.figures.boards import Board, draw_board
from pellucid.understanding.figures.paper import color_bar, drawable, headline, new_figure

SIGNED = LinearSegmentedColormap.from_list("signed", ["#b84a00", "#f4f4f2", "#0072b2"])
MOST_NEURONS = 64


def first_layer_figure(net: Network) -> Figure:
    """The weights of each neuron of the first layer, in the shape of the input; channels stand side by side.

    Zero has one color, the scale is linear, and it is the same for all neurons, so that strong and weak ones can be
    told apart.

    Parameters
    ----------
    net : Network
        Whose inputs are pictures.

    Returns
    -------
    Figure
        Of at most 64 neurons.

    Raises
    ------
    ShapeError
        If its inputs are not pictures.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> from pellucid.network.architecture import Architecture
    >>> net = Network(Architecture.mlp(Input.picture(8, 8), hidden=[3], n_outputs=2))
    >>> len(first_layer_figure(net).axes[0].images)
    3
    """
    _check_pictures(net)
    n = min(net.architecture.layers[0].units, MOST_NEURONS)
    board = Board(columns=4 if n <= 12 else 8, width=4.2 if n <= 12 else 8.4)
    height = board.height(n, side_by_side(net.architecture.input.shape), n_lines=1)
    figure = new_figure(board.width + 1.2, max(height, 1.6) + 0.75)
    draw_first_layer(figure, net, board, most=MOST_NEURONS)
    return figure


def draw_first_layer(panel: FigureBase, net: Network, board: Board, *, most: int) -> None:
    """Draw the weights of so many neurons at most into a figure or a part of one."""
    shape = net.architecture.input.shape
    W = net.layers[0].W
    shown = min(W.shape[1], most)
    pictures = _channels_apart(W.T[:shown], shape)
    largest = float(np.abs(W).max()) or 1.0
    axes = panel.add_subplot()
    norm = Normalize(-largest, largest)
    colors = draw_board(axes, pictures, _captions(net, shown), board, norm, SIGNED)
    part = (
        f"the first {shown} of {W.shape[1]:,} neurons"
        if shown < W.shape[1]
        else "one picture for each neuron"
    )
    headline(axes, "First-layer weights", f"{part}; one linear scale for all, zero is light gray")
    color_bar(panel, axes, colors, "weight of a pixel", left=1.02)


def side_by_side(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of a picture whose channels stand side by side."""
    return shape[0], math.prod(shape[1:])


def _channels_apart(weights: Array, shape: tuple[int, ...]) -> Array:
    """A neuron's weights as one picture, in which the channels stand side by side."""
    rows, columns = shape[:2]
    channels = weights.reshape(len(weights), rows, columns, -1)
    return channels.swapaxes(2, 3).reshape(len(weights), *side_by_side(shape))


def _check_pictures(net: Network) -> None:
    if not net.architecture.input.is_picture:
        raise ShapeError(f"The inputs are rows of {net.architecture.input.size} numbers; expected pictures.")


def _captions(net: Network, shown: int) -> list[str]:
    """Neurons are counted from 0, as in theta; in a linear model they are the classes."""
    if net.n_layers == 1 and net.classes is not None and len(net.classes) == net.architecture.n_outputs:
        return [drawable(name, 12) for name in net.classes[:shown]]
    return [str(j) for j in range(shown)]
