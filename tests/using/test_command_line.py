"""Every command does what its help promises, for people and for machines."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.digits import digits8x8
from pellucid.network.network import load
from tests.using.made import (
    FLOWERS,
    Outcome,
    Pellucid,
    array_file,
    bars,
    flowers,
    idx_folder,
    line_of_prices,
    picture_folder,
    png,
)

PROGRAM = [sys.executable, "-c", "import sys; from pellucid.using.command_line import main; sys.exit(main())"]
JUDGED = ("parameters", "engine", "training_seconds", "test_accuracy", "test_accuracy_interval", "test_loss")
KEPT = ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
PNG = b"\x89PNG\r\n\x1a\n"
# The same, and then the most memory that the process has held, in KiB.
MEASURED = [sys.executable, "-c", """
import sys
from pathlib import Path
from pellucid.using.command_line import main
status = main()
if sys.platform == "linux":
    lines = Path("/proc/self/status").read_text().splitlines()
    print(*[line for line in lines if line.startswith("VmHWM:")], file=sys.stderr)
sys.exit(status)
"""]  # fmt: skip
TRAINING = ("digits", "train", "cross-validate", "tune")
COMMANDS = (*TRAINING, "evaluate", "predict", "data", "data list", "data fetch", "data show")


def run(arguments: str, folder: Path, program: list[str] = PROGRAM, **environment: str) -> Outcome:
    """One command in a process of its own, without a terminal."""
    done = subprocess.run(
        [*program, *arguments.split()],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


# digits


def stand_in(on_event: object = None, **settings: object) -> Splits:
    """Scikit-learn's digits in MNIST's form."""
    small = digits8x8()

    def enlarged(part: Dataset, n: int) -> Dataset:
        X = np.pad(part.pictures[:n].repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
        whole = Input.picture(28, 28, framing="digit")
        return Dataset(X.reshape(n, 784), part.y[:n], input=whole, classes=part.classes, title="MNIST")

    return Splits(enlarged(small.train, 400), enlarged(small.test, 200), enlarged(small.train, 100))


@pytest.fixture
def no_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.using.command_line.digits.load", lambda name, **settings: stand_in())


@pytest.mark.usefixtures("no_fetching")
def test_digits_trains_the_lecture_s_network_and_writes_both_files(
    pellucid: Pellucid, tmp_path: Path
) -> None:
    done = pellucid("digits --epochs 2")
    assert done.status == 0
    assert "784·16+16 + 16·16+16 + 16·10+10 = 13,002 parameters" in done.err
    assert len(re.findall(r"^epoch \d", done.err, re.MULTILINE)) == 2
    assert re.search(
        r"test accuracy [\d.]+ % \(95 % interval [\d.]+ % to [\d.]+ %; \d+ of 200 right\)", done.out
    )
    assert "true / called" in done.out
    assert "The 10 mistakes of which the network was surest" in done.out
    assert (tmp_path / "digits.png").read_bytes().startswith(PNG)
    assert load(tmp_path / "digits.pellucid").n_parameters == 13_002


@pytest.mark.usefixtures("no_fetching")
def test_digits_takes_its_options(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("digits --hidden 8 --epochs 1 --seed 3 --save my.pellucid --report my.png --json")
    assert done.record["architecture"] == "784-8-10"
    assert done.record["parameters"] == 784 * 8 + 8 + 8 * 10 + 10
    assert (done.record["epochs"], done.record["seed"]) == (1, 3)
    assert {path.name for path in tmp_path.iterdir()} == {"my.pellucid", "my.png"}


def test_digits_says_loudly_when_it_is_not_mnist(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = stand_in()
    sample = Dataset(
        parts.train.X, parts.train.y, input=parts.train.input, classes=parts.train.classes, title="A sample"
    )
    monkeypatch.setattr(
        "pellucid.using.command_line.digits.load",
        lambda name, **settings: Splits(sample, parts.test, parts.validation),
    )
    done = pellucid("digits --epochs 1 --json")
    assert "Not the full MNIST: A sample." in done.err
    assert done.record["data"] == "A sample"


@pytest.mark.slow
@pytest.mark.network
def test_digits_reads_mnist_in_little_memory(tmp_path: Path) -> None:
    done = run("digits --epochs 1 --json", tmp_path, MEASURED)
    assert done.status == 0
    assert done.record["parameters"] == 13_002
    assert done.record["training_examples"] == 54_000
    assert done.record["test_accuracy"] > 0.9
    assert (tmp_path / "digits.png").read_bytes().startswith(PNG)
    Image.fromarray(drawn_seven()).save(tmp_path / "seven.png")
    said = run("predict digits.pellucid seven.png --json", tmp_path)
    assert said.record["predictions"][0]["class"] == "7"
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process how much memory it has held at most")
    assert int(done.err.splitlines()[-1].split()[1]) / 1024 <= 450  # MiB


def drawn_seven() -> np.ndarray:
    """A 7 in black ink on white paper, larger than MNIST's and not in the middle."""
    from PIL import ImageDraw

    paper = Image.new("L", (300, 240), 255)
    ImageDraw.Draw(paper).line([(60, 40), (160, 40), (100, 180)], fill=0, width=14, joint="curve")
    return np.asarray(paper)


