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
    from pellucid.network.architecture import Architecture, Dense
    from pellucid.network.network import Network, load
    from pellucid.training.loop import epochs
    from pellucid.training.plan import Plan
    from pellucid.training.state import State
    from pellucid.understanding.evaluation.report import evaluate
    from pellucid.using.fitting import fit

__all__ = [
    "Architecture",
    "Augmentation",
    "Dataset",
    "Dense",
    "Input",
    "Network",
    "PellucidError",
    "Plan",
    "Splits",
    "State",
    "__version__",
    "data",
    "epochs",
    "evaluate",
    "fit",
    "load",
]

# Where each public name lives; a room is loaded when one of its names is first used.
_HOMES = {
    "Architecture": ("pellucid.network.architecture", "Architecture"),
    "Augmentation": ("pellucid.formulas.augmentation", "Augmentation"),
    "Dataset": ("pellucid.data.dataset", "Dataset"),
    "Dense": ("pellucid.network.architecture", "Dense"),
    "Input": ("pellucid.data.dataset", "Input"),
    "Network": ("pellucid.network.network", "Network"),
    "PellucidError": ("pellucid.basics.errors", "PellucidError"),
    "Plan": ("pellucid.training.plan", "Plan"),
    "Splits": ("pellucid.data.dataset", "Splits"),
    "State": ("pellucid.training.state", "State"),
    "epochs": ("pellucid.training.loop", "epochs"),
    "evaluate": ("pellucid.understanding.evaluation.report", "evaluate"),
    "fit": ("pellucid.using.fitting", "fit"),
    "load": ("pellucid.network.network", "load"),
}


def __getattr__(name: str) -> Any:
    if name == "data":
        return importlib.import_module("pellucid.data")
    if name not in _HOMES:
        raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
    home, inner = _HOMES[name]
    return getattr(importlib.import_module(home), inner)


def __dir__() -> list[str]:
    return sorted(__all__)
