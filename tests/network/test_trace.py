from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.losses import LOSSES
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.network import Network
from tests.naive import loops

LAYERS = (Dense(5, "tanh"), Dense(4, "relu", dropout=0.5), Dense(3, "identity"))


def net_and_answer(loss: str) -> tuple[Network, np.ndarray, np.ndarray | int]:
    architecture = Architecture(Input((4,)), LAYERS, loss)
    random = np.random.default_rng(3)
    net = Network(architecture, random.normal(size=architecture.n_parameters), dtype="float64")
    return net, random.normal(size=4), 2 if LOSSES[loss].targets == "classes" else random.random(3)


def as_lists(net: Network) -> loops.Layers:
    """The network as the naive twin wants it."""
    return [
        (W.tolist(), b.tolist(), layer.activation)
        for (W, b), layer in zip(net.layers, net.architecture.layers, strict=True)
    ]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_trace_is_the_gradient_of_one_example(loss: str) -> None:
    net, x, y = net_and_answer(loss)
    net.engine = "reference"  # which the trace is made by
    trace = net.trace(x, y)
    L, gradient = net.gradient(x[None], np.asarray(y)[None])
    assert trace.loss == L
    assert (trace.gradient == gradient).all()
    assert (trace.logits == net.logits(x[None])[0]).all()
    assert (trace.predictions == LOSSES[loss].predictions(net.logits(x[None]))[0]).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_whichever_engine_computes_the_gradient(loss: str) -> None:
    """A layer's dropout is for training only: no engine may use it here."""
    net, x, y = net_and_answer(loss)
    trace = net.trace(x, y)
    L, gradient = net.gradient(x[None], np.asarray(y)[None])
    assert trace.loss == pytest.approx(L, rel=1e-12)
    assert trace.gradient == pytest.approx(gradient, rel=1e-10, abs=1e-13)
    assert trace.logits == pytest.approx(net.logits(x[None])[0], rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_number_agrees_with_the_naive_twin(loss: str) -> None:
    net, x, y = net_and_answer(loss)
    trace = net.trace(x, y)
    all_z, all_h = loops.forward(as_lists(net), x.tolist())
    for layer, z, h_before, h in zip(trace.layers, all_z, all_h, all_h[1:], strict=False):
        assert layer.h_before == pytest.approx(h_before, rel=1e-13)
        assert layer.z == pytest.approx(z, rel=1e-13)
        assert layer.h == pytest.approx(h, rel=1e-13)
    answer = y if isinstance(y, int) else y.tolist()
    L, gradient = loops.example_gradient(as_lists(net), x.tolist(), answer, loss)
    assert trace.loss == pytest.approx(L, rel=1e-12)
    assert trace.gradient == pytest.approx(gradient, rel=1e-11, abs=1e-14)


def test_the_blackboard_s_equations_hold_between_the_numbers() -> None:
    net, x, y = net_and_answer("cross_entropy")
    trace = net.trace(x, y)
    for number, layer in enumerate(trace.layers, start=1):
        assert layer.number == number
        assert layer.z == pytest.approx(layer.h_before @ layer.W + layer.b)
        assert layer.dW == pytest.approx(np.outer(layer.h_before, layer.dz))
        assert (layer.db == layer.dz).all()
    first, second, readout = trace.layers
    assert second.dh == pytest.approx(readout.W @ readout.dz)
    assert first.dz == pytest.approx(first.dh * (1 - first.h**2))
    assert readout.dz == pytest.approx(trace.predictions - np.eye(3)[2])
    assert (readout.dh == readout.dz).all()
    assert trace.dx == pytest.approx(first.W @ first.dz)
    assert [layer.activation for layer in trace.layers] == ["tanh", "relu", "identity"]


def test_the_slope_with_respect_to_the_features_agrees_with_a_nudge() -> None:
    net, x, y = net_and_answer("cross_entropy")
    dx, h = net.trace(x, y).dx, 1e-6
    for i in range(4):
        step = h * np.eye(4)[i]
        assert dx[i] == pytest.approx(
            (net.trace(x + step, y).loss - net.trace(x - step, y).loss) / (2 * h), abs=1e-8
        )


def test_a_trace_stays_what_it_was() -> None:
    net, x, y = net_and_answer("cross_entropy")
    trace = net.trace(x, y)
    kept = [
        trace.x.copy(),
        *(array.copy() for layer in trace.layers for array in (layer.W, layer.b, layer.h_before)),
    ]
    net.theta[...] = 0
    x[...] = 0
    now = [trace.x, *(array for layer in trace.layers for array in (layer.W, layer.b, layer.h_before))]
    assert all((before == after).all() for before, after in zip(kept, now, strict=True))


def test_F14_from_picture_to_scores() -> None:
    """Every layer's numbers are there to be shown, and the highest score decides."""
    net = Network(Architecture.mlp(Input.picture(28, 28), [16, 16], 10))
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    trace = net.trace(picture, 3)
    assert [len(layer.h) for layer in trace.layers] == [16, 16, 10]
    assert trace.x.max() <= 1
    assert trace.logits.argmax() == net.predict(picture[None])[0]
