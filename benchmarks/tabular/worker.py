"""A process that fits one method after the other: JSON lines from standard input, replies to standard output."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
import warnings
from functools import lru_cache
from typing import Any, TextIO

import numpy as np

from benchmarks.tabular import material
from benchmarks.tabular.methods import METHODS, THREADS, Task
from benchmarks.tabular.scores import score_classes, score_numbers
from benchmarks.tabular.splits import split
from benchmarks.tabular.table_set import CLASSES


def fit(name: str, kind: str, k: int, method: str, seed: int) -> dict[str, Any]:
    """Fit a method to a table's training rows and judge it on the others.

    Parameters
    ----------
    name, kind : str
        The table, and what its target is.
    k : int
        How many classes there are.
    method : str
    seed : int
        Of the split and of the method.
    """
    frame, y, groups = _table(name)
    training, testing = split(kind, y, groups, seed)
    categories = list(frame.select_dtypes("category").columns)
    numbers = [column for column in frame.columns if column not in categories]
    estimator = METHODS[method].build(Task(kind, numbers, categories, seed))
    X_train, X_test = frame.iloc[training].reset_index(drop=True), frame.iloc[testing].reset_index(drop=True)
    began = _clock()
    estimator.fit(X_train, y[training])
    fitted = _clock()
    if kind == CLASSES:
        predicted = _for_all_classes(estimator, estimator.predict_proba(X_test), k)
    else:
        predicted = estimator.predict(X_test)
    done = _clock()
    scores = score_classes(y[testing], predicted) if kind == CLASSES else score_numbers(y[testing], predicted)
    return {
        **scores,
        "fit_seconds": fitted[0] - began[0],
        "fit_processor_seconds": fitted[1] - began[1],
        "predict_seconds": done[0] - fitted[0],
        "threads": THREADS,
        "n_train": len(training),
        "n_test": len(testing),
    }


@lru_cache(maxsize=1)
def _table(name: str) -> tuple[Any, np.ndarray, np.ndarray | None]:
    frame, y, groups = material.load(name)
    frame.columns = [f"x{number}" for number in range(frame.shape[1])]  # some libraries refuse some names
    return frame, y, groups


def _for_all_classes(estimator: Any, probabilities: np.ndarray, k: int) -> np.ndarray:
    """A column for each class of the table, in order, even for one that was not trained on."""
    every = np.zeros((len(probabilities), k))
    every[:, np.asarray(estimator.classes_).astype(int)] = probabilities
    return every


def _clock() -> tuple[float, float]:
    """Seconds that passed, and seconds of this process on all processors."""
    return time.perf_counter(), time.process_time()


def serve(requests: TextIO, replies: TextIO) -> None:
    """Answer one request after the other until there are no more."""
    for line in requests:
        try:
            reply = fit(**json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever it is, the harness is told and goes on
            traceback.print_exc()
            reply = {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    warnings.simplefilter(
        "ignore"
    )  # scikit-learn's network warns wherever its 200 epochs end before it is content
    # Whatever a library prints goes to standard error: standard output belongs to the replies alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)
