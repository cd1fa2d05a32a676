"""Scores of many examples, or of a few."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.network.architecture import Architecture
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.compiled.job import STORED_AS, Job
from pellucid.network.engines.compiled.library import run_function
from pellucid.network.engines.compiled.packing import Packing, aligned, check_theta, up
from pellucid.network.engines.compiled.threads import available
from pellucid.network.plain import is_plain, plain

ROWS_AT_A_TIME = 64
FEW = 4  # examples for which it does not pay to put the weights into panels
LONG = 1_000_000_000  # multiplications that Ctrl-C should not have to wait for
ONE_THREAD_BELOW = 3_000_000  # multiplications: less is done before a second thread has started


def logits(
    architecture: Architecture,
    theta: Array,
    X: Array,
    n_threads: int | None = None,
    buffers: Array | None = None,
) -> Array:
    """Scores ``(n, k)`` of examples as stored ``(n, d)``; each row's bits are the same whatever comes with it.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (n, d)
    n_threads : int, optional
        None for what the work is worth.
    buffers : (B,), optional
        Needed where a layer is batch-normalized.
    """
    check_theta(architecture, theta)
    if not is_plain(architecture):
        architecture, theta, X = plain(architecture, theta, X, buffers)
    n = len(X)
    if 0 < n <= FEW and n_threads is None:
        return _few(architecture, np.ascontiguousarray(theta), X)
    scores = np.empty((n, architecture.n_outputs), theta.dtype)
    if n_threads is None:
        n_threads = 1 if n * architecture.n_weights < ONE_THREAD_BELOW else available()
    packing = _packing(architecture)
    job = Job.new(architecture, packing, theta.dtype)
    job.examples(X)
    job.point(
        {
            fields.THETA: packing.new_theta(theta),
            fields.SPACE: aligned(n_threads * packing.scratch, theta.dtype),
            fields.ORDER: np.arange(n),
            fields.SCORES: scores,
            fields.FLAGS: np.zeros(fields.FLAG_APART * n_threads, np.int64),
        }
    )
    job.set({fields.WHAT: fields.PREDICT, fields.EXAMPLES: n, fields.SPACE_SIZE: packing.scratch})
    job.run(n_threads, None, short=n * architecture.n_weights < LONG)
    return scores


@functools.lru_cache(maxsize=32)
def _packing(architecture: Architecture) -> Packing:
    return Packing.of(architecture, ROWS_AT_A_TIME, training=False)


class _Few(threading.local):
    """What a thread keeps from one prediction of a few examples to the next: most are of the same network."""

    architecture: Architecture | None = None
    stored: Array = np.empty((0, 0))  # examples
    scores: Array = np.empty((0, 0))
    job: Job
    run: Callable[[], int]

    def prepare(self, architecture: Architecture, dtype: npt.DTypeLike, stored: npt.DTypeLike) -> None:
        """Make a job with room for a few examples."""
        widest, d = up(max(architecture.sizes), 16), architecture.input.size
        packing = Packing.of(architecture, 1, training=False)
        for number, row in enumerate(packing.table):
            row[fields.H] = FEW * d + 16 + number % 2 * widest  # two rows of the widest layer, in turn
        self.job = Job.new(architecture, packing, dtype)
        self.stored = np.empty((FEW, d), stored)
        self.scores = np.empty((FEW, architecture.n_outputs), dtype)
        self.job.examples(self.stored)
        self.job.point(
            {
                fields.ORDER: np.arange(FEW),
                fields.SPACE: aligned(FEW * d + 16 + 2 * widest, dtype),
                fields.SCORES: self.scores,
            }
        )
        self.job.set({fields.WHAT: fields.PREDICT_FEW, fields.FEATURES_ROW: d})
        self.run = functools.partial(run_function(dtype), self.job.address, 0)
        self.architecture = architecture


_few_before = _Few()


def _few(architecture: Architecture, theta: Array, X: Array) -> Array:
    """Scores of a few examples."""
    few, n = _few_before, len(X)
    stored = X.dtype if X.dtype in STORED_AS else theta.dtype
    if few.architecture is not architecture or few.scores.dtype != theta.dtype or few.stored.dtype != stored:
        few.prepare(architecture, theta.dtype, stored)
    few.stored[:n] = X
    table = few.job.table
    table[fields.THETA], table[fields.EXAMPLES] = theta.ctypes.data, n
    few.run()
    return few.scores[:n].copy()
