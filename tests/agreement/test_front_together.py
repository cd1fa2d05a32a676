"""Gains and embeddings moved together, and AdamW beside padded classes: both engines, any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from pellucid.basics.arrays import Array
from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture, Dense, Embedding
from pellucid.network.engines import compiled
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.network import Network
from pellucid.network.recipes import tangent_mlp

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)


def steps(engine: Engine, work: Work, theta: Array, count: int, rate: float) -> Array:
    space, memory = engine.workspace(work), tuple(np.zeros_like(theta) for _ in work.memory)
    engine.put(space, theta, memory)
    engine.advance(space, np.tile(np.arange(len(work.X)), count), 0, 0, 0, np.full(count, rate))
    after = np.empty_like(theta)
    engine.take(space, after, memory)
    return after


@pytest.mark.parametrize("rows", [64, 1024])
def test_gains_wait_for_the_embeddings_that_read_them(rows: int) -> None:
    embeddings = (Embedding(7, levels=300, size=64),)
    architecture = tangent_mlp(Input((8,)), [64, 64], 3, embeddings=embeddings)
    net, rng = Network(architecture, seed=0, dtype="float64"), default_rng(1)
    net.theta[...] += 0.1 * rng.normal(
        size=net.theta.shape
    )  # the readout starts at 0, and nothing would flow back
    X = rng.normal(size=(rows, 8))
    X[:, 7] = rng.integers(0, 300, rows)
    y, sgd = rng.integers(0, 3, rows), OPTIMIZERS["sgd"]
    results = []
    for n_threads in (1, 2, 2, 2, 4):
        work = Work(architecture, X, y, sgd, batch_size=rows, n_threads=n_threads)
        results.append(steps(compiled.COMPILED, work, net.theta, 3, 0.5))
    assert len({result.tobytes() for result in results}) == 1
    expected = steps(REFERENCE, Work(architecture, X, y, sgd, batch_size=rows), net.theta, 3, 0.5)
    assert np.abs(results[0] - expected).max() <= 1e-10 * np.abs(expected - net.theta).max()


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_padded_classes_do_not_come_to_life_by_decay(loss: str) -> None:
    layers = (Dense(4, "tanh"), Dense(3, "identity"))
    architecture, rng = Architecture(Input((2,)), layers, loss), default_rng(0)
    net = Network(architecture, seed=0, dtype="float64")
    X = rng.normal(size=(8, 2))
    y = rng.integers(0, 3, 8) if loss == "cross_entropy" else rng.integers(0, 2, (8, 3)).astype(float)
    settings = {**OPTIMIZERS["adamw"].settings, "weight_decay": 0.9}
    work = Work(architecture, X, y, OPTIMIZERS["adamw"], settings, batch_size=8)
    found = steps(compiled.COMPILED, work, net.theta, 1500, 0.1)  # 0.91^1500 · 10³⁰ would be about 10⁻³¹
    expected = steps(REFERENCE, work, net.theta, 1500, 0.1)
    assert np.abs(found - expected).max() <= 1e-6
