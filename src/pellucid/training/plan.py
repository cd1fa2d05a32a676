"""A training plan: everything that is decided before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.draws import check_seed
from pellucid.basics.errors import OptionError, did_you_mean
from pellucid.formulas.augmentation import Augmentation
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines.choice import checked_engine
from pellucid.training.schedules import SCHEDULES


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training run does.

    Parameters
    ----------
    epochs : int
        How often every example is used.
    batch_size : int, optional
        Examples in each step; None for all of them (full-batch gradient descent). The last batch of an epoch may be
        smaller; it is used like the others.
    optimizer : str
        A name from `OPTIMIZERS`.
    learning_rate : float, optional
        The step size; None for the optimizer's own default.
    settings : mapping of str to float
        Further constants of the optimizer, such as ``{"momentum": 0.95}``.
    schedule : str
        How the learning rate changes, a name from `SCHEDULES`.
    l1, l2 : float
        Strengths of the penalties on weights.
    loss_below : float, optional
        Stop after the first epoch whose training loss is below this.
    patience : int, optional
        Stop when the validation loss has not improved for so many epochs, and take the best epoch's weights.
    shuffle : bool
        Whether each epoch takes the examples in a new random order.
    seed : int
        For that order, for dropout and for augmentation.
    engine : str
        Who computes it: "compiled", "reference", or "auto" for what the network says. Results of the two differ by
        rounding only.
    n_threads : int, optional
        How many threads may work at a time; None for what is fastest. No bit of a result depends
        on it.
    augmentation : Augmentation, optional
        How pictures change from epoch to epoch. Training loss and accuracy are then those of the changed pictures;
        validation never sees any.

    Raises
    ------
    OptionError
        If a value is out of range; UnknownNameError for an unknown name.

    Examples
    --------
    >>> Plan(optimizer="momentum").learning_rate
    0.01
    """

    epochs: int = 5
    batch_size: int | None = 32
    optimizer: str = "adam"
    learning_rate: float | None = None
    settings: Mapping[str, float] = field(default_factory=dict, hash=False)
    schedule: str = "constant"
    l1: float = 0.0
    l2: float = 0.0
    loss_below: float | None = None
    patience: int | None = None
    shuffle: bool = True
    seed: int = 0
    engine: str = "auto"
    n_threads: int | None = None
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        optimizer = OPTIMIZERS[self.optimizer]
        SCHEDULES[self.schedule]
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", optimizer.learning_rate)
        for name in self.settings:
            if name not in optimizer.settings:
                hint = (
                    did_you_mean(name, optimizer.settings)
                    or f" Known: {', '.join(optimizer.settings) or 'none'}."
                )
                raise OptionError(f"The optimizer {self.optimizer!r} has no setting {name!r}.{hint}")
            _check_number(name, self.settings[name], positive=name == "epsilon")
            if name != "epsilon" and self.settings[name] >= 1:  # a share of the old that is kept
                raise OptionError(f"{name} is {self.settings[name]!r}; expected a number below 1.")
        object.__setattr__(self, "settings", MappingProxyType({**optimizer.settings, **self.settings}))
        check_seed(self.seed)
        checked_engine(self.engine)
        if not isinstance(self.augmentation, Augmentation | None):
            raise OptionError(
                f"augmentation is {self.augmentation!r}; expected an Augmentation, such as Augmentation(shift=2)."
            )
        if self.augmentation is not None and not self.augmentation.is_on:
            object.__setattr__(self, "augmentation", None)
        if not isinstance(self.shuffle, bool):
            raise OptionError(f"shuffle is {self.shuffle!r}; expected True or False.")
        _check_count("epochs", self.epochs)
        for name in ("batch_size", "patience", "n_threads"):
            if getattr(self, name) is not None:
                _check_count(name, getattr(self, name))
        _check_number("learning_rate", self.learning_rate, positive=True)
        _check_number("l1", self.l1)
        _check_number("l2", self.l2)
        if self.loss_below is not None:
            _check_number("loss_below", self.loss_below)

    def steps_per_epoch(self, n: int) -> int:
        """How many steps an epoch over n examples takes; the last may be smaller."""
        return -(-n // self.examples_per_step(n))

    def examples_per_step(self, n: int) -> int:
        """The batch size, at most n."""
        return n if self.batch_size is None else min(self.batch_size, n)

    def learning_rates(self, n: int, first: int, last: int) -> Array:
        """The learning rate of the steps first … last − 1 of the whole run, over n examples.

        Parameters
        ----------
        n : int
            Training examples.
        first, last : int
            Steps, counted from 0.

        Returns
        -------
        (last − first,)
        """
        total = self.epochs * self.steps_per_epoch(n)
        progress = np.minimum(np.arange(first, last) / total, 1)  # a resumed run may have taken more steps
        return np.float64(self.learning_rate) * SCHEDULES[self.schedule].factor(progress)


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise OptionError(f"{name} is {value!r}; expected a whole number of at least 1.")


def _check_number(name: str, value: Any, *, positive: bool = False) -> None:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < 0 or (positive and value == 0):
        raise OptionError(
            f"{name} is {value!r}; expected a number {'above 0' if positive else 'of at least 0'}."
        )
