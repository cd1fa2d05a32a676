"""The paper that figures are drawn on: size, ink, lettering, and how it becomes a PNG.

Colors and font are given to every piece of text, so that a figure looks alike under any matplotlib settings.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FuncFormatter

from pellucid.basics.files import write_atomically

PAPER, INK, FAINT, LINE = "#ffffff", "#1d1d1f", "#6a6a70", "#d5d5da"
BLUE, ORANGE = "#0072b2", "#b84a00"  # told apart by color-blind people, and in gray
FONT: Final = "DejaVu Sans"  # comes with matplotlib
DPI = 150


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, with a canvas that needs no display."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)  # type: ignore[union-attr, call-arg]
    return figure


def lettering(size: float, color: str = INK, **more: Any) -> dict[str, Any]:
    """The keywords of any text; what users named is never taken for a formula."""
    return {"fontsize": size, "color": color, "family": FONT, "parse_math": False, **more}


def headline(axes: Axes, text: str, note: str = "") -> None:
    """Put a title over the axes' left edge, and what has to be known beside it in small print."""
    axes.set_title(text, loc="left", pad=20 if note else 8, **lettering(10.5, weight="bold"))
    if note:
        axes.annotate(
            note,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 7),
            textcoords="offset points",
            **lettering(8, FAINT),
        )


def plain_axes(axes: Axes) -> None:
    """Leave of an axes' frame what a reader needs: two thin lines, small ticks, a grid behind the curves."""
    axes.set_facecolor(PAPER)
    axes.tick_params(labelsize=8, colors=FAINT, labelcolor=INK, labelfontfamily=FONT, length=3, width=0.6)
    axes.grid(visible=True, color=LINE, linewidth=0.5, linestyle="-")
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
        spine.set_linewidth(0.6)


def message(panel: FigureBase, text: str) -> None:
    """Say in words what there is no picture of."""
    axes = panel.add_subplot()
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", **lettering(10, FAINT))


def color_bar(
    panel: FigureBase, axes: Axes, colors: ScalarMappable, label: str, *, left: float, share: bool = False
) -> None:
    """The scale of colors beside a picture and as high; `left` is where it begins, in widths of the axes."""
    place = axes.inset_axes((left, 0.0, 0.02, 1.0))
    bar = panel.colorbar(colors, cax=place)
    if share:
        place.yaxis.set_major_formatter(FuncFormatter(share_tick))
    bar.set_label(label, **lettering(8))
    place.tick_params(labelsize=7.5, colors=FAINT, labelcolor=INK, labelfontfamily=FONT, length=2)
    for spine in place.spines.values():
        spine.set_visible(False)


def drawable(text: str, longest: int = 16) -> str:
    r"""A name in one line that the font can draw: shortened, and � for what the font lacks.

    Examples
    --------
    >>> drawable("T-shirt/top"), drawable("a\nb"), drawable("a very long name of a class", 10)
    ('T-shirt/top', 'a b', 'a very lo…')
    """
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    text = "".join(c if ord(c) in _known_characters() and c.isprintable() else "�" for c in text)
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont(FONT))
    return frozenset(font.get_charmap())


def drawables(names: Sequence[str], longest: int = 16) -> list[str]:
    """The same for several names."""
    return [drawable(name, longest) for name in names]


def share_tick(share: float, _position: int | None = None) -> str:
    """A share as the label of a tick: no more digits than the tick needs."""
    return f"{round(100 * share, 2):g} %"


def figure_png(figure: Figure, *, dpi: float | None = None) -> bytes:
    r"""A figure as the bytes of a PNG file; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
    dpi : float, optional
        Pixels for each inch; by default the figure's own, 150.

    Examples
    --------
    >>> figure_png(new_figure(1, 1), dpi=50)[:4]
    b'\x89PNG'
    """
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        dpi="figure" if dpi is None else dpi,
        facecolor=PAPER,
        bbox_inches=None,
        metadata={"Software": None},  # no version: the same figure, the same bytes
    )
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path, *, dpi: float | None = None) -> Path:
    """Write a figure as a PNG file, whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : path
        By custom ``*.png``.
    dpi : float, optional
        Pixels for each inch; by default 150.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    StorageError
        If it can't be written; an older file of that name is then unharmed.
    """
    return write_atomically(path, figure_png(figure, dpi=dpi))