# train and evaluate, for every kind of data


@pytest.mark.parametrize(
    ("make", "name", "options", "least"),
    [
        (None, "two-moons", "--epochs 60", 0.9),
        (flowers, "t.csv", FLOWERS, 0.9),
        (array_file, "t.npz", "--hidden 16 --epochs 60 --learning-rate 0.01", 0.9),
        (idx_folder, "idx", "--hidden 16 --epochs 60 --learning-rate 0.01", 0.9),
        (
            lambda path: idx_folder(path, packed=True),
            "gz",
            "--hidden 16 --epochs 60 --learning-rate 0.01",
            0.9,
        ),
        (picture_folder, "pictures", "--hidden 16 --epochs 60 --learning-rate 0.01", 0.9),
    ],
)
def test_train_then_evaluate_on_the_same_data_gives_the_same_numbers(
    make, name: str, options: str, least: float, pellucid: Pellucid, tmp_path: Path
) -> None:
    if make is not None:
        make(tmp_path / name)
    trained = pellucid(f"train {name} {options} --save m.pellucid --json")
    assert trained.status == 0
    assert set(JUDGED) <= set(trained.record)
    assert trained.record["test_accuracy"] >= least
    low, high = trained.record["test_accuracy_interval"]
    assert 0 <= low <= trained.record["test_accuracy"] <= high <= 1
    judged = pellucid(f"evaluate m.pellucid {name} --json")
    assert judged.status == 0
    assert {key: judged.record[key] for key in JUDGED} == {key: trained.record[key] for key in JUDGED}
    assert judged.record["test_examples"] == trained.record["test_examples"]


