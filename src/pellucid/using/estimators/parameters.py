"""What each parameter of the estimators may be. Names come from the registers, so that nothing stands twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.network.architecture import Dense
from pellucid.network.engines.choice import ENGINES
from pellucid.training.methods import LBFGS, METHODS
from pellucid.training.schedules import SCHEDULES

ACTIVATION_NAMES = (
    "logistic",
    *ACTIVATIONS,
)  # scikit-learn's word for the sigmoid comes first, so that it is known
SOLVERS = tuple(METHODS)
LEARNING_RATES = ("constant", "invscaling", "adaptive")
BATCH_SIZES = ("auto", "by_size")
PARAMETRIZATIONS = ("standard", "tangent")
SCALES = ("standard", "robust", "quantile")
REGRESSION_LOSSES = ("squared_error", "absolute", "huber", "poisson")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a parameter may be: a test, and the words after "expected"."""

    test: Callable[[Any], bool]
    expected: str


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in (
        "bool",
        "bool_",
    )  # NumPy's own are none of Python's


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not _is_flag(value) and not math.isnan(value)


def _count(least: int = 1) -> Allowed:
    return Allowed(
        lambda v: isinstance(v, Integral) and not _is_flag(v) and int(v) >= least,
        f"a whole number of at least {least}",
    )


def _number(low: float, high: float = math.inf, *, low_too: bool = True, high_too: bool = False) -> Allowed:
    def test(value: Any) -> bool:
        if not _is_real(value):
            return False
        return (low < value or (low_too and value == low)) and (value < high or (high_too and value == high))

    bounds = f"at least {low:g}" if low_too else f"above {low:g}"
    if high < math.inf:
        bounds += f" and {'at most' if high_too else 'below'} {high:g}"
    return Allowed(test, f"a number {bounds}")


def _or_none(allowed: Allowed) -> Allowed:
    return Allowed(lambda v: v is None or allowed.test(v), f"{allowed.expected}, or None")


_FLAG = Allowed(_is_flag, "True or False")
_SHARE = _number(0, 1)

_NUMBERS: dict[str, Allowed] = {
    "alpha": _number(0),
    "l1": _number(0),
    "learning_rate_init": _number(0, low_too=False),
    "power_t": _number(0),
    "max_iter": _count(),
    "shuffle": _FLAG,
    "tol": _number(0),
    "verbose": Allowed(
        lambda v: _is_flag(v) or (isinstance(v, Integral) and int(v) >= 0), "True, False or a level"
    ),
    "warm_start": _FLAG,
    "momentum": _number(0, 1, high_too=True),
    "nesterovs_momentum": _FLAG,
    "early_stopping": _FLAG,
    "validation_fraction": _SHARE,
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "epsilon": _number(0, low_too=False),
    "n_iter_no_change": Allowed(
        lambda v: _count().test(v) or (_is_real(v) and v == math.inf),
        "a whole number of at least 1, or numpy.inf",
    ),
    "max_fun": _count(),
    "dropout": _SHARE,
    "input_dropout": _SHARE,
    "weight_decay": _or_none(_number(0)),
    "clip_norm": _or_none(_number(0, low_too=False)),
    "max_norm": _or_none(_number(0, low_too=False)),
    "label_smoothing": _SHARE,
    "averaging": _SHARE,
    "warm_up": _number(0, 1, high_too=True),
    "max_time": _or_none(_number(0, low_too=False)),
    "n_threads": _or_none(_count()),
    "progress": _FLAG,
    "n_members": _count(),
    "calibrate": _FLAG,
    "batch_size": Allowed(
        lambda v: _count().test(v) or (isinstance(v, str) and v in BATCH_SIZES),
        "a whole number of at least 1, 'auto' or 'by_size'",
    ),
}

