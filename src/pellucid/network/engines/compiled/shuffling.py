"""The order of an epoch, by the kernels, which is much faster than sorting in NumPy."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.draws import Stream, permutation
from pellucid.network.engines.compiled import fields, library
from pellucid.network.engines.compiled.job import Job
from pellucid.network.engines.compiled.packing import aligned


def order(n: int, seed: int, epoch: int) -> Array:
    """The order in which an epoch takes the examples: 0 … n − 1, shuffled.

    Parameters
    ----------
    n, seed, epoch : int
    """
    dtype = next((dtype for dtype in (np.float32, np.float64) if library.is_loaded(dtype)), None)
    if dtype is None:  # not worth compiling for
        return permutation(n, seed=seed, stream=Stream.SHUFFLE, epoch=epoch)
    job = Job(np.zeros(fields.JOB_FIELDS, np.int64), np.dtype(dtype))
    shuffled = np.empty(n, np.int64)
    job.point(
        {
            fields.ORDER: np.empty(n, np.int64),
            fields.SPARE: shuffled,
            fields.WORDS: aligned(n + 64 + 2048 + 64, np.uint32),
            fields.STOP: np.zeros(1, np.int64),
        }
    )
    job.set(
        {
            fields.WHAT: fields.SHUFFLE,
            fields.EXAMPLES: n,
            fields.SEED_LOW: seed & 0xFFFFFFFF,
            fields.SEED_HIGH: seed >> 32,
            fields.FIRST_STEP: int(Stream.SHUFFLE),
            fields.EPOCH: epoch & 0xFFFFFFFF,
        }
    )
    job.run(1, None, short=True)
    return shuffled
