from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Input
from pellucid.network.architecture import Architecture
from pellucid.network.layout import Layout

sizes = st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple)


@given(sizes)
def test_the_tensors_tile_theta_exactly(sizes: tuple[int, ...]) -> None:
    layout = Layout(sizes)
    theta = np.arange(layout.n_parameters, dtype=float)
    tensors = layout.tensors(theta)
    assert np.concatenate([tensor.ravel() for tensor in tensors.values()]).tolist() == theta.tolist()
    expected = [name for number in range(1, len(sizes)) for name in (f"W{number}", f"b{number}")]
    assert list(tensors) == expected


@given(sizes)
def test_every_index_is_described_by_its_place_on_the_blackboard(sizes: tuple[int, ...]) -> None:
    layout = Layout(sizes)
    names = []
    for number, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        names += [f"W{number}[{i}, {j}]" for i in range(n_in) for j in range(n_out)]
        names += [f"b{number}[{j}]" for j in range(n_out)]
    assert [layout.describe(index) for index in range(layout.n_parameters)] == names


@pytest.mark.parametrize("index", [-1, 26])
def test_an_index_outside_theta(index: int) -> None:
    with pytest.raises(OptionError, match=f"no index {index}; expected 0 … 25"):
        Layout((3, 4, 2)).describe(index)


@given(sizes)
def test_views_never_copy(sizes: tuple[int, ...]) -> None:
    layout = Layout(sizes)
    everything = np.zeros((layout.n_parameters, 2))
    for theta in (np.zeros(layout.n_parameters), everything[:, 1]):  # also one column of a history of thetas
        for W, b in layout.layers(theta):
            assert np.shares_memory(W, theta)
            W += 1
            b += 2
        for W in layout.weights(theta):
            W += 3
        n_weights = sum(n_in * n_out for n_in, n_out in pairwise(sizes))
        assert theta.sum() == 4 * n_weights + 2 * (layout.n_parameters - n_weights)


@pytest.mark.parametrize("shape", [(25,), (27,), (26, 1), ()])
def test_a_vector_of_another_length(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected \(26,\) for a network of sizes 3-4-2"):
        Layout((3, 4, 2)).tensors(np.zeros(shape))


def test_slices_have_name_shape_and_place() -> None:
    layout = Architecture.mlp(Input.picture(28, 28), hidden=[16], n_outputs=10).layout
    assert next(layout.slices()) == ("W1", (784, 16), slice(0, 12_544))
    assert [name for name, _, _ in layout.slices()] == ["W1", "b1", "W2", "b2"]
    assert layout.n_parameters == 12_730
