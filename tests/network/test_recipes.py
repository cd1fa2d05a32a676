"""The tangent parametrization by rates is that of scaled weights, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines.contract import Work
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.network import Network
from pellucid.network.recipes import BIAS_RATE, tangent_mlp

N, D, K, RATE, STEPS = 10, 6, 3, 0.05, 20


def test_rates_give_the_steps_of_scaled_weights() -> None:
    architecture = tangent_mlp(Input((D,)), [8], K, activation="selu", feature_gains=False)
    net = Network(architecture, seed=4, dtype="float64")
    rng = default_rng(0)
    X, y = rng.normal(size=(N, D)), rng.integers(0, K, N)
    settings = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-12}
    work = Work(architecture, X, y, OPTIMIZERS["adam"], settings, batch_size=N)
    space, memory = REFERENCE.workspace(work), (np.zeros_like(net.theta), np.zeros_like(net.theta))
    REFERENCE.put(space, net.theta, memory)
    REFERENCE.advance(space, np.tile(np.arange(N), STEPS), 0, 0, 0, np.full(STEPS, RATE))
    theta = net.theta.copy()
    REFERENCE.take(space, theta, memory)

    # The same by hand: z = h W̃ / √n_in + b, and one Adam for each tensor.
    (W1, b1), (W2, b2) = net.layers
    tensors = [W1 * np.sqrt(D), b1.copy(), W2 * np.sqrt(8), b2.copy()]
    rates = [RATE, RATE * BIAS_RATE] * 2
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in tensors]
    selu = ACTIVATIONS["selu"]
    for t in range(1, STEPS + 1):
        z = X @ tensors[0] / np.sqrt(D) + tensors[1]
        h = selu.value(z)
        _, dz2 = LOSSES["cross_entropy"].value(h @ tensors[2] / np.sqrt(8) + tensors[3], y)
        dz2 /= N
        dz1 = dz2 @ tensors[2].T / np.sqrt(8) * selu.slope(z, h)
        slopes = [X.T @ dz1 / np.sqrt(D), dz1.sum(0), h.T @ dz2 / np.sqrt(8), dz2.sum(0)]
        for p, g, (m, v), rate in zip(tensors, slopes, moments, rates, strict=True):
            m += 0.1 * (g - m)
            v += 0.05 * (g * g - v)
            p -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-12)
    tensors[0] /= np.sqrt(D)
    tensors[2] /= np.sqrt(8)
    assert theta == pytest.approx(np.concatenate([p.ravel() for p in tensors]), rel=1e-6, abs=1e-9)


def test_its_start() -> None:
    net = Network(tangent_mlp(Input((400,)), [300, 200], 5), seed=0)
    (W1, b1), (W2, _), (W3, b3) = net.layers
    assert W1.std() == pytest.approx(400**-0.5, rel=0.02)
    assert W2.std() == pytest.approx(300**-0.5, rel=0.02)
    assert b1.std() == pytest.approx(1, rel=0.15)
    assert not W3.any()
    assert not b3.any()