def test_rows_of_a_group_stay_together(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")  # pairs of rows
    done = pellucid(f"train t.csv {FLOWERS} --save m.pellucid --json")
    assert done.record["test_examples"] % 2 == 0
    assert done.record["training_examples"] % 2 == 0
    net = load(tmp_path / "m.pellucid")
    assert net.preparation is not None
    assert net.preparation.group == "plot"
    assert [column.name for column in net.preparation.columns] == ["length [cm]", "width"]


def test_a_table_of_numbers_is_learnt_in_its_own_units(pellucid: Pellucid, tmp_path: Path) -> None:
    line_of_prices(tmp_path / "t.csv")
    options = "--target price --hidden 16 --epochs 80 --learning-rate 0.01 --save m.pellucid"
    record = pellucid(f"train t.csv {options} --json").record
    assert record["test_metrics"]["r2"] > 0.98
    assert record["test_metrics"]["root_mean_squared_error"] < 2
    assert record["test_accuracy"] is None
    assert record["test_accuracy_interval"] is None
    (tmp_path / "new.csv").write_text("size\n2\n4\n")
    said = pellucid("predict m.pellucid new.csv --json").record["predictions"]
    assert [set(prediction) for prediction in said] == [{"input", "value"}] * 2
    assert [prediction["value"] for prediction in said] == pytest.approx([70, 90], abs=3)
    shown = pellucid("evaluate m.pellucid t.csv").out
    assert re.search(r"test R² 0\.9\d+ on 16 examples", shown)


def test_data_without_a_test_part_are_not_judged(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    done = pellucid(f"train t.csv {FLOWERS} --test 0 --json")
    assert done.status == 0
    assert {key: done.record[key] for key in JUDGED[3:]} == dict.fromkeys(JUDGED[3:])
    assert "No test part" in pellucid(f"train t.csv {FLOWERS} --test 0").out


def test_the_numbers_are_those_of_the_weights_that_are_kept(pellucid: Pellucid, tmp_path: Path) -> None:
    """With patience, the best epoch's and not the last one's."""
    options = "train xor --hidden 4 --learning-rate 0.3 --epochs 100"
    done = pellucid(f"{options} --patience 2 --save m.pellucid --json").record
    best = done["weights_of_epoch"]
    assert done["epochs"] == best + 2
    assert pellucid(f"{options} --patience 2").status == 0
    told = {key: done[key] for key in (*KEPT, "test_loss")}
    plain = pellucid(f"train xor --hidden 4 --learning-rate 0.3 --epochs {best} --json").record
    assert {key: plain[key] for key in (*KEPT, "test_loss")} == told
    assert plain["weights_of_epoch"] == plain["epochs"] == best
    info = load(tmp_path / "m.pellucid").info
    assert {key: float(info[key]) for key in KEPT} == {key: done[key] for key in KEPT}
    assert info["weights_of_epoch"] == str(best)


def test_bom_semicolons_and_tabs_are_read(pellucid: Pellucid, tmp_path: Path) -> None:
    text = flowers(tmp_path / "t.csv").read_text()
    expected = pellucid(f"train t.csv {FLOWERS} --json").record["test_loss"]
    (tmp_path / "bom.csv").write_text(text, encoding="utf-8-sig")
    (tmp_path / "semicolons.csv").write_text(text.replace(",", ";"))
    (tmp_path / "tabs.tsv").write_text(text.replace(",", "\t"))
    for arguments in ("bom.csv", "semicolons.csv --delimiter ;", "tabs.tsv"):
        assert pellucid(f"train {arguments} {FLOWERS} --json").record["test_loss"] == expected


def test_the_same_seed_gives_the_same_numbers_and_another_others(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    records = [
        pellucid(f"train t.csv {FLOWERS} --seed {seed} --save {i}.pellucid --json").record
        for i, seed in enumerate((1, 1, 2))
    ]
    for record in records:
        del record["training_seconds"], record["model"]
    assert records[0] == records[1]
    assert records[0]["training_loss"] != records[2]["training_loss"]
    first, second, third = (load(tmp_path / f"{i}.pellucid").theta for i in range(3))
    assert (first == second).all()
    assert (first != third).any()


def test_every_option_of_train_reaches_the_network_and_the_plan(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid(
        "train digits8x8 --hidden 8,4 --activation tanh --initializer glorot_uniform --loss hinge --dropout 0.1",
        "--dtype float64 --optimizer momentum --learning-rate 0.02 --schedule cosine --batch-size 0 --l1 0.001",
        "--l2 0.002 --epochs 9 --patience 3 --loss-below 1000 --pixel-range -0.5,0.5 --save m.pellucid --json",
    )
    record = done.record
    assert (record["optimizer"], record["learning_rate"], record["schedule"]) == ("momentum", 0.02, "cosine")
    assert record["batch_size"] is None
    assert record["stopped"].endswith("is below 1000")
    net = load(tmp_path / "m.pellucid")
    assert str(net.architecture) == "64-8-4-10"
    assert net.architecture.loss == "hinge"
    assert (net.architecture.input.scale, net.architecture.input.shift) == (1 / 255, -0.5)
    assert [
        (layer.activation, layer.initializer, layer.dropout) for layer in net.architecture.layers[:-1]
    ] == [("tanh", "glorot_uniform", 0.1)] * 2
    assert net.dtype == np.float64


def test_none_hidden_is_a_linear_model(pellucid: Pellucid) -> None:
    assert pellucid("train xor --hidden none --epochs 1 --json").record["architecture"] == "2-2"


# predict


@pytest.fixture
def reader_of_bars(pellucid: Pellucid, tmp_path: Path) -> str:
    picture_folder(tmp_path / "pictures")
    options = "--hidden 16 --epochs 60 --learning-rate 0.01 --save m.pellucid"
    assert pellucid(f"train pictures {options}").status == 0
    return "m.pellucid"


@pytest.mark.usefixtures("reader_of_bars")
def test_predict_takes_pictures_folders_and_arrays_together(pellucid: Pellucid, tmp_path: Path) -> None:
    pictures, y = bars(12, seed=9)
    names = np.array(["rows", "columns"])[y].tolist()
    new = tmp_path / "new"
    new.mkdir()
    for i in range(4):
        (new / f"{i}.png").write_bytes(png(pictures[i]))
    (new / "notes.txt").write_text("not a picture")
    (tmp_path / "large.png").write_bytes(png(pictures[4].repeat(10, axis=0).repeat(10, axis=1)))
    np.save(tmp_path / "a.npy", pictures[5:])
    said = pellucid("predict m.pellucid new large.png a.npy --json").record["predictions"]
    expected = [*(str(Path("new") / f"{i}.png") for i in range(4)), "large.png"]
    assert [p["input"] for p in said] == [*expected, *(f"a.npy[{i}]" for i in range(7))]
    assert [p["class"] for p in said] == names
    for prediction in said:
        assert set(prediction) == {"input", "class", "probability", "probabilities"}
        assert set(prediction["probabilities"]) == {"rows", "columns"}
        assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-6)
        assert prediction["probability"] == max(prediction["probabilities"].values())
        assert prediction["probability"] == prediction["probabilities"][prediction["class"]]


@pytest.mark.usefixtures("reader_of_bars")
def test_predict_shows_what_the_network_sees(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("predict m.pellucid pictures/rows/00.png")
    assert done.status == 0
    assert "As the network sees it:" in done.out
    assert "rows" in done.out
    many = pellucid("predict m.pellucid pictures/rows pictures/columns")
    assert "… and 20 more" in many.out


def test_predictions_go_to_a_file(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv")
    pellucid(f"train t.csv {FLOWERS} --save m.pellucid")
    flowers(tmp_path / "new.csv", n=9, seed=4)
    done = pellucid("predict m.pellucid new.csv --output p.csv")
    assert "9 predictions written to p.csv" in done.out
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["input", "class", "probability", "p(daisy)", "p(rose)", "p(tulip)"]
    assert [row["class"] for row in rows] == ["daisy", "rose", "tulip"] * 3
    assert [row["input"] for row in rows] == [f"new.csv:{line}" for line in range(2, 11)]
    said = pellucid("predict m.pellucid new.csv --json").record["predictions"]
    assert [float(row["probability"]) for row in rows] == [p["probability"] for p in said]


def test_a_class_name_never_becomes_a_formula(pellucid: Pellucid, tmp_path: Path) -> None:
    rows = "".join(f"{i},{'=1+1' if i % 2 else '-3'}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a,target\n" + rows)
    pellucid("train t.csv --epochs 1 --save m.pellucid")
    pellucid("predict m.pellucid t.csv --output p.csv")
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        assert {row["class"] for row in csv.DictReader(file)} <= {"'=1+1", "-3"}


# What all commands share


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str, pellucid: Pellucid) -> None:
    done = pellucid(f"{command} --help")
    assert done.status == 0
    assert "Usage: pellucid" in done.out
    assert "--json  <bool>" not in re.sub(" +", "  ", done.out)  # it would invite `--json true`
    if command != "data":
        assert re.search(rf"Examples?\s+pellucid {command}", done.out)


def test_help_tells_the_exit_statuses_and_version(pellucid: Pellucid) -> None:
    from pellucid.version import __version__

    assert "130 interrupted" in pellucid("--help").out
    assert pellucid("--version").out == f"pellucid {__version__}\n"


@pytest.mark.parametrize("command", ["train xor --epochs 1", "data list", "data show digits8x8"])
def test_pipes_get_no_escape_codes_and_whole_sentences(command: str, tmp_path: Path) -> None:
    done = run(command, tmp_path, TERM="xterm-256color", COLUMNS="40")
    assert done.status == 0
    assert "\x1b" not in done.out + done.err
    for sentence in re.findall(r"^test accuracy.*", done.out, re.MULTILINE):
        assert sentence.endswith("of training")


def test_terminals_that_know_only_ascii_get_by(tmp_path: Path) -> None:
    line_of_prices(tmp_path / "t.csv")
    done = run("train t.csv --target price --epochs 1", tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.status == 0
    assert "test R" in done.out


def test_names_from_files_are_neither_markup_nor_commands(pellucid: Pellucid, tmp_path: Path) -> None:
    rows = "".join(f"{i},{'[/red]' if i % 2 else chr(27) + '[2J'}\n" for i in range(40))
    (tmp_path / "[red].csv").write_text("[b]a,target\n" + rows)
    for command in ("train [red].csv --epochs 1", "data show [red].csv"):
        done = pellucid(command)
        assert done.status in (0, 2)
        assert "internal" not in done.err
        assert "[red].csv" in done.out + done.err
        assert "\x1b" not in done.out + done.err
