"""Each exit status by a real case, and what becomes of a trained model when something goes wrong after training."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.network.network import load
from pellucid.using.command_line import main
from tests.using.made import Outcome, Pellucid, flowers, line_of_prices

PROGRAM = [sys.executable, "-c", "import sys; from pellucid.using.command_line import main; sys.exit(main())"]


def only_line(done: Outcome) -> str:
    """The complaint, which must be the last and only line of its kind."""
    lines = [line for line in done.err.splitlines() if line.startswith("pellucid: ")]
    assert lines == done.err.splitlines()[-1:]
    assert "Traceback" not in done.err
    return lines[0]


def test_0_and_nothing_on_standard_error_but_progress(pellucid: Pellucid) -> None:
    done = pellucid("train xor --epochs 1 --json")
    assert done.status == 0
    assert "pellucid: " not in done.err


def test_6_when_training_diverges(pellucid: Pellucid, tmp_path: Path) -> None:
    done = pellucid("train two-moons --optimizer sgd --learning-rate 1e30 --save m.pellucid")
    assert done.status == 6
    assert re.search(r"diverged in epoch 1, step \d+: .* Lower the learning rate", only_line(done))
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_6_when_training_diverges_late_keeps_the_last_good_epoch(pellucid: Pellucid, tmp_path: Path) -> None:
    line_of_prices(tmp_path / "t.csv")
    growing = "--target price --hidden none --optimizer sgd --learning-rate 2 --batch-size 0 --epochs 1000"
    done = pellucid(f"train t.csv {growing} --save m.pellucid --json")
    assert done.status == 6
    assert done.out == ""
    found = re.search(r"diverged in epoch (\d+), step 1: .* The network of epoch (\d+), the last good one, is "
                      r"saved in m\.pellucid\.$", only_line(done))  # fmt: skip
    assert found is not None
    bad, good = int(found[1]), int(found[2])
    assert bad == good + 1 > 2
    net = load(tmp_path / "m.pellucid")
    assert np.isfinite(net.theta).all()
    assert (net.info["epochs"], net.info["stopped"]) == (str(good), f"diverged in epoch {bad}")
    assert np.abs(net.theta).max() > 1e9  # where it was heading, not where it began


def test_6_when_the_last_good_epoch_can_not_be_saved(
    pellucid: Pellucid, full_disk: Callable[..., None], temporary: Path, tmp_path: Path
) -> None:
    line_of_prices(tmp_path / "t.csv")
    full_disk(tmp_path)
    growing = "--target price --hidden none --optimizer sgd --learning-rate 2 --batch-size 0 --epochs 1000"
    done = pellucid(f"train t.csv {growing} --save m.pellucid")
    assert done.status == 6
    (kept,) = temporary.glob("pellucid-*/m.pellucid")
    assert (
        f"the disk is full; free some space or choose another place; the trained model is kept in {kept}"
        in (only_line(done))
    )


def break_it(*_: Any, **__: Any) -> None:
    raise RuntimeError("a screw\ncame loose")


def test_70_for_what_nobody_foresaw(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.using.command_line.train.run_session", break_it)
    done = pellucid("train xor")
    assert done.status == 70
    assert "internal error: RuntimeError: a screw came loose" in only_line(done)
    assert "--debug" in only_line(done)


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_shows_the_traceback_wherever_it_stands(
    place: str, pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pellucid.using.command_line.train.run_session", break_it)
    done = pellucid("--debug train xor" if place == "before" else "train xor --debug")
    assert done.status == 70
    assert "Traceback (most recent call last)" in done.err
    assert "in break_it" in done.err
    assert done.err.splitlines()[-1].startswith("pellucid: internal error")


def test_2_for_no_command_with_the_help(pellucid: Pellucid) -> None:
    for arguments in ([], ["data"]):
        assert main(arguments) == 2
    assert "Commands" in pellucid("data").out


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_5_without_permission_to_read(pellucid: Pellucid, tmp_path: Path) -> None:
    flowers(tmp_path / "t.csv").chmod(0)
    done = pellucid("train t.csv --target kind")
    assert done.status == 5
    assert "you may not read it" in only_line(done)


@pytest.mark.parametrize(
    "command", ["data list", "data list --json", "train xor --epochs 2 --save m.pellucid"]
)
def test_0_when_the_reader_goes(command: str, tmp_path: Path) -> None:
    """As with `| head -1`; what was begun is finished all the same."""
    process = subprocess.Popen(
        [*PROGRAM, *command.split()], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert b"pellucid: " not in errors
    assert (tmp_path / "m.pellucid").exists() == ("--save" in command)


FULL = Path("/dev/full")


@pytest.mark.skipif(os.name != "posix", reason="asks a shell to close streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    "command", ["data list", "data list --json", "train xor --epochs 2 --save m.pellucid"]
)
def test_0_without_standard_streams(command: str, closed: str, tmp_path: Path) -> None:
    if "full" in closed and not FULL.exists():
        pytest.skip("no /dev/full here")
    line = f'exec "$0" -c "$1" {command} {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, PROGRAM[0], PROGRAM[2]], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"pellucid: " not in done.stderr
    assert (tmp_path / "m.pellucid").exists() == ("--save" in command)
    if "--save" in command:
        assert load(tmp_path / "m.pellucid").info["epochs"] == "2"


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "command", ["data list --json", "train xor --epochs 2 --save m.pellucid", "--version"]
)
def test_5_when_results_can_not_be_written(command: str, tmp_path: Path) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *command.split()],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 5
    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (tmp_path / "m.pellucid").exists() == ("--save" in command)


# Disk full


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let every write of a file fail, or only those into one folder."""
    really_open, really_write = os.open, os.write
    names: dict[int, str] = {}

    def remembering(path: Any, *arguments: Any, **options: Any) -> int:
        descriptor = really_open(path, *arguments, **options)
        names[descriptor] = str(path)
        return descriptor

    def fill(folder: Path | None = None) -> None:
        def failing(descriptor: int, content: Any) -> int:
            name = names.get(descriptor)
            if name is not None and (folder is None or Path(name).parent == folder):
                really_write(descriptor, bytes(content)[:10])
                raise OSError(errno.ENOSPC, "No space left on device")
            return really_write(descriptor, content)

        monkeypatch.setattr(os, "open", remembering)
        monkeypatch.setattr(os, "write", failing)

    return fill


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_disk_full_while_saving_the_model_is_kept_elsewhere(
    pellucid: Pellucid, full_disk: Callable[..., None], temporary: Path, tmp_path: Path
) -> None:
    assert pellucid("train xor --epochs 1 --seed 1 --save m.pellucid").status == 0
    old = (tmp_path / "m.pellucid").read_bytes()
    full_disk(tmp_path)
    done = pellucid("train xor --epochs 1 --seed 2 --save m.pellucid")
    assert done.status == 5
    line = only_line(done)
    assert "m.pellucid: could not write: the disk is full; free some space or choose another place" in line
    assert (tmp_path / "m.pellucid").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["m.pellucid"]
    (kept,) = temporary.glob("pellucid-*/m.pellucid")
    assert f"the trained model is kept in {kept}" in line
    assert load(kept).seed == 2
    assert "test accuracy" in done.out  # what was learnt about it is told all the same


