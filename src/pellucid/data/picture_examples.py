"""Pictures from anywhere as examples of one input: its channels, depth, range and size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.dataset import BYTES, Input
from pellucid.data.drawn import frame_picture
from pellucid.data.picture_files import in_bytes, picture_kind, read_channels
from pellucid.data.pictures import read_picture
from pellucid.data.reading import read_bytes

if TYPE_CHECKING:
    from PIL import Image

# Of red, green and blue in a shade of gray, by ITU-R BT.601 in 16 bits; these very numbers are Pillow's
_LUMA = np.array([19595, 38470, 7471], dtype=np.uint32)


def read_example(source: str | Path | bytes | Image.Image, input: Input) -> Array:
    """A picture file as a network expects its examples: its size, channels, depth and framing.

    Colors become gray by their luminance, shades of gray become three equal channels, 16 bits become 8 where a
    network takes 0 … 255, and shades become fractions where it takes 0 … 1. Other channels have to be as many as
    the network takes, and 8 bits are never stretched to 16.

    Parameters
    ----------
    source : path, bytes or PIL image
    input : Input

    Returns
    -------
    array of shape ``input.shape`` and dtype ``input.stored_dtype``

    Raises
    ------
    DataError
        If the file can't be read as `read_channels` says, its channels or depth are others, or a value is outside
        of ``input.shades``.
    ShapeError
        If the network does not take pictures.
    StorageError
        If the file can't be read.

    Examples
    --------
    >>> from PIL import Image
    >>> read_example(Image.new("RGB", (30, 20), "red"), Input.picture(4, 6, channels=3)).shape
    (4, 6, 3)
    """
    return read_sized_example(source, input)[0]


def read_sized_example(
    source: str | Path | bytes | Image.Image, input: Input
) -> tuple[Array, tuple[int, int]]:
    """A picture file as an example (see `read_example`), and the rows and columns that it had."""
    path = source if isinstance(source, str | Path) else None
    source = read_bytes(source) if isinstance(source, str | Path) else source
    try:
        kind = picture_kind(source)
        if kind.pages not in (1, input.channels):
            raise DataError(f"it has {kind.pages} pages; expected a picture of {_channels(input.channels)}.")
        if input.channels == 1 and input.shades == BYTES and kind.pages == 1:
            example = frame_picture(read_picture(source), input)
        else:
            picture = read_channels(source, bits=8 if input.stored_dtype == np.uint8 else None)
            example = as_example(_in_range(picture, input), input)
        return example, (kind.rows, kind.columns)
    except ShapeError as error:
        raise ShapeError(str(error), path=path) from None
    except DataError as error:
        raise DataError(str(error), path=path) from None


def as_example(picture: Array, input: Input) -> Array:
    """An array of stored values as an example: channels as the input has them, then fitted into its size.

    Parameters
    ----------
    picture : (r, c) or (r, c, channels)
    input : Input

    Returns
    -------
    array of shape ``input.shape`` and the picture's dtype

    Raises
    ------
    DataError
        If the channels are others, or a value is outside of ``input.shades``.

    Examples
    --------
    >>> as_example(np.array([[0, 255]], dtype=np.uint8), Input.picture(1, 2, channels=3)).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    picture = picture if picture.ndim == 3 else picture[..., None]
    check_range(picture, input)
    have, want = picture.shape[2], input.channels
    if (have, want) == (3, 1):
        picture = luminance(picture)[..., None]
    elif (have, want) == (1, 3):
        picture = np.repeat(picture, 3, axis=2)
    elif have != want:
        raise DataError(f"the picture has {_channels(have)}; expected {want}, so save it as the others are.")
    return frame_picture(picture[..., 0] if want == 1 else picture, input)


def luminance(colors: Array) -> Array:
    """Red, green and blue as a shade of gray, ``0.299 R + 0.587 G + 0.114 B``, in the same dtype.

    Parameters
    ----------
    colors : (…, 3)

    References
    ----------
    Recommendation ITU-R BT.601.

    Examples
    --------
    >>> luminance(np.array([[255, 0, 0], [255, 255, 255]], dtype=np.uint8)).tolist()
    [76, 255]
    """
    if colors.dtype in (np.uint8, np.uint16):
        return ((colors.astype(np.uint32) @ _LUMA + np.uint32(32768)) >> np.uint32(16)).astype(colors.dtype)
    return np.asarray(colors @ (_LUMA / 65536.0)).astype(colors.dtype)


def in_gray(pictures: Array, input: Input) -> Array:
    """Pictures for a display of 256 shades: black … white as 0 … 255, colors by luminance, other channels by mean.

    Parameters
    ----------
    pictures : (n, d) or (n, rows, columns) or (n, rows, columns, channels)
        Stored values.
    input : Input

    Returns
    -------
    (n, rows, columns) array of uint8

    Examples
    --------
    >>> in_gray(np.array([[[0, 4095]]]), Input.picture(1, 2, shades=(0, 4095))).tolist()
    [[[0, 255]]]
    """
    pictures = pictures.reshape(len(pictures), *input.shape)
    if pictures.ndim == 4:
        floats = pictures.astype(np.float64)
        pictures = luminance(floats) if input.channels == 3 else floats.mean(axis=3)
    elif pictures.dtype == np.uint8 and input.shades == BYTES:
        return pictures
    black, white = input.shades
    return np.rint((pictures - black) * (255.0 / (white - black))).clip(0, 255).astype(np.uint8)


def check_range(pictures: Array, input: Input) -> None:
    """Raise DataError if a stored value is not between the input's black and white.

    Parameters
    ----------
    pictures : array
    input : Input
    """
    black, white = input.shades
    if pictures.dtype == np.uint8 and (black, white) == BYTES:
        return
    least, most = (float(value) for value in (pictures.min(), pictures.max()))
    if not (black <= least and most <= white):  # NaN is not between, either
        value = least if least < black else most
        raise DataError(
            f"a pixel has the value {value:g}; expected {black:g} … {white:g}, so say other shades."
        )


def _in_range(picture: Array, input: Input) -> Array:
    """A file's shades in the range that the network takes: they are its own, or become bytes or fractions."""
    dtype = input.stored_dtype
    if dtype == np.float32:
        black, white = input.shades
        top = float(np.iinfo(picture.dtype).max)
        return (black + picture * ((white - black) / top)).astype(np.float32)
    if dtype == np.uint8:
        return in_bytes(picture)
    if picture.dtype == np.uint8:
        raise DataError(
            f"it has 8 bits; the network takes shades from {input.shades[0]:g} to {input.shades[1]:g}, "
            "so save it with 16 bits."
        )
    return picture


def _channels(number: int) -> str:
    return "1 channel" if number == 1 else f"{number} channels"
