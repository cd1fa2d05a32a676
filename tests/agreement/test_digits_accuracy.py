"""How well the lecture's networks read the real MNIST digits, medians of five seeds; and a preset, for one."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.dataset import Splits
from pellucid.data.digits import mnist
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.using.command_line.presets import PRESETS

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def digits(real_sets: None) -> Splits:
    """The 60,000 + 10,000 digits: the sample that stands in for them would prove nothing."""
    data = mnist()
    assert len(data.train) == 60_000
    return data


def accuracies(digits: Splits, hidden: list[int]) -> list[float]:
    """Test accuracy after five epochs of Adam in batches of 32, for the seeds 0 … 4."""
    assert digits.test is not None
    found = []
    for seed in range(5):
        net = Network.for_data(digits, hidden, seed=seed)
        for _ in epochs(net, digits.train, epochs=5, batch_size=32, optimizer="adam"):
            pass
        found.append(float((net.predict(digits.test.X) == digits.test.y).mean()))
    return found


def test_F14_the_lecture_s_network_reads_digits(digits: Splits) -> None:
    """784-16-16-10: 13,002 parameters."""
    found = accuracies(digits, [16, 16])
    assert np.median(found) >= 0.935, found


def test_the_keras_practical_s_network_reads_digits(digits: Splits) -> None:
    """784-64-64-10 with pixels in [-0.5, 0.5]: 55,050 parameters."""
    found = accuracies(digits.scaled(low=-0.5, high=0.5), [64, 64])
    assert np.median(found) >= 0.958, found


def test_the_fast_preset_reads_digits_well(digits: Splits) -> None:
    """Of one seed, so a little below what its median reaches."""
    preset = PRESETS["fast"]
    low, high = preset.pixel_range
    data = digits.scaled(low=low, high=high)
    net = Network.for_data(data, preset.hidden, dropout=preset.dropout, seed=0)
    for _ in epochs(net, data.train, preset.plan):
        pass
    assert data.test is not None
    assert (net.predict(data.test.X) == data.test.y).mean() >= 0.977