_NAMES: dict[str, tuple[str, Collection[str]]] = {
    "activation": ("activation", ACTIVATION_NAMES),
    "solver": ("solver", SOLVERS),
    "learning_rate": ("learning rate schedule", LEARNING_RATES),
    "loss": ("loss", REGRESSION_LOSSES),
    "normalization": ("normalization", NORMALIZATIONS),
    "initializer": ("initializer", INITIALIZERS),
    "schedule": ("schedule", SCHEDULES),
    "engine": ("engine", ENGINES),
    "scale": ("scale", SCALES),
    "parametrization": ("parametrization", PARAMETRIZATIONS),
}
_MAY_BE_NONE = ("schedule", "scale")


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Raise an error for the first parameter that is not what it may be.

    Parameters
    ----------
    parameters : mapping
        By name; what is not known here is left alone.

    Raises
    ------
    OptionError
        For a value out of range, or two settings that exclude each other; UnknownNameError for an unknown name.

    Examples
    --------
    >>> check_parameters({"alpha": 0.1, "solver": "adam"})
    """
    for name, value in parameters.items():
        if name.endswith("_"):  # what fitting has left
            continue
        if name in _NUMBERS and not _NUMBERS[name].test(value):
            raise OptionError(f"{name} is {value!r}; expected {_NUMBERS[name].expected}.")
        if name in _NAMES and not (value is None and name in _MAY_BE_NONE):
            kind, known = _NAMES[name]
            if not isinstance(value, str) or value not in known:
                raise UnknownNameError(kind, value, known)
    if parameters.get("parametrization") == "tangent":
        _check_tangent(parameters)
    _check_solver(parameters)
    hidden_units(parameters.get("hidden_layer_sizes", ()))
    _check_layers(parameters.get("layers"))
    if parameters.get("schedule") not in (None, "constant") and parameters.get("learning_rate") != "constant":
        raise OptionError(
            f"learning_rate is {parameters.get('learning_rate')!r} and schedule {parameters['schedule']!r}; "
            "expected one of them, so leave the other at 'constant'."
        )


def _check_solver(parameters: Mapping[str, Any]) -> None:
    """What scikit-learn does not know must not be ignored in silence; of what it knows, it ignores some itself."""
    solver = parameters.get("solver", "adam")
    if solver == LBFGS.name:
        of_steps = (
            ("clip_norm", None),
            ("max_norm", None),
            ("averaging", 0),
            ("schedule", None),
            ("warm_up", 0),
        )
        for name, usual in of_steps:
            if parameters.get(name, usual) != usual:
                raise OptionError(
                    f"{name} is {parameters[name]!r}, but 'lbfgs' takes no steps; leave one of them out."
                )
    if parameters.get("weight_decay") is not None and "weight_decay" not in METHODS[solver].settings:
        known = [name for name, method in METHODS.items() if "weight_decay" in method.settings]
        raise OptionError(
            f"weight_decay is {parameters['weight_decay']!r}, but the solver {solver!r} has none; choose "
            f"{' or '.join(map(repr, known))}, or alpha for an L2 penalty."
        )


def _check_tangent(parameters: Mapping[str, Any]) -> None:
    """The tangent parametrization decides itself what these would."""
    for name, usual in (
        ("layers", None),
        ("normalization", "none"),
        ("input_dropout", 0),
        ("initializer", "auto"),
    ):
        if parameters.get(name, usual) != usual:
            raise OptionError(
                f"{name} is {parameters[name]!r}, but parametrization='tangent' decides that itself; leave one of them "
                "out."
            )


def hidden_units(sizes: Any) -> tuple[int, ...]:
    """The neurons of each hidden layer, from a number or several.

    Raises
    ------
    OptionError
        If one is no whole number above 0.

    Examples
    --------
    >>> hidden_units(10), hidden_units((64, 32)), hidden_units(())
    ((10,), (64, 32), ())
    """
    listed = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str | bytes) else [sizes]
    if not all(_count().test(units) for units in listed):
        raise OptionError(
            f"hidden_layer_sizes must be > 0, got {listed}; expected whole numbers, such as (100,) or (64, 64)."
        )
    return tuple(int(units) for units in listed)


def _check_layers(layers: Any) -> None:
    if layers is None:
        return
    if not isinstance(layers, list | tuple) or not all(isinstance(layer, Dense) for layer in layers):
        raise OptionError(
            f"layers is {layers!r}; expected the hidden layers, such as [Dense(256, 'relu', dropout=0.2)]."
        )
