"""Pellucid: neural networks you can see through.

>>> import pellucid
>>> moons = pellucid.data.two_moons()
>>> net = pellucid.Network.for_data(moons, hidden=[16], seed=0)
>>> history = pellucid.fit(net, moons.train, epochs=60, learning_rate=0.01, show=False)
>>> report = pellucid.evaluate(net, moons.test)
>>> report.accuracy > 0.9
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.version import __version__

if TYPE_CHECKING:
    from pellucid import data
    from pellucid.basics.errors import PellucidError
    from pellucid.data.dataset import Dataset, Input, Splits
    from pellucid.formulas.augmentation import Augmentation
    from pellucid.network.architecture import Architecture, Dense, Embedding
    from pellucid.network.network import Network, load
    from pellucid.training.loop import epochs
    from pellucid.training.plan import Plan
    from pellucid.training.rate_search import find_learning_rate
    from pellucid.training.state import State
    from pellucid.understanding import figures
    from pellucid.understanding.evaluation.calibration import calibrated, calibration
    from pellucid.understanding.evaluation.cross_validation import cross_validate
    from pellucid.understanding.evaluation.report import evaluate
    from pellucid.using.estimators.classifier import MLPClassifier
    from pellucid.using.estimators.regressor import MLPRegressor
    from pellucid.using.fitting import fit

__all__ = [
    "Architecture",
    "Augmentation",
    "Dataset",
    "Dense",
    "Embedding",
    "Input",
    "MLPClassifier",
    "MLPRegressor",
    "Network",
    "PellucidError",
    "Plan",
    "Splits",
    "State",
    "__version__",
    "calibrated",
    "calibration",
    "cross_validate",
    "data",
    "epochs",
    "evaluate",
    "figures",
    "find_learning_rate",
    "fit",
    "load",
]

# Where each public name lives; a room is loaded when one of its names is first used.
_HOMES = {
    "Architecture": ("pellucid.network.architecture", "Architecture"),
    "Augmentation": ("pellucid.formulas.augmentation", "Augmentation"),
    "Dataset": ("pellucid.data.dataset", "Dataset"),
    "Dense": ("pellucid.network.architecture", "Dense"),
    "Embedding": ("pellucid.network.architecture", "Embedding"),
    "Input": ("pellucid.data.dataset", "Input"),
    "MLPClassifier": ("pellucid.using.estimators.classifier", "MLPClassifier"),
    "MLPRegressor": ("pellucid.using.estimators.regressor", "MLPRegressor"),
    "Network": ("pellucid.network.network", "Network"),
    "PellucidError": ("pellucid.basics.errors", "PellucidError"),
    "Plan": ("pellucid.training.plan", "Plan"),
    "Splits": ("pellucid.data.dataset", "Splits"),
    "State": ("pellucid.training.state", "State"),
    "calibrated": ("pellucid.understanding.evaluation.calibration", "calibrated"),
    "calibration": ("pellucid.understanding.evaluation.calibration", "calibration"),
    "cross_validate": ("pellucid.understanding.evaluation.cross_validation", "cross_validate"),
    "epochs": ("pellucid.training.loop", "epochs"),
    "evaluate": ("pellucid.understanding.evaluation.report", "evaluate"),
    "find_learning_rate": ("pellucid.training.rate_search", "find_learning_rate"),
    "fit": ("pellucid.using.fitting", "fit"),
    "load": ("pellucid.network.network", "load"),
}

_ROOMS = {"data": "pellucid.data", "figures": "pellucid.understanding.figures"}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    if name not in _HOMES:
        raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
    home, inner = _HOMES[name]
    return getattr(importlib.import_module(home), inner)


def __dir__() -> list[str]:
    return sorted(__all__)
