"""The lecture's NumPy practical (after Victor Zhou's tutorial): one neuron, a small network, its training.

There the squared error judges a *sigmoid* output. Our architectures end in a linear readout, whose squashing
belongs to the loss; so these rows are built from the formulas directly, as the practical does.
"""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.toys import four_people
from pellucid.formulas.activations import sigmoid, sigmoid_slope
from pellucid.formulas.layers import incoming_gradient, weighted_sum, weighted_sum_gradients
from pellucid.formulas.losses import squared_error
from pellucid.formulas.metrics import mean_squared_error
from pellucid.formulas.optimizers import sgd
from pellucid.network.layout import Layout
from tests.naive.differences import central_differences

LAYOUT = Layout((2, 2, 1))  # nine parameters: w1 … w6, b1 … b3
ALICE = np.array([[-2.0, -1.0]])


def test_P10_the_neuron() -> None:
    z = weighted_sum(np.array([[2.0, 3.0]]), np.array([[0.0], [1.0]]), np.array([4.0]))
    assert z.item() == 7
    assert sigmoid(z).item() == pytest.approx(0.9990889488055994, abs=1e-16)  # the slide has a misprint


def feedforward(theta: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """z and h of the hidden layer, z and ŷ of the output: 2-2-1, all sigmoid."""
    hidden, output = LAYOUT.layers(theta)
    z1 = weighted_sum(x, *hidden)
    h = sigmoid(z1)
    z2 = weighted_sum(h, *output)
    return z1, h, z2, sigmoid(z2)


def gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The chain rule by hand, from the squared error back to all nine parameters."""
    z1, h, z2, predicted = feedforward(theta, x)
    _, d_predicted = squared_error(predicted, y)
    dz2 = d_predicted * sigmoid_slope(z2, predicted)
    slopes = np.empty(LAYOUT.n_parameters)
    hidden, output = LAYOUT.layers(slopes)
    output.W[...], output.b[...] = weighted_sum_gradients(h, dz2)
    dz1 = incoming_gradient(LAYOUT.layers(theta)[1].W, dz2) * sigmoid_slope(z1, h)
    hidden.W[...], hidden.b[...] = weighted_sum_gradients(x, dz1)
    return slopes


def test_P11_feedforward() -> None:
    theta = np.array([0, 0, 1, 1, 0, 0, 0, 1, 0], dtype=float)  # every neuron has w = [0, 1], b = 0
    assert feedforward(theta, np.array([[2.0, 3.0]]))[-1].item() == pytest.approx(
        0.7216325609518421, abs=1e-15
    )


def test_P12_mean_squared_error() -> None:
    assert mean_squared_error(np.array([1.0, 0, 0, 1]), np.array([0.0, 0, 0, 0])) == 0.5


def test_P13_back_propagation_by_hand() -> None:
    theta = np.array([1, 1, 1, 1, 0, 0, 1, 1, 0], dtype=float)  # all weights 1, all biases 0
    y = np.array([[1.0]])
    slopes = gradient(theta, ALICE, y)
    assert 0.0214 <= slopes[0] <= 0.0215
    assert slopes[0] == pytest.approx(0.0214695, abs=1e-7)

    def loss(theta: np.ndarray) -> float:
        return squared_error(feedforward(theta, ALICE)[-1], y)[0].item()

    numeric = central_differences(loss, theta)
    assert np.abs(slopes / numeric - 1).max() <= 1e-7  # each of the nine


def trained(seed: int, epochs: int = 1000, learning_rate: float = 0.1) -> tuple[np.ndarray, float]:
    """Parameters and final mean squared error after going through the four people a thousand times, one by one."""
    people = four_people().train
    theta = np.random.default_rng(seed).normal(size=LAYOUT.n_parameters)
    answers = people.y.astype(float)[:, None]
    for t in range(epochs * len(people)):
        i = t % len(people)
        slopes = gradient(theta, people.X[i : i + 1], answers[i : i + 1])
        sgd(theta, slopes, t=t + 1, learning_rate=learning_rate)
    return theta, mean_squared_error(answers, feedforward(theta, people.X)[-1])


def check_the_trained_network(seed: int) -> None:
    theta, loss = trained(seed)
    emily, frank = np.array([[-7.0, -3.0]]), np.array([[20.0, 2.0]])
    assert loss < 0.005
    assert feedforward(theta, emily)[-1].item() > 0.9
    assert feedforward(theta, frank)[-1].item() < 0.1


def test_P14_training() -> None:
    check_the_trained_network(seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 40))
def test_P14_training_from_any_start(seed: int) -> None:
    check_the_trained_network(seed)
