"""What a network is: its input, its layers and its loss. A frozen description without a single weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS, Activation
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES, Loss
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.network.layout import Layout

MAX_UNITS = 1_048_576
MAX_LAYERS = 256
MAX_PARAMETERS = 2**28


@dataclass(frozen=True, slots=True, repr=False)
class Dense:
    """One fully connected layer: h = f(h_before W + b).

    Parameters
    ----------
    units : int
        How many neurons.
    activation : str
        f, a name from `ACTIVATIONS`.
    initializer : str
        Where the weights start, a name from `INITIALIZERS`.
    dropout : float
        The share of its neurons that drop out in each training step, 0 ≤ dropout < 1.
    normalization : str
        What happens to z before f, a name from `NORMALIZATIONS`.
    frozen : bool
        Whether training leaves its parameters as they are.
    weight_rate, bias_rate : float
        Factors on the learning rate, of W and of everything else that the layer learns.
    bias_spread : float
        The standard deviation of its first biases; 0 lets them start at 0.

    Raises
    ------
    OptionError
        If a value is out of range; UnknownNameError for an unknown name.

    Examples
    --------
    >>> Dense(16)
    Dense(units=16)
    >>> Dense(16, "tanh", dropout=0.1)
    Dense(units=16, activation='tanh', dropout=0.1)
    """

    units: int
    activation: str = "relu"
    initializer: str = "auto"
    dropout: float = 0.0
    normalization: str = "none"
    frozen: bool = False
    weight_rate: float = 1.0
    bias_rate: float = 1.0
    bias_spread: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.units, bool) or not isinstance(self.units, int | np.integer):
            raise OptionError(f"A layer has {self.units!r} units; expected a whole number.")
        object.__setattr__(self, "units", int(self.units))
        if not 1 <= self.units <= MAX_UNITS:
            raise OptionError(f"A layer has {self.units} units; expected 1 … {MAX_UNITS:,}.")
        if not isinstance(self.dropout, int | float | np.number) or not 0 <= self.dropout < 1:
            raise OptionError(f"dropout is {self.dropout!r}; expected 0 ≤ dropout < 1.")
        ACTIVATIONS[self.activation]  # raises for a name that it doesn't hold
        INITIALIZERS[self.initializer]
        NORMALIZATIONS[self.normalization]
        if not isinstance(self.frozen, bool):
            raise OptionError(f"frozen is {self.frozen!r}; expected True or False.")
        for name in ("weight_rate", "bias_rate", "bias_spread"):
            check_rate(name, getattr(self, name))

    @property
    def rates(self) -> tuple[float, float]:
        """The factors on the learning rate, of W and of b: 0 where the layer is frozen."""
        return (0.0, 0.0) if self.frozen else (self.weight_rate, self.bias_rate)

    @property
    def activation_function(self) -> Activation:
        """The activation's record: value, slope, gain."""
        return ACTIVATIONS[self.activation]

    @property
    def is_normalized(self) -> bool:
        """Whether it has a gain and an offset."""
        return NORMALIZATIONS[self.normalization].axis is not None

    def __repr__(self) -> str:
        told = (f"{f.name}={value!r}" for f in fields(self) if (value := getattr(self, f.name)) != f.default)
        return f"Dense({', '.join(told)})"


