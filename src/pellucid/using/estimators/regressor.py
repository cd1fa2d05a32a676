"""`MLPRegressor`: one number or several for each example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError
from pellucid.network.architecture import Dense
from pellucid.using.estimators.automatic import FOR_NUMBERS
from pellucid.using.estimators.base import BaseMLP, takes_steps
from pellucid.using.estimators.documentation import documented, keep
from pellucid.using.estimators.preparing import in_units
from pellucid.using.estimators.targets import checked_numbers


@documented
class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A multi-layer perceptron for numbers, in scikit-learn's clothes: its parameters and attributes, and more.

    A sparse X is made dense: as a whole to train, slice by slice to predict.

    Parameters
    ----------
    loss : str
        "squared_error" (reported as half its mean), "absolute", "huber", or "poisson" for counts and rates ≥ 0, whose
        predictions are e to the power of the scores.
    <shared>
    <further>

    Attributes
    ----------
    <attributes>

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> model = MLPRegressor(hidden_layer_sizes=(16,), activation="tanh", solver="lbfgs", random_state=0)
    >>> bool(model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.99)
    True
    """

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        layers: Sequence[Dense] | None = None,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        normalization: str = "none",
        initializer: str = "auto",
        coefs_init: Sequence[Any] | None = None,
        intercepts_init: Sequence[Any] | None = None,
        schedule: str | None = None,
        warm_up: float = 0.0,
        weight_decay: float | None = None,
        l1: float = 0.0,
        clip_norm: float | None = None,
        max_norm: float | None = None,
        averaging: float = 0.0,
        scoring: str | Callable[..., float] | None = None,
        max_time: float | None = None,
        scale: str | None = None,
        n_threads: int | None = None,
        engine: str = "auto",
        progress: bool = False,
        parametrization: str = "standard",
        n_members: int = 1,
    ) -> None:
        keep(self, locals())

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, validation_data: Any = None, groups: Any = None
    ) -> MLPRegressor:
        """Learn from examples.

        Parameters
        ----------
        X : array_like, frame or sparse matrix (n, d)
            Never changed.
        y : (n,) or (n, k)
            The numbers to predict.
        sample_weight : (n,), optional
            How much each example counts.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Examples to validate by after each epoch, in place of rows set aside.
        groups : (n,), optional
            Which patient, plate or writer each row came from: rows set aside are of whole groups.

        Returns
        -------
        MLPRegressor
            Itself.

        Raises
        ------
        DataError
            If X or y can't be used; OptionError if a parameter can't. Both are a ValueError as well.
        """
        return self._fit_all(X, y, sample_weight, validation_data=validation_data, groups=groups)

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Learn one epoch more.

        Parameters
        ----------
        X : array_like, frame or sparse matrix (n, d)
        y : (n,) or (n, k)
        sample_weight : (n,), optional

        Returns
        -------
        MLPRegressor
            Itself.

        Raises
        ------
        DataError
            If X or y can't be used; OptionError if a parameter can't.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """The number of each example ``(n,)``, or its numbers ``(n, k)``."""
        check_is_fitted(self)
        if self._members:
            return np.mean([member.predict(X) for member in self._members], axis=0)
        net, scores = self._scores(X)
        numbers = in_units(net, net.decide(scores))
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    def _checked_answers(self, y: Any) -> Array:
        numbers = checked_numbers(y, type(self).__name__)
        if self.loss == "poisson" and (numbers < 0).any():
            raise DataError(
                f"y holds {numbers.min():g}, but loss='poisson' expects y ≥ 0; choose another loss."
            )
        return numbers

    def _coded(self, y: Array, *, first: bool, incremental: bool, classes: Any) -> Array:
        return y

    def _loss_name(self) -> str:
        return self.loss

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = False
        return tags

    @classmethod
    def auto(cls, **parameters: Any) -> MLPRegressor:
        """A strong default for tables of some hundred to some ten thousand rows: nothing has to be tuned.

        Columns are prepared (categories, missing values, outliers), five networks learn from four fifths of the
        rows each and are judged by the last fifth, and their answers are averaged. Parameters given by name take the
        place of the recipe's: ``auto(n_members=1, random_state=0)``, which takes a fifth of the time and, being one
        network, can be saved as a model file.

        References
        ----------
        After Holzmüller, Grinsztajn, Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on
        tabular data.
        """
        return cls(**{**FOR_NUMBERS, **parameters})

    @classmethod
    def load(cls, path: str | Path) -> MLPRegressor:
        """An estimator around the network in a file that `save` wrote.

        Raises
        ------
        ModelFileError
            If it is damaged or foreign; OptionError if its network predicts classes.
        """
        from pellucid.using.estimators.loading import loaded_regressor

        return loaded_regressor(cls, path)
