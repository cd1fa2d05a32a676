"""One input for many pictures: which size, channels and range they share, or what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError
from pellucid.data.array_files import free_memory
from pellucid.data.dataset import Input
from pellucid.data.picture_files import MAX_CHANNELS, PictureKind

MOST_NAMED = 5


def common_input(
    kinds: Mapping[str, PictureKind],
    shape: tuple[int, int],
    *,
    channels: int | None = None,
    shades: tuple[float, float] | None = None,
) -> Input:
    """The input of pictures of these kinds: gray if all are, of 8 or 16 bits, unless somebody knows better.

    Parameters
    ----------
    kinds : mapping of str to PictureKind
        By the name that a message calls the picture.
    shape : (rows, columns)
        The size that all get.
    channels : int, optional
        1 makes gray of colors, 3 colors of gray.
    shades : (float, float), optional
        Black and white. (0, 255) brings pictures of 16 bits down to 8; (0, 4095) is what a 12-bit camera gives.

    Returns
    -------
    Input

    Raises
    ------
    DataError
        If pictures differ in what can't be made alike without somebody's decision.

    Examples
    --------
    >>> kinds = {"a.png": PictureKind(8, 8, 1, 8), "b.png": PictureKind(8, 8, 3, 8)}
    >>> print(common_input(kinds, (8, 8)))
    8 × 8 pixels of 3 channels, 0 … 255 become 0 … 1
    """
    if channels is None:
        first = _first_of_each((kind.channels, name) for name, kind in kinds.items())
        if len(first) > 1 and set(first) != {1, 3}:
            (fewer, one), (more, other) = sorted(first.items())[:2]
            raise DataError(
                f"{one} has {fewer} channel{'s' * (fewer > 1)}, {other} has {more}; expected pictures "
                "alike, so take out those that are not."
            )
        channels = max(first)
    if not (isinstance(channels, int | np.integer) and 1 <= channels <= MAX_CHANNELS):
        raise OptionError(f"channels is {channels!r}; expected a whole number from 1 to {MAX_CHANNELS}.")
    if shades is None:
        depths = _first_of_each((kind.bits, name) for name, kind in kinds.items())
        if len(depths) > 1:
            (low, one), (deep, other) = sorted(depths.items())[:2]
            raise DataError(
                f"{one} has {low} bits, {other} has {deep}; expected pictures alike, so save them so, or give "
                "shades=(0, 255) to bring files down to 8."
            )
        shades = next(iter(kinds.values())).shades
    return Input.picture(*shape, channels=int(channels), shades=shades)


def checked_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Rows and columns of a wanted size; one number is the side of a square.

    Examples
    --------
    >>> checked_size(28), checked_size((20, 30)), checked_size(None)
    ((28, 28), (20, 30), None)
    """
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int | np.integer) else tuple(size)
    if len(sides) != 2 or not all(isinstance(s, int | np.integer) and 1 <= s <= 10_000 for s in sides):
        raise OptionError(
            f"size is {size!r}; expected a number of pixels, or (rows, columns), each 1 to 10,000."
        )
    return int(sides[0]), int(sides[1])


def room_for(number: int, input: Input, dtype: npt.DTypeLike | None = None) -> Array:
    """Room for so many examples, ``(n, d)``, if there is enough memory.

    Raises
    ------
    DataError
        If there is not.
    """
    dtype = np.dtype(input.stored_dtype if dtype is None else dtype)
    wanted = number * input.size * dtype.itemsize
    if wanted > free_memory():
        rows, columns = input.shape[:2]
        raise DataError(
            f"{number:,} pictures of {rows} × {columns} pixels take {wanted / 2**30:.1f} GiB, more than there is "
            "free memory; give a smaller size."
        )
    return np.empty((number, input.size), dtype=dtype)


def told_sizes(sizes: Iterable[tuple[int, int]], input: Input) -> tuple[str, ...]:
    """A note if pictures had other sizes than their input: how many, which, and what became of them.

    Examples
    --------
    >>> told_sizes([(28, 28), (40, 30), (600, 800)], Input.picture(28, 28))[0][:59]
    '2 of 3 pictures had other sizes, 40 × 30 to 600 × 800; they'
    """
    every = list(sizes)
    others = sorted((s for s in every if s != input.shape[:2]), key=lambda s: (s[0] * s[1], s))
    if not others:
        return ()
    smallest, largest = (f"{rows} × {columns}" for rows, columns in (others[0], others[-1]))
    which = smallest if smallest == largest else f"{smallest} to {largest}"
    rows, columns = input.shape[:2]
    how = (
        "they were framed as MNIST's digits are"
        if input.framing == "digit"
        else f"they were fitted into {rows} × {columns} (aspect kept, areas averaged, margins as the border)"
    )
    had = "had another size" if smallest == largest else "had other sizes"
    return (f"{len(others):,} of {len(every):,} pictures {had}, {which}; {how}",)


def told_bad(bad: Sequence[str], number: int) -> tuple[str, ...]:
    """A note of the files that were left out because they can't be read.

    Examples
    --------
    >>> told_bad(["a.png: the file is empty"], 1000)
    ('1 of 1,000 pictures was left out: a.png: the file is empty',)
    """
    if not bad:
        return ()
    more = f" (and {len(bad) - MOST_NAMED:,} more)" if len(bad) > MOST_NAMED else ""
    were = "was" if len(bad) == 1 else "were"
    return (f"{len(bad):,} of {number:,} pictures {were} left out: {'; '.join(bad[:MOST_NAMED])}{more}",)


def with_remedy(error: DataError) -> DataError:
    """The error of one picture among many, which may be left out."""
    told = DataError(f"{str(error).rstrip('.')}. Or leave out what can't be read: skip_bad=True.")
    told.path, told.place = error.path, error.place
    return told


def _first_of_each(pairs: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The first name of each key."""
    first: dict[int, str] = {}
    for key, name in pairs:
        first.setdefault(key, name)
    return first
