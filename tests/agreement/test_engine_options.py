"""The compiled engine against the reference in what a plain network does not have: bounds, rates, gains, embeddings.

Single precision is judged by the reference in double precision.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines import compiled
from pellucid.network.engines.choice import choose
from pellucid.network.engines.compiled import fields
from pellucid.network.engines.reference import REFERENCE
from tests.network.compiled.cases import (
    OPTIONS,
    a_case,
    a_work,
    beginning,
    bits,
    changed,
    trained,
    with_threads,
)

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

from pellucid.network.engines.compiled import COMPILED

Array = np.ndarray[Any, np.dtype[Any]]
CLOSE = {"float64": 1e-10, "float32": 1e-5}
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


each_case = pytest.mark.parametrize("name", OPTIONS)


def assert_same_run(one: list[Array], other: list[Array], start: Array, dtype: str) -> None:
    """Theta, what is kept beside it, what was seen; in double precision even theta's way."""
    way = other[0] - start if dtype == "float64" else other[0]
    assert np.linalg.norm(one[0] - other[0]) <= CLOSE[dtype] * np.linalg.norm(way)
    for vector, twin in zip(one[1:], other[1:], strict=True):
        # 1 − β₂ is 0.001 but for five digits in single precision, and Adam's v a multiple of it
        assert np.linalg.norm(vector - twin) <= 5 * CLOSE[dtype] * max(np.linalg.norm(twin), 1e-300)


@each_case
@each_dtype
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_steps(name: str, optimizer: str, dtype: str) -> None:
    work = a_case(name, dtype, optimizer=optimizer)
    assert_same_run(
        trained(work, dtype), trained(work, "float64", engine=REFERENCE), beginning(work, dtype)[0], dtype
    )


@each_case
@each_dtype
def test_the_same_bits(name: str, dtype: str) -> None:
    """With any number of threads, cut into calls, and resumed."""
    work = a_case(name, dtype)
    alone = bits(trained(with_threads(work, 1), dtype))
    for number in (2, 4):
        assert bits(trained(with_threads(work, number), dtype)) == alone, f"{number} threads"
    assert bits(trained(work, dtype, cuts=1)) == alone
    assert bits(trained(work, dtype, cuts=2, resumed=True)) == alone


@each_dtype
@pytest.mark.parametrize("name", ["rates", "gains", "embeddings", "averaging"])
@pytest.mark.parametrize("optimizer", fields.OPTIMIZER_CODES)
def test_with_every_optimizer(optimizer: str, name: str, dtype: str) -> None:
    work = a_case(name, dtype, optimizer=optimizer)
    expected = trained(work, "float64", engine=REFERENCE)
    assert_same_run(trained(work, dtype), expected, beginning(work, dtype)[0], dtype)


def test_every_optimizer_has_a_code() -> None:
    assert set(fields.OPTIMIZER_CODES) == set(OPTIMIZERS)


@each_dtype
@pytest.mark.parametrize("optimizer", fields.OPTIMIZER_CODES)
def test_what_is_frozen_keeps_every_bit(optimizer: str, dtype: str) -> None:
    work = replace(a_case("rates", dtype, optimizer=optimizer, averaging=0.9), max_norm=0.1)
    layout = work.architecture.layout
    start, end = beginning(work, dtype)[0], trained(work, dtype)[0]
    before, after = layout.layers(start), layout.layers(end)
    assert bits([*before[1]]) == bits([*after[1]])
    assert (before[0].W != after[0].W).any()
    assert (before[2].b != after[2].b).any()


@each_dtype
def test_a_gradient_that_is_short_enough_is_left_alone(dtype: str) -> None:
    work = a_work(dtype=dtype, penalties={"l2": 0.01})
    assert bits(trained(replace(work, clip_norm=1e6), dtype)) == bits(trained(work, dtype))


@each_dtype
def test_weights_that_are_short_enough_are_left_alone(dtype: str) -> None:
    work = a_work(dtype=dtype, averaging=0.9)
    assert bits(trained(replace(work, max_norm=1e6), dtype)) == bits(trained(work, dtype))


@each_dtype
@pytest.mark.parametrize("name", ["gains", "embeddings", "front", "gains-in-slices"])
def test_gradients(name: str, dtype: str) -> None:
    work = a_case(name, dtype)
    architecture = work.architecture
    theta = np.random.default_rng(0).normal(size=architecture.n_parameters).astype(dtype)
    losses, slope = COMPILED.gradient(architecture, theta, work.X, work.y, work.sample_weight)
    expected, exact = REFERENCE.gradient(
        architecture, theta.astype("float64"), work.X, work.y, work.sample_weight
    )
    assert np.linalg.norm(losses - expected) <= CLOSE[dtype] * np.linalg.norm(expected)
    for tensor, twin in zip(
        architecture.layout.tensors(slope).values(), architecture.layout.tensors(exact).values(), strict=True
    ):
        assert np.linalg.norm(tensor - twin) <= CLOSE[dtype] * np.linalg.norm(twin)


def test_the_address_of_the_features_mask_is_one_layer_more() -> None:
    """What drops out of 40 features is seen in the first layer's gradient: zero rows of W."""
    work = changed(a_work((), 1, d=40, optimizer="sgd", dtype="float64"), input_dropout=0.5)
    start = beginning(work, "float64")[0]
    moved = [
        trained(work, "float64", engine=engine, epochs=1)[0] != start for engine in (COMPILED, REFERENCE)
    ]
    assert moved[0].tolist() == moved[1].tolist()
    rows = work.architecture.layout.layers(moved[0])[0].W.any(axis=1)
    assert 0 < rows.sum() < 40


def test_it_is_chosen_for_them() -> None:
    work = a_case("front", "float32")
    assert choose(work.architecture, optimizer=work.optimizer, needs=compiled.OFFERS).engine is COMPILED
