"""Who competes: each method at its library's default settings."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from benchmarks.tabular.preparation import as_numbers_and_one_hot, ordinal, scaled_target, text_categories
from benchmarks.tabular.table_set import CLASSES

# --threads tells the worker, too; one where others need the machine
THREADS = int(os.environ.get("BENCHMARK_THREADS", "2"))


@dataclass(frozen=True)
class Task:
    """What a method is told before it sees data.

    Parameters
    ----------
    kind : str
        ``"classes"`` or ``"number"``.
    numbers, categories : list of str
        The columns of each sort.
    seed : int
    """

    kind: str
    numbers: list[str]
    categories: list[str]
    seed: int


@dataclass(frozen=True)
class Method:
    """A competitor.

    Parameters
    ----------
    name, label : str
        In results, and on the page.
    packages : tuple of str
        Whose versions decide on its results, besides those of the table's preparation.
    build : callable
        ``build(task)`` gives an estimator with ``fit`` and ``predict`` or ``predict_proba``.
    about : str
        One line for the page.
    can_run : callable
        Whether it is there at all.
    """

    name: str
    label: str
    packages: tuple[str, ...]
    build: Callable[[Task], Any]
    about: str
    can_run: Callable[[], bool] = lambda: True


def _scikit_learn(task: Task) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    network = (MLPClassifier if task.kind == CLASSES else MLPRegressor)(random_state=task.seed)
    return as_numbers_and_one_hot(task, scaled_target(task, network))


def _forest(task: Task) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    forest = RandomForestClassifier if task.kind == CLASSES else RandomForestRegressor
    return ordinal(task, forest(random_state=task.seed, n_jobs=THREADS))


def _xgboost(task: Task) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    boosting = XGBClassifier if task.kind == CLASSES else XGBRegressor
    return boosting(enable_categorical=True, random_state=task.seed, n_jobs=THREADS)


def _lightgbm(task: Task) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    boosting = LGBMClassifier if task.kind == CLASSES else LGBMRegressor
    return boosting(random_state=task.seed, n_jobs=THREADS, verbosity=-1)


def _catboost(task: Task) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    boosting = CatBoostClassifier if task.kind == CLASSES else CatBoostRegressor
    quiet = {"verbose": False, "allow_writing_files": False}
    options = {"cat_features": task.categories, "random_seed": task.seed, "thread_count": THREADS}
    return text_categories(task, boosting(**options, **quiet))


def _pellucid(task: Task) -> Any:
    import pellucid

    network = getattr(pellucid, "MLPClassifier" if task.kind == CLASSES else "MLPRegressor")
    return as_numbers_and_one_hot(
        task, scaled_target(task, network(random_state=task.seed, n_threads=THREADS))
    )


def _pellucid_auto(task: Task) -> Any:
    import pellucid

    network = getattr(pellucid, "MLPClassifier" if task.kind == CLASSES else "MLPRegressor")
    return network.auto(random_state=task.seed, n_threads=THREADS)


def _has_estimators() -> bool:
    if importlib.util.find_spec("pellucid") is None:
        return False
    return hasattr(importlib.import_module("pellucid"), "MLPClassifier")


def _has_auto() -> bool:
    return _has_estimators() and hasattr(importlib.import_module("pellucid").MLPClassifier, "auto")


_PREPARED = "numbers standardized after their means fill the gaps, categories one-hot"

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "pellucid-auto",
            "Pellucid, auto",
            ("pellucid",),
            _pellucid_auto,
            "gets the table as it is",
            _has_auto,
        ),
        Method(
            "pellucid",
            "Pellucid",
            ("pellucid",),
            _pellucid,
            f"{_PREPARED}; a target that is a number standardized",
            _has_estimators,
        ),
        Method(
            "scikit-learn",
            "scikit-learn's MLP",
            (),
            _scikit_learn,
            f"{_PREPARED}; a target that is a number standardized",
        ),
        Method("xgboost", "XGBoost", ("xgboost-cpu",), _xgboost, "categories and gaps its own way"),
        Method("lightgbm", "LightGBM", ("lightgbm",), _lightgbm, "categories and gaps its own way"),
        Method("catboost", "CatBoost", ("catboost",), _catboost, "categories and gaps its own way"),
        Method(
            "forest",
            "Random forest",
            (),
            _forest,
            "scikit-learn's; categories as their numbers, gaps its own way",
        ),
    )
}


def versions(method: Method) -> dict[str, str]:
    """The versions that decide on a method's results."""
    names = [*method.packages, "numpy", "pandas", "scikit-learn"]
    return {name: metadata.version(name) for name in sorted(names)}