def test_disk_full_everywhere_is_said(
    pellucid: Pellucid, full_disk: Callable[..., None], temporary: Path, tmp_path: Path
) -> None:
    full_disk()
    done = pellucid("train xor --epochs 1 --save m.pellucid --json")
    assert done.status == 5
    assert "nor could the trained model be kept elsewhere" in only_line(done)
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("wish", ["--report r.png", "--output p.csv"])
def test_disk_full_while_writing_anything_else(
    wish: str, pellucid: Pellucid, full_disk: Callable[..., None], tmp_path: Path
) -> None:
    flowers(tmp_path / "t.csv")
    assert pellucid("train t.csv --target kind --epochs 1 --save m.pellucid").status == 0
    before = sorted(tmp_path.iterdir())
    full_disk()
    command = "train t.csv --target kind --epochs 1" if "report" in wish else "predict m.pellucid t.csv"
    done = pellucid(f"{command} {wish}")
    assert done.status == 5
    assert f"{wish.split()[1]}: could not write: the disk is full" in only_line(done)
    assert sorted(tmp_path.iterdir()) == before


# Ctrl-C, for real


def started(arguments: str, folder: Path, program: list[str] = PROGRAM) -> subprocess.Popen[str]:
    """A process that has shown its first epoch."""
    process = subprocess.Popen(
        [*program, *arguments.split()],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    wait_for("epoch 1 ", process)
    return process


def wait_for(beginning: str, process: subprocess.Popen[str]) -> None:
    """Until a line on standard error begins so."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(beginning):
            return
    raise AssertionError(f"ended with {process.wait()}")


@pytest.mark.parametrize("data", ["four-people", "digits8x8"])
def test_130_when_interrupted_with_a_model_that_works(data: str, pellucid: Pellucid, tmp_path: Path) -> None:
    """Also where an epoch is so short that nobody looks at the time within it."""
    test = "--validation 0 " if data == "four-people" else ""
    process = started(f"train {data} {test}--epochs 1000000 --save m.pellucid", tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted: the network keeps what it has learnt so far." in err
    assert "Traceback" not in err
    assert "model   m.pellucid" in out
    net = load(tmp_path / "m.pellucid")
    assert net.info["stopped"] == "interrupted"
    assert np.isfinite(net.theta).all()
    if data == "digits8x8":
        judged = pellucid(f"evaluate m.pellucid {data} --json")
        assert judged.record["test_accuracy"] > 0.3
        assert f"{judged.record['test_accuracy']:.2%}".replace("%", " %") in out


# The second epoch takes forever, and whoever asks it to stop is told that he is heard.
ENDLESS = """
import sys, time
from pellucid.using import display, interrupts
from pellucid.using.command_line import main

class Telling(interrupts.StopRequest):
    def __setattr__(self, name, made):
        super().__setattr__(name, made)
        if made:
            print("heard", file=sys.stderr, flush=True)

def progress(self, now):
    while now.epoch == 2:
        time.sleep(0.01)

interrupts.StopRequest = Telling
display.TrainingDisplay.progress = progress
sys.exit(main())
"""


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    process = started("train xor --epochs 3 --save m.pellucid", tmp_path, [sys.executable, "-c", ENDLESS])
    process.send_signal(signal.SIGINT)
    wait_for("heard", process)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "pellucid: interrupted"
    assert "Interrupted:" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def impatient(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_130_before_training_has_begun(pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.using.command_line.data_options.load", impatient)
    done = pellucid("train xor")
    assert (done.status, done.err) == (130, "pellucid: interrupted\n")


def test_130_while_the_program_is_loaded(monkeypatch: pytest.MonkeyPatch, pellucid: Pellucid) -> None:
    class Slow:
        def find_spec(self, name: str, *_: Any) -> None:
            if name.endswith("command_line.entry"):
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "pellucid.using.command_line.entry", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Slow(), *sys.meta_path])
    done = pellucid("train xor")
    assert (done.status, done.err) == (130, "pellucid: interrupted\n")
