from __future__ import annotations

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.records import History


def test_a_history_lists_its_epochs_and_keeps_one_state() -> None:
    data = Dataset(np.eye(4), np.arange(4) % 2, classes=("a", "b"))
    history = History(list(epochs(Network.for_data(data, hidden=[3]), data, epochs=4, validation=data)))
    assert len(history) == 4
    assert [record.number for record in history] == [1, 2, 3, 4]
    assert [record.state is None for record in history] == [True, True, True, False]
    assert history.state is history[-1].state
    assert history.losses == [record.loss for record in history]
    assert len(history[1:3]) == 2
    assert history.stopped == "all epochs are done"
    assert history.seconds == sum(record.seconds for record in history) > 0
    for column in (history.accuracies, history.validation_losses, history.validation_accuracies):
        assert all(value is not None for value in column)
    assert history.validation_scores == [None] * 4
    assert history.learning_rates == [0.001] * 4
    assert "4 epochs" in repr(history)
    assert repr(History([])) == "<History: no epoch yet>"
