"""Boards: pictures side by side on one axes, all in the same colors, with captions beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize

from pellucid.basics.arrays import Array
from pellucid.data.dataset import BYTES, Input
from pellucid.understanding.figures.paper import lettering

GAP = 0.14  # between pictures, as a share of a column
CAPTION, LINE = 8.0, 10.6  # points: the captions' size, and from line to line


@dataclass(frozen=True, slots=True)
class Board:
    """How pictures are laid out.

    The unit of length on a board is a column: a picture and the gap to the next.

    Parameters
    ----------
    columns : int
        Pictures in a row.
    width : float
        Of the whole board, in inches.
    """

    columns: int
    width: float

    @classmethod
    def filling(cls, n: int, shape: tuple[int, ...], *, width: float, height: float) -> Board:
        """The board with the largest pictures that holds n of them, captions of one line, in so many inches."""
        boards = [cls(columns, width) for columns in range(1, n + 1)]
        fitting = [board for board in boards if board.height(n, shape, n_lines=1) <= height]
        return fitting[0] if fitting else boards[-1]

    def line(self) -> float:
        """The height of a line of a caption, in columns."""
        return LINE / (72 * self.width / self.columns)

    def pitch(self, shape: tuple[int, ...], n_lines: int) -> float:
        """From one row of pictures to the next, in columns."""
        return picture_height(shape) + (n_lines + 0.3) * self.line() + GAP

    def height(self, n: int, shape: tuple[int, ...], n_lines: int) -> float:
        """Of the whole board, in inches."""
        rows = max(1, -(-n // self.columns))
        return (rows * self.pitch(shape, n_lines) - GAP) * self.width / self.columns


def picture_height(shape: tuple[int, ...], gap: float = GAP) -> float:
    """How high a picture of so many rows and columns is, in columns of the board."""
    return (1 - gap) * shape[0] / shape[1]


def draw_board(
    axes: Axes,
    pictures: Array,
    captions: Sequence[str],
    board: Board,
    norm: Normalize,
    cmap: str | Colormap,
) -> ScalarMappable:
    """Draw pictures, as `drawable_pictures` gives them, with captions; give the scale of their colors."""
    shape = pictures.shape[1:]
    n_lines = max(caption.count("\n") + 1 for caption in captions)
    pitch = board.pitch(shape, n_lines)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(index, board.columns)
        place_picture(axes, picture, (column, row * pitch), norm, cmap)
        below = row * pitch + picture_height(shape) + 0.3 * board.line()
        middle = column + (1 - GAP) / 2
        axes.text(middle, below, caption, ha="center", va="top", linespacing=1.15, **lettering(CAPTION))
    frame_board(axes, board.columns - GAP, -(-len(pictures) // board.columns) * pitch - GAP)
    return ScalarMappable(norm, cmap)


def place_picture(
    axes: Axes,
    picture: Array,
    corner: tuple[float, float],
    norm: Normalize,
    cmap: str | Colormap,
    *,
    gap: float = GAP,
) -> None:
    """Draw one picture with its left upper corner there, one column wide but for the gap."""
    left, top = corner
    bottom = top + picture_height(picture.shape, gap)
    axes.imshow(
        picture, cmap=cmap, norm=norm, extent=(left, left + 1 - gap, bottom, top), interpolation="nearest"
    )


def frame_board(axes: Axes, width: float, height: float) -> None:
    """Show all of a board in its own proportions, at the left and on top, without axes."""
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_aspect("equal", anchor="NW")
    axes.set_axis_off()


def drawable_pictures(pictures: Array, norm: Normalize) -> Array:
    """Pictures as they can be drawn: shades, red-green-blue from 0 to 1, or the mean of two, four or more channels.

    Parameters
    ----------
    pictures : (n, rows, columns) or (n, rows, columns, channels)
    norm : Normalize
        Black and white.

    Returns
    -------
    (n, rows, columns) or (n, rows, columns, 3)

    Examples
    --------
    >>> drawable_pictures(np.full((1, 1, 1, 2), 7.0), Normalize(0, 10)).tolist()
    [[[7.0]]]
    """
    if pictures.ndim == 3:
        return pictures
    if pictures.shape[3] != 3:
        return pictures.mean(axis=3)
    return np.asarray(norm(pictures.astype(np.float64))).clip(0, 1)


def told_channels(input: Input) -> str:
    """What a drawing shows of several channels, to be put behind other words; nothing of shades and colors."""
    return "" if input.channels in (1, 3) else f"; the mean of {input.channels} channels"


def gray_range(pictures: Array, input: Input | None = None) -> Normalize:
    """Black to white: 0 … 255 for bytes that mean it, else what there is."""
    if pictures.dtype == np.uint8 and (input is None or input.shades == BYTES):
        return Normalize(*BYTES)
    low, high = float(pictures.min()), float(pictures.max())
    return Normalize(low, high if high > low else low + 1)
