"""A training plan: everything that is decided before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.draws import check_seed
from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.augmentation import Augmentation
from pellucid.network.engines.choice import checked_engine
from pellucid.training.methods import LBFGS, METHODS
from pellucid.training.ranges import (
    check_count,
    check_number,
    check_share,
    optimizer_settings,
    schedule_settings,
)
from pellucid.training.schedules import SCHEDULES, warm_up_factor

MONITORS = ("auto", "validation_loss", "validation_score", "loss")
KEEPS = ("auto", "last", "best", "latest_best")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training run does.

    Parameters
    ----------
    epochs : int
        How often every example is used; of "lbfgs", how many iterations it makes.
    batch_size : int, optional
        Examples in each step; None for all of them (full-batch gradient descent). The last batch of an epoch may be
        smaller; it is used like the others. "lbfgs" always takes all.
    optimizer : str
        A name from `METHODS`: one of `OPTIMIZERS`, or "lbfgs".
    learning_rate : float, optional
        The step size; None for the optimizer's own default. "lbfgs" finds its own.
    settings : mapping of str to float
        Further constants of the optimizer, such as ``{"momentum": 0.95}``.
    schedule : str
        How the learning rate changes, a name from `SCHEDULES`.
    schedule_settings : mapping of str to float
        Its constants, such as ``{"every": 10}``.
    warm_up : float
        The share of the run in which the learning rate rises in a line, on top of any schedule.
    l1, l2 : float
        Strengths of the penalties on weights.
    label_smoothing : float
        The share of each example's truth that is spread over all classes, with the losses "cross_entropy" and
        "binary_cross_entropy"; the training loss is then that of the smoothed truth, the validation loss is not.
    clip_norm : float, optional
        The largest length of a step's gradient, penalties included; a longer one is shortened.
    max_norm : float, optional
        The largest length of the weights that lead into a neuron; after a step longer ones are shortened.
    averaging : float
        The network gets a moving average of theta, of which this share stays in each step, such as 0.99; 0 for theta
        as it is.
    loss_below : float, optional
        Stop after the first epoch whose training loss is below this.
    patience : int, optional
        Stop when the monitored quantity has not improved for so many epochs, and take the best epoch's weights.
    monitor : str
        What has to improve: "validation_loss", "validation_score" (what `score` gives; higher is better), "loss" (of
        training), or "auto" for the score if there is one, else the validation loss; a schedule that looks at how
        training goes then takes the training loss where there is neither.
    min_delta : float
        What is less of an improvement than this, against the best so far, does not count as one.
    keep : str
        Whose weights the network has when training is over: those of the "last" epoch, of the "best" by what is
        monitored, or of the "latest_best" among equally good ones; "auto" for the best if there is a patience, else the
        last.
    max_time : float, optional
        Stop after so many seconds from the beginning of the run, validation included and pauses not.
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
        If a value is out of range, or two exclude each other; UnknownNameError for an unknown name.

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
    schedule_settings: Mapping[str, float] = field(default_factory=dict, hash=False)
    warm_up: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    max_norm: float | None = None
    averaging: float = 0.0
    loss_below: float | None = None
    patience: int | None = None
    monitor: str = "auto"
    min_delta: float = 0.0
    keep: str = "auto"
    max_time: float | None = None
    shuffle: bool = True
    seed: int = 0
    engine: str = "auto"
    n_threads: int | None = None
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        method, schedule = METHODS[self.optimizer], SCHEDULES[self.schedule]
        if self.learning_rate is None:
            self._settle("learning_rate", method.learning_rate)
        self._settle("settings", optimizer_settings(method, self.settings))
        self._settle("schedule_settings", schedule_settings(schedule, self.schedule_settings))
        self._check_numbers()
        self._check_words()
        if self.augmentation is not None and not self.augmentation.is_on:
            self._settle("augmentation", None)
        if method is LBFGS:
            self._settle("batch_size", None)
            self._check_searching()

    def _settle(self, name: str, value: Any) -> None:
        """Put a setting in its final form."""
        object.__setattr__(self, name, value)

    def _check_numbers(self) -> None:
        check_seed(self.seed)
        check_count("epochs", self.epochs)
        for name in ("batch_size", "patience", "n_threads"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("learning_rate", self.learning_rate, positive=True)
        for name in ("l1", "l2", "min_delta"):
            check_number(name, getattr(self, name))
        if self.loss_below is not None:
            check_number("loss_below", self.loss_below)
        for name in ("clip_norm", "max_norm", "max_time"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), positive=True)
        check_share("warm_up", self.warm_up)
        for name in ("label_smoothing", "averaging"):
            check_share(name, getattr(self, name), of_all=False)

    def _check_words(self) -> None:
        checked_engine(self.engine)
        if self.monitor not in MONITORS:
            raise UnknownNameError("monitor", self.monitor, MONITORS)
        if self.keep not in KEEPS:
            raise UnknownNameError("choice of weights to keep", self.keep, KEEPS)
        if not isinstance(self.augmentation, Augmentation | None):
            raise OptionError(
                f"augmentation is {self.augmentation!r}; expected an Augmentation, such as Augmentation(shift=2)."
            )
        if not isinstance(self.shuffle, bool):
            raise OptionError(f"shuffle is {self.shuffle!r}; expected True or False.")

    def _check_searching(self) -> None:
        """L-BFGS follows one unchanging loss, and finds the length of its steps itself."""
        usual = {"learning_rate": LBFGS.learning_rate, "schedule": "constant", "warm_up": 0, "averaging": 0}
        usual |= dict.fromkeys(("clip_norm", "max_norm", "augmentation"))
        for name, value in usual.items():
            if getattr(self, name) != value:
                raise OptionError(
                    f"{name} is {getattr(self, name)!r}, but the optimizer 'lbfgs' takes all examples as they are and "
                    "finds its own steps; leave it out."
                )

    @property
    def searches(self) -> bool:
        """Whether it is L-BFGS that moves theta, not steps."""
        return self.optimizer == LBFGS.name

    @property
    def keeps_best(self) -> bool:
        """Whether the network gets the best epoch's weights in the end."""
        return self.keep in ("best", "latest_best") or (self.keep == "auto" and self.patience is not None)

    @property
    def memory(self) -> tuple[str, ...]:
        """The names of the vectors that are kept between steps."""
        return (*METHODS[self.optimizer].memory, *(["average"] if self.averaging else []))

    def steps_per_epoch(self, n: int) -> int:
        """How many steps an epoch over n examples takes; the last may be smaller."""
        return -(-n // self.examples_per_step(n))

    def examples_per_step(self, n: int) -> int:
        """The batch size, at most n."""
        return n if self.batch_size is None else min(self.batch_size, n)

    def learning_rates(self, n: int, first: int, last: int) -> Array:
        """The learning rate of the steps first … last − 1 of the whole run, over n examples.

        What a schedule makes of it that looks at how training goes, is not in it.

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
        schedule = SCHEDULES[self.schedule]
        if schedule.factor is SCHEDULES["constant"].factor and not self.warm_up:
            return np.full(last - first, self.learning_rate, np.float64)
        steps, per_epoch = np.arange(first, last), self.steps_per_epoch(n)
        total = self.epochs * per_epoch
        progress = np.minimum(steps / total, 1)  # a resumed run may have taken more steps
        factor = schedule.factor(progress, steps // per_epoch, **self.schedule_settings)
        if self.warm_up:
            factor = factor * warm_up_factor(steps, self.warm_up * total)
        return np.float64(self.learning_rate) * factor
