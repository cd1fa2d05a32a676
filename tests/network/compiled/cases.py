"""Training runs for the compiled engine, and all that comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network import outputs
from pellucid.network.architecture import Architecture
from pellucid.network.engines.compiled import COMPILED
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.initial import initial_theta

Array = np.ndarray[Any, np.dtype[Any]]


def answers(architecture: Architecture, n: int, random: np.random.Generator, dtype: str) -> Array:
    """Random targets in the form that the loss takes."""
    k = architecture.n_outputs
    if architecture.loss == "squared_error":
        return random.normal(size=(n, k)).astype(dtype)
    return outputs.targets(architecture, random.integers(0, max(k, 2), n), dtype)


def a_work(
    hidden: Sequence[int] = (20, 9),
    n: int = 41,
    *,
    d: int = 13,
    k: int = 3,
    activation: str = "tanh",
    loss: str = "cross_entropy",
    dropout: float = 0.0,
    optimizer: str = "adam",
    dtype: str = "float32",
    weighted: bool = False,
    seed: int = 0,
    batch_size: int = 16,
    **options: Any,
) -> Work:
    """Random examples, and how to learn from them."""
    random = np.random.default_rng(seed)
    architecture = Architecture.mlp(Input((d,)), hidden, k, activation=activation, loss=loss, dropout=dropout)
    rule = OPTIMIZERS[optimizer]
    return Work(
        architecture,
        X=random.normal(size=(n, d)).astype(dtype),
        y=answers(architecture, n, random, dtype),
        optimizer=rule,
        settings=dict(rule.settings),
        batch_size=batch_size,
        seed=11,
        sample_weight=random.uniform(0, 2, n) if weighted else None,
        **options,
    )


def beginning(work: Work, dtype: str) -> tuple[Array, tuple[Array, ...]]:
    """Theta and the optimizer's memory before the first step."""
    theta = initial_theta(work.architecture, seed=1, dtype=dtype)
    return theta, tuple(np.zeros_like(theta) for _ in work.optimizer.memory)


def trained(
    work: Work,
    dtype: str = "float32",
    *,
    engine: Engine = COMPILED,
    epochs: int = 2,
    cuts: int = 1000,
    keep_gradient: bool = False,
    resumed: bool = False,
) -> list[Array]:
    """Theta, memory, and what was seen: of some epochs, `cuts` steps in each call, maybe each in a new workspace."""
    theta, memory = beginning(work, dtype)
    space, seen, t = None, [], 0
    n, size = len(work.X), work.batch_size
    steps = -(-n // size)
    for epoch in range(epochs):
        order = engine.order(n, 5, epoch)
        for step in range(0, steps, cuts):
            if space is None or resumed:
                space = engine.workspace(work)
                if keep_gradient:
                    space.keep_gradient = True
                engine.put(space, theta, memory)
            count = min(cuts, steps - step)
            rates = 0.01 * 0.9 ** np.arange(t, t + count)
            rows = order[step * size : (step + count) * size]
            seen.append(engine.advance(space, rows, epoch, step, t, rates))
            t += count
            if resumed:
                engine.take(space, theta, memory)
    engine.take(space, theta, memory)
    told = [np.concatenate([getattr(s, name) for s in seen]) for name in ("loss_sums", "weights", "correct")]
    return [theta, *memory, *told]


def bits(arrays: list[Array]) -> list[bytes]:
    """What must not change by a single bit."""
    return [array.tobytes() for array in arrays]


def with_threads(work: Work, n_threads: int | None) -> Work:
    return replace(work, n_threads=n_threads)
