"""Keras on JAX: one call of `fit`, held after each epoch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"

import keras

from benchmarks.peers.features import as_float32
from benchmarks.peers.pausing import one_epoch_at_a_time


class _Pause(keras.callbacks.Callback):
    """Calls a function after each epoch."""

    def __init__(self, on_epoch: Callable[[], None]) -> None:
        super().__init__()
        self._on_epoch = on_epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._on_epoch()


def train(job: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Iterator[None]:
    """Compile and fit with the library's own defaults."""
    keras.utils.set_random_seed(job["seed"])
    features = as_float32(X)
    *hidden, n_classes = job["sizes"][1:]
    layers = [keras.layers.Dense(n, activation="relu", kernel_initializer="he_uniform") for n in hidden]
    net = keras.Sequential([keras.Input((job["sizes"][0],)), *layers, keras.layers.Dense(n_classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)

    def fit(pause: Callable[[], None]) -> None:
        callbacks = [_Pause(pause)]
        net.fit(features, y, batch_size=job["batch_size"], epochs=sys.maxsize, verbose=0, callbacks=callbacks)

    return one_epoch_at_a_time(fit)
