"""Ink apart from paper: which of both is dark, how the light falls on the paper, how strong the ink is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.pictures import Picture, border

FULL_INK = 245.0  # ink of at least this strength is not stretched: MNIST's reaches 247 … 255
FAINTEST_INK = 20.0
RIM, BODY = (
    0.05,
    0.25,
)  # shares of full ink: where anti-aliased ink begins in small pictures, and in fine ones
FINE = 40  # pixels: from twice the finished size on, the gray rim of a stroke no longer matters
_TO_SIGMA = 1.4826  # the standard deviation of normal noise from its median absolute deviation
_PERCENT_99 = 2.326  # so many standard deviations above its middle lies a normal variable's 99th percentile


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What was drawn, light on black: `ink` is 0 where there is paper and 255 where ink is full."""

    ink: Picture
    is_dark: bool  # as it came
    shade: float  # of the paper, as it came
    noise: float  # of the paper: the standard deviation of its shade
    level: float  # how far full ink was from the paper, before stretching


def ink_on_paper(gray: Picture) -> Ink:
    """The ink in a picture: the distance of each pixel from the paper's shade, stretched to 255.

    The paper's shade is that of the border. If it is not the same everywhere, a quadratic surface is fitted to
    all paper, so that light from one side does no harm.

    Raises
    ------
    DataError
        If nothing stands out from the paper.

    Examples
    --------
    >>> found = ink_on_paper(np.array([[200, 200, 200], [200, 100, 200], [200, 200, 200]], dtype=np.uint8))
    >>> found.ink.tolist(), found.is_dark
    ([[0, 0, 0], [0, 255, 0], [0, 0, 0]], True)
    """
    shades = gray.astype(np.float64)
    paper, noise = _paper_at_border(shades)
    above, below = np.maximum(shades - paper, 0), np.maximum(paper - shades, 0)
    is_dark = bool((below**2).sum() > (above**2).sum())
    ink = below if is_dark else above
    if not ink.any():
        raise _no_ink()
    if noise > 0:  # photographed or scanned: look at all the paper, not only at its border
        is_paper = ink <= otsu(ink)
        paper = _surface(shades, is_paper)
        noise = _spread((shades - paper)[is_paper])
        ink = np.maximum(paper - shades if is_dark else shades - paper, 0)
    is_ink = ink > otsu(ink)
    level = float(np.percentile(ink[is_ink], 99)) - _PERCENT_99 * noise if is_ink.any() else 0.0
    if level < max(FAINTEST_INK, 6 * noise):
        raise _no_ink()
    ink = _without_paper(ink, is_ink, level, noise)
    if level < FULL_INK:
        ink = np.minimum(ink * (255.0 / level), 255.0)
    shade = float(np.median(paper))
    return Ink(np.rint(ink).astype(np.uint8), is_dark, shade, noise, level)


def _no_ink() -> DataError:
    return DataError(
        "the picture has no ink: everything in it has nearly the same shade; draw a digit that stands out."
    )


def _without_paper(ink: Array, is_ink: npt.NDArray[np.bool_], level: float, noise: float) -> Array:
    """Set to 0 what is neither ink nor the rim of a stroke: its anti-aliased edge, one pixel wide."""
    from scipy import ndimage

    rows, columns = np.nonzero(is_ink)
    is_fine = max(np.ptp(rows), np.ptp(columns)) + 1 > FINE
    threshold = max(BODY * level, 4 * noise) if is_fine or noise > 0 else RIM * level
    with_rim = ndimage.binary_dilation(ink > threshold, structure=np.ones((3, 3), dtype=bool))
    return np.where(with_rim, ink, 0.0)


def _paper_at_border(shades: Array) -> tuple[Array, float]:
    """Return the paper's shade everywhere and its noise, both judged by the border."""
    shade = float(np.median(border(shades)))
    paper = np.full(shades.shape, shade)
    frame = np.zeros(shades.shape, dtype=bool)
    wide = max(1, min(shades.shape) // 40)
    frame[:wide] = frame[-wide:] = frame[:, :wide] = frame[:, -wide:] = True
    noise = _spread(shades[frame] - shade)
    if noise == 0 or frame.sum() < 30:  # even paper, or too few pixels to tell a slope from a stroke
        return paper, 0.0
    for _ in range(3):  # each time without what is far from paper, such as a stroke that leaves the picture
        near = frame & (np.abs(shades - paper) <= 3 * noise)
        paper = _surface(shades, near)
        noise = _spread((shades - paper)[frame])
        if noise == 0:
            break
    return paper, noise


def _surface(shades: Array, where: npt.NDArray[np.bool_]) -> Array:
    """Return the quadratic surface that fits the chosen pixels best, evaluated everywhere."""
    y = np.linspace(-1, 1, shades.shape[0])[:, None]
    x = np.linspace(-1, 1, shades.shape[1])[None, :]
    terms = [t + 0 * x + 0 * y for t in (np.ones((1, 1)), x, y, x * x, x * y, y * y)]
    rows, columns = np.nonzero(where)
    some = slice(None, None, max(1, len(rows) // 20_000))  # enough to know six coefficients well
    chosen = (rows[some], columns[some])
    A = np.stack([term[chosen] for term in terms], axis=1)
    coefficients = np.linalg.lstsq(A, shades[chosen], rcond=None)[0]
    surface = np.zeros(shades.shape)
    for coefficient, term in zip(coefficients, terms, strict=True):
        surface += coefficient * term
    return surface


def _spread(differences: Array) -> float:
    """Return the standard deviation of noise, robustly: judged by the calmer side, as ink is only on the other."""
    from_middle = differences - np.median(differences)
    upper, lower = from_middle[from_middle >= 0], -from_middle[from_middle <= 0]
    return _TO_SIGMA * float(min(np.median(upper), np.median(lower)))


def otsu(shades: Array) -> float:
    """The threshold that separates dark from light best: it maximizes the variance between both classes.

    Parameters
    ----------
    shades : array
        From 0 to 255.

    Returns
    -------
    float
        Shades above it are light.

    References
    ----------
    Otsu (1979), A threshold selection method from gray-level histograms.

    Examples
    --------
    >>> 10 <= otsu(np.array([8, 9, 10, 200, 210])) < 200
    True
    """
    counts = np.bincount(np.rint(shades).clip(0, 255).astype(np.int64).ravel(), minlength=256)
    below = np.cumsum(counts).astype(np.float64)
    sums = np.cumsum(counts * np.arange(256.0))
    weight = below * (below[-1] - below)
    between = np.divide(
        (sums[-1] * below / below[-1] - sums) ** 2, weight, out=np.zeros(256), where=weight > 0
    )
    return float(np.argmax(between))
