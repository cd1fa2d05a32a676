"""`pellucid digits --fast` and its like: what a preset decides, and what still wins over it."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data import catalog
from pellucid.data.dataset import Splits
from pellucid.formulas.augmentation import Augmentation
from pellucid.network.network import Network, load
from pellucid.training.plan import Plan
from pellucid.using.command_line import digits as command
from pellucid.using.command_line.presets import LECTURE, PRESETS, Preset, chosen_preset
from pellucid.using.command_line.session import Wishes
from tests.using.made import Pellucid, idx_folder

FLAGS = [
    name for name, option in inspect.signature(command.digits).parameters.items() if option.default is False
]


@pytest.fixture
def bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty small pictures instead of MNIST."""
    folder = idx_folder(tmp_path / "bars")
    monkeypatch.setattr(command, "load", lambda name, **options: catalog.load(str(folder), **options))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Network, Splits, Plan, Wishes]]:
    """What would be trained; nothing is."""
    seen: list[tuple[Network, Splits, Plan, Wishes]] = []

    def run_session(*arguments: object) -> int:
        seen.append(arguments)  # type: ignore[arg-type]
        return 0

    monkeypatch.setattr(command, "run_session", run_session)
    return seen


def hidden_of(net: Network) -> tuple[int, ...]:
    return net.architecture.sizes[1:-1]


# the register


def test_every_preset_is_an_option_and_told_in_the_help(pellucid: Pellucid) -> None:
    assert [name for name in FLAGS if name != "json"] == list(PRESETS)
    shown = " ".join(pellucid("digits --help").out.replace("│", " ").split())
    for name, preset in PRESETS.items():
        assert f"--{name} {preset.sentence}" in shown


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_use_all_pictures_and_a_full_cycle(preset: Preset) -> None:
    assert preset.validation == 0
    assert preset.pixel_range == (-0.5, 0.5)
    assert (preset.plan.optimizer, preset.plan.schedule) == ("adam", "one_cycle")


def test_without_a_preset_it_is_the_lecture_s_network() -> None:
    assert chosen_preset(dict.fromkeys(PRESETS, False)) is LECTURE
    assert chosen_preset({}) is LECTURE


def test_an_unknown_preset_gets_a_near_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'fast'"):
        chosen_preset({"fats": True})


def test_two_presets_are_refused() -> None:
    with pytest.raises(OptionError, match=r"^--fast and --best are given together; expected at most one"):
        chosen_preset({"fast": True, "accurate": False, "best": True})


# the command


@pytest.mark.usefixtures("bars")
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_decides_network_plan_and_data(
    preset: Preset, pellucid: Pellucid, runs: list[tuple[Network, Splits, Plan, Wishes]]
) -> None:
    assert pellucid(f"digits --{preset.name}").status == 0
    ((net, data, plan, wishes),) = runs
    assert hidden_of(net) == preset.hidden
    assert [layer.dropout for layer in net.architecture.layers[:-1]] == [preset.dropout] * len(preset.hidden)
    low, high = preset.pixel_range
    picture = net.architecture.input
    assert (picture.shift, picture.shift + 255 * picture.scale) == pytest.approx((low, high))
    assert plan == preset.plan
    assert (len(data.train), data.validation) == (60, None)
    assert json.loads(wishes.info["split"])["validation"] == 0
    assert wishes.told == {"preset": preset.name}


@pytest.mark.usefixtures("bars")
def test_without_a_preset_all_is_as_in_the_lecture(
    pellucid: Pellucid, runs: list[tuple[Network, Splits, Plan, Wishes]]
) -> None:
    assert pellucid("digits").status == 0
    ((net, data, plan, wishes),) = runs
    assert hidden_of(net) == (16, 16)
    assert (net.architecture.input.scale, net.architecture.input.shift) == (1 / 255, 0)
    assert plan == Plan(epochs=5)
    assert data.validation is not None
    assert (len(data.train), len(data.validation)) == (54, 6)
    assert wishes.told == {"preset": None}


@pytest.mark.usefixtures("bars")
@pytest.mark.parametrize("name", PRESETS)
def test_options_beside_a_preset_win(
    name: str, pellucid: Pellucid, runs: list[tuple[Network, Splits, Plan, Wishes]]
) -> None:
    options = "--hidden 5,4 --epochs 2 --seed 7 --engine reference --threads 1 --augment shift=2"
    assert pellucid(f"digits {options} --{name}").status == 0
    ((net, _, plan, _),) = runs
    assert (hidden_of(net), net.seed, net.engine) == ((5, 4), 7, "reference")
    changed = Augmentation(shift=2)
    assert plan == replace(
        PRESETS[name].plan, epochs=2, seed=7, engine="reference", n_threads=1, augmentation=changed
    )


@pytest.mark.usefixtures("bars")
def test_augmentation_can_be_switched_off_and_layers_left_out(
    pellucid: Pellucid, runs: list[tuple[Network, Splits, Plan, Wishes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(PRESETS["fast"], plan=Plan(augmentation=Augmentation(shift=1)))
    monkeypatch.setitem(PRESETS, "fast", preset)
    pellucid("digits --fast")
    pellucid("digits --fast --augment off --hidden none")
    (first, *_), (second, *_) = runs
    assert [plan.augmentation for _, _, plan, _ in runs] == [Augmentation(shift=1), None]
    assert (hidden_of(first), hidden_of(second)) == (preset.hidden, ())


@pytest.mark.parametrize("given", ["--fast --best", "--best --accurate --fast"])
def test_presets_exclude_each_other(given: str, pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid(f"digits {given}")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("pellucid: --fast and ")
    assert "are given together; expected at most one preset" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("bars")
def test_a_run_tells_its_preset_and_that_nothing_validates(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("digits --fast --epochs 1 --json")
    assert done.status == 0
    assert (done.record["preset"], done.record["epochs"]) == ("fast", 1)
    assert (done.record["training_examples"], done.record["validation_loss"]) == (60, None)
    assert "60 examples to learn from, none set aside to validate, 20 to test" in done.err
    assert load(tmp_path / "digits.pellucid").info["preset"] == "fast"
    assert (tmp_path / "digits.png").exists()
    plain = pellucid("digits --hidden 4 --epochs 1 --json")
    assert plain.record["preset"] is None
    assert "54 examples to learn from, 6 to validate, 20 to test" in plain.err
