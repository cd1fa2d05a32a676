"""Pictures and confusion matrices in a terminal: in gray where it can, in plain characters where it can't.

With colors a character cell shows two pixels: the upper half block ▀ in the color of the upper one on a ground of
the color of the lower. Every cell has both colors, so dark and light terminals show the same. Without colors
(NO_COLOR, a pipe, a file, 16 colors) or without UTF-8, a ramp of ASCII characters stands for the gray levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.style import Style
from rich.table import Table
from rich.text import Text

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.basics.percent import percent

RAMP = " .:-=+*#%@"
UPPER_HALF = "▀"
GAP = 2  # blank columns between pictures
MOST_CLASSES = 20  # with more, a confusion matrix is a list of the largest confusions
LISTED = 15
CORNER = "true / called"
RIGHT = 9  # columns of "> 99.9 %" and a blank
# From which share of the largest error on, and the ground: colors that all terminals with 256 of them have.
ERROR_GROUNDS = ((0.75, "color(208)"), (0.4, "color(215)"), (0.15, "color(223)"))


def picture_lines(picture: Array, *, colors: bool = True) -> Text:
    """A grayscale picture as text, two pixel rows in a line.

    Parameters
    ----------
    picture : (rows, columns)
        0 (black) … 255 (white).
    colors : bool
        Half blocks in 24-bit colors, which rich turns into the terminal's 256 if it has no more; False for a ramp
        of ASCII characters, dense for white.

    Returns
    -------
    rich.text.Text
        One line for two rows of pixels.

    Raises
    ------
    ShapeError
        If it is not one picture.

    Examples
    --------
    >>> print(picture_lines(np.array([[0, 255, 0], [0, 255, 255]]), colors=False))
     @=
    """
    pixels = np.asarray(picture)
    if pixels.ndim != 2 or pixels.size == 0:
        raise ShapeError(f"The picture has shape {pixels.shape}; expected (rows, columns).")
    pixels = np.clip(np.rint(pixels), 0, 255).astype(np.int64)
    lines = _half_block_lines(pixels) if colors else _ramp_lines(pixels)
    return Text("\n", no_wrap=True).join(lines)


def _half_block_lines(pixels: Array) -> list[Text]:
    """Each line in runs of equal color, so that a picture takes few escape sequences."""
    lines = []
    for row in range(0, len(pixels), 2):
        line = Text()
        pairs = [tuple(pair) for pair in pixels[row : row + 2].T.tolist()]
        start = 0
        for end in range(1, len(pairs) + 1):
            if end == len(pairs) or pairs[end] != pairs[start]:
                line.append(UPPER_HALF * (end - start), _gray_style(*pairs[start]))
                start = end
        lines.append(line)
    return lines


def _gray_style(upper: int, lower: int | None = None) -> Style:
    """The last line of a picture with an odd number of rows has no lower pixel."""
    ground = None if lower is None else Color.from_rgb(lower, lower, lower)
    return Style(color=Color.from_rgb(upper, upper, upper), bgcolor=ground)


def _ramp_lines(pixels: Array) -> list[Text]:
    """A character is about twice as high as wide, so it stands for the mean of two pixels."""
    starts = range(0, len(pixels), 2)
    means = [pixels[row : row + 2].mean(axis=0) for row in starts]
    levels = [np.rint(mean / 255 * (len(RAMP) - 1)).astype(int) for mean in means]
    return [Text("".join(RAMP[level] for level in line)) for line in levels]


def half_size(picture: Array) -> Array:
    """A picture of half the width and height, by the mean of 2×2 pixels.

    Examples
    --------
    >>> half_size(np.array([[0, 100], [200, 100]])).tolist()
    [[100.0]]
    """
    rows, columns = picture.shape
    even = np.pad(picture.astype(np.float64), ((0, rows % 2), (0, columns % 2)), mode="edge")
    return even.reshape(-(-rows // 2), 2, -(-columns // 2), 2).mean(axis=(1, 3))


@dataclass(frozen=True, eq=False)
class PictureGrid:
    """Pictures side by side with captions beneath: something that a rich console can print.

    It asks the console for its width, colors and encoding when it is printed.
    """

    pictures: tuple[Array, ...]
    captions: tuple[str, ...]
    console_width: int | None = None
    small: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.pictures:
            return
        colors = shows_gray(console)
        width = min(self.console_width or options.max_width, options.max_width)
        if not colors:
            pictures = trimmed(self.pictures)  # half of a picture would be too few characters to be told
        else:
            pictures = [half_size(p) for p in self.pictures] if self.small else list(self.pictures)
        pictures = [_fitting(picture, width) for picture in pictures]
        captions = [printable(caption, ascii_only=options.ascii_only) for caption in self.captions]
        cell = min(_cell_width(pictures, captions), width)
        per_row = max(1, (width + GAP) // (cell + GAP))
        grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
        for _ in range(min(per_row, len(self.pictures))):
            grid.add_column(width=cell)
        cells = [
            Group(picture_lines(picture, colors=colors), Text(caption, overflow="fold"))
            for picture, caption in zip(pictures, captions, strict=True)
        ]
        for start in range(0, len(cells), per_row):
            grid.add_row(*cells[start : start + per_row])
            if start + per_row < len(cells):
                grid.add_row()
        yield grid


def _fitting(picture: Array, width: int) -> Array:
    while picture.shape[1] > width:
        picture = half_size(picture)
    return picture


def _cell_width(pictures: Sequence[Array], captions: Sequence[str]) -> int:
    """As wide as the widest picture, and as the longest word of a caption: lines are broken between words."""
    words = [word for caption in captions for word in caption.split()]
    return max([picture.shape[1] for picture in pictures] + [cell_len(word) for word in words])


def trimmed(pictures: Sequence[Array]) -> list[Array]:
    """Pictures without the margins that are blank in all of them; their sizes stay as they are if they differ.

    Examples
    --------
    >>> trimmed([np.array([[0, 9, 0], [0, 0, 0]]), np.array([[0, 0, 9], [0, 0, 0]])])
    [array([[9, 0]]), array([[0, 9]])]
    """
    if len({picture.shape for picture in pictures}) != 1:
        return list(pictures)
    ink = np.max(np.stack(pictures), axis=0) > 0
    if not ink.any():
        return list(pictures)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return [picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] for picture in pictures]


def picture_grid(
    pictures: Sequence[Array],
    captions: Sequence[str],
    console_width: int | None = None,
    *,
    small: bool = False,
) -> PictureGrid:
    """Pictures side by side, as many in a row as fit, with captions beneath.

    Parameters
    ----------
    pictures : sequence of (rows, columns)
    captions : sequence of str
        One for each, broken between words where it is wider than its picture; newlines count.
    console_width : int, optional
        Columns to fill; by default all that the console has.
    small : bool
        Halve width and height: five pictures of 28×28 then fit in 80 columns. Without colors pictures keep their
        size, since characters show less, and lose their common margins instead.

    Returns
    -------
    PictureGrid
        For ``console.print``.

    Raises
    ------
    ShapeError
        If there is not one caption for each picture, or one of them is no picture.

    Examples
    --------
    >>> console = Console(width=20, color_system=None)
    >>> grid = picture_grid([np.full((2, 6), 255), np.zeros((2, 6))], ["white", "black"])
    >>> console.print(grid)  # doctest: +NORMALIZE_WHITESPACE
    @@@@@@
    white   black
    """
    if len(pictures) != len(captions):
        raise ShapeError(
            f"There are {len(pictures)} pictures and {len(captions)} captions; expected as many."
        )
    for picture in pictures:
        if np.ndim(picture) != 2:
            raise ShapeError(f"A picture has shape {np.shape(picture)}; expected (rows, columns).")
    return PictureGrid(tuple(pictures), tuple(captions), console_width, small)


def shows_gray(console: Console) -> bool:
    """Whether a console can show gray levels: UTF-8, at least 256 colors, and nobody objects to them."""
    enough = console.color_system in ("256", "truecolor")
    return enough and not console.no_color and not console.options.ascii_only


def bar(length: int, *, ascii_only: bool = False) -> str:
    """A bar of so many columns.

    Examples
    --------
    >>> bar(3), bar(3, ascii_only=True)
    ('███', '###')
    """
    return ("#" if ascii_only else "█") * length


def printable(text: str, *, ascii_only: bool = False) -> str:
    r"""Text from a file that can't command a terminal: control characters as ``\x1b``, newlines kept.

    Examples
    --------
    >>> printable("a\x1b[2Jb"), printable("café", ascii_only=True)
    ('a\\x1b[2Jb', 'caf\\xe9')
    """
    return "".join(
        c if c == "\n" or (c.isprintable() and (c.isascii() or not ascii_only)) else _escaped(c) for c in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def confusion_table(confusion: Array, classes: Sequence[str], *, width: int = 80) -> Table:
    """How often class i (row) was called class j (column); the largest confusions where all would be too many.

    Zeros are dots, larger errors (as shares of their row) stand on orange, what was right is bold. Only the names
    of classes may need more than ASCII.

    Parameters
    ----------
    confusion : (k, k)
    classes : sequence of str
    width : int
        Columns that the table may take. If they are too few, or there are more than 20 classes, it lists the
        largest confusions instead.

    Returns
    -------
    rich.table.Table

    Raises
    ------
    ShapeError
        If the matrix does not have a row and a column for each class.

    Examples
    --------
    >>> Console(width=40).print(confusion_table(np.array([[50, 2], [0, 48]]), ["no", "yes"]))
    true / called   no yes    right
    no              50   2   96.2 %
    yes              .  48  100.0 %
    """
    confusion = np.asarray(confusion)
    k = len(classes)
    if confusion.shape != (k, k):
        raise ShapeError(f"The confusion matrix has shape {confusion.shape}; expected ({k}, {k}).")
    names = [printable(name.replace("\n", " ")) for name in classes]
    if k <= MOST_CLASSES:
        table, needed = _whole_table(confusion, names)
        if needed <= width:
            return table
    return _largest_confusions(confusion, names)


def _whole_table(confusion: Array, names: Sequence[str]) -> tuple[Table, int]:
    """The table and its width. Columns are headed by names if these are as short as the counts, else by numbers."""
    widest = max(len(f"{confusion.max()}"), 3)
    if all(cell_len(name) <= widest for name in names):
        heads, rows = list(names), list(names)
    else:
        heads = [str(j) for j in range(len(names))]
        rows = [f"{j} {_cropped(name, 16)}" for j, name in enumerate(names)]
    column = max(len(str(confusion.max())), *map(cell_len, heads))
    first = max(map(cell_len, [CORNER, *rows]))
    table = Table(box=None, padding=(0, 0), pad_edge=False, collapse_padding=True)
    table.add_column(CORNER, width=first + 1, no_wrap=True)
    for head in heads:
        table.add_column(Text(head), justify="right", width=column + 1, no_wrap=True)
    table.add_column("right", justify="right", width=RIGHT, no_wrap=True)
    shares = _shares(confusion)
    worst = float(shares[~np.eye(len(names), dtype=bool)].max(initial=0.0))
    for i, name in enumerate(rows):
        cells = [_cell(confusion, shares, i, j, worst) for j in range(len(names))]
        right = percent(shares[i, i]) if confusion[i].sum() else "-"
        table.add_row(Text(name), *cells, Text(right))
    return table, first + 1 + len(names) * (column + 1) + RIGHT


def _shares(confusion: Array) -> Array:
    """Of each row; a class without examples has none."""
    return confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)


def _cell(confusion: Array, shares: Array, i: int, j: int, worst: float) -> Text:
    count = int(confusion[i, j])
    if not count:
        return Text(".", style="dim")
    if i == j:
        return Text(str(count), style="bold")
    return Text(str(count), style=_error_style(float(shares[i, j]) / worst))


def _error_style(strength: float) -> Style:
    """Black on orange, readable in dark and light terminals; small errors have no ground."""
    for least, ground in ERROR_GROUNDS:
        if strength >= least:
            return Style(color="#000000", bgcolor=ground)
    return Style()


def _largest_confusions(confusion: Array, names: Sequence[str]) -> Table:
    errors = confusion * (1 - np.eye(len(names), dtype=confusion.dtype))
    order = np.argsort(-errors, axis=None, kind="stable")[:LISTED]
    places = [divmod(int(place), len(names)) for place in order if errors.flat[place]]
    shares = _shares(confusion)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, title_justify="left")
    table.add_column("true", no_wrap=True)
    table.add_column("called", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("of the true class", justify="right")
    for i, j in places:
        times = Text(str(errors[i, j]))
        table.add_row(
            Text(_cropped(names[i], 24)), Text(_cropped(names[j], 24)), times, percent(shares[i, j])
        )
    if not places:
        table.add_row("none", "", "", "")
    return table


def _cropped(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 2].rstrip() + ".."
