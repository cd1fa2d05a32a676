from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import DivergedError, OptionError
from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.rate_search import find_learning_rate
from tests.training.clusters import clusters, small


def test_each_step_takes_the_next_rate_on_the_next_batch() -> None:
    """By hand: gradient descent whose rate rises, over two and a half epochs."""
    data, net = clusters(), small(engine="reference")
    search = find_learning_rate(
        net, data, optimizer="sgd", batch_size=10, shuffle=False, lowest=1e-3, highest=0.1, steps=12
    )
    assert search.rates == pytest.approx(np.geomspace(1e-3, 0.1, 12))
    twin, expected = net.copy(), []
    for step, rate in enumerate(search.rates):
        rows = np.arange(10 * (step % 5), 10 * (step % 5) + 10)
        loss, gradient = twin.gradient(data.X[rows], data.y[rows])
        expected.append(loss)
        twin.theta -= rate * gradient
    assert search.losses == pytest.approx(expected)
    weights = 0.9 ** np.arange(12)[::-1]
    assert search.smoothed[-1] == pytest.approx(np.average(expected, weights=weights))
    assert search.suggestion == pytest.approx(search.rates[np.argmin(search.smoothed)] / 10)


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_training_at_the_suggestion_learns_and_the_network_stayed_as_it_was(
    optimizer: str, engine: str
) -> None:
    data, net = clusters(150), small(engine=engine)
    before = net.theta.copy()
    search = find_learning_rate(net, data, optimizer=optimizer, batch_size=10)
    assert net.theta.tobytes() == before.tobytes()
    ends = []
    for rate in (search.suggestion / 1000, search.suggestion):
        *_, last = epochs(net.copy(), data, optimizer=optimizer, batch_size=10, learning_rate=rate, epochs=3)
        ends.append(last.loss)
    assert ends[1] < 0.8 * ends[0]


def test_it_ends_where_the_loss_explodes() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3))
    data = Dataset(X, X @ [1.0, 2, 3])
    net = Network.for_data(data, hidden=[], dtype="float64")
    search = find_learning_rate(net, data, optimizer="sgd", highest=1e6, steps=200)
    assert len(search.rates) == len(search.losses) == len(search.smoothed) < 200
    assert search.smoothed[-1] > 4 * search.smoothed.min()
    assert search.rates[-1] < 100
    assert search.suggestion < 0.5  # from about 1 on, a step leads away from the minimum
    assert "try" in repr(search)


def test_a_run_that_diverges_ends_with_what_was_seen_before() -> None:
    data = Dataset(np.full((20, 1), 1e60), np.zeros(20))
    net = Network.for_data(data, hidden=[], dtype="float64")
    search = find_learning_rate(net, data, optimizer="sgd", lowest=1.0, highest=1e6, batch_size=10)
    assert 1 <= len(search.losses) < 10
    assert np.isfinite(search.losses).all()
    net.theta[0] = np.nan
    with pytest.raises(DivergedError):
        find_learning_rate(net, data)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"lowest": 0.0}, "lowest is 0.0"),
        ({"highest": -1}, "highest is -1"),
        ({"lowest": 1.0, "highest": 0.1}, "expected at least 10, rising"),
        ({"steps": 5}, "expected at least 10, rising"),
        ({"steps": 20.0}, "steps is 20.0"),
        ({"optimizer": "lbfgs"}, "has no learning rate"),
        ({"optimizer": "adm"}, "Did you mean 'adam'"),
    ],
)
def test_what_it_refuses(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        find_learning_rate(small(), clusters(), **options)
