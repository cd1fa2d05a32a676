from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture
from pellucid.network.engines.contract import Seen
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.state import State, Tally


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_start_has_the_network_s_theta_and_an_empty_memory(optimizer: str, dtype: str) -> None:
    net = Network(Architecture.mlp(Input((3,)), [4], 2), dtype=dtype)
    state = State.start(net, Plan(optimizer=optimizer))
    assert (state.theta == net.theta).all()
    assert not np.shares_memory(state.theta, net.theta)
    assert len(state.memory) == len(OPTIMIZERS[optimizer].memory)
    assert all(vector.dtype == dtype and not vector.any() for vector in state.memory)
    assert (state.epoch, state.step, state.t) == (0, 0, 0)


def test_a_copy_has_arrays_of_its_own() -> None:
    net = Network(Architecture.mlp(Input((3,)), [4], 2))
    state = State.start(net, Plan(optimizer="adam"))
    twin = state.copy()
    for vector in (twin.theta, *twin.memory):
        vector += 1
    assert (state.theta == net.theta).all()
    assert not any(vector.any() for vector in state.memory)


def test_an_average_starts_at_theta_and_comes_last() -> None:
    net = Network(Architecture.mlp(Input((3,)), [4], 2))
    state = State.start(net, Plan(optimizer="adam", averaging=0.9))
    *own, average = state.memory
    assert len(own) == 2
    assert not any(vector.any() for vector in own)
    assert (average == net.theta).all()
    assert not np.shares_memory(average, net.theta)


@pytest.mark.parametrize("classified", [True, False])
def test_a_tally_adds_in_order_however_the_steps_come(classified: bool) -> None:
    """To the bit: many at a time are added by NumPy, few by Python."""
    random = np.random.default_rng(0)
    sums = random.lognormal(sigma=5, size=(3, 1000))
    expected = [0.0, 0.0, 0.0]
    for step in range(1000):
        expected = [total + float(sums[i, step]) for i, total in enumerate(expected)]
    for size in (1, 7, 127, 128, 1000):
        tally = Tally()
        for first in range(0, 1000, size):
            seen = Seen(*sums[:, first : first + size])
            tally = tally.plus(seen, examples=first + size, seconds=1.0, classified=classified)
        assert [tally.loss_sum, tally.weight] == expected[:2]
        assert tally.correct == (expected[2] if classified else None)
        assert (tally.steps, tally.examples) == (1000, first + size)
