"""What both estimators share: checking, building the network, training it, and answering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.errors import OptionError
from pellucid.network.network import Network
from pellucid.network.outputs import pooled
from pellucid.training.records import History
from pellucid.using.estimators import building
from pellucid.using.estimators.fitted import finish
from pellucid.using.estimators.holding_out import held_out_rows
from pellucid.using.estimators.inputs import NUMBERS, TABLE, checked_numbers, dense, in_slices, rows_for
from pellucid.using.estimators.keeping import packed, unpacked
from pellucid.using.estimators.learning import Examples, parts_of, task_for
from pellucid.using.estimators.looking import activations_of
from pellucid.using.estimators.members import fit_members
from pellucid.using.estimators.parameters import check_parameters
from pellucid.using.estimators.preparing import standardized
from pellucid.using.estimators.reading import Raw, checked_sample_weight, read
from pellucid.using.estimators.running import run
from pellucid.using.estimators.targets import Labels
from pellucid.using.estimators.translation import holds_out


def takes_steps(estimator: Any) -> bool:
    """Whether an estimator can learn a little more: L-BFGS can't.

    Raises
    ------
    AttributeError
        If not, so that such an estimator has no `partial_fit`.
    """
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is there for solvers that take steps; 'lbfgs' is none, choose another."
        )
    return True


class BaseMLP(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The part of `MLPClassifier` and `MLPRegressor` that does not care what is predicted."""

    _labels: Labels | None = None

    def _checked_answers(self, y: Any) -> Array:
        raise NotImplementedError

    def _coded(self, y: Array, *, first: bool, incremental: bool, classes: Any) -> Array:
        raise NotImplementedError

    def _loss_name(self) -> str:
        raise NotImplementedError

    def _class_weights(self, y: Array, *, incremental: bool) -> Array | None:
        return None

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        incremental: bool = False,
        classes: Any = None,
        validation_data: Any = None,
        groups: Any = None,
    ) -> Any:
        """Fit anew, or go on where a warm start or partial_fit wants that."""
        check_parameters(vars(self))
        if incremental and self.n_members > 1:
            raise OptionError("partial_fit is for one network; set n_members=1.")
        for name in ("early_stopping", "calibrate") if incremental else ():
            if getattr(self, name, False):
                raise OptionError(f"partial_fit does not support {name}=True")
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        for name in ("members_", "temperature_") if first else ("members_",):
            if hasattr(self, name):
                delattr(self, name)
        raw = self._read(X, first=first)
        y = self._checked_answers(y)
        weights = checked_sample_weight(sample_weight, raw, y)
        codes = self._coded(y, first=first, incremental=incremental, classes=classes)
        random = check_random_state(self.random_state)
        sets_aside = holds_out(self) and validation_data is None
        rows = None  # to learn from, and to validate by; a table's preparation sees the former only
        if first and raw.kind == TABLE:
            if sets_aside:
                rows = held_out_rows(self, codes, groups=groups, labels=self._labels, random=random)
            raw = raw.prepared(self, y, None if rows is None else rows[0], self._labels)
        net = self._network(raw, codes, first=first, random=random)
        if rows is None and sets_aside:
            rows = held_out_rows(self, codes, groups=groups, labels=self._labels, random=random)
        examples = self._examples(net, raw.X, y, codes, weights)
        learnt, held_out = self._parts(net, examples, rows, validation_data)
        # Classes weigh in learning only: a score of held-out rows means the same with and without.
        by_class = self._times_class_weights(learnt.weights, learnt.y, incremental=incremental)
        task, course = task_for(
            self,
            net,
            replace(learnt, weights=by_class),
            held_out,
            labels=self._labels,
            random=random,
            before=None if first else getattr(self, "_course", None),
            incremental=incremental,
        )
        finish(self, task, run(task), course, first=first)
        return self

    def _read(self, X: Any, *, first: bool) -> Raw:
        """The features, checked: as they came where the network is still to be made, else as it takes them."""
        if first:
            return read(self, X)
        if not hasattr(self, "network_"):
            return Raw(NUMBERS, checked_numbers(self, X, reset=False))
        return Raw(NUMBERS, rows_for(self, X, self.network_))

    def _times_class_weights(self, weights: Array | None, y: Array, *, incremental: bool) -> Array | None:
        by_class = self._class_weights(y, incremental=incremental)
        if by_class is None or weights is None:
            return weights if by_class is None else by_class
        return weights * by_class

    def _network(self, raw: Raw, codes: Array, *, first: bool, random: np.random.RandomState) -> Network:
        n_outputs = codes.shape[1] if self._labels is None else self._labels.n_outputs
        if first:
            return building.new_network(
                self, raw, n_outputs=n_outputs, loss=self._loss_name(), labels=self._labels, random=random
            )
        return building.network_to_go_on_with(
            self, raw, n_outputs=n_outputs, loss=self._loss_name(), labels=self._labels
        )

    def _examples(self, net: Network, X: Any, y: Array, codes: Array, weights: Array | None) -> Examples:
        if self._labels is None:
            codes = standardized(net.preparation, codes)
        return Examples(finite_numbers(dense(X), "X", net.dtype), y, codes, weights)

    def _parts(
        self, net: Network, examples: Examples, rows: tuple[Array, Array] | None, validation_data: Any
    ) -> tuple[Examples, Examples | None]:
        """What to learn from, and what to validate by."""
        if validation_data is not None:
            return examples, self._to_validate(net, *parts_of(validation_data))
        if rows is None:
            return examples, None
        return examples.take(rows[0]), examples.take(rows[1])

    def _to_validate(self, net: Network, X: Any, y: Any, sample_weight: Any) -> Examples:
        raw = Raw(NUMBERS, rows_for(self, X, net))
        y = self._checked_answers(y)
        weights = checked_sample_weight(sample_weight, raw, y)
        return self._examples(net, raw.X, y, y if self._labels is None else self._labels.encode(y), weights)

    def _fit_all(self, X: Any, y: Any, sample_weight: Any, *, validation_data: Any, groups: Any) -> Any:
        """Fit one network, or as many as were asked for."""
        check_parameters(vars(self))
        if self.n_members == 1:
            return self._fit(X, y, sample_weight, validation_data=validation_data, groups=groups)
        return fit_members(self, X, y, sample_weight, validation_data=validation_data, groups=groups)

    @property
    def _members(self) -> list[Any]:
        """The estimators that answer together; none where there is one network."""
        return list(vars(self).get("members_", ()))

    def _scores(self, X: Any) -> tuple[Network, Array]:
        """The network, and its logits of examples; of several, those whose probabilities are their mean."""
        check_is_fitted(self)
        if self._members:
            return self.network_, pooled(self.network_.architecture, [m._scores(X)[1] for m in self._members])
        net = building.in_step(self)
        return net, in_slices(rows_for(self, X, net), net.logits)

    @property
    def history_(self) -> History:
        """Every epoch's record since the weights were first drawn."""
        check_is_fitted(self, "_course")
        return History(self._course.records)

    def activations(self, X: Any, layer: int = 1) -> Array:
        """What a layer's neurons say to each example: ``(n, units)``.

        Parameters
        ----------
        X : array_like, frame or sparse matrix (n, d)
        layer : int
            1 for the first hidden layer; 0 for the features that it sees, and the last layer's number for the scores.

        Returns
        -------
        (n, units)

        Raises
        ------
        OptionError
            If there is no such layer.
        """
        check_is_fitted(self)
        net = building.in_step(self)
        return in_slices(rows_for(self, X, net), activations_of(net, layer))

    def transform(self, X: Any) -> Array:
        """What the last hidden layer makes of each example, ``(n, units)``: features for another model."""
        check_is_fitted(self)
        return self.activations(X, self.network_.n_layers - 1)

    @property
    def _n_features_out(self) -> int:
        return int(self.coefs_[-1].shape[0])

    def plot_history(self) -> Any:
        """Loss and accuracy, epoch by epoch, as a matplotlib figure."""
        from pellucid.understanding.figures.curves import training_curves

        return training_curves(self.history_, loss=self.network_.architecture.loss)

    @property
    def _repr_html_(self) -> Any:
        show = super()._repr_html_
        return lambda: show() + self._drawing()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        shown = super()._repr_mimebundle_(**kwargs)
        return {**shown, "text/html": shown["text/html"] + self._drawing()} if "text/html" in shown else shown

    def _drawing(self) -> str:
        from pellucid.using.estimators.drawing import drawing

        return f"<div>{drawing(building.in_step(self))}</div>" if hasattr(self, "network_") else ""

    def summary(self) -> str:
        """Layers, shapes and parameters as text."""
        check_is_fitted(self)
        return str(self.network_.summary())

    def save(self, path: str | Path) -> Path:
        """Write the network to one file, by custom ``*.pellucid``; `load` makes an estimator of it again."""
        check_is_fitted(self)
        if self._members:
            raise OptionError(
                f"These are {len(self._members)} networks, and a model file holds one; save each of members_, or all "
                "of them by joblib.dump."
            )
        return building.in_step(self).save(path)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return packed(self, state) if "network_" in state else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(unpacked(state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
