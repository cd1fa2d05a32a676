"""A picture file as it is: shades, colors or other channels, of 8 or 16 bits."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.pictures import MAX_PIXELS, opened, paper_under, upright_size
from pellucid.data.reading import first_line

if TYPE_CHECKING:
    from PIL import Image

MAX_CHANNELS = 64
_BITS_PER_SAMPLE, _DESCRIPTION, _PLANAR = 258, 270, 284  # tags of TIFF
_IMAGEJ_STACK = re.compile(r"^(slices|frames)=(\d+)", re.MULTILINE)
_OME_STACK = re.compile(r'\bSize([ZT])="(\d+)"')


@dataclass(frozen=True, slots=True)
class PictureKind:
    """What a file says of its picture before a pixel is decoded.

    Parameters
    ----------
    rows, columns : int
        The right way up.
    channels : int
        1 for shades of gray, 3 for colors; the pages of a TIFF file are channels, too.
    bits : int
        8 or 16 for each channel; 1 of an array of no and yes.
    pages : int
        1, or as many as there are channels.
    """

    rows: int
    columns: int
    channels: int
    bits: int
    pages: int = 1

    @property
    def shades(self) -> tuple[float, float]:
        """Black and white, unless somebody knows better: 0 … 1, 0 … 255 or 0 … 65535."""
        return (0.0, 2.0**self.bits - 1)


def picture_kind(source: str | Path | bytes | Image.Image) -> PictureKind:
    """The size, channels and depth of a picture, from the head of its file.

    Parameters
    ----------
    source : path, bytes or PIL image

    Returns
    -------
    PictureKind

    Raises
    ------
    DataError
        If there is no such file, or it is no picture, an animation, or a stack of slices or of moments.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> from PIL import Image
    >>> picture_kind(Image.new("RGB", (3, 2)))
    PictureKind(rows=2, columns=3, channels=3, bits=8, pages=1)
    """
    path = source if isinstance(source, str | Path) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders grumble about harmless details; what matters raises
        image = opened(source, path)
        try:
            return _kind(image)
        except Exception as error:  # noqa: BLE001 - a decoder of foreign bytes may raise anything
            raise _located(error, path) from None


def read_channels(source: str | Path | bytes | Image.Image, *, bits: int | None = None) -> Array:
    """A picture with all its channels, ``(rows, columns, channels)``, in the depth of its file.

    Shades of gray have one channel, colors have red, green and blue; palettes, CMYK and other color spaces become
    these (CMYK without its color profile). What is transparent is laid on white, or on black where all that can be
    seen is light. The EXIF orientation is applied. The pages of a TIFF file, shades of gray of one size, are
    channels. 16 bits stay 16 bits; fractions from 0 to 1 become 16 bits.

    Parameters
    ----------
    source : path, bytes or PIL image
        PNG, JPEG, BMP, GIF, TIFF, WebP or PPM, of at most 50 million pixels.
    bits : int, optional
        8 brings deeper pictures down to bytes: white stays white.

    Returns
    -------
    (rows, columns, channels) array of uint8 or uint16

    Raises
    ------
    DataError
        If there is no such file, or it is no picture, is cut off or too large, an animation, a stack of slices or
        of moments, or has colors of 16 bits, which Pillow would cut down to 8.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> from PIL import Image
    >>> read_channels(Image.new("RGB", (3, 2), "red"))[0, 0].tolist()
    [255, 0, 0]
    """
    path = source if isinstance(source, str | Path) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = opened(source, path)
        try:
            picture = _decoded(image, _kind(image), bits)
        except Exception as error:  # noqa: BLE001 - a decoder of foreign bytes may raise anything
            raise _located(error, path) from None
    return in_bytes(picture) if bits == 8 else picture


def in_bytes(picture: Array) -> Array:
    """A picture of 16 bits in 8: 65535 becomes 255, in equal steps; one of 8 bits stays as it is."""
    return picture if picture.dtype == np.uint8 else np.rint(picture / 257.0).astype(np.uint8)


def _located(error: Exception, path: str | Path | None) -> DataError:
    if isinstance(error, DataError):
        return DataError(str(error), path=path)
    return DataError(f"the picture is damaged or cut off ({first_line(error)}); get a whole copy.", path=path)


# ── the head of a file ───────────────────────────────────────────────────────────────────────────────────────


def _kind(image: Image.Image) -> PictureKind:
    pages = getattr(image, "n_frames", 1)
    if pages > 1 and image.format == "TIFF":
        return _kind_of_pages(image, pages)
    if pages > 1 and image.format != "MPO":  # a photo whose other pages are a preview, or the other eye's
        raise DataError(f"it is an animation of {pages} pictures; expected one, so save the one that counts.")
    is_deep = image.mode.startswith(("I", "F")) or _has_deep_colors(image)
    rows, columns = upright_size(image)  # may decode the whole, after which nothing tells how deep it was
    return PictureKind(rows, columns, 1 if _is_gray(image) else 3, 16 if is_deep else 8)


def _kind_of_pages(image: Image.Image, pages: int) -> PictureKind:
    """A TIFF file of several pages: its channels, if they are alike and no stack."""
    _refuse_stack(image)
    if pages > MAX_CHANNELS:
        raise DataError(
            f"it has {pages} pages; expected at most {MAX_CHANNELS}, which are taken as channels, so save those "
            "that count."
        )
    kinds = []
    for page in range(pages):
        image.seek(page)
        rows, columns = upright_size(image)
        kinds.append((rows, columns, _is_gray(image), image.mode.startswith(("I", "F"))))
    image.seek(0)
    if len(set(kinds)) > 1 or not kinds[0][2]:
        raise DataError(
            f"its {pages} pages differ in size or depth or are in colors; expected shades of gray alike, which are "
            "taken as channels, so save the page that counts."
        )
    rows, columns, _, is_deep = kinds[0]
    if rows * columns * pages > MAX_PIXELS:
        raise DataError(
            f"it has {pages} pages of {columns} × {rows} pixels; expected at most {MAX_PIXELS:,}, so make them "
            "smaller."
        )
    return PictureKind(rows, columns, pages, 16 if is_deep else 8, pages)


def _refuse_stack(image: Image.Image) -> None:
    """Slices through a thing, or moments of it, are no channels; ImageJ and OME say which is which."""
    tags = getattr(image, "tag_v2", {})
    description = str(tags.get(_DESCRIPTION, ""))
    found = _IMAGEJ_STACK.findall(description) if description.startswith("ImageJ=") else []
    found += [({"Z": "slices", "T": "frames"}[axis], n) for axis, n in _OME_STACK.findall(description)]
    for what, number in found:
        if int(number) > 1:
            raise DataError(
                f"it is a stack of {number} {what}; expected one picture, so save the one that counts, or a "
                "projection (ImageJ: Image > Stacks > Z Project)."
            )


def _is_gray(image: Image.Image) -> bool:
    if image.mode in ("P", "PA"):
        colors = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        return bool((colors == colors[:, :1]).all())
    return image.mode in ("1", "L", "LA", "La") or image.mode.startswith(("I", "F"))


def _has_deep_colors(image: Image.Image) -> bool:
    """Whether there are several samples of 16 bits in a pixel: Pillow keeps 8 of them."""
    if len(image.getbands()) == 1:
        return False
    in_tiles = any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
    tags = getattr(image, "tag_v2", {})
    return in_tiles or max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8


# ── the pixels ───────────────────────────────────────────────────────────────────────────────────────────────


def _decoded(image: Image.Image, kind: PictureKind, bits: int | None) -> Array:
    from PIL import ImageOps

    if kind.bits == 16 and kind.channels == 3 and kind.pages == 1:
        in_planes = getattr(image, "tag_v2", {}).get(_PLANAR, 1) == 2  # which Pillow misreads
        if bits != 8 or in_planes:
            raise DataError(
                "it has several channels of 16 bits in one page, of which 8 would be lost; save each channel as a "
                "page of a TIFF file, " + ("or as 8 bits." if in_planes else "or give shades=(0, 255).")
            )
    pages = []
    for page in range(kind.pages):
        if kind.pages > 1:
            image.seek(page)
        image.load()
        pages.append(_pixels(ImageOps.exif_transpose(image)))
    return np.concatenate(pages, axis=2)


def _pixels(image: Image.Image) -> Array:
    """Shades ``(rows, columns, 1)`` or colors ``(rows, columns, 3)``."""
    if image.mode.startswith(("I", "F")):
        return _sixteen_bits(np.asarray(image))[..., None]
    is_gray = _is_gray(image)
    if "A" in image.getbands() or "transparency" in image.info:
        return _on_paper(image.convert("RGBA"), is_gray)
    return np.array(image.convert("L" if is_gray else "RGB"), dtype=np.uint8).reshape(*image.size[::-1], -1)


def _sixteen_bits(shades: Array) -> Array:
    """Whole numbers from 0 to 65535 as they are, fractions from 0 to 1 in 16 bits."""
    top = 1.0 if shades.dtype.kind == "f" else 65535.0
    if not np.isfinite(shades).all() or shades.min() < 0 or shades.max() > top:
        raise DataError(
            f"its shades go from {shades.min():.4g} to {shades.max():.4g}; expected 0 to {top:.0f}, so save it "
            "with 16 bits, or read it into an array and say its shades."
        )
    return np.rint(shades * (65535.0 / top)).astype(np.uint16) if top == 1.0 else shades.astype(np.uint16)


def _on_paper(image: Image.Image, is_gray: bool) -> Array:
    """A transparent picture laid on white or black."""
    colors = np.asarray(image, dtype=np.float64)
    shade, opacity = np.asarray(image.convert("L"), dtype=np.float64), colors[..., 3:] / 255.0
    paper = paper_under(shade, opacity[..., 0])
    channels = shade[..., None] if is_gray else colors[..., :3]
    return np.rint(channels * opacity + paper * (1.0 - opacity)).astype(np.uint8)
