"""What early stopping judges by: a network in an estimator's clothes, for any of scikit-learn's scorers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, get_scorer, r2_score

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError
from pellucid.network.network import Network
from pellucid.using.estimators.preparing import in_units
from pellucid.using.estimators.targets import MULTILABEL, Labels

LOSS = "loss"
Score = Callable[[Network], float]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Examples to validate by.

    Parameters
    ----------
    X : (n, d)
        As the network takes them.
    y : (n,) or (n, k)
        The user's own labels or numbers.
    sample_weight : (n,) or None
    """

    X: Array
    y: Array
    sample_weight: Array | None


def probabilities(net: Network, labels: Labels, scores: Array) -> Array:
    """The probability of each class ``(n, k)``; where an example may have several labels, of each by itself.

    Parameters
    ----------
    net : Network
    labels : Labels
    scores : (n, n_outputs)
        Logits.
    """
    if labels.kind == MULTILABEL:
        return net.architecture.loss_function.predictions(scores)
    return net.probabilities_of(scores)


class ClassifierJudge(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network that answers in the user's labels; nothing is checked."""

    def __init__(self, net: Network, labels: Labels) -> None:
        self.net, self.labels, self.classes_ = net, labels, labels.classes

    def predict(self, X: Array) -> Any:
        """The labels."""
        return self.labels.decode(self.net.logits(X))

    def predict_proba(self, X: Array) -> Array:
        """The probability of each class."""
        return probabilities(self.net, self.labels, self.net.logits(X))

    def __sklearn_is_fitted__(self) -> bool:
        return True


class RegressorJudge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A network that answers with numbers; nothing is checked."""

    def __init__(self, net: Network) -> None:
        self.net = net

    def predict(self, X: Array) -> Array:
        """The numbers."""
        numbers = in_units(self.net, self.net.predict(X))
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    def __sklearn_is_fitted__(self) -> bool:
        return True


def score_by(scoring: Any, labels: Labels | None, held_out: HeldOut) -> Score:
    """How good a network is on held-out examples; higher is better, NaN where it says nothing finite.

    Parameters
    ----------
    scoring : str, callable or None
        A scorer of scikit-learn's; None for accuracy, or R² of numbers.
    labels : Labels or None
        None for numbers.
    held_out : HeldOut

    Raises
    ------
    OptionError
        If there is no such scorer.
    """
    weights = held_out.sample_weight
    if scoring is None:
        default = accuracy_score if labels is not None else r2_score

        def judged(judge: Any) -> float:
            return default(held_out.y, judge.predict(held_out.X), sample_weight=weights)
    else:
        scorer = _scorer(scoring)
        weighted = {} if weights is None else {"sample_weight": weights}

        def judged(judge: Any) -> float:
            return scorer(judge, held_out.X, held_out.y, **weighted)

    def score(net: Network) -> float:
        if not np.isfinite(net.theta).all():
            return float("nan")
        try:
            return float(judged(RegressorJudge(net) if labels is None else ClassifierJudge(net, labels)))
        except ValueError as error:
            if "NaN" in str(error) or "infinity" in str(error):  # the network overflowed
                return float("nan")
            raise

    return score


def _scorer(scoring: Any) -> Any:
    try:
        return get_scorer(scoring)
    except ValueError as error:
        raise OptionError(
            f"scoring is {scoring!r}; expected 'loss', or one of sklearn.metrics.get_scorer_names()."
        ) from error
