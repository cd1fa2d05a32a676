"""`pellucid tune`: a search that goes on where it stopped, and the network that it finds."""

from __future__ import annotations

import json
import re
import shlex
import signal
from pathlib import Path

import pytest

from pellucid.basics.errors import DivergedError
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.network.network import load
from pellucid.training.records import Progress
from pellucid.training.schedules import SCHEDULES
from pellucid.using.command_line.tuning.display import TuningDisplay
from pellucid.using.command_line.tuning.space import DIMENSIONS, SPACES, as_options, dimensions
from pellucid.using.command_line.tuning.trials import Trial, load_trials, ranked, save_trials
from tests.using.made import Pellucid, flowers

QUICK = "--epochs 6 --trials 3"


# the space


def test_the_space_holds_what_the_registers_know() -> None:
    for name, register in (
        ("activation", ACTIVATIONS),
        ("normalization", NORMALIZATIONS),
        ("schedule", SCHEDULES),
    ):
        assert set(DIMENSIONS[name].choices) <= set(register)
    assert all(set(names) <= set(DIMENSIONS) for names in SPACES.values())


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=lambda dimension: dimension.name)
def test_the_search_begins_within_the_range(dimension) -> None:
    if dimension.choices:
        assert dimension.usual in dimension.choices
    else:
        assert dimension.low <= dimension.usual <= dimension.high
    assert dimension.rounded(dimension.usual) == dimension.usual


def test_what_is_given_is_not_searched() -> None:
    assert [d.name for d in dimensions("small", {"hidden", "l2"})] == ["learning_rate", "dropout"]
    assert "label_smoothing" not in [d.name for d in dimensions("full", classes=False)]
    assert as_options({"layers": 3, "width": 7}) == {"hidden": "7,7,7"}


def test_the_help_tells_the_space(pellucid: Pellucid) -> None:
    shown = " ".join(pellucid("tune --help").out.replace("│", " ").split())
    for dimension in DIMENSIONS.values():
        assert dimension.told in shown


# the file


def trial(number: int, *scores: float, end: str = "complete") -> Trial:
    return Trial(number, {"layers": 1, "width": 8, "dropout": 0.1}, scores, 0.5, end)


def test_trials_come_back_as_they_were_saved(tmp_path: Path) -> None:
    trials = [trial(1, -0.5, -0.25), trial(2, end="diverged"), trial(3, -0.125, end="pruned")]
    save_trials(tmp_path / "t.json", trials, {"data": "xor"})
    assert load_trials(tmp_path / "t.json", {"data": "xor"}) == trials
    assert [t.number for t in ranked(trials)] == [3, 1]
    assert load_trials(tmp_path / "none.json", {"data": "xor"}) == []


@pytest.mark.parametrize("change", [
    lambda record: record.update(format="pellucid tuning 2"),
    lambda record: record.pop("trials"),
    lambda record: record["trials"][0].update(scores=["x"]),
    lambda record: record["trials"][0].update(scores=[float("nan")]),
    lambda record: record["trials"][0].update(end="won"),
    lambda record: record["trials"][0]["settings"].update(magic=1),
    lambda record: record["trials"][0].pop("seconds"),
])  # fmt: skip
def test_a_file_that_somebody_changed_is_refused(change, pellucid: Pellucid, tmp_path: Path) -> None:
    save_trials(tmp_path / "t.json", [trial(1, -0.5)], {})
    record = json.loads((tmp_path / "t.json").read_text())
    change(record)
    (tmp_path / "t.json").write_text(json.dumps(record))
    done = pellucid("tune xor --storage t.json")
    assert done.status == 4
    assert done.err.splitlines()[-1].startswith("pellucid: t.json: this is no file of trials")


# the command


