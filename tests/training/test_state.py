from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.state import State


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
