"""A perceptron in plain Python: every sum a loop, every number a float, one example at a time.

Layers are (W, b, activation name); W[i][j] leads from neuron i to neuron j.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Vector = list[float]
Layers = list[tuple[list[Vector], Vector, str]]
SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946  # α, λ as the paper prints them


def value(activation: str, z: float) -> float:
    if activation == "identity":
        return z
    if activation == "relu":
        return z if z > 0 else 0.0
    if activation == "leaky_relu":
        return z if z > 0 else 0.01 * z
    if activation == "sigmoid":
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
    if activation == "tanh":
        return math.tanh(z)
    if activation in ("elu", "selu"):
        alpha, scale = (1.0, 1.0) if activation == "elu" else SELU
        return scale * (z if z > 0 else alpha * math.expm1(z))
    if activation == "softplus":
        return math.log1p(math.exp(z)) if z < 0 else z + math.log1p(math.exp(-z))
    if activation == "gelu":
        return z * normal_distribution(z)
    if activation == "silu":
        return z * value("sigmoid", z)
    if activation == "mish":
        return z * math.tanh(value("softplus", z))
    if activation == "hard_sigmoid":
        return max(0.0, min(1.0, z / 6 + 0.5))
    raise KeyError(f"write down the textbook formula of {activation!r} here")


def slope(activation: str, z: float) -> float:
    if activation == "identity":
        return 1.0
    if activation == "relu":
        return 1.0 if z > 0 else 0.0
    if activation == "leaky_relu":
        return 1.0 if z > 0 else 0.01
    if activation == "sigmoid":
        return value("sigmoid", z) * value("sigmoid", -z)
    if activation == "tanh":
        return 1 / math.cosh(z) ** 2
    if activation in ("elu", "selu"):
        alpha, scale = (1.0, 1.0) if activation == "elu" else SELU
        return scale * (1 if z > 0 else alpha * math.exp(z))
    if activation == "softplus":
        return value("sigmoid", z)
    if activation == "gelu":
        return normal_distribution(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if activation == "silu":
        return value("sigmoid", z) * (1 + z * value("sigmoid", -z))
    if activation == "mish":
        inner = value("softplus", z)
        return math.tanh(inner) + z * slope("tanh", inner) * value("sigmoid", z)
    if activation == "hard_sigmoid":
        return 1 / 6 if -3 < z < 3 else 0.0
    raise KeyError(f"write down the textbook slope of {activation!r} here")


def normal_distribution(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def loss_and_slope(loss: str, z: Vector, y: int | Sequence[float]) -> tuple[float, Vector]:
    """L_i and dL_i/dz of one example."""
    if loss == "squared_error":
        assert not isinstance(y, int)
        return sum((a - t) ** 2 for a, t in zip(z, y, strict=True)), [
            2 * (a - t) for a, t in zip(z, y, strict=True)
        ]
    if loss == "binary_cross_entropy":
        assert not isinstance(y, int)
        p = [value("sigmoid", a) for a in z]
        terms = [t * math.log(q) + (1 - t) * math.log(1 - q) for q, t in zip(p, y, strict=True)]
        return -sum(terms), [q - t for q, t in zip(p, y, strict=True)]
    if loss == "absolute":
        assert not isinstance(y, int)
        errors = [a - t for a, t in zip(z, y, strict=True)]
        return sum(map(abs, errors)), [math.copysign(1, e) if e else 0.0 for e in errors]
    if loss == "huber":
        assert not isinstance(y, int)
        errors = [a - t for a, t in zip(z, y, strict=True)]
        costs = [e * e / 2 if abs(e) <= 1 else abs(e) - 0.5 for e in errors]
        return sum(costs), [max(-1.0, min(1.0, e)) for e in errors]
    if loss == "poisson":
        assert not isinstance(y, int)
        costs = [math.exp(a) - t * a - (t - (t * math.log(t) if t else 0)) for a, t in zip(z, y, strict=True)]
        return sum(costs), [math.exp(a) - t for a, t in zip(z, y, strict=True)]
    assert isinstance(y, int)
    if loss == "cross_entropy":
        total = sum(math.exp(a) for a in z)
        p = [math.exp(a) / total for a in z]
        return -math.log(p[y]), [q - (j == y) for j, q in enumerate(p)]
    if loss == "hinge":
        margins = [0.0 if j == y else max(0.0, 1 + a - z[y]) for j, a in enumerate(z)]
        dz = [1.0 if margin > 0 else 0.0 for margin in margins]
        dz[y] = -sum(dz)
        return sum(margins), dz
    raise KeyError(f"write down the textbook formula of {loss!r} here")


def forward(layers: Layers, x: Vector) -> tuple[list[Vector], list[Vector]]:
    """All z and all h of one example; h[0] is x."""
    all_z: list[Vector] = []
    all_h = [x]
    for W, b, activation in layers:
        h = all_h[-1]
        z = [b[j] + sum(h[i] * W[i][j] for i in range(len(h))) for j in range(len(b))]
        all_z.append(z)
        all_h.append([value(activation, a) for a in z])
    return all_z, all_h


def example_gradient(layers: Layers, x: Vector, y: int | Sequence[float], loss: str) -> tuple[float, Vector]:
    """L_i and its gradient in theta's order: W row by row, then b, layer by layer."""
    all_z, all_h = forward(layers, x)
    L, dz = loss_and_slope(loss, all_z[-1], y)
    pieces: list[Vector] = []
    for index in reversed(range(len(layers))):
        W, b, _ = layers[index]
        h = all_h[index]
        dW = [h[i] * dz[j] for i in range(len(h)) for j in range(len(b))]
        pieces.insert(0, dW + dz)
        if index > 0:
            before = layers[index - 1][2]
            dh = [sum(W[i][j] * dz[j] for j in range(len(b))) for i in range(len(h))]
            dz = [d * slope(before, z) for d, z in zip(dh, all_z[index - 1], strict=True)]
    return L, [number for piece in pieces for number in piece]


def mean_gradient(
    layers: Layers,
    X: list[Vector],
    y: Sequence[int] | Sequence[Sequence[float]],
    loss: str,
    weights: Sequence[float] | None = None,
) -> tuple[float, Vector]:
    """The (weighted) mean loss of several examples, and its gradient."""
    weights = [1.0] * len(X) if weights is None else weights
    both = [example_gradient(layers, X[i], y[i], loss) for i in range(len(X))]
    total = sum(weights)
    L = sum(w * one for w, (one, _) in zip(weights, both, strict=True)) / total
    columns = zip(*(gradient for _, gradient in both), strict=True)
    return L, [sum(w * g for w, g in zip(weights, column, strict=True)) / total for column in columns]
