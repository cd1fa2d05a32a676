"""Optimizers for a single number, step by step from the papers, with running values spelled out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable


def sgd(x: float, gradients: Iterable[float], learning_rate: float) -> list[float]:
    path = []
    for g in gradients:
        x = x - learning_rate * g
        path.append(x)
    return path


def momentum(x: float, gradients: Iterable[float], learning_rate: float, momentum: float) -> list[float]:
    """Goodfellow, Bengio, Courville (2016), algorithm 8.2."""
    path, velocity = [], 0.0
    for g in gradients:
        velocity = momentum * velocity - learning_rate * g
        x = x + velocity
        path.append(x)
    return path


def nesterov(x: float, gradients: Iterable[float], learning_rate: float, momentum: float) -> list[float]:
    """The ball stands ahead of itself: `x` is where the gradient is taken, `place` where Sutskever's θ is.

    Sutskever et al. (2013): v' = μ v − α g(θ + μ v); θ' = θ + v'. With x = θ + μ v the gradient at x is given.
    """
    path, velocity, place = [], 0.0, x
    for g in gradients:
        velocity = momentum * velocity - learning_rate * g
        place = place + velocity
        path.append(place + momentum * velocity)
    return path


def adagrad(x: float, gradients: Iterable[float], learning_rate: float, epsilon: float) -> list[float]:
    path, seen = [], []
    for g in gradients:
        seen.append(g * g)
        x = x - learning_rate * g / (math.sqrt(math.fsum(seen)) + epsilon)
        path.append(x)
    return path


def rmsprop(
    x: float, gradients: Iterable[float], learning_rate: float, rho: float, epsilon: float
) -> list[float]:
    """The running mean written out: v_t = (1 − ρ) Σ_k ρ^(t−k) g_k²."""
    path, seen = [], []
    for g in gradients:
        seen.append(g)
        v = math.fsum((1 - rho) * rho**age * old * old for age, old in enumerate(reversed(seen)))
        x = x - learning_rate * g / (math.sqrt(v) + epsilon)
        path.append(x)
    return path


def adam(
    x: float, gradients: Iterable[float], learning_rate: float, beta1: float, beta2: float, epsilon: float
) -> list[float]:
    """Kingma, Ba (2015), algorithm 1."""
    path, m, v = [], 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - learning_rate * m_hat / (math.sqrt(v_hat) + epsilon)
        path.append(x)
    return path


def adamw(
    x: float,
    gradients: Iterable[float],
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> list[float]:
    """Loshchilov, Hutter (2019), algorithm 2, both terms taken off at once; the learning rate scales the decay."""
    path, m, v = [], 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - learning_rate * (m_hat / (math.sqrt(v_hat) + epsilon) + weight_decay * x)
        path.append(x)
    return path


def nadam(
    x: float,
    gradients: Iterable[float],
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    momentum_decay: float,
) -> list[float]:
    """Dozat (2016), algorithm 2, with the product of the shares carried along."""
    path, m, v, product = [], 0.0, 0.0, 1.0
    for t, g in enumerate(gradients, start=1):
        share, next_share = (beta1 * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in (t, t + 1))
        product *= share
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_bar = (1 - share) * g / (1 - product) + next_share * m / (1 - product * next_share)
        x = x - learning_rate * m_bar / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        path.append(x)
    return path


PATHS: dict[str, Callable[..., list[float]]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
    "nadam": nadam,
}
