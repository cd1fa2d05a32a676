"""JAX: a whole epoch in one compiled call, a scan over the batches, with the data on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.features import as_float32

BETA1, BETA2, EPSILON, LEARNING_RATE = 0.9, 0.999, 1e-8, 1e-3


def train(job: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Iterator[None]:
    """One call for each epoch; the order is drawn by NumPy, which is faster at it than JAX on a CPU."""
    generator = np.random.default_rng(job["seed"])
    features = jnp.asarray(X if job["features"] == "uint8" else as_float32(X))
    answers = jnp.asarray(y, dtype=jnp.int32)
    params = _initial(job["sizes"], generator)
    zeros = jax.tree.map(jnp.zeros_like, params)
    carry = (params, zeros, jax.tree.map(jnp.zeros_like, params), jnp.float32(0))
    epoch = _epoch(job["batch_size"])
    while True:
        yield
        carry = epoch(carry, features, answers, generator.permutation(len(X)).astype(np.int32))
        jax.block_until_ready(carry)


def _initial(sizes: list[int], generator: np.random.Generator) -> list[tuple[Any, Any]]:
    pairs = pairwise(sizes)
    return [
        (jnp.asarray(generator.normal(0, np.sqrt(2 / n_in), (n_in, n_out)), jnp.float32), jnp.zeros(n_out))
        for n_in, n_out in pairs
    ]


def _loss(params: list[tuple[Any, Any]], h: Any, y: Any) -> Any:
    if h.dtype == jnp.uint8:
        h = h.astype(jnp.float32) * np.float32(1 / 255)
    for W, b in params[:-1]:
        h = jax.nn.relu(h @ W + b)
    W, b = params[-1]
    log_p = jax.nn.log_softmax(h @ W + b)
    return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()


def _epoch(batch_size: int) -> Callable[..., Any]:
    """The compiled function: full batches in a scan, then the rest of the examples as one smaller batch."""

    def run(carry: Any, features: Any, answers: Any, order: Any) -> Any:
        def step(carry: Any, rows: Any) -> tuple[Any, None]:
            params, m, v, t = carry
            gradient = jax.grad(_loss)(params, features[rows], answers[rows])
            return _adam(params, m, v, t + 1, gradient), None

        full = len(order) // batch_size * batch_size
        carry, _ = jax.lax.scan(step, carry, order[:full].reshape(-1, batch_size))
        return step(carry, order[full:])[0] if full < len(order) else carry

    return jax.jit(run, donate_argnums=0)


def _adam(params: Any, m: Any, v: Any, t: Any, gradient: Any) -> Any:
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradient)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradient)
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, m, v)
    return params, m, v, t
