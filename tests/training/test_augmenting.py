"""Training on changed pictures: which examples change, that no pause changes anything, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Dataset, Input
from pellucid.formulas.augmentation import Augmentation, augmented_examples
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.engines import choice
from pellucid.network.engines.contract import AUGMENTATION
from pellucid.network.engines.reference import REFERENCE, passes, steps
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.training.plan import Plan
from pellucid.training.records import Epoch
from tests.training.clusters import clusters, finished, small, state_theta, steps_at_a_time

SHAPE = (6, 5)
CHANGES = Augmentation(shift=1, rotation=20, scale=0.2, shear=0.1, elastic=0.4)
OPTIONS: dict[str, Any] = {"epochs": 4, "batch_size": 7, "augmentation": CHANGES, "seed": 3}


def pictures(n: int = 40, seed: int = 0) -> Dataset:
    """Bytes; class 1 is brighter below."""
    X = np.random.default_rng(seed).integers(0, 200, (n, *SHAPE), dtype=np.uint8)
    y = np.arange(n) % 2
    X[y == 1, 3:] += 50
    return Dataset(X.reshape(n, -1), y, input=Input.picture(*SHAPE, low=-0.5, high=0.5), classes=("a", "b"))


def net_for(data: Dataset, **options: Any) -> Network:
    net = Network.for_data(data, hidden=[5], **{"dtype": "float64", **options})
    net.engine = "reference"
    return net


def shown_to(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """A list to which each forward pass of the reference engine adds its features."""
    seen: list[np.ndarray] = []
    forward = passes.forward

    def watched(architecture: Any, theta: Any, h: np.ndarray, *masks: Any, **options: Any) -> Any:
        seen.append(h.copy())
        return forward(architecture, theta, h, *masks, **options)

    for module in (passes, steps):  # predicting, training
        monkeypatch.setattr(module, "forward", watched)
    return seen


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_step_learns_from_changed_pictures_which_are_scaled_after_that(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pictures()
    seen = shown_to(monkeypatch)
    finished(net_for(data, dtype=dtype), data, shuffle=False, **OPTIONS)
    shown = np.concatenate(seen).reshape(4, 40, -1)
    for epoch in range(4):
        changed = augmented_examples(data.X, SHAPE, CHANGES, seed=3, epoch=epoch, rows=range(40), dtype=dtype)
        assert shown[epoch].dtype == dtype
        assert shown[epoch].tobytes() == data.input.features(changed, dtype).tobytes()
        assert (shown[epoch] == -0.5).any()  # the background that comes in is as black as the stored one
    assert len({epoch.tobytes() for epoch in shown}) == 4


def test_a_picture_s_change_does_not_depend_on_order_or_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pictures()
    seen = shown_to(monkeypatch)
    kinds: list[dict[str, Any]] = [{"shuffle": False}, {}, {"batch_size": 3}, {"batch_size": None}]
    shown = []
    for kind in kinds:
        finished(net_for(data), data, **{**OPTIONS, "epochs": 1, **kind})
        shown.append(sorted(map(tuple, np.concatenate(seen).tolist())))
        seen.clear()
    assert all(each == shown[0] for each in shown[1:])


@pytest.mark.parametrize("count", [1, 2, 5, 64])
def test_no_size_of_a_chunk_changes_theta(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pictures()
    whole = finished(net_for(data), data, **OPTIONS).copy()
    steps_at_a_time(monkeypatch, count)
    assert finished(net_for(data), data, **OPTIONS).tobytes() == whole.tobytes()


@pytest.mark.parametrize("steps_before_the_stop", [1, 4, 6, 8])
def test_interrupted_and_resumed_is_as_never_interrupted(
    steps_before_the_stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pictures()
    whole = list(epochs(net_for(data), data, **OPTIONS))
    steps_at_a_time(monkeypatch, 1)
    stops = iter([False] * (steps_before_the_stop - 1) + [True])
    net = net_for(data)
    first: list[Epoch] = list(epochs(net, data, watch=lambda now: next(stops, False), **OPTIONS))
    assert first[-1].stopped == "interrupted"
    rest = list(epochs(net, data, state=first[-1].state, **OPTIONS))
    assert rest[-1].loss == whole[-1].loss
    assert state_theta(rest[-1]).tobytes() == state_theta(whole[-1]).tobytes()


def test_validation_pictures_are_never_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    data, other = pictures(), pictures(10, seed=1)
    seen = shown_to(monkeypatch)
    finished(net_for(data), data, validation=other, **{**OPTIONS, "epochs": 2})
    stored = other.input.features(other.X, "float64")
    assert [h.tobytes() for h in seen if len(h) == 10] == [stored.tobytes()] * 2


def test_a_network_learns_where_a_bar_is_from_bars_that_move() -> None:
    """Bars at one place teach nothing of other places; bars that are shifted while training do."""
    X = np.zeros((2, 9, 9), dtype=np.uint8)
    X[0, 4], X[1, :, 4] = 200, 200
    lying = Dataset(X.reshape(2, -1), np.arange(2), input=Input.picture(9, 9), classes=("row", "column"))
    moved = np.zeros((12, 9, 9), dtype=np.uint8)
    for i, place in enumerate((1, 2, 3, 5, 6, 7)):
        moved[2 * i, place], moved[2 * i + 1, :, place] = 200, 200
    elsewhere = replace(lying, X=moved.reshape(12, -1), y=np.arange(12) % 2)
    right = []
    for changes in (None, Augmentation(shift=4)):
        net = Network.for_data(lying, hidden=[32], seed=0)
        finished(
            net,
            lying,
            epochs=300,
            batch_size=None,
            learning_rate=0.01,
            augmentation=changes,
            engine="reference",
        )
        right.append((net.predict(elsewhere.X) == elsewhere.y).mean())
    assert right[1] == 1 > right[0]


def test_an_augmentation_that_is_off_is_none() -> None:
    assert Plan(augmentation=Augmentation()) == Plan()
    assert Plan(augmentation=CHANGES).augmentation is CHANGES
    data = pictures()
    options = {**OPTIONS, "augmentation": None}
    plain = finished(net_for(data), data, **options).copy()
    options["augmentation"] = Augmentation()
    assert finished(net_for(data), data, **options).tobytes() == plain.tobytes()
    assert finished(net_for(data), data, **OPTIONS).tobytes() != plain.tobytes()


@pytest.mark.parametrize("value", [True, 2, "shift=2", {"shift": 2}, Augmentation])
def test_what_is_no_augmentation_is_refused(value: Any) -> None:
    with pytest.raises(OptionError, match=r"^augmentation is .*; expected an Augmentation"):
        Plan(augmentation=value)


def test_rows_of_numbers_are_refused() -> None:
    with pytest.raises(
        OptionError, match="augmentation needs pictures, but an example here is a row of 4 numbers"
    ):
        epochs(small(), clusters(), augmentation=CHANGES)


def test_an_engine_that_can_not_augment_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.network.engines import compiled

    monkeypatch.setattr(compiled, "missing", lambda: "")
    monkeypatch.setattr(compiled, "unsupported", lambda architecture, optimizer: "")
    plain = replace(REFERENCE, name="compiled", offers=frozenset())
    monkeypatch.setattr(compiled, "COMPILED", plain, raising=False)
    architecture = net_for(pictures()).architecture
    assert choice.choose(architecture).engine is plain
    optimizer = OPTIMIZERS["sgd"]
    taken = choice.choose(architecture, optimizer=optimizer, needs=[AUGMENTATION])
    assert taken.engine is REFERENCE
    assert taken.reason == "the compiled engine has no augmentation yet"
    assert not taken.is_missing
    with pytest.raises(OptionError, match=r"engine is 'compiled', but .* no augmentation yet; choose 'auto'"):
        choice.choose(architecture, "compiled", optimizer=optimizer, needs=[AUGMENTATION])
    monkeypatch.setattr(compiled, "COMPILED", replace(plain, offers=frozenset({AUGMENTATION})))
    taken = choice.choose(architecture, optimizer=optimizer, needs=[AUGMENTATION])
    assert taken.engine.name == "compiled"


def test_the_network_s_own_engine_counts_where_the_plan_names_none() -> None:
    from pellucid.training.run import choice_for

    net = net_for(pictures())
    assert choice_for(net, Plan(augmentation=CHANGES)).engine is REFERENCE
    assert choice_for(net, Plan(augmentation=CHANGES)).reason == ""
