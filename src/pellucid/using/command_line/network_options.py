"""The options that say what network it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.dataset import Dataset, Splits
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.network.fits import embeddings_for, scores_for
from pellucid.network.network import Network
from pellucid.network.recipes import tangent_mlp
from pellucid.using.command_line.option_values import hidden_sizes
from pellucid.using.command_line.options import NETWORK, default, names

PARAMETRIZATIONS = ("standard", "tangent")


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """Layers and loss; what each field is, its help says."""

    hidden: Annotated[
        str,
        typer.Option(
            "--hidden",
            metavar="N,N",
            help="Neurons of each hidden layer; 'none' for none.",
            rich_help_panel=NETWORK,
        ),
    ] = "64,64"
    activation: Annotated[
        str,
        typer.Option(
            "--activation", metavar="NAME", help=f"One of {names(ACTIVATIONS)}.", rich_help_panel=NETWORK
        ),
    ] = "relu"
    dropout: Annotated[
        float,
        typer.Option(
            "--dropout",
            metavar="SHARE",
            help="Share of hidden neurons that drop out in each step.",
            rich_help_panel=NETWORK,
        ),
    ] = 0.0
    input_dropout: Annotated[
        float,
        typer.Option(
            "--input-dropout",
            metavar="SHARE",
            help="Share of features that drop out in each step.",
            rich_help_panel=NETWORK,
        ),
    ] = 0.0
    normalization: Annotated[
        str,
        typer.Option(
            "--normalization",
            metavar="NAME",
            help=f"Of the hidden layers: one of {names(NORMALIZATIONS)}.",
            rich_help_panel=NETWORK,
        ),
    ] = "none"
    initializer: Annotated[
        str,
        typer.Option(
            "--initializer",
            metavar="NAME",
            help=f"Where the weights start: one of {names(INITIALIZERS)}.",
            rich_help_panel=NETWORK,
        ),
    ] = "auto"
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="NAME",
            help=f"One of {names(LOSSES)}. {default('what fits the answers')}",
            rich_help_panel=NETWORK,
        ),
    ] = None
    parametrization: Annotated[
        str,
        typer.Option(
            "--parametrization",
            metavar="NAME",
            help="'tangent' for the starts and learning rates of the recipe for tables; else 'standard'.",
            rich_help_panel=NETWORK,
        ),
    ] = "standard"
    dtype: Annotated[
        str,
        typer.Option("--dtype", metavar="NAME", help="float32 or float64.", rich_help_panel=NETWORK),
    ] = "float32"

    def network(self, data: Dataset | Splits, *, seed: int, engine: str) -> Network:
        """A fresh network for these data.

        Parameters
        ----------
        data : Dataset or Splits
        seed : int
        engine : str

        Raises
        ------
        OptionError
            If a value is out of range, or the loss is not for the data's kind of answers.
        """
        if self.parametrization not in PARAMETRIZATIONS:
            raise UnknownNameError("parametrization", self.parametrization, PARAMETRIZATIONS)
        if self.parametrization == "tangent":
            return self._tangent(data.train if isinstance(data, Splits) else data, seed=seed, engine=engine)
        return Network.for_data(
            data,
            hidden_sizes(self.hidden),
            activation=self.activation,
            initializer=self.initializer,
            dropout=self.dropout,
            normalization=self.normalization,
            loss=self.loss,
            input_dropout=self.input_dropout,
            seed=seed,
            dtype=self.dtype,
            engine=engine,
        )

    def _tangent(self, data: Dataset, *, seed: int, engine: str) -> Network:
        """With the starts and rates of `tangent_mlp`, which say more than these options could."""
        for name in ("initializer", "normalization", "input_dropout"):
            if getattr(self, name) != type(self).__dataclass_fields__[name].default:
                raise OptionError(
                    f"--{name.replace('_', '-')} {getattr(self, name)} can't go with --parametrization tangent, which "
                    "decides that itself; leave one of them out."
                )
        loss = self.loss or ("cross_entropy" if data.is_classification else "squared_error")
        architecture = tangent_mlp(
            data.input,
            hidden_sizes(self.hidden),
            scores_for(data, loss),
            activation=self.activation,
            loss=loss,
            dropout=self.dropout,
            embeddings=embeddings_for(data.preparation),
        )
        return Network(
            architecture,
            seed=seed,
            dtype=self.dtype,
            classes=data.classes,
            preparation=data.preparation,
            engine=engine,
        )
