"""Picture files become arrays of gray, and arrays of gray get another size, by averaging areas."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.data.reading import first_line, read_bytes

if TYPE_CHECKING:
    from PIL import Image

Picture = npt.NDArray[np.uint8]

MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_EXIF_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)  # the EXIF orientations that exchange rows and columns


def read_picture(source: str | Path | bytes | Image.Image) -> Picture:
    """A picture in shades of gray, ``(rows, columns)``: 0 is black, 255 is white.

    The EXIF orientation is applied. What is transparent becomes white, or black where the ink itself is light;
    16-bit shades become 8-bit ones; of an animation the first frame counts.

    Parameters
    ----------
    source : path, bytes or PIL image
        PNG, JPEG, BMP, GIF, TIFF, WebP or PPM, of at most 50 million pixels.

    Returns
    -------
    (rows, columns) array of uint8

    Raises
    ------
    DataError
        If there is no such file, or it is no picture, is cut off or too large.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> from PIL import Image
    >>> read_picture(Image.new("RGB", (3, 2), "white")).tolist()
    [[255, 255, 255], [255, 255, 255]]
    """
    from PIL import ImageOps

    path = source if isinstance(source, str | Path) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders grumble about harmless details; what matters raises
        image = opened(source, path)
        try:
            image.load()
            return _gray(ImageOps.exif_transpose(image))
        except DataError as error:
            raise DataError(str(error), path=path) from None
        except Exception as error:  # noqa: BLE001 - a decoder of foreign bytes may raise anything
            raise DataError(
                f"the picture is damaged or cut off ({first_line(error)}); get a whole copy.", path=path
            ) from None


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (rows, columns) of an opened picture, the right way up, without decoding its pixels."""
    try:
        turned = image.getexif().get(_EXIF_ORIENTATION) in _TURNED
    except Exception:  # noqa: BLE001 - damaged EXIF data says nothing about the orientation
        turned = False
    columns, rows = image.size
    return (columns, rows) if turned else (rows, columns)


