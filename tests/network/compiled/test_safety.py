"""What is not finite is found in its step, tiny numbers are flushed inside only, and who says stop is heard."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid.basics.errors import DataError, DivergedError
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.network.engines import compiled
from pellucid.network.engines.compiled import COMPILED, fields
from tests.network.compiled.cases import a_work, beginning, bits, trained, with_threads

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

# NaN and infinity


def diverged(work: Any, theta: Any, rate: float = 0.01, steps: int = 3) -> DivergedError:
    space = COMPILED.workspace(work)
    COMPILED.put(space, theta, tuple(np.zeros_like(theta) for _ in work.optimizer.memory))
    with pytest.raises(DivergedError) as caught:
        COMPILED.advance(space, np.arange(41), 4, 10, 100, np.full(steps, rate))
    return caught.value


@each_dtype
@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", fields.ACTIVATION_CODES)
def test_a_planted_value_is_found_in_the_first_step(
    activation: str, value: float, n_threads: int, dtype: str
) -> None:
    work = with_threads(a_work((40, 33), activation=activation, dtype=dtype, optimizer="sgd"), n_threads)
    theta = beginning(work, dtype)[0]
    work.architecture.layout.layers(theta)[1].b[20] = value
    with np.errstate(invalid="ignore"):
        hidden = np.isfinite(ACTIVATIONS[activation].value(np.array([value]))).all()
    if hidden:
        work.architecture.layout.layers(theta)[1].b[20] = np.nan  # some make something finite of infinity
    error = diverged(work, theta)
    assert (error.epoch, error.step, error.layer, error.quantity) == (5, 11, "layer 2", "pre-activation")


@each_dtype
@pytest.mark.parametrize("loss", fields.LOSS_CODES)
def test_nan_in_any_place_of_theta_is_found(loss: str, dtype: str) -> None:
    """Also where ReLU and the largest score could hide it."""
    work = a_work((6, 5), d=3, loss=loss, activation="relu", dtype=dtype, optimizer="sgd")
    start = np.abs(beginning(work, dtype)[0]) + 0.1  # no neuron is dead
    work.X[...] = np.abs(work.X)
    for index in range(len(start)):
        theta = start.copy()
        theta[index] = np.nan
        assert diverged(work, theta).step == 11


@each_dtype
@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_in_a_later_step(n_threads: int, step: int, dtype: str) -> None:
    work = with_threads(a_work((20,), activation="relu", loss="squared_error", k=2, dtype=dtype), n_threads)
    huge = {"float32": 1e30, "float64": 1e200}[dtype]
    work.X[16 * step + 3] = huge
    error = diverged(work, beginning(work, dtype)[0])
    assert (error.epoch, error.step) == (5, 11 + step)


@each_dtype
@pytest.mark.parametrize("optimizer", fields.OPTIMIZER_CODES)
@pytest.mark.parametrize("n_threads", [1, 2])
def test_a_step_too_far_is_found_in_that_step(n_threads: int, optimizer: str, dtype: str) -> None:
    work = with_threads(a_work((20, 7), optimizer=optimizer, dtype=dtype), n_threads)
    theta = beginning(work, dtype)[0]
    theta *= 10
    error = diverged(work, theta, rate=float(np.finfo(dtype).max))
    assert (error.epoch, error.step) == (5, 11) or error.quantity == "pre-activation"
    assert error.step in (11, 12)  # a step that just fits leaves weights that the next one can't use


@each_dtype
def test_the_weights_go_back_to_the_last_good_epoch(dtype: str) -> None:
    points = pellucid.Dataset(np.random.default_rng(0).normal(size=(40, 3)), np.arange(40.0))
    net = pellucid.Network.for_data(points, hidden=[5], dtype=dtype, activation="leaky_relu")
    records = pellucid.epochs(net, points, epochs=9, optimizer="sgd", learning_rate=1e-3, engine="compiled")
    next(records)
    good = net.theta.copy()
    rate = {"float32": 1e30, "float64": 1e200}[dtype]
    huge = pellucid.epochs(net, points, epochs=9, optimizer="sgd", learning_rate=rate, engine="compiled")
    with pytest.raises(DivergedError):
        list(huge)
    assert bits([net.theta]) == bits([good])


def test_nan_in_the_examples_is_refused_before() -> None:
    X = np.zeros((9, 3))
    X[4, 1] = np.nan
    with pytest.raises(DataError, match="NaN or infinity, first in example 4"):
        pellucid.Dataset(X, np.arange(9) % 3)
    net = pellucid.Network.for_data(pellucid.Dataset(np.zeros((9, 3)), np.arange(9) % 3))
    with pytest.raises(DataError, match="NaN or infinity, first in example 4"):
        net.predict(X)


# Tiny numbers


@each_dtype
def test_tiny_numbers_are_as_before_in_this_thread(dtype: str) -> None:
    tiny = np.finfo(dtype).tiny
    for n_threads in (1, 3):
        trained(with_threads(a_work(dtype=dtype), n_threads), dtype)
        half = np.array([tiny]) / np.array([2], dtype)
        assert half[0] > 0  # not flushed
        assert half[0] * 2 == tiny


@each_dtype
def test_means_of_dead_neurons_end_as_nothing(dtype: str) -> None:
    work = a_work((6,), activation="relu", dtype=dtype)
    theta, memory = beginning(work, dtype)
    W, b = work.architecture.layout.layers(theta)[0]
    W[...], b[...] = 0, -1
    tiny = np.finfo(dtype).tiny
    for vector in memory:
        vector[...] = 4 * tiny
    space = COMPILED.workspace(work)
    COMPILED.put(space, theta, memory)
    for epoch in range(20):
        COMPILED.advance(space, np.arange(41), epoch, 0, 3 * epoch, np.full(3, 0.001))
    COMPILED.take(space, theta, memory)
    dead = slice(0, W.size + b.size)
    assert (memory[0][dead] == 0).all()
    for vector in memory:
        assert not ((vector != 0) & (np.abs(vector) < tiny)).any()


# Stop


@pytest.mark.parametrize("n_threads", [1, 2])
def test_who_says_stop_is_heard_within_a_call(n_threads: int) -> None:
    work = with_threads(a_work((64, 64), n=64, d=40, optimizer="sgd"), n_threads)
    space, steps = COMPILED.workspace(work), 200_000
    COMPILED.put(space, *beginning(work, "float32"))
    began, asked = time.monotonic(), []

    def stop() -> bool:
        asked.append(threading.get_ident())
        return time.monotonic() > began + 0.05

    seen = COMPILED.advance(space, np.resize(np.arange(64), 16 * steps), 0, 0, 0, np.full(steps, 1e-4), stop)
    assert len(seen) < steps
    assert set(asked) == {threading.get_ident()}  # where signals are heard
    taken = beginning(work, "float32")[0]
    COMPILED.take(space, taken, ())
    again = COMPILED.workspace(work)
    COMPILED.put(again, *beginning(work, "float32"))
    COMPILED.advance(again, np.resize(np.arange(64), 16 * len(seen)), 0, 0, 0, np.full(len(seen), 1e-4))
    expected = np.empty_like(taken)
    COMPILED.take(again, expected, ())
    assert bits([taken]) == bits([expected])


CTRL_C = """
import numpy as np, pellucid, sys, threading, time
data = pellucid.Dataset(np.random.default_rng(0).normal(size=(4096, 256)).astype("f4"), np.arange(4096) % 10)
net = pellucid.Network.for_data(data, hidden=[2048, 2048])
pellucid.fit(net.copy(), data, epochs=1, batch_size=4096, show=False)  # compiled by now
print("ready", flush=True)
history = pellucid.fit(net, data, epochs=10_000, batch_size=512, show=False)
print(history.stopped, history.engine, np.isfinite(net.theta).all(), len(net.predict(data.X)), flush=True)
"""


@pytest.mark.slow
def test_ctrl_c_is_answered_soon_and_leaves_a_network() -> None:
    with subprocess.Popen([sys.executable, "-c", CTRL_C], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        told = process.stdout.readline()
        assert time.monotonic() < began + 5  # the prediction included
        assert told == "interrupted compiled True 4096\n"
        assert process.wait() == 0
