"""`pellucid train --checkpoint`: a run that was broken off goes on as if it had not been."""

from __future__ import annotations

import io
import json
import signal
from pathlib import Path

import numpy as np
import pytest

from pellucid.network.network import load
from pellucid.training.records import Progress
from pellucid.using.command_line import checkpoints
from pellucid.using.display import TrainingDisplay
from tests.using.made import Pellucid

TRAIN = "train two-moons --hidden 8 --dropout 0.1 --optimizer nadam --averaging 0.9 --patience 50 --checkpoint c.npz"


def test_broken_off_between_epochs_it_ends_with_the_same_bits(pellucid: Pellucid, tmp_path: Path) -> None:
    whole = pellucid(f"{TRAIN} --epochs 9 --save a.pellucid --json").record
    (tmp_path / "c.npz").unlink()
    assert pellucid(f"{TRAIN} --epochs 4 --json").record["epochs"] == 4
    rest = pellucid(f"{TRAIN} --epochs 9 --save b.pellucid --json")
    assert "going on from c.npz, after epoch 4" in rest.err
    theta = [load(tmp_path / f"{name}.pellucid").theta.tobytes() for name in "ab"]
    assert theta[0] == theta[1]
    different = {"training_seconds", "model"}
    assert {k: v for k, v in rest.record.items() if k not in different} == {
        k: v for k, v in whole.items() if k not in different
    }


def test_broken_off_within_an_epoch_too(
    pellucid: Pellucid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TRAIN.replace("c.npz", "d.npz") + " --engine reference --batch-size 1 --epochs 4 --json"
    whole = pellucid(f"{options} --save a.pellucid").record

    def interrupt(self: TrainingDisplay, now: Progress) -> None:
        if now.epoch == 3 and 0 < now.examples < now.examples_in_epoch:
            monkeypatch.undo()
            signal.raise_signal(signal.SIGINT)

    options = options.replace("d.npz", str(tmp_path / "c.npz"))
    monkeypatch.setattr(TrainingDisplay, "progress", interrupt)
    first = pellucid(options)
    assert first.status == 130
    assert first.record["epochs"] == 3
    rest = pellucid(f"{options} --save {tmp_path / 'b.pellucid'}").record
    assert rest["training_loss"] == whole["training_loss"]
    assert rest["validation_loss"] == whole["validation_loss"]


def test_a_run_that_is_complete_says_so(pellucid: Pellucid) -> None:
    pellucid(f"{TRAIN} --epochs 2")
    again = pellucid(f"{TRAIN} --epochs 2")
    assert again.status == 2
    assert "completed 2 epochs" in again.err.splitlines()[-1]


def test_another_run_s_checkpoint_is_refused(pellucid: Pellucid) -> None:
    pellucid(f"{TRAIN} --epochs 2")
    for options, other in (("--l2 0.1", "options"), ("--seed 3", "options")):
        done = pellucid(f"{TRAIN} --epochs 4 {options}")
        assert (done.status, f"with other {other}" in done.err) == (2, True)
    done = pellucid(TRAIN.replace("two-moons", "xor"))
    assert (done.status, "with other data" in done.err) == (2, True)


def damaged(content: bytes) -> bytes:
    return content[: len(content) // 2]


def edited(**changes: object) -> object:
    """A checkpoint whose description somebody has changed."""

    def change(content: bytes) -> bytes:
        with np.load(io.BytesIO(content)) as found:
            arrays = dict(found)
        about = json.loads(arrays[checkpoints.ABOUT].tobytes())
        about.update(changes)
        arrays[checkpoints.ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        out = io.BytesIO()
        np.savez(out, **arrays)
        return out.getvalue()

    return change


@pytest.mark.parametrize(
    "change",
    [damaged, lambda content: b"no archive", lambda content: b"", edited(format="?"), edited(state={}),
     edited(tally={"a": 1}), edited(records=[{}]), edited(best=[1]), edited(records=None)],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(change, pellucid: Pellucid, tmp_path: Path) -> None:
    pellucid(f"{TRAIN} --epochs 2")
    path = tmp_path / "c.npz"
    path.write_bytes(change(path.read_bytes()))
    done = pellucid(f"{TRAIN} --epochs 4")
    assert done.status == 4
    assert done.err.splitlines()[-1].startswith("pellucid: c.npz: this is no checkpoint")


def test_it_is_written_as_the_run_goes(
    pellucid: Pellucid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(checkpoints.Checkpoint, "save", lambda self: saved.append(self.state.epoch))
    pellucid(f"{TRAIN} --epochs 3")
    assert saved == [1, 2, 3]
