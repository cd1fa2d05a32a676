"""Training runs for the compiled engine, and all that comes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network import outputs
from pellucid.network.architecture import Architecture, Embedding
from pellucid.network.engines.compiled import COMPILED
from pellucid.network.engines.compiled.packing import LARGEST_SLICE
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.initial import initial_theta

Array = np.ndarray[Any, np.dtype[Any]]


def answers(architecture: Architecture, n: int, random: np.random.Generator, dtype: str) -> Array:
    """Random targets in the form that the loss takes."""
    k = architecture.n_outputs
    if architecture.loss == "poisson":
        return random.poisson(2.0, (n, k)).astype(dtype)
    if architecture.loss_function.targets == "numbers":
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
    """Theta and what is kept beside it before the first step; an average starts as theta."""
    theta = initial_theta(work.architecture, seed=1, dtype=dtype)
    return theta, tuple(theta.copy() if name == "average" else np.zeros_like(theta) for name in work.memory)


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


def changed(work: Work, **of_architecture: Any) -> Work:
    """The same work with another architecture, and examples that hold codes where there are embeddings."""
    architecture = replace(work.architecture, **of_architecture)
    X = work.X.copy()
    random = np.random.default_rng(8)
    for embedding in architecture.embeddings:
        X[:, embedding.column] = random.integers(-1, embedding.levels + 1, len(X))  # some are unknown
    return replace(work, X=X, architecture=architecture)


def with_rates(work: Work, *rates: tuple[float, float] | None) -> Work:
    """The same work with factors on the learning rate for each layer; None for a frozen one."""
    layers = [
        replace(layer, frozen=True) if own is None else replace(layer, weight_rate=own[0], bias_rate=own[1])
        for layer, own in zip(work.architecture.layers, rates, strict=True)
    ]
    return changed(work, layers=tuple(layers))


# What a plain network does not have: options of the work, and what is changed in its network

EMBEDDINGS = (Embedding(3, 5, 2), Embedding(0, 30, 7))


def gains(work: Work) -> Work:
    return changed(work, feature_gains=True, feature_gain_rate=3.0)


def frozen_middle(work: Work) -> Work:
    return with_rates(work, (1.0, 0.5), None, (0.25, 2.0))


def embeddings(work: Work) -> Work:
    return changed(work, embeddings=EMBEDDINGS, embedding_rate=2.0)


def front(work: Work) -> Work:
    return changed(work, embeddings=EMBEDDINGS, feature_gains=True, input_dropout=0.2)


OPTIONS: dict[str, tuple[dict[str, Any], Callable[[Work], Work]]] = {
    "rates": ({"penalties": {"l2": 0.01}}, frozen_middle),
    "gains": ({}, gains),
    "gains-of-one-layer": ({"hidden": (), "loss": "hinge"}, gains),
    "gains-wide": ({"hidden": (70, 33), "d": 300, "dropout": 0.2, "weighted": True}, gains),
    "gains-in-slices": ({"hidden": (9,), "n": LARGEST_SLICE + 300, "batch_size": LARGEST_SLICE + 50}, gains),
    "input-dropout": ({"dropout": 0.1}, lambda work: changed(work, input_dropout=0.3)),
    "input-dropout-wide": ({"hidden": (100,), "d": 90}, lambda work: changed(work, input_dropout=0.3)),
    "embeddings": ({}, embeddings),
    "embeddings-in-slices": (
        {"hidden": (70,), "n": LARGEST_SLICE + 300, "batch_size": LARGEST_SLICE + 50},
        embeddings,
    ),
    "front": ({"weighted": True, "averaging": 0.7, "clip_norm": 0.3, "max_norm": 0.9}, front),
    "smoothing": ({"label_smoothing": 0.1, "k": 5, "weighted": True}, lambda work: work),
    "smoothing-of-many": ({"label_smoothing": 0.3, "k": 40}, lambda work: work),
    "averaging": ({"averaging": 0.9}, lambda work: work),
    "clip": (
        {"clip_norm": 0.2, "penalties": {"l1": 0.003, "l2": 0.02}, "hidden": (70, 33)},
        lambda work: work,
    ),
    "clip-hardly": ({"clip_norm": 0.9, "hidden": (20,)}, lambda work: work),
    "clip-in-slices": (
        {"clip_norm": 0.01, "hidden": (9,), "n": LARGEST_SLICE + 300, "batch_size": LARGEST_SLICE + 50},
        lambda work: work,
    ),
    "clip-gains": ({"clip_norm": 0.2}, gains),
    "max-norm": ({"max_norm": 0.8, "hidden": (70, 33), "seed": 3}, lambda work: work),
    "max-norm-frozen": ({"max_norm": 0.7}, frozen_middle),
    "max-norm-averaging": ({"max_norm": 0.8, "averaging": 0.5, "dropout": 0.2}, gains),
    "all": (
        {
            "clip_norm": 0.3,
            "max_norm": 0.8,
            "averaging": 0.9,
            "dropout": 0.2,
            "weighted": True,
            "hidden": (40, 33),
        },
        lambda work: with_rates(changed(work, feature_gains=True, input_dropout=0.1), (1, 2), None, (0.5, 0)),
    ),
}


def a_case(name: str, dtype: str, **options: Any) -> Work:
    """One of `OPTIONS`, with further ones."""
    own, change = OPTIONS[name]
    return change(a_work(dtype=dtype, **{**own, **options}))


def bits(arrays: list[Array]) -> list[bytes]:
    """What must not change by a single bit."""
    return [array.tobytes() for array in arrays]


def with_threads(work: Work, n_threads: int | None) -> Work:
    return replace(work, n_threads=n_threads)
