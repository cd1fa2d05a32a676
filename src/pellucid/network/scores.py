"""Scores of any number of examples, by any engine, some thousands at a time."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.network.architecture import Architecture
from pellucid.network.engines.contract import Engine

ROWS_AT_A_TIME = 4096  # bounds the memory that a prediction takes, whatever the number of examples


def scores(
    engine: Engine,
    architecture: Architecture,
    theta: Array,
    X: Array,
    n_threads: int | None = None,
    buffers: Array | None = None,
) -> Array:
    """Raw scores ``(n, k)``: the readout's pre-activations.

    Parameters
    ----------
    engine : Engine
    architecture : Architecture
    theta : (P,)
    X : (n, d)
        Examples as stored.
    n_threads : int, optional
        How many threads may work at a time; None lets the engine choose.
    buffers : (B,), optional
        Needed where a layer is batch-normalized.
    """
    if 1 <= len(X) <= ROWS_AT_A_TIME or (len(X) and engine.bounds_memory):
        return engine.logits(architecture, theta, X, n_threads, buffers)
    parts = [
        engine.logits(architecture, theta, X[start : start + ROWS_AT_A_TIME], n_threads, buffers)
        for start in range(0, len(X), ROWS_AT_A_TIME)
    ]
    return np.concatenate(parts) if parts else np.empty((0, architecture.n_outputs), theta.dtype)
