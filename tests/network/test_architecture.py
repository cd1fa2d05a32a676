from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.dataset import Input
from pellucid.network.architecture import MAX_UNITS, Architecture, Dense


def mlp(n_in: int, hidden: list[int], n_out: int, **options: Any) -> Architecture:
    return Architecture.mlp(Input((n_in,)), hidden, n_out, **options)


def test_F07_the_lecture_s_network_has_13002_parameters() -> None:
    lecture = Architecture.mlp(Input.picture(28, 28), hidden=[16, 16], n_outputs=10)
    assert [n_in * n_out + n_out for n_in, n_out in lecture.layout.shapes] == [12_560, 272, 170]
    assert lecture.n_parameters == 12_560 + 272 + 170 == 13_002
    assert (lecture.n_weights, lecture.n_biases) == (12_960, 42)
    assert str(lecture) == "784-16-16-10"


@pytest.mark.parametrize(
    ("n_in", "hidden", "n_out", "count"),
    [
        (3, [4], 2, 26),  # CS231n's two-layer network
        (3, [4, 4], 1, 41),  # and its three-layer one
        (784, [64, 64], 10, 55_050),  # the Keras practical's
        (784, [64, 64, 64, 64], 10, 63_370),  # two layers deeper
    ],
)
def test_F07_other_counts(n_in: int, hidden: list[int], n_out: int, count: int) -> None:
    assert mlp(n_in, hidden, n_out, loss="squared_error").n_parameters == count


def test_F13_the_input_is_not_a_layer_and_the_readout_is_linear() -> None:
    small = mlp(3, [4], 2)
    assert small.n_layers == 2
    assert [layer.activation for layer in small.layers] == ["relu", "identity"]
    with pytest.raises(OptionError, match="readout"):
        Architecture(Input((3,)), (Dense(4), Dense(2, "relu")))


def test_N04_without_a_hidden_layer_it_is_a_linear_model() -> None:
    linear = mlp(4, [], 3)
    assert linear.sizes == (4, 3)
    assert linear.n_parameters == 15


@pytest.mark.parametrize(
    "options",
    [
        {"units": 0},
        {"units": -3},
        {"units": 2.5},
        {"units": True},
        {"units": "16"},
        {"units": MAX_UNITS + 1},
        {"units": 3, "dropout": 1.0},
        {"units": 3, "dropout": -0.1},
        {"units": 3, "dropout": float("nan")},
        {"units": 3, "dropout": "0.5"},
    ],
)
def test_a_layer_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="expected"):
        Dense(**options)


@pytest.mark.parametrize(
    ("options", "suggestion"),
    [({"activation": "sigmod"}, "'sigmoid'"), ({"initializer": "he_norml"}, "'he_normal'")],
)
def test_an_unknown_name_in_a_layer(options: dict[str, Any], suggestion: str) -> None:
    with pytest.raises(UnknownNameError, match=f"Did you mean {suggestion}"):
        Dense(3, **options)


def test_an_unknown_loss() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'hinge'"):
        mlp(2, [3], 2, loss="hing")


@pytest.mark.parametrize(
    ("input", "layers", "loss"),
    [
        (Input((3,)), (), "cross_entropy"),
        (Input((3,)), (Dense(2),) * 300, "cross_entropy"),
        (Input((MAX_UNITS + 1,)), (Dense(2, "identity"),), "cross_entropy"),
        (Input((2**20,)), (Dense(2**20), Dense(2, "identity")), "cross_entropy"),
        (Input((3,)), (Dense(4), Dense(2, "identity", dropout=0.5)), "cross_entropy"),
        (Input((3,)), (Dense(1, "identity"),), "cross_entropy"),
        (Input((3,)), (Dense(1, "identity"),), "hinge"),
    ],
)
def test_an_impossible_architecture(input: Input, layers: tuple[Dense, ...], loss: str) -> None:
    with pytest.raises(OptionError, match="expected"):
        Architecture(input, layers, loss)


def test_whole_numbers_of_numpy_count_as_such() -> None:
    layer = Dense(np.int64(3))  # type: ignore[arg-type]
    assert type(layer.units) is int


def test_an_architecture_is_frozen_hashable_and_compared_by_value() -> None:
    one, same = mlp(3, [4], 2), mlp(3, [4], 2)
    assert one == same
    assert hash(one) == hash(same)
    assert one != mlp(3, [4], 2, activation="tanh")
    with pytest.raises(FrozenInstanceError):
        one.loss = "hinge"  # type: ignore[misc]
