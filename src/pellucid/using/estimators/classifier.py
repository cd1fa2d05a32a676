"""`MLPClassifier`: classes, or yes and no for each of several labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, OptionError
from pellucid.network.architecture import Dense
from pellucid.using.estimators.automatic import FOR_CLASSES
from pellucid.using.estimators.base import BaseMLP, takes_steps
from pellucid.using.estimators.documentation import documented, keep
from pellucid.using.estimators.scoring import probabilities
from pellucid.using.estimators.targets import (
    MULTICLASS,
    MULTILABEL,
    Labels,
    checked_labels,
    learnt_labels,
    named_labels,
)


@documented
class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """A multi-layer perceptron for classes, in scikit-learn's clothes: its parameters and attributes, and more.

    A sparse X is made dense: as a whole to train, slice by slice to predict.

    Parameters
    ----------
    <shared>
    <further>
    class_weight : dict, "balanced" or None
        How much each class counts, on top of `sample_weight`.
    label_smoothing : float
        The share of each example's truth that is spread over all classes.
    calibrate : bool
        Whether held-out rows say, after training, how much confidence the probabilities should show.

    Attributes
    ----------
    classes_ : (k,)
        The labels.
    <attributes>

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> clf = MLPClassifier((8,), "tanh", solver="lbfgs", random_state=0).fit(X, ["same", "other", "other", "same"])
    >>> clf.predict(X).tolist(), clf.network_.n_parameters
    (['same', 'other', 'other', 'same'], 33)
    """

    loss = "log_loss"  # scikit-learn's word, which its classifier has as an attribute

    def __init__(
        self,
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
        class_weight: Mapping[Any, float] | str | None = None,
        label_smoothing: float = 0.0,
        calibrate: bool = False,
    ) -> None:
        keep(self, locals())

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, validation_data: Any = None, groups: Any = None
    ) -> MLPClassifier:
        """Learn from examples.

        Parameters
        ----------
        X : array_like, frame or sparse matrix (n, d)
            Never changed.
        y : (n,), or (n, k) of 0 and 1
            Labels: numbers or text. Or a column for each label that an example may have.
        sample_weight : (n,), optional
            How much each example counts.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Examples to validate by after each epoch, in place of rows set aside.
        groups : (n,), optional
            Which patient, plate or writer each row came from: rows set aside are of whole groups.

        Returns
        -------
        MLPClassifier
            Itself.

        Raises
        ------
        DataError
            If X or y can't be used; OptionError if a parameter can't. Both are a ValueError as well.
        """
        return self._fit_all(X, y, sample_weight, validation_data=validation_data, groups=groups)

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """Learn one epoch more.

        Parameters
        ----------
        X : array_like, frame or sparse matrix (n, d)
        y : (n,), or (n, k) of 0 and 1
        sample_weight : (n,), optional
        classes : (k,), optional
            All labels that will ever come; needed in the first call.

        Returns
        -------
        MLPClassifier
            Itself.

        Raises
        ------
        DataError
            If X or y can't be used; OptionError if a parameter can't.
        """
        return self._fit(X, y, sample_weight, incremental=True, classes=classes)

    def predict(self, X: Any) -> Any:
        """The label of each example ``(n,)``, or 1 and 0 for each label ``(n, k)``."""
        _, scores = self._scores(X)
        return self._known.decode(scores)

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class ``(n, k)``, in the order of `classes_`."""
        net, scores = self._scores(X)
        return probabilities(net, self._known, scores)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`."""
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):  # log 0 is −∞
            return np.log(p, out=p)

    @property
    def _known(self) -> Labels:
        """The labels, of which there are some as soon as there is a network."""
        assert self._labels is not None
        return self._labels

    def _checked_answers(self, y: Any) -> Array:
        self._y_is_sparse = hasattr(y, "toarray")
        return checked_labels(y, type(self).__name__)

    def _coded(self, y: Array, *, first: bool, incremental: bool, classes: Any) -> Array:
        """The class numbers; the classes are learnt, or are those of before."""
        known = self._labels if self._labels is not None and (self.warm_start or incremental) else None
        if incremental:
            known = self._first_classes(y, known, classes)
        if known is None:
            known = learnt_labels(y, is_sparse=self._y_is_sparse)
        elif self.warm_start and not incremental:
            _check_same_classes(y, known)
        codes = known.encode(y)
        self._labels, self.classes_ = known, known.classes
        return codes

    def _first_classes(self, y: Array, known: Labels | None, classes: Any) -> Labels:
        """The classes of a partial fit: given in its first call, and the same ever after."""
        if classes is None:
            if known is None:
                raise DataError("classes must be passed on the first call to partial_fit.")
            return known
        given = np.unique(checked_labels(classes, "classes="))
        if known is None:
            return learnt_labels(y, is_sparse=self._y_is_sparse) if y.ndim == 2 else named_labels(given)
        if known.kind != MULTILABEL and not np.array_equal(given, known.classes):
            raise DataError(
                f"`classes={given}` is not the same as on last call to partial_fit, was: {known.classes}."
            )
        return known

    def _loss_name(self) -> str:
        return "cross_entropy" if self._known.kind == MULTICLASS else "binary_cross_entropy"

    def _class_weights(self, y: Array, *, incremental: bool) -> Array | None:
        if self.class_weight is None:
            return None
        if incremental and isinstance(self.class_weight, str):
            raise OptionError(
                "class_weight is 'balanced', but partial_fit sees a part of the examples; give a dict of weights."
            )
        try:
            return compute_sample_weight(self.class_weight, y)
        except (ValueError, TypeError) as error:
            raise OptionError(f"class_weight is {self.class_weight!r}: {error}") from error

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @classmethod
    def auto(cls, **parameters: Any) -> MLPClassifier:
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
        return cls(**{**FOR_CLASSES, **parameters})

    @classmethod
    def load(cls, path: str | Path) -> MLPClassifier:
        """An estimator around the network in a file that `save` wrote.

        Raises
        ------
        ModelFileError
            If it is damaged or foreign; OptionError if its network predicts numbers.
        """
        from pellucid.using.estimators.loading import loaded_classifier

        return loaded_classifier(cls, path)


def _check_same_classes(y: Array, known: Labels) -> None:
    found = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    if not np.array_equal(found, known.classes):
        raise DataError(
            "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
            f"got {known.classes}, `y` has {found}"
        )
