"""What a plan's numbers may be: each is looked at once, when the plan is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from pellucid.basics.errors import OptionError, did_you_mean
from pellucid.formulas.optimizers import Optimizer
from pellucid.training.schedules import Schedule


def check_count(name: str, value: Any) -> None:
    """Raise OptionError unless a value is a whole number of at least 1.

    Parameters
    ----------
    name : str
        For the message.
    value : anything
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise OptionError(f"{name} is {value!r}; expected a whole number of at least 1.")


def check_number(name: str, value: Any, *, positive: bool = False) -> None:
    """Raise OptionError unless a value is a finite number of at least 0.

    Parameters
    ----------
    name : str
        For the message.
    value : anything
    positive : bool
        Whether 0 is too small.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool | complex)
    if not number or not np.isfinite(value) or value < 0 or (positive and value == 0):
        raise OptionError(
            f"{name} is {value!r}; expected a number {'above 0' if positive else 'of at least 0'}."
        )


def check_share(name: str, value: Any, *, of_all: bool = True) -> None:
    """Raise OptionError unless a value is a number from 0 to 1.

    Parameters
    ----------
    name : str
        For the message.
    value : anything
    of_all : bool
        Whether it may be 1 itself.
    """
    check_number(name, value)
    if value > 1 or (value == 1 and not of_all):
        raise OptionError(f"{name} is {value!r}; expected a number {'of at most' if of_all else 'below'} 1.")


def optimizer_settings(optimizer: Optimizer, given: Mapping[str, float]) -> Mapping[str, float]:
    """All constants of an optimizer: those given, and the defaults of the others.

    Parameters
    ----------
    optimizer : Optimizer
    given : mapping of str to float

    Raises
    ------
    OptionError
        If it has no such constant, or one is out of range.
    """
    _check_names(f"optimizer {optimizer.name!r}", given, optimizer.settings)
    for name, value in given.items():
        if isinstance(optimizer.settings[name], int):
            check_count(name, value)
        elif name == "epsilon":
            check_number(name, value, positive=True)
        else:  # a share of the old that is kept
            check_share(name, value, of_all=False)
    return MappingProxyType({**optimizer.settings, **given})


def schedule_settings(schedule: Schedule, given: Mapping[str, float]) -> Mapping[str, float]:
    """All constants of a schedule: those given, and the defaults of the others.

    Parameters
    ----------
    schedule : Schedule
    given : mapping of str to float

    Raises
    ------
    OptionError
        If it has no such constant, or one is out of range.
    """
    _check_names(f"schedule {schedule.name!r}", given, schedule.settings)
    for name, value in given.items():
        if isinstance(schedule.settings[name], int):
            check_count(name, value)
        elif name in schedule.shares:
            check_share(name, value)
        else:
            check_number(name, value)
    return MappingProxyType({**schedule.settings, **given})


def _check_names(whose: str, given: Mapping[str, float], known: Mapping[str, float]) -> None:
    if not isinstance(given, Mapping):
        raise OptionError(f"The settings of the {whose} are {given!r}; expected names and numbers, a dict.")
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name), known) or f" Known: {', '.join(known) or 'none'}."
            raise OptionError(f"The {whose} has no setting {name!r}.{hint}")
