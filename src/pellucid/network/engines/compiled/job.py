"""A job: the table of sizes and addresses that the kernels work from, and the arrays that it points to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.network.architecture import Architecture
from pellucid.network.engines.compiled import fields, threads
from pellucid.network.engines.compiled.fields import (
    BLOCK,
    BYTES,
    DOUBLES,
    JOB_FIELDS,
    KEEP,
    LOSS_CODES,
    SINGLES,
    WORDS_ROOM,
)
from pellucid.network.engines.compiled.library import run_function
from pellucid.network.engines.compiled.packing import Packing, aligned, flags

STORED_AS = {np.dtype(np.uint8): BYTES, np.dtype(np.float32): SINGLES, np.dtype(np.float64): DOUBLES}


@dataclass(slots=True, eq=False)
class Job:
    """The kernels' table, with what it points to kept alive.

    Parameters
    ----------
    table : (JOB_FIELDS,)
    dtype : dtype
        Of theta.
    alive : dict
        The arrays, by field.
    """

    table: npt.NDArray[np.int64]
    dtype: Any
    alive: dict[int, Array] = field(default_factory=dict)

    @classmethod
    def new(cls, architecture: Architecture, packing: Packing, dtype: npt.DTypeLike) -> Job:
        """A job of an architecture, with the sizes and constants that never change.

        Parameters
        ----------
        architecture : Architecture
        packing : Packing
        dtype : dtype
        """
        job = cls(np.zeros(JOB_FIELDS, np.int64), np.dtype(dtype))
        job.set(
            {
                fields.LAYERS: architecture.n_layers,
                fields.SLICE: packing.slice_rows,
                fields.FEATURES: packing.features,
                fields.FEATURES_ROW: packing.features_row,
                fields.SCRATCH: packing.scratch,
                fields.SCRATCH_SIZE: packing.scratch_size,
                fields.LOSS: LOSS_CODES[architecture.loss],
                fields.STORED_COLUMNS: architecture.input.size,
            }
        )
        numbers = np.zeros(KEEP + 2 * architecture.n_layers + 2, dtype)
        numbers[fields.SCALE], numbers[fields.SHIFT] = architecture.input.scale, architecture.input.shift
        dropouts = (*(layer.dropout for layer in architecture.layers), architecture.input_dropout)
        for number, dropout in enumerate(dropouts):
            kept = np.asarray(1 - dropout, dtype)
            numbers[KEEP + 2 * number : KEEP + 2 * number + 2] = 1 / kept, kept
        job.point(
            {
                fields.TABLE: packing.table,
                fields.FRONT: packing.front,
                fields.NUMBERS: numbers,
                fields.STOP: np.zeros(1, np.int64),
            }
        )
        return job

    @property
    def address(self) -> int:
        """Where the table is."""
        return int(self.table.__array_interface__["data"][0])

    def set(self, values: dict[int, int]) -> None:
        """Fill in numbers."""
        for name, value in values.items():
            self.table[name] = value

    def point(self, arrays: dict[int, Array]) -> None:
        """Fill in addresses of contiguous arrays, and keep the arrays."""
        for name, array in arrays.items():
            self.alive[name] = array
            self.table[name] = array.__array_interface__["data"][0]  # ctypes.data takes thrice as long

    def examples(self, X: Array) -> None:
        """Point to examples as stored: bytes and numbers as they are, other types as numbers."""
        if X.dtype not in STORED_AS:
            X = X.astype(self.dtype)
        X = np.ascontiguousarray(X)
        self.point({fields.STORED: X})
        self.table[fields.STORED_AS] = STORED_AS[X.dtype]

    def room_for(self, number: int, packing: Packing) -> None:
        """See that there is scratch for so many threads, and that their flags are down.

        Parameters
        ----------
        number : int
        packing : Packing
        """
        if fields.FLAGS not in self.alive or len(self.alive[fields.FLAGS]) < number * fields.FLAG_APART:
            space = aligned(packing.scratch + number * packing.scratch_size, self.dtype)
            words = aligned(WORDS_ROOM * number, np.uint32)
            pictures = aligned(int(self.table[fields.PICTURE_SPACE_SIZE]) * number, self.dtype)
            sums = aligned(BLOCK * number + packing.n_pieces, np.float64)
            self.point({fields.SPACE: space, fields.WORDS: words, fields.FLAGS: flags(number)})
            self.point({fields.PICTURE_SPACE: pictures, fields.SUMS: sums})
        self.alive[fields.FLAGS][:] = 0

    def run(self, number: int, stop: threads.Stop, *, short: bool) -> int:
        """Run it with so many threads; how it ended, a code of `fields`.

        Parameters
        ----------
        number : int
        stop : callable, optional
            Asked every now and then whether to stop.
        short : bool
            Whether it will take no longer than a look.
        """
        run, stop_flag = run_function(self.dtype), self.alive[fields.STOP]
        self.table[fields.THREADS] = number
        try:
            return threads.run_all(run, self.address, number, stop, stop_flag, short=short)
        except threads.NoThreadError:
            self.table[fields.THREADS] = 1
            return run(self.address, 0)
