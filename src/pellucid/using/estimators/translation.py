"""From scikit-learn's meaning of a parameter to Pellucid's: an architecture, a plan, and units to report in.

Two things differ. First, scikit-learn divides its L2 penalty by the number of examples in a batch; ours counts as it
is. Second, of a squared error it follows half the gradient, and reports half the mean over the outputs, where ours is
the plain sum. Training is the same if what ours has doubled is halved again: the learning rate of rules that follow
the gradient's size, and if what is compared with the gradient is doubled: the penalty, a bound on the gradient, and ε,
the only place where rules that divide by the gradient's size can tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.recipes import tangent_mlp
from pellucid.training.methods import LBFGS
from pellucid.training.plan import Plan
from pellucid.using.estimators.initial import AS_SCIKIT_LEARN
from pellucid.using.estimators.parameters import hidden_units

BATCH_SIZE = 200  # scikit-learn's "auto"
LEAST_LEARNING_RATE = 1e-6  # of its "adaptive"
OUTPUT_ACTIVATIONS = {
    "cross_entropy": "softmax",
    "binary_cross_entropy": "logistic",
    "poisson": "exp",
}  # scikit-learn's words; any other loss takes the scores as they are


@dataclass(frozen=True, slots=True)
class Units:
    """What our loss is in scikit-learn's units.

    Parameters
    ----------
    gradient : float
        How many times its gradient ours is.
    loss : float
        The factor from our loss to the one it reports.
    """

    gradient: float = 1.0
    loss: float = 1.0

    def reported(self, loss: float, penalty: float) -> float:
        """The loss that scikit-learn would report, penalty included."""
        return loss * self.loss + penalty / self.gradient


def units_of(loss: str, n_outputs: int) -> Units:
    """The units of a loss from `LOSSES`.

    Examples
    --------
    >>> units_of("squared_error", 2)
    Units(gradient=2.0, loss=0.25)
    """
    if loss == "squared_error":
        return Units(gradient=2.0, loss=0.5 / n_outputs)
    if loss in (
        "absolute",
        "huber",
    ):  # scikit-learn knows neither; their mean over the outputs, as for squares
        return Units(loss=1.0 / n_outputs)
    return Units()


def architecture(estimator: Any, input: Input, n_outputs: int, loss: str, **front: Any) -> Architecture:
    """What the estimator's parameters say about the network.

    Parameters
    ----------
    estimator : estimator
    input : Input
    n_outputs : int
    loss : str
        A name from `LOSSES`.
    """
    if estimator.parametrization == "tangent":
        units, activation = hidden_units(estimator.hidden_layer_sizes), activation_name(estimator.activation)
        return tangent_mlp(
            input, units, n_outputs, activation=activation, loss=loss, dropout=estimator.dropout, **front
        )
    initializer = AS_SCIKIT_LEARN if draws_as_scikit_learn(estimator) else estimator.initializer
    if estimator.layers is not None:
        hidden = tuple(estimator.layers)
    else:
        hidden = tuple(
            Dense(
                units,
                activation_name(estimator.activation),
                initializer,
                estimator.dropout,
                normalization=estimator.normalization,
            )
            for units in hidden_units(estimator.hidden_layer_sizes)
        )
    readout = Dense(n_outputs, "identity", initializer)
    return Architecture(input, (*hidden, readout), loss, input_dropout=estimator.input_dropout, **front)


def draws_as_scikit_learn(estimator: Any) -> bool:
    """Whether the first weights are those that scikit-learn would draw."""
    usual = estimator.layers is None and estimator.initializer == "auto"
    return usual and estimator.parametrization == "standard"


def activation_name(name: str) -> str:
    """The register's word for scikit-learn's.

    Examples
    --------
    >>> activation_name("logistic"), activation_name("gelu")
    ('sigmoid', 'gelu')
    """
    return "sigmoid" if name == "logistic" else name


def optimizer_name(estimator: Any) -> str:
    """The register's word for a solver: scikit-learn's sgd has momentum, of two kinds, unless that is 0."""
    if estimator.solver != "sgd" or estimator.momentum == 0:
        return estimator.solver
    return "nesterov" if estimator.nesterovs_momentum else "momentum"


def examples_per_step(estimator: Any, n: int) -> int:
    """The batch size for n examples."""
    if estimator.batch_size == "by_size":
        return min(64 if n <= 1024 else 128 if n <= 8192 else 256, n)
    return min(BATCH_SIZE if estimator.batch_size == "auto" else estimator.batch_size, n)


def plan(
    estimator: Any, n: int, *, epochs: int, seed: int, units: Units, sample_weight: Array | None, monitor: str
) -> Plan:
    """What the estimator's parameters say about training.

    Parameters
    ----------
    estimator : estimator
    n : int
        Training examples.
    epochs : int
        Counted from the very beginning of training.
    seed : int
    units : Units
    sample_weight : (n,) or None
    monitor : str
        What early stopping looks at: "loss" where nothing is validated.
    """
    batch_size = n if is_lbfgs(estimator) else examples_per_step(estimator, n)
    # scikit-learn divides a penalty by a batch's sum of weights, which is this much on the average.
    weight_of_batch = batch_size * (1.0 if sample_weight is None else float(np.mean(sample_weight)))
    compared = units.gradient / weight_of_batch if weight_of_batch > 0 else 0.0
    return Plan(
        epochs=epochs,
        batch_size=batch_size,
        l1=estimator.l1 * compared,
        l2=estimator.alpha * compared,
        label_smoothing=getattr(estimator, "label_smoothing", 0.0),
        max_time=estimator.max_time,
        monitor=monitor,
        min_delta=estimator.tol / (1.0 if monitor == "validation_score" else units.loss),
        keep=_kept(estimator),
        shuffle=bool(estimator.shuffle),
        seed=seed,
        n_threads=estimator.n_threads,
        **(_search(estimator, units) if is_lbfgs(estimator) else _steps(estimator, n, units)),
    )


def _kept(estimator: Any) -> str:
    """Which epoch's weights are kept."""
    if not stops_early(estimator):
        return "last"
    return "latest_best" if estimator.parametrization == "tangent" else "best"


