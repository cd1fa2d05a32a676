"""Architectures that are more than a list of sizes: starts and learning rates that are known to work together."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pellucid.data.dataset import Input
from pellucid.network.architecture import Architecture, Dense, Embedding

BIAS_RATE = 0.1
GAIN_RATE = 6.0


def tangent_mlp(
    input: Input,
    hidden: Iterable[int],
    n_outputs: int,
    *,
    activation: str = "selu",
    loss: str = "cross_entropy",
    dropout: float = 0.0,
    embeddings: tuple[Embedding, ...] = (),
    feature_gains: bool = True,
) -> Architecture:
    """A network for tables, with the starts and rates of RealMLP.

    It is meant for Adam with a large learning rate. In the neural tangent parametrization a layer computes
    z = h W̃ / √n_in + b with entries of W̃ from N(0, 1). Adam's step does not depend on the gradient's size, so that
    is the same as a layer with W = W̃ / √n_in whose learning rate is divided by √n_in. Biases start at N(0, 1) and
    learn ten times slower, the readout starts at 0, and each feature has a gain that learns six times faster.

    Parameters
    ----------
    input : Input
    hidden : iterable of int
        Neurons of each hidden layer.
    n_outputs : int
        Classes, or numbers to predict.
    activation, dropout
        Of every hidden layer.
    loss : str
    embeddings : tuple of Embedding
    feature_gains : bool

    Raises
    ------
    OptionError
        If a value is out of range; UnknownNameError for an unknown name.

    Examples
    --------
    >>> net = tangent_mlp(Input((4,)), [256, 256], 3)
    >>> net.layers[1].weight_rate, net.layers[1].bias_rate, net.feature_gain_rate
    (0.0625, 0.1, 6.0)

    References
    ----------
    Jacot, Gabriel, Hongler (2018), Neural tangent kernel; Holzmüller, Grinsztajn, Steinwart (2024), Better by default:
    strong pre-tuned MLPs and boosted trees on tabular data, RealMLP-TD-S.
    """
    n_in = input.size + sum(embedding.size - 1 for embedding in embeddings)
    layers = []
    for units in hidden:
        layers.append(
            Dense(
                units,
                activation,
                "lecun_normal",
                dropout,
                weight_rate=1 / math.sqrt(n_in),
                bias_rate=BIAS_RATE,
                bias_spread=1.0,
            )
        )
        n_in = units
    readout = Dense(n_outputs, "identity", "zeros", weight_rate=1 / math.sqrt(n_in), bias_rate=BIAS_RATE)
    return Architecture(
        input,
        (*layers, readout),
        loss,
        embeddings=embeddings,
        feature_gains=feature_gains,
        feature_gain_rate=GAIN_RATE if feature_gains else 1.0,
        embedding_rate=1.0,
    )
