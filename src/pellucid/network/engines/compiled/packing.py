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
    PANEL,
    SLOPE_NEEDS_Z,
    TERMS,
)

BEARABLE = 2e10  # operations, some tenths of a second
LARGEST_SLICE = 1024  # rows of a batch that are computed together; larger batches are taken in slices
FEW_PARAMETERS = 4096
NO_SCORE = -1e30  # the bias of a padded class: it never wins and adds nothing
SCORELESS = ("squared_error", "absolute", "huber")  # where a padded number is 0, and so is its error


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
    front : (LAYER_FIELDS,)
        The same of what comes before the first layer.
    embeddings : (embeddings, EMBEDDING_FIELDS)
        And of each embedding.
    rates : tuple of float
        The factors on the learning rate that there are.
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
    front: npt.NDArray[np.int64]
    embeddings: npt.NDArray[np.int64]
    rates: tuple[float, ...]
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
        features_row = row_length(architecture.n_features)
        front, place = _front(architecture, slice_rows, features_row, training=training)
        embeddings, length = _embeddings(
            architecture, up(architecture.n_features, BLOCK) * architecture.feature_gains
        )
        rates = _rates(architecture)
        front[fields.WEIGHT_RATE] = _place_of(architecture.feature_gain_rate, rates)
        front[fields.BIAS_RATE] = _place_of(architecture.embedding_rate, rates)
        for number, ((n_in, n_out), layer) in enumerate(
            zip(architecture.layout.shapes, architecture.layers, strict=True)
        ):
            K, N, row = up(n_in, BLOCK), up(n_out, BLOCK), row_length(n_out)
            one = slice_rows * row
            mask = bool(layer.dropout) and training
            table[number] = (
                n_in, n_out, K, up(n_in, TERMS), N, length, length + K * N, row,
                place, place + one * (training and number == 0), place + one * (training and number == 0) + one,
                ACTIVATION_CODES[layer.activation], _threshold(layer.dropout), 0, 0,
                *(_place_of(rate, rates) for rate in layer.rates), layer.rates[0] == 0,
            )  # fmt: skip
            length += K * N + N
            place += one * (3 if number == 0 else 2) if training else one
            if mask:
                table[number, fields.MASK] = place
                place += 2 * one
            if training and table[number, fields.ACTIVATION] in SLOPE_NEEDS_Z:
                table[number, fields.Z] = place
                place += one
        widest = int(table[:, fields.N].max())
        scratch = 2 * PANEL + max(
            PANEL * widest, (up(widest, PANEL) + 2 * PANEL) * slice_rows + PANEL * HEIGHT
        )
        packing = cls(
            architecture, table, front, embeddings, rates, length, slice_rows, 0, features_row, place,
            up(scratch, 1024) + 64,
        )  # fmt: skip
        return packing._with_places() if architecture.n_parameters <= FEW_PARAMETERS else packing

    @property
    def n_pieces(self) -> int:
        """Of the gradient, in which its length is summed: gains, embeddings, each layer's panels and biases."""
        panels = sum(up(int(columns), PANEL) // PANEL for columns in self.table[:, fields.N])
        return 1 + len(self.embeddings) + panels + len(self.table)

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
        pairs = self._front_pairs(vector, packed)
        for layer, row in zip(self.architecture.layout.layers(vector), self.table.tolist(), strict=True):
            n_in, n_out, K, N = (row[i] for i in (fields.N_IN, fields.N_OUT, fields.K, fields.N))
            start = row[fields.WEIGHTS]
            for left in range(0, N, PANEL):
                wide, real = min(PANEL, N - left), max(0, min(PANEL, n_out - left))
                panel = packed[start + left * K : start + left * K + K * wide].reshape(K, wide)
                pairs.append((layer.W[:, left : left + real], panel[:n_in, :real]))
            pairs.append((layer.b, packed[row[fields.BIASES] : row[fields.BIASES] + n_out]))
        return pairs

    def _front_pairs(self, vector: Array, packed: Array) -> list[tuple[Array, Array]]:
        """The same of what is learnt before the first layer."""
        if not self.architecture.has_front:
            return []
        tensors = self.architecture.layout.tensors(vector)
        pairs = []
        if self.architecture.feature_gains:
            start = self.front[fields.WEIGHTS]
            pairs.append((tensors["gains"], packed[start : start + self.architecture.n_features]))
        for number, row in enumerate(self.embeddings, start=1):
            E, start = tensors[f"E{number}"], row[fields.PLACE]
            pairs.append((E, packed[start : start + E.size].reshape(E.shape)))
        return pairs

    def new_theta(self, theta: Array) -> Array:
        """A packed theta of its own, padded."""
        packed = aligned(self.length, theta.dtype)
        self.pack(theta, packed)
        if self.architecture.loss not in SCORELESS:
            last = self.table[-1]
            packed[last[fields.BIASES] + last[fields.N_OUT] : last[fields.BIASES] + last[fields.N]] = NO_SCORE
        return packed


def _front(
    architecture: Architecture, slice_rows: int, row: int, *, training: bool
) -> tuple[npt.NDArray[np.int64], int]:
    """The features' row, and where the activations of the first layer can start in the workspace."""
    front, one = np.zeros(LAYER_FIELDS, np.int64), slice_rows * row
    front[fields.N_OUT], front[fields.N] = architecture.n_features, up(architecture.n_features, BLOCK)
    front[fields.ROW], front[fields.ACTIVATION] = row, ACTIVATION_CODES["identity"]
    if not training:
        return front, one
    front[fields.H_ODD], place = one, 2 * one
    if architecture.feature_gains:  # which need the features as they were
        front[fields.H] = front[fields.H_ODD] = place
        place += one
    if architecture.has_front:
        front[fields.DZ] = place
        place += one
    if architecture.input_dropout:
        front[fields.DROPOUT], front[fields.MASK] = _threshold(architecture.input_dropout), place
        place += 2 * one
    return front, place


def _embeddings(architecture: Architecture, place: int) -> tuple[npt.NDArray[np.int64], int]:
    """The table of embeddings, which stand behind the gains, and where the first layer's parameters start."""
    table = np.zeros((len(architecture.embeddings), fields.EMBEDDING_FIELDS), np.int64)
    column = architecture.input.size - len(architecture.embeddings)
    for row, embedding in zip(table, architecture.embeddings, strict=True):
        row[...] = embedding.levels, embedding.size, place, column
        place += up(embedding.levels * embedding.size, BLOCK)
        column += embedding.size
    return table, place


def _rates(architecture: Architecture) -> tuple[float, ...]:
    """The factors on the learning rate that there are, each once."""
    if not architecture.has_own_rates:
        return (1.0,)
    front = (architecture.feature_gain_rate, architecture.embedding_rate)
    return tuple(sorted({*front, *(rate for layer in architecture.layers for rate in layer.rates)}))


def _place_of(rate: float, rates: tuple[float, ...]) -> int:
    """Where the numbers of a rate start among those of a step."""
    return fields.RATE_NUMBERS * rates.index(rate) if rate in rates else 0


def _threshold(dropout: float) -> int:
    """The smallest random word with which a neuron stays: draws are words · 2⁻³²."""
    return int(np.ceil(dropout * 2.0**32))


def flags(threads: int) -> npt.NDArray[np.int64]:
    """The threads' flags, each in cache lines of its own."""
    return aligned(FLAG_APART * threads, np.int64)
