"""`fit`: the loop with a display, and with a Ctrl-C that keeps what was learnt."""

from __future__ import annotations

import os
import signal
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from pellucid.basics.errors import DivergedError, OptionError
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.toys import two_moons, xor
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch, Progress
from pellucid.using.display import TrainingDisplay
from pellucid.using.fitting import fit

MANY = 10_000_000


def parts_and_net(hidden: int = 8, seed: int = 1) -> tuple[Splits, Network]:
    data = two_moons()
    return data, Network.for_data(data, hidden=[hidden], seed=seed)


class Interrupting(TrainingDisplay):
    """Stands for a person who presses Ctrl-C at a certain moment, once or more often."""

    def __init__(self, *, in_epoch: int, times: int = 1) -> None:
        super().__init__(Console(file=StringIO()))
        self.in_epoch, self.times = in_epoch, times

    def progress(self, now: Progress) -> None:
        if now.epoch == self.in_epoch:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def test_fit_is_the_loop_to_its_end() -> None:
    data, net = parts_and_net()
    twin = net.copy()
    history = fit(net, data.train, epochs=3, batch_size=16, seed=4, show=False)
    records = list(epochs(twin, data.train, epochs=3, batch_size=16, seed=4))
    assert history.losses == [record.loss for record in records]
    assert (net.theta == twin.theta).all()
    assert history.stopped == "all epochs are done"


def test_a_plan_or_options_but_not_both() -> None:
    data, net = parts_and_net()
    twin = net.copy()
    fit(net, data.train, Plan(epochs=2, learning_rate=0.1, seed=1), show=False)
    fit(twin, data.train, epochs=2, learning_rate=0.1, show=False)
    assert (net.theta == twin.theta).all()
    with pytest.raises(OptionError):
        fit(net, data.train, Plan(epochs=2), epochs=3, show=False)
    with pytest.raises((OptionError, TypeError), match="learningrate"):
        fit(net, data.train, learningrate=0.1, show=False)


def test_validation_as_a_share_or_a_part() -> None:
    data, net = parts_and_net()
    shared = fit(net.copy(), data.train, epochs=1, validation=0.2, show=False)
    given = fit(net.copy(), data.train, epochs=1, validation=data.test, show=False)
    assert shared[0].examples == round(0.8 * len(data.train))
    assert given[0].examples == len(data.train)
    assert shared.validation_accuracies[0] is not None
    assert given.validation_losses != shared.validation_losses


def test_only_the_last_state_is_kept_and_leads_on() -> None:
    data, net = parts_and_net()
    straight = net.copy()
    fit(straight, data.train, epochs=5, show=False)
    first = fit(net, data.train, epochs=2, show=False)
    assert [record.state is None for record in first] == [True, False]
    second = fit(net, data.train, epochs=5, state=first.state, show=False)
    assert [record.number for record in second] == [3, 4, 5]
    assert (net.theta == straight.theta).all()


def test_ctrl_c_ends_it_early_with_a_usable_network() -> None:
    data, net = parts_and_net()
    history = fit(net, data.train, epochs=MANY, display=Interrupting(in_epoch=3))
    assert history.stopped == "interrupted"
    assert len(history) == 3
    assert history.state is not None
    assert (net.theta == history.state.theta).all()
    assert np.isfinite(net.theta).all()


def test_ctrl_c_is_heard_where_an_epoch_is_a_single_step() -> None:
    data = xor()
    net = Network.for_data(data, hidden=[4])
    history = fit(net, data.train, epochs=MANY, batch_size=None, display=Interrupting(in_epoch=2))
    assert (history.stopped, len(history), history[-1].steps) == ("interrupted", 2, 1)


def test_what_ctrl_c_interrupted_goes_on_as_if_nothing_had_happened() -> None:
    data, net = parts_and_net()
    straight = net.copy()
    fit(straight, data.train, epochs=4, show=False)
    history = fit(net, data.train, epochs=4, display=Interrupting(in_epoch=2))
    fit(net, data.train, epochs=4, state=history.state, show=False)
    assert (net.theta == straight.theta).all()


def test_a_second_ctrl_c_is_as_usual() -> None:
    data, net = parts_and_net()
    with pytest.raises(KeyboardInterrupt):
        fit(net, data.train, epochs=MANY, display=Interrupting(in_epoch=1, times=2))


def test_ctrl_c_is_given_back() -> None:
    data, net = parts_and_net()
    before = signal.getsignal(signal.SIGINT)
    fit(net, data.train, epochs=1, show=False)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(DivergedError):
        fit(net, data.train, optimizer="sgd", learning_rate=1e30, show=False)
    assert signal.getsignal(signal.SIGINT) is before


def test_with_show_nothing_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    data, net = parts_and_net()
    fit(net, data.train, epochs=2, engine="reference")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split("  ")[0] for line in shown.err.splitlines()] == ["epoch 1", "epoch 2"]
    fit(net, data.train, epochs=2, show=False)
    assert capsys.readouterr().err == ""


def test_a_display_gets_every_epoch() -> None:
    seen: list[Epoch] = []

    class Listening(TrainingDisplay):
        def epoch(self, record: Epoch) -> None:
            seen.append(record)

    data, net = parts_and_net()
    history = fit(net, data.train, epochs=3, display=Listening(Console(file=StringIO())))
    assert [record.loss for record in seen] == history.losses


def test_class_weights_and_a_score_reach_training() -> None:
    data = Dataset(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 0, 1]), classes=("a", "b"))
    nets = [Network.for_data(data, hidden=[3], seed=0) for _ in range(2)]
    scores = iter([1.0, 3.0, 2.0, 2.0, 2.0])
    history = fit(
        nets[0], data, class_weight={"b": 3}, score=lambda net: next(scores), patience=3, epochs=9, show=False
    )
    assert history.validation_scores == [1.0, 3.0, 2.0, 2.0, 2.0]
    assert history[-1].weights_of == 2
    list(epochs(nets[1], data, sample_weight=np.array([1.0, 1, 1, 3]), epochs=2))
    assert nets[0].theta.tobytes() == nets[1].theta.tobytes()
