"""Where everything lies in an engine's workspace, and the way from theta to panels and back.

theta keeps W row by row. The register tile wants 32 columns of W side by side, row after row, without jumping over
the others: *panels*. In a panel the numbers lie in just the order in which a product uses them::

        W (n_in × 80)                     panels
    ┌────────┬────────┬────┐       ┌────────┐┌────────┐┌────┐
    │ 0 … 31 │32 … 63 │… 79│   →   │ 0 … 31 ││32 … 63 ││… 79│
    │        │        │    │       │        ││        ││    │
    └────────┴────────┴────┘       └────────┘└────────┘└────┘

Rows and columns are padded with zeros to whole blocks of 16, which stay zero: no kernel needs a special case for
what is left over. The optimizer's vectors and the gradient are packed in the same way.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import ShapeError
from pellucid.network.architecture import Architecture
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.compiled.fields import (
    ACTIVATION_CODES,
    BLOCK,
    FLAG_APART,
    HEIGHT,
    LAYER_FIELDS,
    LOSS_CODES,
    PANEL,
    SQUARED_ERROR,
    TERMS,
)

BEARABLE = 2e10  # operations, some tenths of a second
LARGEST_SLICE = 1024  # rows of a batch that are computed together; larger batches are taken in slices
FEW_PARAMETERS = 4096
NO_SCORE = -1e30  # the bias of a padded class: it never wins and adds nothing


def up(number: int, multiple: int) -> int:
    """The next multiple.

    Parameters
    ----------
    number, multiple : int
    """
    return -(-number // multiple) * multiple


def row_length(columns: int) -> int:
    """Numbers from one row to the next: no multiple of 128, which would put all rows into few places of the cache."""
    padded = up(columns, BLOCK)
    return padded + BLOCK if padded % 128 == 0 else padded


def aligned(length: int, dtype: npt.DTypeLike, offset: int = 0) -> Array:
    """Zeros that begin at a cache line; `offset` lines after a page, so that several do not meet in the cache.

    Parameters
    ----------
    length : int
    dtype : dtype
    offset : int
        Cache lines.
    """
    itemsize = np.dtype(dtype).itemsize
    room = np.zeros(length + 8192 // itemsize, dtype)
    start = (-room.ctypes.data % 4096 + 64 * offset) // itemsize
    return room[start : start + length]


def check_theta(architecture: Architecture, theta: Array) -> None:
    """Raise ShapeError unless theta is as long as the kernels take for granted, and of one of their types.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    """
    if theta.shape != (_length(architecture),) or theta.dtype not in (np.float32, np.float64):
        raise ShapeError(
            f"theta is {theta.dtype} of shape {theta.shape}; expected float32 or float64 of shape "
            f"({architecture.n_parameters},) for {architecture}."
        )


@functools.lru_cache(maxsize=32)
def _length(architecture: Architecture) -> int:
    return architecture.n_parameters


def slice_of(architecture: Architecture, rows: int) -> int:
    """How many rows of a batch are computed together: not so many that somebody has to wait for them.

    Parameters
    ----------
    architecture : Architecture
    rows : int
        Of a batch.
    """
    bearable = up(int(BEARABLE / (6 * architecture.n_weights)), 128)
    return up(min(rows, LARGEST_SLICE, bearable), BLOCK)


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """The places of an architecture's parameters in panels, and of its activations for slices of some rows.

    Parameters
    ----------
    architecture : Architecture
    table : (layers, LAYER_FIELDS)
        What the kernels read.
    length : int
        Of packed theta.
    slice_rows : int
    features, features_row, scratch, scratch_size : int
        Places and lengths in the workspace, in numbers; the threads' scratch comes last.
    places : (P,), optional
        Where each number of theta lies in packed theta; see `pack`.
    """

    architecture: Architecture
    table: npt.NDArray[np.int64]
    length: int
    slice_rows: int
    features: int
    features_row: int
    scratch: int
    scratch_size: int
    places: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(cls, architecture: Architecture, rows: int, *, training: bool) -> Packing:
        """The places for slices of so many rows.

        Parameters
        ----------
        architecture : Architecture
        rows : int
        training : bool
            Whether there has to be room for slopes and masks, too.
        """
        slice_rows = slice_of(architecture, rows)
        table = np.zeros((architecture.n_layers, LAYER_FIELDS), np.int64)
        features_row = row_length(architecture.input.size)
        place, length = 2 * slice_rows * features_row if training else slice_rows * features_row, 0
        for number, ((n_in, n_out), layer) in enumerate(
            zip(architecture.layout.shapes, architecture.layers, strict=True)
        ):
            K, N, row = up(n_in, BLOCK), up(n_out, BLOCK), row_length(n_out)
            one = slice_rows * row
            mask = bool(layer.dropout) and training
            table[number] = (
                n_in, n_out, K, up(n_in, TERMS), N, length, length + K * N, row,
                place, place + one * (training and number == 0), place + one * (training and number == 0) + one,
                ACTIVATION_CODES[layer.activation], _threshold(layer.dropout), 0,
            )  # fmt: skip
            length += K * N + N
            place += one * (3 if number == 0 else 2) if training else one
            if mask:
                table[number, fields.MASK] = place
                place += 2 * one
        widest = int(table[:, fields.N].max())
        scratch = 2 * PANEL + max(
            PANEL * widest, (up(widest, PANEL) + 2 * PANEL) * slice_rows + PANEL * HEIGHT
        )
        packing = cls(architecture, table, length, slice_rows, 0, features_row, place, up(scratch, 1024) + 64)
        return packing._with_places() if architecture.n_parameters <= FEW_PARAMETERS else packing

    def _with_places(self) -> Packing:
        """The same, knowing where each parameter stands: faster for few, where every view counts."""
        places = np.empty(self.architecture.n_parameters, np.int64)
        self.unpack(np.arange(self.length), places)
        return replace(self, places=places)

    def pack(self, vector: Array, packed: Array) -> None:
        """Put theta, or a vector like it, into panels.

        Parameters
        ----------
        vector : (P,)
        packed : (length,)
            Its padding is left as it is.
        """
        if self.places is not None and vector.flags.c_contiguous:
            packed[self.places] = vector
            return
        for here, there in self._pairs(vector, packed):
            there[...] = here

    def unpack(self, packed: Array, vector: Array) -> None:
        """Take it out again.

        Parameters
        ----------
        packed : (length,)
        vector : (P,)
        """
        if self.places is not None and vector.flags.c_contiguous:
            np.take(packed, self.places, out=vector, mode="clip")  # "raise" would make a copy
            return
        for here, there in self._pairs(vector, packed):
            here[...] = there

    def _pairs(self, vector: Array, packed: Array) -> list[tuple[Array, Array]]:
        """Views of the same weights or biases in both."""
        pairs = []
        for layer, row in zip(self.architecture.layout.layers(vector), self.table.tolist(), strict=True):
            n_in, n_out, K, N = (row[i] for i in (fields.N_IN, fields.N_OUT, fields.K, fields.N))
            start = row[fields.WEIGHTS]
            for left in range(0, N, PANEL):
                wide, real = min(PANEL, N - left), max(0, min(PANEL, n_out - left))
                panel = packed[start + left * K : start + left * K + K * wide].reshape(K, wide)
                pairs.append((layer.W[:, left : left + real], panel[:n_in, :real]))
            pairs.append((layer.b, packed[row[fields.BIASES] : row[fields.BIASES] + n_out]))
        return pairs

    def new_theta(self, theta: Array) -> Array:
        """A packed theta of its own, padded."""
        packed = aligned(self.length, theta.dtype)
        self.pack(theta, packed)
        if LOSS_CODES[self.architecture.loss] != SQUARED_ERROR:
            last = self.table[-1]
            packed[last[fields.BIASES] + last[fields.N_OUT] : last[fields.BIASES] + last[fields.N]] = NO_SCORE
        return packed


def _threshold(dropout: float) -> int:
    """The smallest random word with which a neuron stays: draws are words · 2⁻³²."""
    return int(np.ceil(dropout * 2.0**32))


def flags(threads: int) -> npt.NDArray[np.int64]:
    """The threads' flags, each in cache lines of its own."""
    return aligned(FLAG_APART * threads, np.int64)
