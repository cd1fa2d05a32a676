"""What an estimator knows after fitting, in scikit-learn's words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import ConvergenceWarning

from pellucid.basics.errors import DataError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.records import Epoch
from pellucid.training.state import State
from pellucid.training.stopping import ALL_DONE, INTERRUPTED
from pellucid.understanding.evaluation.calibration import temperature, with_temperature
from pellucid.using.estimators.translation import OUTPUT_ACTIVATIONS, Units, stops_early

ASKED_TOO_OFTEN = "the loss was asked for"  # how L-BFGS says that max_fun is used up

if TYPE_CHECKING:
    from pellucid.using.estimators.running import Outcome, Task


@dataclass(slots=True)
class Course:
    """How training has gone since the weights were first drawn, over all calls of fit and partial_fit.

    Parameters
    ----------
    units : Units
        In which losses are reported.
    seed : int
    records : list of Epoch
        Without their states.
    state : State or None
        Where training stands.
    """

    units: Units
    seed: int
    records: list[Epoch] = field(default_factory=list)
    state: State | None = None


def finish(estimator: Any, task: Task, outcome: Outcome, course: Course, *, first: bool) -> None:
    """Write what came of training into the estimator's attributes.

    Parameters
    ----------
    estimator : estimator
    task : Task
    outcome : Outcome
    course : Course
        It goes on.
    first : bool
        Whether the weights are new.

    Raises
    ------
    DataError
        If training diverged, and no earlier epoch's weights are to be kept.
    """
    if outcome.diverged is not None:
        _after_divergence(estimator, task, outcome)
    course.records += outcome.records
    course.state = outcome.state or course.state
    if task.validation is not None and getattr(estimator, "calibrate", False):
        estimator.temperature_ = calibrate(task.net, task.validation)
    show_network(estimator, task.net)
    estimator.n_iter_ = len(outcome.records)
    estimator.t_ = (0 if first else estimator.t_) + len(task.data) * len(outcome.records)
    estimator._course = course
    _report(estimator, course, outcome, first=first)
    _warn(estimator, task, outcome)


def show_network(estimator: Any, net: Network) -> None:
    """Give an estimator its network, and what scikit-learn says about one.

    Parameters
    ----------
    estimator : estimator
    net : Network
    """
    estimator.network_ = net
    estimator.coefs_ = [layer.W for layer in net.layers]
    estimator.intercepts_ = [layer.b for layer in net.layers]
    estimator.n_layers_ = net.n_layers + 1
    estimator.n_outputs_ = net.architecture.n_outputs
    estimator.out_activation_ = OUTPUT_ACTIVATIONS.get(net.architecture.loss, "identity")


def calibrate(net: Network, held_out: Dataset) -> float:
    """Divide a network's readout by the temperature that held-out examples ask for, and return that.

    Parameters
    ----------
    net : Network
        Changed in place.
    held_out : Dataset
    """
    found = temperature(net.logits(held_out.X), net.targets(held_out.y))
    cooled = with_temperature(net, found)
    net.theta[...] = cooled.theta
    net.info.update(cooled.info)
    return found


def _report(estimator: Any, course: Course, outcome: Outcome, *, first: bool) -> None:
    """Losses and scores, added to those of earlier calls; None where scikit-learn has none for what was asked."""
    new = [course.units.reported(record.loss, record.penalty) for record in outcome.records]
    before = {} if first else vars(estimator)
    estimator.loss_curve_ = [*before.get("loss_curve_", ()), *new]
    estimator.loss_ = new[-1] if new else before.get("loss_", float("nan"))
    if not stops_early(estimator):
        earlier = before.get("best_loss_")
        estimator.best_loss_ = min([float("inf") if earlier is None else earlier, *new])
        estimator.validation_scores_ = estimator.best_validation_score_ = None
        return
    scores = [_score(record, course.units) for record in outcome.records]
    scores += [float("nan")] * (outcome.diverged is not None)
    estimator.best_loss_ = None
    estimator.validation_scores_ = [*(before.get("validation_scores_") or ()), *scores]
    estimator.best_validation_score_ = max(
        (score for score in estimator.validation_scores_ if score == score), default=-float("inf")
    )


def _score(record: Epoch, units: Units) -> float:
    """What early stopping judged by: the score, or the validation loss, negative so that higher is better."""
    if record.validation_score is not None:
        return record.validation_score
    return float("nan") if record.validation_loss is None else -record.validation_loss * units.loss


def _after_divergence(estimator: Any, task: Task, outcome: Outcome) -> None:
    """Keep the best epoch's weights if early stopping has some; else it is an error."""
    error, state = outcome.diverged, outcome.state
    if not stops_early(estimator):
        # scikit-learn's words first: programs look for them.
        raise DataError(
            "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
            "preprocessed: scale='standard' does that, or lower learning_rate_init."
        ) from error
    if state is not None and state.best is not None:
        task.net.theta[...], task.net.buffers[...] = state.best.theta, state.best.buffers
    kept = "the best epoch's weights" if state is not None else "the first weights"
    warnings.warn(f"{error} The network has {kept}.", ConvergenceWarning, stacklevel=5)


def _warn(estimator: Any, task: Task, outcome: Outcome) -> None:
    """What the user should know about how training ended."""
    if not outcome.records:
        return
    last = outcome.records[-1]
    if last.stopped == INTERRUPTED:
        warnings.warn(
            f"Training interrupted by user in epoch {last.number}; what it has learnt is kept.", stacklevel=5
        )
    elif estimator.schedule not in (None, "constant"):
        return  # such a course is over when all epochs are done
    elif task.epochs is None and last.stopped.startswith((ALL_DONE, ASKED_TOO_OFTEN)):
        warnings.warn(
            f"Training hasn't converged after {len(outcome.records)} iterations: {last.stopped}; raise max_iter, "
            "max_fun or tol.",
            ConvergenceWarning,
            stacklevel=5,
        )
