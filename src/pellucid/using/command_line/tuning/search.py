"""The search: each trial's settings are chosen by what earlier trials have shown, and hopeless ones end early.

Optuna chooses (a tree-structured Parzen estimator) and ends (the median rule); trials are our own records, so that a
file of them is plain text and anybody can go on from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pellucid.basics.errors import DivergedError, MissingPackageError
from pellucid.using.command_line.tuning.space import Dimension, Value
from pellucid.using.command_line.tuning.trials import Trial

RANDOM_FIRST = 10  # trials before the search believes what it sees
SAFE_TRIALS, SAFE_EPOCHS = 5, 3  # no trial is ended before so many others, and not in its first epochs

Scores = Callable[
    [dict[str, Value]], Iterator[float]
]  # the score after each epoch, of a network with these settings


def need_optuna() -> None:
    """Raise MissingPackageError unless Optuna is installed."""
    from importlib.util import find_spec

    if find_spec("optuna") is None:
        raise MissingPackageError(
            'Searching for settings needs the package optuna, which is not installed; pip install "pellucid[tune]".'
        )


class Search:
    """A search over some dimensions.

    Parameters
    ----------
    dimensions : sequence of Dimension
    earlier : sequence of Trial
        What an earlier run has found.
    seed : int

    References
    ----------
    Bergstra, Bardenet, Bengio, Kégl (2011), Algorithms for hyper-parameter optimization, NIPS 24: the estimator.
    Akiba, Sano, Yanase, Ohta, Koyama (2019), Optuna: a next-generation hyperparameter optimization framework, KDD 25.
    """

    def __init__(self, dimensions: Sequence[Dimension], earlier: Sequence[Trial], seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._dimensions = {dimension.name: dimension for dimension in dimensions}
        self._ranges = {dimension.name: self._range(dimension) for dimension in dimensions}
        self.trials = list(earlier)
        self._study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed + len(earlier), n_startup_trials=RANDOM_FIRST),
            pruner=optuna.pruners.MedianPruner(SAFE_TRIALS, SAFE_EPOCHS),
        )
        for trial in earlier:
            self._study.add_trial(self._retold(trial))
        if not earlier:
            self._study.enqueue_trial({name: d.usual for name, d in self._dimensions.items()})

    def settings(self) -> tuple[Any, dict[str, Value]]:
        """What to try next: Optuna's trial, and the settings."""
        trial = self._study.ask(self._ranges)
        return trial, {name: self._dimensions[name].rounded(value) for name, value in trial.params.items()}

    def run(self, scores_of: Scores, is_enough: Callable[[], bool]) -> Trial:
        """One trial, from its settings to its end.

        Parameters
        ----------
        scores_of : callable
            Gives the score after each epoch, for settings.
        is_enough : callable
            Whether to end the trial as it is.
        """
        trial, settings = self.settings()
        began, scores, end = time.perf_counter(), list[float](), "complete"
        try:
            for score in scores_of(settings):
                scores.append(max([score, *scores[-1:]]))
                trial.report(scores[-1], len(scores))
                if is_enough():
                    end = "stopped"
                    break
                if trial.should_prune():
                    end = "pruned"
                    break
        except DivergedError:
            end = "diverged"
        state = (
            self._optuna.trial.TrialState.COMPLETE
            if end == "complete"
            else self._optuna.trial.TrialState.PRUNED
        )
        self._study.tell(trial, scores[-1] if end == "complete" else None, state=state)
        done = Trial(len(self.trials) + 1, settings, tuple(scores), time.perf_counter() - began, end)
        self.trials.append(done)
        return done

    def _range(self, dimension: Dimension) -> Any:
        distributions = self._optuna.distributions
        if dimension.choices:
            return distributions.CategoricalDistribution(dimension.choices)
        if dimension.is_whole:
            return distributions.IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
        return distributions.FloatDistribution(
            dimension.low, dimension.high, log=dimension.log, step=dimension.step
        )

    def _retold(self, trial: Trial) -> Any:
        """An earlier trial in Optuna's words."""
        states = self._optuna.trial.TrialState
        complete = trial.end == "complete"
        return self._optuna.trial.create_trial(
            state=states.COMPLETE if complete else states.PRUNED,
            value=trial.score if complete else None,
            params=dict(trial.settings),
            distributions=self._ranges,
            intermediate_values=dict(enumerate(trial.scores, start=1)),
        )