@dataclass(frozen=True, slots=True)
class Embedding:
    """A column of codes, each of which stands for `size` numbers that the network learns.

    Parameters
    ----------
    column : int
        Which column of X holds the codes 0 … levels − 1; 0 is what is unknown or missing.
    levels : int
    size : int

    Raises
    ------
    OptionError
        If a value is out of range.

    References
    ----------
    Guo, Berkhahn (2016), Entity embeddings of categorical variables.
    """

    column: int
    levels: int
    size: int

    def __post_init__(self) -> None:
        for name, least in (("column", 0), ("levels", 1), ("size", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise OptionError(
                    f"An embedding has {name} {value!r}; expected a whole number of at least {least}."
                )
            object.__setattr__(self, name, int(value))


@dataclass(frozen=True, slots=True)
class Architecture:
    """The input, the layers and the loss.

    The input is not counted as a layer, since it has nothing to learn; the last layer is the readout, whose
    pre-activations are the scores that the loss judges. Without a hidden layer it is a linear model.

    Parameters
    ----------
    input : Input
        What one example is and how it is scaled.
    layers : tuple of Dense
        From the first hidden layer to the readout.
    loss : str
        A name from `LOSSES`.
    input_dropout : float
        The share of the features that drop out in each training step.
    embeddings : tuple of Embedding
        Columns of codes; the numbers that stand for them follow the other columns, in this order.
    feature_gains : bool
        Whether each feature is multiplied by a number that is learnt, 1 at first.
    feature_gain_rate, embedding_rate : float
        Factors on the learning rate, of the feature gains and of the embeddings.

    Raises
    ------
    OptionError
        If there is no layer, there are too many, the readout has an activation, dropout or normalization, a loss on
        classes has fewer than two scores, or an embedding has no column.

    Examples
    --------
    >>> lecture = Architecture.mlp(Input.picture(28, 28), hidden=[16, 16], n_outputs=10)
    >>> lecture.sizes, lecture.n_layers, lecture.n_parameters
    ((784, 16, 16, 10), 3, 13002)
    """

    input: Input
    layers: tuple[Dense, ...]
    loss: str = "cross_entropy"
    input_dropout: float = 0.0
    embeddings: tuple[Embedding, ...] = ()
    feature_gains: bool = False
    feature_gain_rate: float = 1.0
    embedding_rate: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "embeddings", tuple(self.embeddings))
        self._check_front()
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise OptionError(f"The network has {len(self.layers)} layers; expected 1 … {MAX_LAYERS}.")
        if not 1 <= self.input.size <= MAX_UNITS:
            raise OptionError(f"An example has {self.input.size:,} features; expected 1 … {MAX_UNITS:,}.")
        if self.n_parameters > MAX_PARAMETERS:
            raise OptionError(
                f"The network has {self.n_parameters:,} parameters; expected at most {MAX_PARAMETERS:,}."
            )
        readout = self.layers[-1]
        if readout.activation != "identity" or readout.dropout or readout.is_normalized:
            raise OptionError(
                f"The readout layer has activation {readout.activation!r}, dropout {readout.dropout} and "
                f"normalization {readout.normalization!r}; expected 'identity', 0 and 'none', since the loss turns "
                "its scores into predictions."
            )
        if LOSSES[self.loss].targets == "classes" and readout.units < 2:
            raise OptionError(
                f"The loss {self.loss!r} compares the scores of classes, but there is 1 output; "
                "expected at least 2, or the loss 'binary_cross_entropy'."
            )

    def _check_front(self) -> None:
        """What happens to the features before the first layer."""
        if not isinstance(self.input_dropout, int | float | np.number) or not 0 <= self.input_dropout < 1:
            raise OptionError(f"input_dropout is {self.input_dropout!r}; expected 0 ≤ input_dropout < 1.")
        for name in ("feature_gain_rate", "embedding_rate"):
            check_rate(name, getattr(self, name))
        columns = [embedding.column for embedding in self.embeddings]
        if len(set(columns)) < len(columns) or any(column >= self.input.size for column in columns):
            raise OptionError(
                f"The embeddings stand for the columns {columns} of {self.input.size}; expected different ones that "
                "are there."
            )
        if columns and (self.input.scale, self.input.shift) != (1.0, 0.0):
            raise OptionError("The input is scaled, but embeddings read codes; expected scale 1 and shift 0.")

    @classmethod
    def mlp(
        cls,
        input: Input,
        hidden: Iterable[int],
        n_outputs: int,
        *,
        activation: str = "relu",
        initializer: str = "auto",
        dropout: float = 0.0,
        normalization: str = "none",
        loss: str = "cross_entropy",
        input_dropout: float = 0.0,
        embeddings: tuple[Embedding, ...] = (),
    ) -> Architecture:
        """A multi-layer perceptron whose hidden layers are all of one kind.

        Parameters
        ----------
        input : Input
        hidden : iterable of int
            Neurons of each hidden layer; empty for a linear model.
        n_outputs : int
            Classes, or numbers to predict.
        activation, initializer, dropout, normalization
            Of every hidden layer; see `Dense`.
        loss, input_dropout, embeddings
            See `Architecture`.

        Raises
        ------
        OptionError
            If a value is out of range; UnknownNameError for an unknown name.
        """
        if isinstance(hidden, int | str):
            raise OptionError(
                f"hidden is {hidden!r}; expected the neurons of each hidden layer, such as [16, 16]."
            )
        layers = [Dense(units, activation, initializer, dropout, normalization) for units in hidden]
        return cls(
            input, (*layers, Dense(n_outputs, "identity", initializer)), loss, input_dropout, embeddings
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features, then the neurons of each layer: ``(784, 16, 16, 10)``."""
        return (self.n_features, *(layer.units for layer in self.layers))

    @property
    def n_features(self) -> int:
        """How many numbers the first layer takes: the columns of X, with embeddings in place of their codes."""
        if not self.embeddings:
            return self.input.size
        return self.input.size + sum(embedding.size - 1 for embedding in self.embeddings)

    @property
    def layout(self) -> Layout:
        """Where each weight and bias lives in theta."""
        normalizations = tuple(layer.normalization for layer in self.layers)
        return Layout(
            self.sizes,
            normalizations if any(layer.is_normalized for layer in self.layers) else (),
            tuple((embedding.levels, embedding.size) for embedding in self.embeddings),
            self.feature_gains,
        )

    @property
    def has_front(self) -> bool:
        """Whether something is learnt before the first layer."""
        return bool(self.embeddings) or self.feature_gains

    @property
    def has_own_rates(self) -> bool:
        """Whether some parameters are learnt faster or slower than others."""
        front = (self.embedding_rate, self.feature_gain_rate) if self.has_front else ()
        return any(rate != 1.0 for layer in self.layers for rate in layer.rates) or any(
            rate != 1.0 for rate in front
        )

    def rates(self, dtype: npt.DTypeLike) -> Array | None:
        """The factor on the learning rate of each parameter ``(P,)``; None if all are 1."""
        if not self.has_own_rates:
            return None
        factors = {f"E{n}": self.embedding_rate for n in range(1, len(self.embeddings) + 1)}
        factors["gains"] = self.feature_gain_rate
        for number, layer in enumerate(self.layers, start=1):
            weight_rate, factors[f"b{number}"] = layer.rates
            factors[f"W{number}"] = weight_rate
            factors[f"gain{number}"] = factors[f"offset{number}"] = layer.rates[1]
        rates = np.empty(self.n_parameters, dtype)
        for name, _, place in self.layout.slices():
            rates[place] = factors[name]
        return rates

    @property
    def n_layers(self) -> int:
        """Layers with something to learn; the input is not counted."""
        return len(self.layers)

    @property
    def n_outputs(self) -> int:
        """k: how many scores the readout gives."""
        return self.layers[-1].units

    @property
    def n_weights(self) -> int:
        """One for each connection."""
        return sum(n_in * n_out for n_in, n_out in self.layout.shapes)

    @property
    def n_biases(self) -> int:
        """One for each neuron."""
        return sum(layer.units for layer in self.layers)

    @property
    def n_parameters(self) -> int:
        """P, the length of theta: weights, biases, and what else is learnt."""
        return self.layout.n_parameters

    @property
    def loss_function(self) -> Loss:
        """The loss's record: value, predictions, targets."""
        return LOSSES[self.loss]

    def __str__(self) -> str:
        return "-".join(str(size) for size in self.sizes)


def check_rate(name: str, value: float) -> None:
    """Raise OptionError unless a factor on the learning rate is a finite number of at least 0.

    Parameters
    ----------
    name : str
    value : float
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < 0:
        raise OptionError(f"{name} is {value!r}; expected a number of at least 0.")
