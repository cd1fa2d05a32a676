from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.formulas.activations import relu
from pellucid.formulas.layers import (
    dropout_mask,
    incoming_gradient,
    weighted_sum,
    weighted_sum_gradients,
    weights_with_bias,
    with_one,
)
from pellucid.network.layout import Layout

shapes = st.tuples(st.integers(1, 9), st.integers(1, 12), st.integers(1, 12), st.integers(0, 10**6))


def drawn(shape: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random h (n, n_in), W (n_in, n_out), b (n_out,)."""
    n, n_in, n_out, seed = shape
    random = np.random.default_rng(seed)
    return random.normal(size=(n, n_in)), random.normal(size=(n_in, n_out)), random.normal(size=n_out)


@given(shapes)
def test_F09_the_matrix_form_agrees_with_loops_in_both_conventions(shape: tuple[int, int, int, int]) -> None:
    h, W, b = drawn(shape)
    z = weighted_sum(h, W, b)
    assert z.shape == (len(h), len(b))  # here: a row is an example, a column of W is a neuron
    for i in range(len(h)):
        for k in range(len(b)):
            looped = math.fsum(W[j, k] * h[i, j] for j in range(len(W))) + b[k]
            assert z[i, k] == pytest.approx(looped, rel=1e-12, abs=1e-12)
        column = h[i][:, None]  # on the slide: h is a column, row k of its W belongs to neuron k
        on_the_slide = W.T @ column + b[:, None]
        assert on_the_slide[:, 0] == pytest.approx(z[i], rel=1e-12, abs=1e-12)


@given(shapes)
def test_F10_the_bias_trick_is_exact_and_gives_the_pre_activation(shape: tuple[int, int, int, int]) -> None:
    """[W b][h; 1] is z; the slide writes h¹, but that is ReLU of it."""
    h, W, b = drawn(shape)
    z = weighted_sum(h, W, b)
    trick = with_one(h) @ weights_with_bias(W, b)
    assert np.abs(trick - z).max() <= 1e-12
    assert np.abs(relu(trick) - relu(z)).max() <= 1e-12
    if (z < 0).any():
        assert not np.allclose(trick, relu(z))


def test_F10_the_bias_trick_keeps_the_number_of_parameters() -> None:
    layout = Layout((784, 16, 16, 10))
    layers = layout.layers(np.zeros(layout.n_parameters))
    assert sum(weights_with_bias(W, b).size for W, b in layers) == 13_002


@given(shapes)
def test_gradients_of_the_weighted_sum_agree_with_loops(shape: tuple[int, int, int, int]) -> None:
    h, W, b = drawn(shape)
    dz = weighted_sum(h, W, b)  # any numbers will do
    dW, db = weighted_sum_gradients(h, dz)
    dh = incoming_gradient(W, dz)
    n, n_in, n_out = len(h), *W.shape
    for j in range(n_in):
        for k in range(n_out):
            assert dW[j, k] == pytest.approx(sum(h[i, j] * dz[i, k] for i in range(n)), abs=1e-10)
        assert dh[0, j] == pytest.approx(sum(W[j, k] * dz[0, k] for k in range(n_out)), abs=1e-10)
    assert db == pytest.approx([sum(dz[i, k] for i in range(n)) for k in range(n_out)], abs=1e-10)


ADDRESS = {"seed": 3, "epoch": 1, "step": 4, "layer": 0}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_scales_what_stays(rate: float) -> None:
    mask = dropout_mask(1000, 1000, rate=rate, dtype="float64", **ADDRESS)
    assert mask.mean() == pytest.approx(1, rel=0.01)
    assert np.unique(mask) == pytest.approx([0, 1 / (1 - rate)])
    assert (mask == 0).mean() == pytest.approx(rate, rel=0.02)


def test_dropout_of_nothing_keeps_all() -> None:
    assert (dropout_mask(10, 10, rate=0.0, dtype="float32", **ADDRESS) == 1).all()


def test_a_mask_belongs_to_its_address() -> None:
    mask = dropout_mask(20, 30, rate=0.5, dtype="float32", **ADDRESS)
    assert mask.dtype == np.float32
    assert (mask == dropout_mask(20, 30, rate=0.5, dtype="float32", **ADDRESS)).all()
    for part in ADDRESS:
        other = dropout_mask(20, 30, rate=0.5, dtype="float32", **{**ADDRESS, part: 7})
        assert 0.3 < (mask != other).mean() < 0.7, part
