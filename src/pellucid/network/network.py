"""A network: an architecture, its parameters theta, and what it was made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array, finite_numbers
from pellucid.basics.draws import check_seed
from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.preparation import Preparation
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network import outputs
from pellucid.network.architecture import Architecture
from pellucid.network.engines.choice import Choice, checked_engine, choose
from pellucid.network.files import read_file, save_network
from pellucid.network.fits import (
    check_pairs,
    checked_classes,
    checked_dtype,
    checked_weights,
    embeddings_for,
    scores_for,
)
from pellucid.network.initial import initial_buffers, initial_theta
from pellucid.network.layout import LayerView
from pellucid.network.scores import scores
from pellucid.network.summary import summary
from pellucid.network.trace import Trace, trace


class Network:
    """A multi-layer perceptron whose every parameter stands in one vector, theta.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,), optional
        The parameters; without it they are drawn by each layer's initializer, biases 0.
    seed : int
        For that draw, and the default for training.
    dtype : str
        "float32" or "float64"; features follow it.
    classes : sequence of str, optional
        The name of each class.
    preparation : Preparation, optional
        How a table's columns become features; saved with the model.
    info : mapping of str to str, optional
        What is worth knowing about how it came to be; saved, shown, never interpreted.
    engine : str
        Who computes it: "compiled", "reference", or "auto" for the faster one that can. Not saved.
    buffers : (B,), optional
        What is kept but not trained; without it running means are 0 and variances 1.

    Attributes
    ----------
    theta : (P,)
        Weights and biases: W row by row, then b, layer by layer. Changed in place by training.
    buffers : (B,)
        What is not trained: running means and variances.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), seed=1)
    >>> net.n_parameters, net.predict(np.array([[0.5, -1.0]])).shape
    (17, (1,))
    """

    def __init__(
        self,
        architecture: Architecture,
        theta: Array | None = None,
        *,
        seed: int = 0,
        dtype: npt.DTypeLike = "float32",
        classes: Sequence[str] | None = None,
        preparation: Preparation | None = None,
        info: Mapping[str, str] | None = None,
        engine: str = "auto",
        buffers: Array | None = None,
    ) -> None:
        self.engine = engine
        self.architecture = architecture
        self.layout = architecture.layout
        self.seed = check_seed(seed)
        self.dtype = checked_dtype(dtype)
        self.classes = checked_classes(architecture, classes, preparation)
        self.preparation = preparation
        self.info = dict(info or {})
        if theta is None:
            theta = initial_theta(architecture, seed=self.seed, dtype=self.dtype)
        elif np.shape(theta) != (self.layout.n_parameters,):
            raise ShapeError(
                f"theta has shape {np.shape(theta)}; expected ({self.layout.n_parameters},) for {architecture}."
            )
        self.theta: Array = np.array(theta, dtype=self.dtype)  # a copy: nobody else writes to it
        if buffers is None:
            buffers = initial_buffers(architecture, self.dtype)
        elif np.shape(buffers) != (self.layout.n_buffers,):
            raise ShapeError(f"buffers has shape {np.shape(buffers)}; expected ({self.layout.n_buffers},).")
        self.buffers: Array = np.array(buffers, dtype=self.dtype)

    @classmethod
    def for_data(
        cls,
        data: Dataset | Splits,
        hidden: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        initializer: str = "auto",
        dropout: float = 0.0,
        normalization: str = "none",
        loss: str | None = None,
        input_dropout: float = 0.0,
        seed: int = 0,
        dtype: npt.DTypeLike = "float32",
        engine: str = "auto",
    ) -> Network:
        """A network that fits the data: as many inputs as features, as many outputs as classes or numbers.

        Parameters
        ----------
        data : Dataset or Splits
        hidden : sequence of int
            Neurons of each hidden layer; empty for a linear model.
        activation, initializer, dropout, normalization
            Of the hidden layers; see `Dense`.
        loss : str, optional
            By default "cross_entropy" for classes and "squared_error" for numbers.
        input_dropout : float
            The share of the features that drop out in each training step.
        seed, dtype, engine
            See `Network`.

        Raises
        ------
        OptionError
            If a value is out of range, or the loss is not for the data's kind of answers.

        Examples
        --------
        >>> from pellucid.data.dataset import Dataset
        >>> corners = Dataset(np.eye(2), np.array([0, 1]), classes=("low", "high"))
        >>> net = Network.for_data(corners, hidden=[4], engine="reference")
        >>> str(net.architecture), net.engine
        ('2-4-2', 'reference')
        """
        dataset = data.train if isinstance(data, Splits) else data
        loss = loss or ("cross_entropy" if dataset.is_classification else "squared_error")
        architecture = Architecture.mlp(
            dataset.input,
            hidden,
            scores_for(dataset, loss),
            activation=activation,
            initializer=initializer,
            dropout=dropout,
            normalization=normalization,
            loss=loss,
            input_dropout=input_dropout,
            embeddings=embeddings_for(dataset.preparation),
        )
        return cls(
            architecture,
            seed=seed,
            dtype=dtype,
            classes=dataset.classes,
            preparation=dataset.preparation,
            engine=engine,
        )

    @property
    def layers(self) -> tuple[LayerView, ...]:
        """Each layer's ``(W, b)``: views of theta, so writing to them changes the network."""
        return self.layout.layers(self.theta)

    @property
    def n_layers(self) -> int:
        """Layers with something to learn; the input is not counted."""
        return self.architecture.n_layers

    @property
    def n_parameters(self) -> int:
        """The length of theta."""
        return self.architecture.n_parameters

    @property
    def engine(self) -> str:
        """Who is to compute it."""
        return self._engine

    @engine.setter
    def engine(self, name: str) -> None:
        self._engine = checked_engine(name)
        self._choices: dict[str | None, Choice] = {}  # a prediction of one example has no time to choose

    def engine_for(self, optimizer: str | None = None) -> Choice:
        """Who does compute it, and why, where that is not the fastest engine.

        Parameters
        ----------
        optimizer : str, optional
            For training by that optimizer; without it for everything else.

        Raises
        ------
        OptionError
            If `engine` is "compiled", and that one can't.
        """
        if optimizer not in self._choices:
            rule = None if optimizer is None else OPTIMIZERS[optimizer]
            self._choices[optimizer] = choose(self.architecture, self._engine, optimizer=rule)
        return self._choices[optimizer]

    def logits(self, X: Array) -> Array:
        """Raw scores ``(n, k)``: the readout's pre-activations.

        Parameters
        ----------
        X : (n, d) or (n, rows, columns)
            Examples as stored in a `Dataset`: the network scales them itself.

        Raises
        ------
        ShapeError
            If an example does not have the network's number of features.
        """
        return scores(
            self.engine_for().engine, self.architecture, self.theta, self._examples(X), buffers=self.buffers
        )

    def probabilities(self, X: Array) -> Array:
        """Probability of each class, ``(n, k)``; each row adds up to 1.

        Raises
        ------
        OptionError
            If the network predicts numbers, not classes.
        """
        if self.architecture.loss_function.targets == "numbers":
            raise OptionError("This network predicts numbers, not classes; call predict(X).")
        return self.probabilities_of(self.logits(X))

    def probabilities_of(self, logits: Array) -> Array:
        """Probability of each class ``(n, k)`` from raw scores; of both classes where there is one score."""
        return outputs.probabilities(self.architecture, logits)

    def predict(self, X: Array) -> Array:
        """The class of each example ``(n,)``, 0 … k−1, or the numbers ``(n, k)`` of a regression.

        The class with the highest score wins; of equal ones, the first. Numbers are those that the network
        learnt: of a table they are standardized, as in its `Dataset`, and `in_units` puts them back.
        """
        return self.decide(self.logits(X))

    def decide(self, logits: Array) -> Array:
        """What `predict` makes of raw scores ``(n, k)``."""
        return outputs.decide(self.architecture, logits)

    def in_units(self, numbers: Array) -> Array:
        """A regression's numbers ``(n, k)`` in the units of the table that they came from."""
        return numbers if self.preparation is None else self.preparation.restore(numbers)

    def targets(self, y: Array) -> Array:
        """Answers in the form that the loss takes: classes ``(n,)``, or numbers ``(n, k)`` of the network's dtype.

        Raises
        ------
        ShapeError
            If they don't fit the network's outputs.
        """
        return outputs.targets(self.architecture, y, self.dtype)

    def loss(self, X: Array, y: Array) -> float:
        """Mean loss of examples ``(n, d)`` with answers y, without penalty.

        Parameters
        ----------
        X : (n, d) or (n, rows, columns)
        y : (n,) or (n, k)
            Classes, or numbers.

        Raises
        ------
        DataError
            If X or y holds what the network can't take; ShapeError if a shape does not fit.
        """
        losses, _ = self.architecture.loss_function.value(self.logits(X), self.targets(y))
        return float(losses.mean(dtype=np.float64))

    def gradient(self, X: Array, y: Array, sample_weight: Array | None = None) -> tuple[float, Array]:
        """The mean loss, and its gradient ``(P,)``: one number for each entry of theta.

        Parameters
        ----------
        X : (n, d)
        y : (n,) or (n, k)
        sample_weight : (n,), optional
            How much each example counts in the mean.

        Returns
        -------
        loss : float
        gradient : (P,)
            By back-propagation, in theta's order; `layout.layers(gradient)` gives each dW and db.

        Raises
        ------
        ShapeError
            If there is not one answer for each example, or no example.
        """
        X, targets = self._examples(X), self.targets(y)
        check_pairs(X, targets)
        if sample_weight is not None:
            sample_weight = checked_weights(sample_weight, len(X))
        losses, gradient = self.engine_for("sgd").engine.gradient(
            self.architecture, self.theta, X, targets, sample_weight, self.buffers
        )
        return float(np.average(losses.astype(np.float64), weights=sample_weight)), gradient

    def trace(self, x: Array, y: int | float | Array) -> Trace:
        """Every number of one example: forward, loss, backward.

        Parameters
        ----------
        x : (d,) or (rows, columns)
            One example as stored.
        y : int, float or (k,)
            Its answer.

        Examples
        --------
        >>> from pellucid.data.dataset import Input
        >>> net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), dtype="float64")
        >>> t = net.trace(np.array([1.0, 2.0]), 1)
        >>> bool(np.allclose(t.layers[0].z, t.x @ t.layers[0].W + t.layers[0].b))
        True
        """
        X = self._examples(np.asarray(x)[None])
        return trace(self.architecture, self.theta, X, self.targets(np.asarray(y)[None]), self.buffers)

    def summary(self) -> str:
        """A table's columns, layers, shapes and parameters as text, with the sum written out."""
        return summary(self.architecture, self.preparation)

    def copy(self) -> Network:
        """An independent network with the same parameters."""
        return Network(
            self.architecture,
            self.theta,
            seed=self.seed,
            dtype=self.dtype,
            classes=self.classes,
            preparation=self.preparation,
            info=self.info,
            engine=self.engine,
            buffers=self.buffers,
        )

    def save(self, path: str | Path) -> Path:
        """Write the model to one file, by custom ``*.pellucid``; see `pellucid.load`.

        Raises
        ------
        StorageError
            If it can't be written; an older file of that name is then unharmed.
        """
        return save_network(self, path)

    def _examples(self, X: Array) -> Array:
        X = finite_numbers(X, "X", self.dtype)
        shape, d = self.architecture.input.shape, self.architecture.input.size
        if X.shape[1:] not in (shape, (d,)):
            expected = f"(n, {d})" if shape == (d,) else f"(n, {d}) or (n, {', '.join(map(str, shape))})"
            raise ShapeError(f"X has shape {X.shape}; expected {expected}.")
        return X.reshape(len(X), d)

    def __repr__(self) -> str:
        return (
            f"<Network {self.architecture}: {self.n_parameters:,} parameters, "
            f"{self.architecture.loss}, {self.dtype}>"
        )


def load(path: str | Path) -> Network:
    """The network in a file that `Network.save` wrote; nothing in it is run.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, foreign, or newer than this version.
    StorageError
        If it can't be read.
    """
    about, theta, buffers = read_file(path)
    return Network(theta=theta, buffers=buffers, **about._asdict())
