"""What the kernels need to move pictures: strengths of the changes, tables along rows and columns, room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.formulas.augmentation import GRID, Augmentation
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.compiled.fields import BLOCK, FRAME, TRANSFORM
from pellucid.network.engines.compiled.job import Job
from pellucid.network.engines.compiled.packing import aligned, up


def point_to_pictures(job: Job, shape: tuple[int, ...], augmentation: Augmentation) -> None:
    """Have a job change the pictures that it trains on.

    Parameters
    ----------
    job : Job
    shape : (rows, columns) or (rows, columns, channels) of a picture
    augmentation : Augmentation
    """
    rows, columns = shape[:2]
    wide = up(columns, BLOCK)
    room = TRANSFORM + (2 * GRID + 1) * wide + rows * columns + (rows + FRAME) * (columns + FRAME)
    job.point(
        {
            fields.AUGMENTATION: strengths(augmentation),
            fields.PICTURE_TABLES: tables((rows, columns), job.dtype),
        }
    )
    job.set(
        {
            fields.PICTURE_ROWS: rows,
            fields.PICTURE_COLUMNS: columns,
            fields.PICTURE_CHANNELS: shape[2] if len(shape) == 3 else 1,
            fields.PICTURE_SPACE_SIZE: up(room, 2 * BLOCK),
        }
    )


def strengths(augmentation: Augmentation) -> Array:
    """How strong the changes are ``(5,)``, in the form in which random numbers are multiplied by them.

    Parameters
    ----------
    augmentation : Augmentation
    """
    return np.array(
        [
            augmentation.shift,
            np.radians(augmentation.rotation),
            np.log1p(augmentation.scale),
            augmentation.shear,
            augmentation.elastic * np.sqrt(3),
        ]
    )


def tables(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """The numbers of the columns, the hats of the columns, the hats of the rows, one after the other.

    Parameters
    ----------
    shape : (rows, columns)
    dtype : dtype
    """
    rows, columns = shape
    wide = up(columns, BLOCK)
    table = aligned((1 + GRID) * wide + GRID * rows, dtype)
    table[:columns] = np.arange(columns)
    along_columns = table[wide : (1 + GRID) * wide].reshape(GRID, wide)
    along_columns[:, :columns] = hats(columns, dtype)
    table[(1 + GRID) * wide :] = hats(rows, dtype).reshape(-1)
    return table


def hats(side: int, dtype: npt.DTypeLike) -> Array:
    """How much of each control point's move each pixel along a side gets, ``(GRID, side)``.

    The hat of a point is 1 there, falls to 0 at its neighbours, and is 0 beyond: linear interpolation as a sum.

    Parameters
    ----------
    side : int
        Pixels.
    dtype : dtype
    """
    position = np.arange(side) * (GRID - 1) / max(side - 1, 1)
    before = np.minimum(position.astype(np.int64), GRID - 2)
    share = (position - before).astype(dtype)
    table = np.zeros((GRID, side), dtype)
    table[before, np.arange(side)] = 1 - share
    table[before + 1, np.arange(side)] = share
    return table
