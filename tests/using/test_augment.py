"""`--augment`: what it takes, what it refuses, and where it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.augmentation import Augmentation
from pellucid.network.network import load
from pellucid.using.command_line.option_values import augmentation
from tests.using.made import Pellucid, array_file, flowers, idx_folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("off", None),
        ("none", None),
        ("on", Augmentation.moderate()),
        (" On ", Augmentation.moderate()),
        ("shift=2", Augmentation(shift=2)),
        ("shift=2, rotation = 7.5,scale=0.1,shear=.2,elastic=1", Augmentation(2, 7.5, 0.1, 0.2, 1)),
        (str(Augmentation.moderate()), Augmentation.moderate()),
        (str(Augmentation()), None),
    ],
)
def test_what_it_takes(text: str | None, expected: Augmentation | None) -> None:
    assert augmentation(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2", "shift", "shift=", "shift=1,shift=2", "shift=two", "shift=1,", "shift:2", "yes"]
)
def test_what_is_no_list_of_strengths_is_refused(text: str) -> None:
    with pytest.raises(
        OptionError,
        match=r"^--augment is .*; expected strengths like shift=2,rotation=10, each once, or on\.$",
    ):
        augmentation(text)


def test_an_unknown_change_gets_a_near_name() -> None:
    with pytest.raises(
        UnknownNameError, match=r"'rotate' is not a known change of pictures.* Did you mean 'rotation'"
    ):
        augmentation("shift=1,rotate=10")


@pytest.mark.parametrize("text", ["shift=-1", "scale=10", "rotation=inf", "elastic=nan"])
def test_a_strength_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="expected a number from 0 to"):
        augmentation(text)


def test_train_augments_and_tells_it(pellucid: Pellucid, tmp_path: Path) -> None:
    data = array_file(tmp_path / "bars.npz")
    wanted = f"train {data} --epochs 2 --hidden 4"
    plain = pellucid(wanted, "--json").record
    assert plain["augmentation"] is None
    done = pellucid(wanted, "--json --augment rotation=5,shift=1 --save b.pellucid")
    assert done.status == 0
    assert done.record["augmentation"] == "shift=1,rotation=5"
    assert done.record["training_loss"] != plain["training_loss"]
    assert load(tmp_path / "b.pellucid").info["augmentation"] == "shift=1,rotation=5"
    for_people = pellucid(wanted, "--augment rotation=5,shift=1")
    assert "pictures change in every epoch: shift=1, rotation=5" in for_people.err
    assert "pictures change" not in pellucid(wanted).err


def test_digits_augments(pellucid: Pellucid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.data import catalog
    from pellucid.using.command_line import digits

    folder = idx_folder(tmp_path / "bars")
    monkeypatch.setattr(digits, "load", lambda name, **options: catalog.load(str(folder), **options))
    done = pellucid("digits --epochs 1 --hidden 4 --augment on --json")
    assert done.status == 0
    assert done.record["augmentation"] == str(Augmentation.moderate())


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("shift=1,rotate=10", "'rotate' is not a known change of pictures"),
        ("much", "--augment is 'much'; expected strengths like shift=2,rotation=10, each once, or on"),
        ("scale=10", "The augmentation's scale is 10.0; expected a number from 0 to 1"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(
    option: str, why: str, pellucid: Pellucid, tmp_path: Path
) -> None:
    done = pellucid(f"train {array_file(tmp_path / 'bars.npz')} --augment {option}")
    assert done.status == 2
    assert why in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_table_has_no_pictures_to_change(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid(f"train {flowers(tmp_path / 'flowers.csv')} --target kind --epochs 1 --augment on")
    assert done.status == 2
    assert "augmentation needs pictures, but an example here is a row of 3 numbers; leave it out." in done.err
