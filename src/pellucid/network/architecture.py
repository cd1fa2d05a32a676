"""What a network is: its input, its layers and its loss. A frozen description without a single weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS, Activation
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES, Loss
from pellucid.network.layout import Layout

MAX_UNITS = 1_048_576
MAX_LAYERS = 256
MAX_PARAMETERS = 2**28


@dataclass(frozen=True, slots=True)
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

    Raises
    ------
    OptionError
        If a value is out of range; UnknownNameError for an unknown name.

    Examples
    --------
    >>> Dense(16)
    Dense(units=16, activation='relu', initializer='auto', dropout=0.0)
    """

    units: int
    activation: str = "relu"
    initializer: str = "auto"
    dropout: float = 0.0

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

    @property
    def activation_function(self) -> Activation:
        """The activation's record: value, slope, gain."""
        return ACTIVATIONS[self.activation]


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

    Raises
    ------
    OptionError
        If there is no layer, there are too many, the readout has an activation or dropout, or a loss on classes has
        fewer than two scores.

    Examples
    --------
    >>> lecture = Architecture.mlp(Input.picture(28, 28), hidden=[16, 16], n_outputs=10)
    >>> lecture.sizes, lecture.n_layers, lecture.n_parameters
    ((784, 16, 16, 10), 3, 13002)
    """

    input: Input
    layers: tuple[Dense, ...]
    loss: str = "cross_entropy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise OptionError(f"The network has {len(self.layers)} layers; expected 1 … {MAX_LAYERS}.")
        if not 1 <= self.input.size <= MAX_UNITS:
            raise OptionError(f"An example has {self.input.size:,} features; expected 1 … {MAX_UNITS:,}.")
        if self.n_parameters > MAX_PARAMETERS:
            raise OptionError(
                f"The network has {self.n_parameters:,} parameters; expected at most {MAX_PARAMETERS:,}."
            )
        readout = self.layers[-1]
        if readout.activation != "identity" or readout.dropout:
            raise OptionError(
                f"The readout layer has activation {readout.activation!r} and dropout {readout.dropout}; "
                "expected 'identity' and 0, since the loss turns its scores into predictions."
            )
        if LOSSES[self.loss].targets == "classes" and readout.units < 2:
            raise OptionError(
                f"The loss {self.loss!r} compares the scores of classes, but there is 1 output; "
                "expected at least 2, or the loss 'binary_cross_entropy'."
            )

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
        loss: str = "cross_entropy",
    ) -> Architecture:
        """A multi-layer perceptron whose hidden layers are all of one kind.

        Parameters
        ----------
        input : Input
        hidden : iterable of int
            Neurons of each hidden layer; empty for a linear model.
        n_outputs : int
            Classes, or numbers to predict.
        activation, initializer, dropout
            Of every hidden layer; see `Dense`.
        loss : str

        Raises
        ------
        OptionError
            If a value is out of range; UnknownNameError for an unknown name.
        """
        if isinstance(hidden, int | str):
            raise OptionError(
                f"hidden is {hidden!r}; expected the neurons of each hidden layer, such as [16, 16]."
            )
        layers = [Dense(units, activation, initializer, dropout) for units in hidden]
        return cls(input, (*layers, Dense(n_outputs, "identity", initializer)), loss)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features, then the neurons of each layer: ``(784, 16, 16, 10)``."""
        return (self.input.size, *(layer.units for layer in self.layers))

    @property
    def layout(self) -> Layout:
        """Where each weight and bias lives in theta."""
        return Layout(self.sizes)

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
        return self.n_parameters - self.n_biases

    @property
    def n_biases(self) -> int:
        """One for each neuron."""
        return sum(layer.units for layer in self.layers)

    @property
    def n_parameters(self) -> int:
        """P, the length of theta: weights and biases."""
        return self.layout.n_parameters

    @property
    def loss_function(self) -> Loss:
        """The loss's record: value, predictions, targets."""
        return LOSSES[self.loss]

    def __str__(self) -> str:
        return "-".join(str(size) for size in self.sizes)
