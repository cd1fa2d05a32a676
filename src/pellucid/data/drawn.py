"""Digits that people draw or photograph become what MNIST holds, in eight steps that can all be shown.

MNIST's makers scaled each digit so that the longer side of its ink measures 20 pixels and put it, anti-aliased,
light on black, into 28 × 28 pixels so that its center of mass lies in the middle. Of MNIST's 10,000 test pictures
the longer side is 20 in all but three, and both coordinates of the center of mass lie in [13.5, 14.5), counted
from the middle of the first pixel: the middle is 14.0. Hence MNIST's own pictures pass through these steps as they
are.

References
----------
LeCun, Cortes, Burges (1998), The MNIST database of handwritten digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.dataset import Input
from pellucid.data.paper import FULL_INK, Ink, ink_on_paper
from pellucid.data.pictures import Picture, fitted, read_picture, resized

SIDE = 28
LONGER_SIDE = 20
CENTER = 14.0
LARGEST_SIDE = 1600  # finer pictures are averaged down first
SPECK = 4.0  # finished pixels: a dab of ink smaller than 2 × 2 of them is no part of a digit
THINNEST, PEN = 1.0, 2.0  # finished pixels: strokes thinner than the first get the width of the second
SQUEEZE = 0.3  # finished pixels that the shorter side may lose to fill whole ones: an edge's blur


@dataclass(frozen=True, slots=True, eq=False)
class FramingStep:
    """One step on the way to 28 × 28 pixels, and the picture after it."""

    name: str
    explanation: str
    picture: Picture


@dataclass(frozen=True, slots=True, eq=False)
class DigitFraming:
    """How a picture became 28 × 28 pixels as MNIST holds them.

    Parameters
    ----------
    steps : tuple of FramingStep
        What was done, in order, each with the picture after it.
    picture : (28, 28) array of uint8
        The result: light ink on black.
    notes : tuple of str
        What might make a network's answer doubtful.
    """

    steps: tuple[FramingStep, ...]
    picture: Picture
    notes: tuple[str, ...]


def read_digit(path: str | Path) -> DigitFraming:
    """A picture file framed as MNIST's digits are: `read_picture`, then `frame_digit`.

    Raises
    ------
    DataError
        If the file is no picture or there is no ink in it.
    StorageError
        If the file can't be read.
    """
    picture = read_picture(path)
    try:
        return frame_digit(picture)
    except DataError as error:
        raise DataError(str(error), path=path) from None


def frame_digit(picture: Array) -> DigitFraming:
    """A picture of a digit as MNIST holds them: 28 × 28, light on black, ink 20 pixels long, centered by mass.

    Parameters
    ----------
    picture : (rows, columns) array of uint8
        Shades of gray, of any size; ink dark on light or light on dark.

    Returns
    -------
    DigitFraming
        With every step: grayscale, polarity, contrast, specks, strokes, cropped, scaled, centered.

    Raises
    ------
    DataError
        If there is no ink.
    ShapeError
        If it is no picture in shades of gray.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition, section III.A.

    Examples
    --------
    >>> picture = np.full((90, 60), 255, dtype=np.uint8)
    >>> picture[10:70, 20:26] = 0
    >>> framing = frame_digit(picture)
    >>> [step.name for step in framing.steps]
    ['grayscale', 'polarity', 'contrast', 'specks', 'strokes', 'cropped', 'scaled', 'centered']
    >>> rows, columns = np.nonzero(framing.picture)
    >>> int(np.ptp(rows)) + 1, int(rows.min()), int(columns.min())
    (20, 4, 13)
    """
    gray = _not_too_fine(_checked(picture))
    found = ink_on_paper(gray)
    notes: list[str] = []
    steps = [
        FramingStep("grayscale", "the picture in shades of gray", gray),
        FramingStep("polarity", _polarity_words(found), 255 - gray if found.is_dark else gray),
        FramingStep("contrast", _contrast_words(found), found.ink),
    ]
    clean, dropped = _without_specks(found.ink)
    words = f"{dropped} specks removed" if dropped != 1 else "1 speck removed"
    steps.append(FramingStep("specks", words if dropped else "no specks", clean))
    thick, words = _with_strong_strokes(clean)
    steps.append(FramingStep("strokes", words, thick))
    crop = _cropped(thick)
    steps.append(FramingStep("cropped", f"the ink's box: {crop.shape[1]} × {crop.shape[0]} pixels", crop))
    if max(crop.shape) < LONGER_SIDE // 2:
        notes.append(f"the digit is only {max(crop.shape)} pixels long; a larger picture would show more")
    scaled, words = _scaled(crop)
    steps.append(FramingStep("scaled", words, scaled))
    centered, words = _centered(scaled)
    steps.append(FramingStep("centered", words, centered))
    if scaled.mean() > 200:
        notes.append("nearly the whole box is ink; is it one digit, drawn in strokes?")
    return DigitFraming(tuple(steps), centered, tuple(notes))


def frame_picture(picture: Array, input: Input) -> Array:
    """A picture that somebody brings, as the examples that a network was trained on, of ``input.shape``.

    Parameters
    ----------
    picture : (rows, columns) or (rows, columns, channels)
        Stored values with the channels of `input`; shades of gray in uint8 where digits are to be framed.
    input : Input
        What the network expects; ``input.framing`` says how to get there.

    Returns
    -------
    array of shape ``input.shape`` and the picture's dtype

    Raises
    ------
    ShapeError
        If the network does not read pictures, or others.
    DataError
        If a digit is to be framed and there is no ink.

    Examples
    --------
    >>> frame_picture(np.full((50, 60), 7, dtype=np.uint8), Input.picture(5, 6)).shape
    (5, 6)
    """
    if not input.is_picture:
        raise ShapeError(
            f"The network reads rows of {input.size} numbers, not pictures; give it a table or a .npy file."
        )
    rows, columns = input.shape[:2]
    if input.framing == "digit":
        return fitted(frame_digit(picture).picture, rows, columns)
    picture = np.asarray(picture)
    if picture.ndim != len(input.shape) or picture.shape[2:] != input.shape[2:] or not picture.size:
        expected = "(rows, columns)" if input.channels == 1 else f"(rows, columns, {input.channels})"
        raise ShapeError(f"The picture has shape {picture.shape}; expected {expected}.")
    return fitted(picture, rows, columns)


def _checked(picture: Array) -> Picture:
    picture = np.asarray(picture)
    if picture.ndim != 2 or not picture.size or picture.dtype != np.uint8:
        raise ShapeError(
            f"The picture has shape {picture.shape} and dtype {picture.dtype}; expected (rows, columns), shades of "
            "gray in uint8."
        )
    return picture


def _not_too_fine(gray: Picture) -> Picture:
    longer = max(gray.shape)
    if longer <= LARGEST_SIDE:
        return gray
    rows, columns = (max(1, side * LARGEST_SIDE // longer) for side in gray.shape)
    return np.rint(resized(gray, rows, columns)).astype(np.uint8)


def _polarity_words(found: Ink) -> str:
    if found.is_dark:
        return "dark ink on light paper: inverted"
    return "light ink on dark paper, as MNIST has it: unchanged"


def _contrast_words(found: Ink) -> str:
    if found.noise == 0 and found.shade in (0.0, 255.0) and found.level >= FULL_INK:
        return "clean paper and full ink: unchanged"
    return f"the paper's shade ({found.shade:.0f}) becomes 0, the ink's 255"


def _without_specks(ink: Picture) -> tuple[Picture, int]:
    """Drop what is separate and smaller than a dab of 2 x 2 finished pixels; return what is left, and how many.

    Only in pictures finer than the finished one can a speck be told from a piece of a broken stroke.
    """
    from scipy import ndimage

    labels, count = ndimage.label(ink, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    box = ndimage.find_objects(labels)[int(np.argmax(areas))]
    finished_pixel = max(side.stop - side.start for side in box) / LONGER_SIDE
    if finished_pixel <= 1.0:
        return ink, 0
    is_speck = np.concatenate([[False], areas < SPECK * finished_pixel**2])
    is_speck[1 + int(np.argmax(areas))] = False
    return np.where(is_speck[labels], 0, ink).astype(np.uint8), int(is_speck.sum())


def _with_strong_strokes(ink: Picture) -> tuple[Picture, str]:
    """Widen strokes that would be thinner than one finished pixel, and hence fade, to two pixels."""
    from scipy import ndimage

    finished_pixel = max(_cropped(ink).shape) / LONGER_SIDE
    depth = ndimage.distance_transform_edt(ink > 127)
    inside = depth[depth > 0]
    width = 2.0 * float(np.percentile(inside, 90)) - 1.0 if len(inside) else 1.0
    if finished_pixel <= 1.0 or width >= THINNEST * finished_pixel:
        return ink, "the strokes are strong enough: unchanged"
    more = (PEN * finished_pixel - width) / 2.0
    roomy = np.pad(ink, int(np.ceil(more)))
    distance = ndimage.distance_transform_edt(roomy <= 127)
    wide = np.where(distance <= more, 255, roomy).astype(np.uint8)
    return wide, f"thin strokes of about {width:.0f} pixels widened to {PEN * finished_pixel:.0f}"


def _cropped(ink: Picture) -> Picture:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(crop: Picture) -> tuple[Picture, str]:
    """Scale the longer side to 20 pixels; rounding up keeps the faintest tip of a stroke."""
    longer = max(crop.shape)
    if longer == LONGER_SIDE:
        return crop, "the longer side measures 20 pixels: unchanged"
    rows, columns = (max(1, math.ceil(side * LONGER_SIDE / longer - SQUEEZE)) for side in crop.shape)
    # margins make the shorter side fill whole finished pixels too, so that the aspect is kept
    margins = [
        max(0, round(n * longer / LONGER_SIDE) - m) for n, m in zip((rows, columns), crop.shape, strict=True)
    ]
    roomy = np.pad(crop, [(margin // 2, margin - margin // 2) for margin in margins])
    scaled = resized(roomy, rows, columns)
    strongest = scaled.max()
    if strongest < FULL_INK:  # thin strokes fade when areas are averaged
        scaled *= 255.0 / strongest
    how = "averaging areas" if longer > LONGER_SIDE else "interpolation"
    words = f"the longer side from {longer} to 20 pixels, by {how}"
    return np.ceil(scaled).clip(0, 255).astype(np.uint8), words


def _centered(scaled: Picture) -> tuple[Picture, str]:
    """Put the ink so that its center of mass lies in [13.5, 14.5), but never over the edge."""
    mass = scaled.sum(dtype=np.float64)
    place = []
    for axis in (0, 1):
        along = scaled.sum(axis=1 - axis, dtype=np.float64)
        center = float(along @ np.arange(len(along))) / mass
        wanted = int(np.ceil(CENTER - 0.5 - center))
        place.append(min(max(wanted, 0), SIDE - len(along)))
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    canvas[place[0] : place[0] + scaled.shape[0], place[1] : place[1] + scaled.shape[1]] = scaled
    return canvas, "the center of mass at the middle of 28 × 28 pixels"