def opened(source: str | Path | bytes | Image.Image, path: str | Path | None) -> Image.Image:
    """Open a picture without decoding it, and refuse one with too many pixels."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(source, Image.Image):
        image = source
    else:
        raw = source if isinstance(source, bytes) else read_bytes(source)
        try:
            image = Image.open(io.BytesIO(raw), formats=FORMATS)
        except UnidentifiedImageError:
            kinds = "PNG, JPEG, BMP, GIF, TIFF, WebP or PPM"
            what = "the file is not a picture" if raw else "the file is empty"
            raise DataError(f"{what}; expected {kinds}, so save it as PNG.", path=path) from None
        except Image.DecompressionBombError:
            raise DataError(
                f"the picture has far too many pixels (at most {MAX_PIXELS:,}); make it smaller.", path=path
            ) from None
        except Exception as error:  # noqa: BLE001 - a decoder of foreign bytes may raise anything
            raise DataError(
                f"the picture is damaged ({first_line(error)}); get another copy.", path=path
            ) from None
    columns, rows = image.size
    if rows * columns > MAX_PIXELS:
        raise DataError(
            f"the picture has {columns} × {rows} pixels; expected at most {MAX_PIXELS:,}, so make it smaller.",
            path=path,
        )
    if not rows * columns:
        raise DataError("the picture has no pixels; draw it again.", path=path)
    return image


def _gray(image: Image.Image) -> Picture:
    if image.mode.startswith(("I", "F")):
        return _gray_of_deep(np.asarray(image))
    if "A" in image.getbands() or "transparency" in image.info:
        return _composited(np.asarray(image.convert("RGBA").convert("LA"), dtype=np.float64))
    # CMYK and others have no direct way to gray that keeps their colors
    straight = image.mode in ("L", "RGB", "1", "P")
    return np.array((image if straight else image.convert("RGB")).convert("L"), dtype=np.uint8)


def _gray_of_deep(shades: Array) -> Picture:
    """Shades of more than 8 bits: 0 … 65535 for whole numbers, 0 … 1 for fractions."""
    top = 1.0 if np.issubdtype(shades.dtype, np.floating) else 65535.0
    if not np.isfinite(shades).all() or shades.min() < 0 or shades.max() > top:
        raise DataError(
            f"the picture's shades go from {shades.min():.4g} to {shades.max():.4g}; expected 0 to {top:.0f}, so "
            "save it as an 8-bit PNG."
        )
    return np.rint(shades * (255.0 / top)).astype(np.uint8)


def _composited(shade_and_opacity: Array) -> Picture:
    """Lay a transparent picture in shades of gray on paper."""
    shade, opacity = shade_and_opacity[..., 0], shade_and_opacity[..., 1] / 255.0
    return np.rint(shade * opacity + paper_under(shade, opacity) * (1.0 - opacity)).astype(np.uint8)


def paper_under(shade: Array, opacity: Array) -> float:
    """What a transparent picture is laid on: white, or black where everything that can be seen is light."""
    seen = shade[opacity > 0.5]
    is_light = len(seen) > 0 and len(seen) < shade.size and np.percentile(seen, 1) > 127
    return 0.0 if is_light else 255.0


def resized(picture: Array, rows: int, columns: int) -> npt.NDArray[np.float64]:
    """A picture in another size: smaller by averaging areas exactly, larger by interpolation.

    Each new pixel is the mean of the area that it covers, pixels on its edge counted with the share of them that
    it covers.

    Parameters
    ----------
    picture : (r, c)
        Shades.
    rows, columns : int
        The new size.

    Returns
    -------
    (rows, columns) array of float64

    Examples
    --------
    >>> resized(np.array([[0.0, 30.0, 60.0]]), 1, 2).tolist()
    [[10.0, 50.0]]
    """
    from PIL import Image

    picture = np.asarray(picture, dtype=np.float64)
    if rows > picture.shape[0] or columns > picture.shape[1]:
        finer = (max(columns, picture.shape[1]), max(rows, picture.shape[0]))
        enlarged = Image.fromarray(picture.astype(np.float32)).resize(finer, Image.Resampling.BILINEAR)
        picture = np.asarray(enlarged, dtype=np.float64)
    return _average(_average(picture, rows).T, columns).T


def _average(picture: Array, count: int) -> Array:
    """Average neighboring rows so that `count` remain: the integral along the rows, read off at the new edges."""
    n = len(picture)
    if count == n:
        return picture
    integral = np.zeros((n + 1, picture.shape[1]))
    np.cumsum(picture, axis=0, out=integral[1:])
    edges = np.arange(count + 1) * n / count
    whole = np.minimum(edges.astype(np.int64), n - 1)
    share = (edges - whole)[:, None]
    return np.asarray(np.diff(integral[whole] + share * picture[whole], axis=0) * (count / n))


def fitted(picture: Array, rows: int, columns: int) -> Array:
    """A picture fitted into rows × columns: its aspect is kept, and the margins have its border's shade.

    Smaller by averaging areas, larger by interpolation, as `resized` does, each channel by itself; whole numbers
    stay whole, and a picture of that size stays as it is.

    Parameters
    ----------
    picture : (r, c) or (r, c, channels)
    rows, columns : int
        The new size.

    Returns
    -------
    (rows, columns) or (rows, columns, channels) array of the picture's dtype

    Examples
    --------
    >>> fitted(np.array([[0, 255], [0, 255]], dtype=np.uint8), 2, 4).tolist()
    [[127, 0, 255, 127], [127, 0, 255, 127]]
    """
    height, width = picture.shape[:2]
    if (height, width) == (rows, columns):
        return picture
    if picture.ndim == 3:
        return np.stack([fitted(picture[..., k], rows, columns) for k in range(picture.shape[2])], axis=2)
    scale = min(rows / height, columns / width)
    inner_rows = min(rows, max(1, round(height * scale)))
    inner_columns = min(columns, max(1, round(width * scale)))
    inner = resized(picture, inner_rows, inner_columns)
    if picture.dtype.kind in "iu":
        limits = np.iinfo(picture.dtype)
        inner = np.rint(inner).clip(limits.min, limits.max)
    canvas = np.full((rows, columns), np.median(border(picture)).astype(picture.dtype), dtype=picture.dtype)
    top, left = (rows - inner_rows) // 2, (columns - inner_columns) // 2
    canvas[top : top + inner_rows, left : left + inner_columns] = inner
    return canvas


def border(picture: Array) -> Array:
    """The shades of the outermost pixels, all four sides, as one vector."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
