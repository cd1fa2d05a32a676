from __future__ import annotations

from pellucid.data.dataset import Input
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.network import Network


def test_F07_the_summary_writes_the_sum_out() -> None:
    net = Network(Architecture.mlp(Input.picture(28, 28), hidden=[16, 16], n_outputs=10))
    assert "784·16+16 + 16·16+16 + 16·10+10 = 13,002 parameters" in net.summary()


def test_N04_a_network_without_hidden_layer_is_called_a_linear_model() -> None:
    assert "linear model" in Network(Architecture.mlp(Input((4,)), [], 3)).summary()
    assert "linear model" not in Network(Architecture.mlp(Input((4,)), [2], 3)).summary()


def test_every_layer_has_a_line_with_its_numbers() -> None:
    layers = (Dense(8, "tanh", dropout=0.25), Dense(5, "relu"), Dense(3, "identity"))
    lines = Network(Architecture(Input((4,)), layers)).summary().splitlines()
    rows = [line.split() for line in lines[2:7]]
    assert rows[1:] == [
        ["input", "4"],
        ["hidden", "1", "8", "tanh,", "dropout", "0.25", "32", "8", "40"],
        ["hidden", "2", "5", "relu", "40", "5", "45"],
        ["readout", "3", "identity", "15", "3", "18"],
    ]
    assert lines[-2].endswith("= 103 parameters")
    assert lines[-1].startswith("loss: cross_entropy")


def test_how_pixels_become_features_is_told() -> None:
    input = Input.picture(8, 9, channels=3, shades=(0, 4095))
    lines = Network(Architecture.mlp(input, [], 2)).summary().splitlines()
    assert "pictures: 8 × 9 pixels of 3 channels, 0 … 4095 become 0 … 1" in lines
    assert "pictures" not in Network(Architecture.mlp(Input((4,)), [], 2)).summary()
