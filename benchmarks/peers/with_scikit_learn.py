"""scikit-learn's MLPClassifier: one call of `fit`, held after each epoch.

Holding it keeps what `fit` checks and prepares once out of the epochs' times. With ``verbose`` it writes a line
after each epoch, the only moment at which it calls anybody; what it writes to waits there.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.peers.features import as_float32
from benchmarks.peers.pausing import one_epoch_at_a_time


class _Paper(io.TextIOBase):
    """Somewhere to write that calls a function for each line about an epoch."""

    def __init__(self, on_epoch: Callable[[], None]) -> None:
        self._on_epoch = on_epoch

    def write(self, text: str, /) -> int:
        if text.startswith("Iteration"):
            self._on_epoch()
        return len(text)


def train(job: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Iterator[None]:
    """One call of `fit` that would never stop by itself."""
    threadpool_limits(limits=job["threads"], user_api="blas")
    features = as_float32(X)

    def fit(pause: Callable[[], None]) -> None:
        with redirect_stdout(_Paper(pause)):
            _classifier(job, max_iter=sys.maxsize, verbose=True).fit(features, y)

    return one_epoch_at_a_time(fit)


def predict(job: dict[str, Any], X: np.ndarray) -> Callable[[], object]:
    """`predict` of a classifier after one step of training."""
    threadpool_limits(limits=job["threads"], user_api="blas")
    features, n_classes = as_float32(X), job["sizes"][-1]
    generator = np.random.default_rng(job["seed"])
    examples = generator.random((job["batch_size"], features.shape[1]), dtype=np.float32)
    answers = np.arange(len(examples)) % n_classes
    classifier = _classifier(job).partial_fit(examples, answers, classes=np.arange(n_classes))
    return lambda: classifier.predict(features)


def _classifier(job: dict[str, Any], **options: Any) -> MLPClassifier:
    """Adam, no penalty, and nothing that would stop it."""
    return MLPClassifier(
        hidden_layer_sizes=job["sizes"][1:-1],
        batch_size=job["batch_size"],
        learning_rate_init=1e-3,
        alpha=0.0,
        tol=0.0,
        n_iter_no_change=sys.maxsize,
        random_state=job["seed"],
        **options,
    )