def test_without_optuna_it_says_what_to_install(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = pellucid("tune xor")
    assert done.status == 2
    assert re.fullmatch(
        r'pellucid: .*optuna, which is not installed; pip install "pellucid\[tune\]"\.\n', done.err
    )


@pytest.fixture
def optuna() -> None:
    pytest.importorskip("optuna")


@pytest.mark.usefixtures("optuna")
def test_the_best_is_trained_again_and_its_command_gives_the_same(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    options = "--target kind --group plot --space full"
    record = pellucid(f"tune t.csv {options} {QUICK} --save a.pellucid --json").record
    assert record["trials"] == 3
    assert record["test_examples"] == 10
    words = shlex.split(record["command"])
    assert words[:3] == ["pellucid", "train", "t.csv"]
    again = pellucid(*words[1:], "--save b.pellucid --json").record
    assert again["validation_loss"] == record["validation_loss"]
    assert again["test_loss"] == record["test_loss"]
    assert load(tmp_path / "a.pellucid").theta.tobytes() == load(tmp_path / "b.pellucid").theta.tobytes()


@pytest.mark.usefixtures("optuna")
def test_the_model_is_judged_later_on_the_same_rows(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    tuned = pellucid(f"tune t.csv --target kind --group plot {QUICK} --save m.pellucid --json").record
    assert pellucid("evaluate m.pellucid t.csv --json").record["test_loss"] == tuned["test_loss"]


@pytest.mark.usefixtures("optuna")
def test_it_begins_with_the_usual_settings_and_goes_on_from_its_file(
    pellucid: Pellucid, tmp_path: Path
) -> None:
    first = pellucid("tune xor --epochs 4 --trials 2 --storage s.json")
    assert first.status == 0
    kept = json.loads((tmp_path / "s.json").read_text())["trials"]
    assert kept[0]["settings"] == {name: DIMENSIONS[name].usual for name in SPACES["small"]}
    done = pellucid("tune xor --epochs 4 --trials 4 --storage s.json")
    assert "going on after 2 trials" in done.err
    assert re.findall(r"^trial (\d)", done.err, re.M) == ["3", "4"]
    later = json.loads((tmp_path / "s.json").read_text())["trials"]
    assert later[:2] == kept
    assert len({json.dumps(one["settings"]) for one in later}) == 4
    other = pellucid("tune xor --epochs 5 --trials 4 --storage s.json")
    assert (other.status, "other options" in other.err) == (2, True)


@pytest.mark.usefixtures("optuna")
def test_the_same_seed_tries_the_same(pellucid: Pellucid) -> None:
    tries = [re.findall(r"^trial.*", pellucid(f"tune xor {QUICK} --seed {s}").err, re.M) for s in (1, 1, 2)]
    assert tries[0] == tries[1] != tries[2]


@pytest.mark.usefixtures("optuna")
def test_a_person_sees_the_best_trials_and_the_command(pellucid: Pellucid) -> None:
    done = pellucid(f"tune xor {QUICK} --hidden 8 --monitor accuracy")
    assert done.status == 0
    assert "searching learning rate, dropout, l2" in done.err
    assert re.search(r"^3 trials.*The best is trial \d, accuracy [\d.]+ %", done.out, re.M)
    assert re.search(r"^  pellucid train xor .*--hidden 8 .*--monitor accuracy", done.out, re.M)


@pytest.mark.usefixtures("optuna")
def test_the_test_rows_have_no_say(
    pellucid: Pellucid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only at the end somebody judges by them, once."""
    from pellucid.using.command_line import session

    judged: list[int] = []
    evaluate = session.evaluate
    monkeypatch.setattr(
        session, "evaluate", lambda net, data: judged.append(len(data)) or evaluate(net, data)
    )
    pellucid(f"tune two-moons {QUICK} --json")
    assert len(judged) == 1


@pytest.mark.usefixtures("optuna")
def test_a_trial_that_diverges_ends_no_search(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.using.command_line.tuning import objective

    real, calls = objective.epochs, []

    def epochs(*arguments: object, **options: object):  # type: ignore[no-untyped-def]
        calls.append(1)
        if len(calls) == 2:
            raise DivergedError(1, 1, "layer 1", "loss")
        return real(*arguments, **options)

    monkeypatch.setattr(objective, "epochs", epochs)
    done = pellucid(f"tune xor {QUICK}")
    assert done.status == 0
    assert "3 trials, 1 diverged" in done.out


@pytest.mark.usefixtures("optuna")
@pytest.mark.parametrize("complete", [0, 2])
def test_ctrl_c_keeps_what_was_found(
    complete: int, pellucid: Pellucid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupt(self: TuningDisplay, now: Progress, *_: object) -> None:
        if len(self._trials) == complete:
            signal.raise_signal(signal.SIGINT)
            monkeypatch.setattr(TuningDisplay, "progress", lambda *_: None)

    monkeypatch.setattr(TuningDisplay, "progress", interrupt)
    done = pellucid("tune xor --epochs 3 --trials 9 --storage s.json --save m.pellucid --json")
    assert done.status == 130
    assert signal.getsignal(signal.SIGINT) == before
    if complete:
        assert load(tmp_path / "m.pellucid").n_parameters == done.record["parameters"]
        assert 2 <= done.record["trials"] <= 3


@pytest.mark.usefixtures("optuna")
def test_the_time_ends_it(pellucid: Pellucid) -> None:
    done = pellucid(
        "tune two-moons --epochs 100000 --patience 100000 --max-time 0.2 --trials 1000 --time 1 --json"
    )
    assert done.status == 0
    assert done.record["trials"] < 100


def test_the_documentation_tells_the_space() -> None:
    from tests.architecture.repository import ROOT

    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([^|]+) \| [^|]+ \| ([a-z, ]+) \|$", page, re.M)[1:])
    names = {"hidden layers": "layers", "L2 penalty": "l2"}
    spaces = {names.get(name, name.replace(" ", "_")): text.split(", ") for name, text in told.items()}
    assert spaces == {name: [s for s in SPACES if name in SPACES[s]] for name in DIMENSIONS}
