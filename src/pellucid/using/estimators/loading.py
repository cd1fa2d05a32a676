"""An estimator around a saved network: what it needs to predict, and to learn on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError
from pellucid.network.network import Network, load
from pellucid.using.estimators.fitted import show_network
from pellucid.using.estimators.targets import MULTILABEL, Labels, named_labels

Estimator = TypeVar("Estimator")


def loaded_classifier(kind: Callable[..., Estimator], path: str | Path) -> Estimator:
    """A classifier around the network in a file.

    Parameters
    ----------
    kind : callable
        The estimator's class.
    path : path

    Raises
    ------
    OptionError
        If the network predicts numbers.
    """
    net = load(path)
    if net.architecture.loss_function.targets == "numbers":
        raise OptionError(f"{path} holds a network that predicts numbers; load it with MLPRegressor.load.")
    estimator: Any = _around(kind, net)
    if net.classes is None:
        labels = Labels(MULTILABEL, np.arange(net.architecture.n_outputs))
    else:
        named = named_labels(np.unique(_as_before(net.classes)))
        labels = Labels(named.kind, _as_before(net.classes))
    estimator._labels, estimator.classes_ = labels, labels.classes
    return estimator


def loaded_regressor(kind: Callable[..., Estimator], path: str | Path) -> Estimator:
    """A regressor around the network in a file.

    Parameters
    ----------
    kind : callable
        The estimator's class.
    path : path

    Raises
    ------
    OptionError
        If the network predicts classes.
    """
    net = load(path)
    if net.architecture.loss_function.targets != "numbers":
        raise OptionError(f"{path} holds a network that predicts classes; load it with MLPClassifier.load.")
    return _around(kind, net, loss=net.architecture.loss)


def _around(kind: Callable[..., Estimator], net: Network, **parameters: Any) -> Any:
    architecture = net.architecture
    estimator: Any = kind(
        layers=architecture.layers[:-1],
        input_dropout=architecture.input_dropout,
        initializer=architecture.layers[-1].initializer,
        **parameters,
    )
    preparation = net.preparation
    estimator.n_features_in_ = architecture.input.size if preparation is None else len(preparation.columns)
    unnamed = [
        f"x{number}" for number in range(estimator.n_features_in_)
    ]  # as the columns of an array are called
    if preparation is not None and list(preparation.column_names) != unnamed:
        estimator.feature_names_in_ = np.array(preparation.column_names, dtype=object)
    estimator.n_iter_, estimator.t_ = 0, 0
    show_network(estimator, net)
    return estimator


def _as_before(names: tuple[str, ...]) -> Array:
    """Labels as the file's names say them: whole numbers, yes and no, or fractions where all read so, else text.

    Examples
    --------
    >>> _as_before(("0", "1")).tolist(), _as_before(("0", "01")).tolist(), _as_before(("False", "True")).tolist()
    ([0, 1], ['0', '01'], [False, True])
    """
    ways: tuple[Callable[[str], Any], ...] = (int, {"False": False, "True": True}.get, float)
    for way in ways:
        try:
            values = [way(name) for name in names]
        except ValueError:
            continue
        if [str(value) for value in values] == list(names):
            return np.array(values)
    return np.array(names)