def _search(estimator: Any, units: Units) -> dict[str, Any]:
    """The part of the plan that only L-BFGS needs."""
    settings = {"max_fun": estimator.max_fun, "gtol": estimator.tol * units.gradient}
    return {"optimizer": LBFGS.name, "settings": settings}


def _steps(estimator: Any, n: int, units: Units) -> dict[str, Any]:
    """The part of the plan that only optimizers need which take steps."""
    optimizer = optimizer_name(estimator)
    given = {
        "momentum": estimator.momentum,
        "beta1": estimator.beta_1,
        "beta2": estimator.beta_2,
        "epsilon": estimator.epsilon * units.gradient,
        "weight_decay": estimator.weight_decay,
    }
    known = OPTIMIZERS[optimizer].settings
    per_gradient = 1.0 if "epsilon" in known else units.gradient  # with ε, the gradient's size is divided by
    return {
        "optimizer": optimizer,
        "learning_rate": float(estimator.learning_rate_init) / per_gradient,
        "settings": {name: value for name, value in given.items() if name in known and value is not None},
        "warm_up": estimator.warm_up,
        "clip_norm": None if estimator.clip_norm is None else estimator.clip_norm * units.gradient,
        "max_norm": estimator.max_norm,
        "averaging": estimator.averaging,
        **_schedule(estimator, n, per_gradient),
    }


def _schedule(estimator: Any, n: int, per_gradient: float) -> dict[str, Any]:
    """How the learning rate changes, and how long to wait for an improvement."""
    endless = estimator.n_iter_no_change == math.inf
    patience = (
        None if endless else int(estimator.n_iter_no_change) + 1
    )  # scikit-learn stops when it is exceeded
    course = estimator.learning_rate if estimator.solver == "sgd" else "constant"
    if course == "invscaling":
        decay = {"decay": float(n), "power": float(estimator.power_t)}
        return {"schedule": "inverse_time", "schedule_settings": decay, "patience": patience}
    if course == "adaptive" and patience is not None:  # it lowers the learning rate before it stops
        plateau = {"factor": 0.2, "patience": patience, "least": LEAST_LEARNING_RATE / per_gradient}
        return {"schedule": "plateau", "schedule_settings": plateau}
    return {"schedule": estimator.schedule or "constant", "patience": patience}


def is_lbfgs(estimator: Any) -> bool:
    """Whether no steps are taken on batches."""
    return estimator.solver == LBFGS.name


def stops_early(estimator: Any) -> bool:
    """Whether held-out rows decide when to stop; "lbfgs" looks at no such thing, as in scikit-learn."""
    return bool(estimator.early_stopping) and not is_lbfgs(estimator)


def holds_out(estimator: Any) -> bool:
    """Whether rows are set aside unless somebody brings some: to stop by, or to calibrate with."""
    return stops_early(estimator) or bool(getattr(estimator, "calibrate", False))
