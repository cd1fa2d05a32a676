"""Every number of one example: forward, loss, backward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.formulas.layers import incoming_gradient
from pellucid.network.architecture import Architecture
from pellucid.network.engines.reference import backward, forward


@dataclass(frozen=True, slots=True, eq=False)
class LayerTrace:
    """What one layer did with one example, forward and backward.

    Parameters
    ----------
    number : int
        1 for the first hidden layer.
    activation : str
    h_before : (n_in,)
        What came in: the features, or the layer before's activations.
    W, b : (n_in, n_out), (n_out,)
    z : (n_out,)
        Weighted sums, z = h_before W + b.
    normalized : (n_out,) or None
        What normalization made of z, and f gets; None where z itself goes into f.
    h : (n_out,)
        Activations, f(z).
    dh, dz : (n_out,)
        The loss's gradient with respect to h and to z.
    dW, db : (n_in, n_out), (n_out,)
        Its gradient with respect to weights and biases.
    """

    number: int
    activation: str
    h_before: Array
    W: Array
    b: Array
    z: Array
    h: Array
    dh: Array
    dz: Array
    dW: Array
    db: Array
    normalized: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One example's way through the network and back.

    Parameters
    ----------
    x : (n_features,)
        Features, scaled, as the first layer gets them.
    layers : tuple of LayerTrace
        First hidden layer to readout.
    logits : (k,)
        The readout's raw scores.
    predictions : (k,)
        Probabilities (soft-max or sigmoid of the scores), or numbers for regression.
    y : int or (k,)
        The truth.
    loss : float
        L_i, in nats for the cross-entropies.
    dx : (n_features,)
        The loss's gradient with respect to these features.
    gradient : (P,)
        The whole gradient with respect to theta, as one vector.
    """

    x: Array
    layers: tuple[LayerTrace, ...]
    logits: Array
    predictions: Array
    y: Array
    loss: float
    dx: Array
    gradient: Array


def trace(
    architecture: Architecture, theta: Array, X: Array, y: Array, buffers: Array | None = None
) -> Trace:
    """Forward, loss and backward pass of one example, with every number kept.

    Parameters
    ----------
    architecture : Architecture
    theta : (P,)
    X : (1, d)
        One example as stored.
    y : (1,) or (1, k)
        Its truth, in the form that the loss takes.
    buffers : (B,), optional
        Running means and variances; needed where a layer is batch-normalized.
    """
    loss = architecture.loss_function
    x = architecture.input.features(X.copy(), theta.dtype)  # the record keeps its numbers if X changes
    passed = forward(architecture, theta, x, buffers=buffers)
    losses, dz = loss.value(passed.z[-1], y)
    gradient = backward(architecture, passed, dz, np.empty_like(theta))
    slopes = architecture.layout.layers(gradient)
    dh = [*passed.dh, dz]  # of each layer's own h; the readout's h is its z
    layers = tuple(
        LayerTrace(
            number=i + 1,
            activation=layer.activation,
            h_before=passed.h[i][0],
            W=passed.layers[i].W.copy(),
            b=passed.layers[i].b.copy(),
            z=passed.sums[i][0],
            normalized=passed.z[i][0] if layer.is_normalized else None,
            h=passed.h[i + 1][0],
            dh=dh[i][0],
            dz=passed.dz[i][0],
            dW=slopes[i].W,
            db=slopes[i].b,
        )
        for i, layer in enumerate(architecture.layers)
    )
    dx = incoming_gradient(passed.layers[0].W, passed.dz[0])
    return Trace(
        x=passed.h[0][0],
        layers=layers,
        logits=passed.z[-1][0],
        predictions=loss.predictions(passed.z[-1])[0],
        y=y[0],
        loss=float(losses[0]),
        dx=dx[0],
        gradient=gradient,
    )
