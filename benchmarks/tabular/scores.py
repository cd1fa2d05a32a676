"""How good predictions are."""

from __future__ import annotations

import numpy as np

LEAST_PROBABILITY = 1e-7  # what a method calls impossible costs at most 16 nats


def score_classes(y: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Accuracy, and the mean of -log of the probability of the true class.

    Parameters
    ----------
    y : (n,)
        True classes.
    probabilities : (n, k)

    Examples
    --------
    >>> score_classes(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]))
    {'accuracy': 0.5, 'log_loss': 0.6931471805599453}
    """
    p = np.clip(np.asarray(probabilities, dtype="float64"), LEAST_PROBABILITY, None)
    p /= p.sum(axis=1, keepdims=True)
    accuracy = float(np.mean(p.argmax(axis=1) == y))
    return {"accuracy": accuracy, "log_loss": float(-np.log(p[np.arange(len(y)), y]).mean())}


def score_numbers(y: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """The root of the mean squared error, as such and as a share of the target's standard deviation.

    The share is 1 for a method that always predicts the mean of the rows that it is tested on.

    Parameters
    ----------
    y : (n,)
        True numbers.
    predictions : (n,)

    Examples
    --------
    >>> score_numbers(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    {'rmse': 1.0, 'rmse_share': 1.0}
    """
    rmse = float(np.sqrt(np.mean((np.asarray(predictions, dtype="float64").ravel() - y) ** 2)))
    return {"rmse": rmse, "rmse_share": rmse / float(y.std())}
