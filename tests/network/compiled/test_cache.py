"""Machine code kept between processes: found again, never mistaken, never trusted blindly, never needed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from pellucid.network.engines import compiled

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

from pellucid.basics.places import CACHE_VARIABLE
from pellucid.network.engines.compiled import cache, library
from pellucid.network.engines.compiled.build import Processor

HERE = Processor.here()


class Maker:
    """Compiles, and counts how often."""

    def __init__(self, code: bytes = b"machine code") -> None:
        self.code, self.calls = code, 0

    def __call__(self) -> bytes:
        self.calls += 1
        return self.code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept" / "engine"


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("*.o")
    return path


def test_what_was_made_once_is_found(folder: Path) -> None:
    make = Maker()
    assert not library.is_kept("float16")  # of which nobody has compiled anything
    for _ in range(3):
        assert cache.kept("float32", HERE, make) == b"machine code"
    assert make.calls == 1
    assert the_file(folder).stem == cache.key("float32", HERE)
    assert cache.read(folder / "not-there.o") is None


def test_each_precision_and_processor_has_its_own(folder: Path) -> None:
    others = [
        dataclasses.replace(HERE, name="another"),
        dataclasses.replace(HERE, features=HERE.features + ",+more"),
        dataclasses.replace(HERE, register_bits=1024),
    ]
    keys = {
        cache.key("float32", HERE),
        cache.key("float64", HERE),
        *(cache.key("float32", o) for o in others),
    }
    assert len(keys) == 5
    cache.kept("float32", others[0], Maker(b"another's"))
    assert cache.kept("float32", HERE, Maker(b"mine")) == b"mine"


@pytest.mark.parametrize(
    "damage", ["truncated", "empty", "garbage", "one bit", "a folder", "of another version"]
)
def test_a_damaged_file_is_made_anew(damage: str, folder: Path) -> None:
    cache.kept("float32", HERE, Maker())
    path = the_file(folder)
    content = path.read_bytes()
    if damage == "a folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(
            {
                "truncated": content[:-1],
                "empty": b"",
                "garbage": bytes(range(256)),
                "one bit": content[:-1] + bytes([content[-1] ^ 1]),
                "of another version": content.replace(b"engine 1", b"engine 0"),
            }[damage]
        )
    make = Maker(b"made anew")
    assert cache.kept("float32", HERE, make) == b"made anew"
    assert make.calls == 1
    if damage != "a folder":  # which is left alone
        assert cache.read(path) == b"made anew"


def test_somebody_else_s_file_is_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(os, "geteuid"):
        pytest.skip("files have no owners here")
    cache.kept("float32", HERE, Maker(b"theirs"))
    path = the_file(folder)
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr(cache.os, "geteuid", lambda: 12345)
    assert cache.read(path) is None
    assert cache.kept("float32", HERE, Maker(b"mine")) == b"mine"


def test_where_nothing_can_be_written_it_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    monkeypatch.setenv(CACHE_VARIABLE, str(file / "below"))
    make = Maker()
    assert [cache.kept("float32", HERE, make) for _ in range(2)] == [b"machine code"] * 2
    assert make.calls == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    make = Maker()
    assert cache.kept("float32", HERE, make) == b"machine code"
    folder.chmod(stat.S_IRWXU)
    assert list(folder.iterdir()) == []


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise cache.StorageError("full")

    monkeypatch.setattr(cache, "write_atomically", full)
    assert cache.kept("float32", HERE, Maker()) == b"machine code"


def test_it_stands_beside_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "~/somewhere")
    assert cache.folder() == Path.home() / "somewhere" / "engine"


def test_without_sources_the_reference_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "has_sources", lambda: False)
    compiled.missing.cache_clear()
    assert "sources" in compiled.missing()
    monkeypatch.undo()
    compiled.missing.cache_clear()
    assert not compiled.missing()


def test_every_edit_is_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "compiled"
    shutil.copytree(Path(cache.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = cache.key("float32", HERE)
    monkeypatch.setattr(cache, "__file__", str(copy / "cache.py"))
    assert cache.key("float32", HERE) == before
    for name in ("kernels/matmul.py", "language/values.py", "fields.py"):
        with (copy / name).open("a") as file:
            file.write("# edited\n")
        after = cache.key("float32", HERE)
        assert after != before
        before = after


def test_who_comes_at_the_same_time_waits_and_reads(folder: Path) -> None:
    begun, go_on, results = threading.Event(), threading.Event(), []

    def slow() -> bytes:
        begun.set()
        assert go_on.wait(60)
        return b"the first one's"

    late = Maker(b"the second one's")
    first = threading.Thread(target=lambda: results.append(cache.kept("float32", HERE, slow)))
    second = threading.Thread(target=lambda: results.append(cache.kept("float32", HERE, late)))
    first.start()
    assert begun.wait(60)
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert results == [b"the first one's"] * 2
    assert late.calls == 0


def test_who_waits_too_long_makes_it_himself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr(cache, "WAIT", 0.01)
    folder.mkdir(parents=True)
    with FileLock(folder / f"{cache.key('float32', HERE)}.lock"):
        assert cache.kept("float32", HERE, Maker()) == b"machine code"


COMPILE = """
import logging
logging.basicConfig(level="INFO", format="%(message)s")
from pellucid.network.engines import compiled
compiled.make_ready("float32")
import numpy as np
from pellucid.network.architecture import Architecture
from pellucid.data.dataset import Input
net = Architecture.mlp(Input((3,)), [4], 2)
print(compiled.COMPILED.logits(net, np.ones(net.n_parameters, "f4"), np.ones((2, 3))).tolist())
"""


def started(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMPILE],
        env={**os.environ, CACHE_VARIABLE: str(folder.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What it printed, and how often it compiled."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return out, err.count("compiling the engine")


@pytest.mark.slow
def test_two_processes_at_once_with_an_empty_cache(folder: Path) -> None:
    both = [finished(process) for process in [started(folder) for _ in range(2)]]
    assert sorted(times for _, times in both) == [0, 1]
    assert {out for out, _ in both} == {"[[17.0, 17.0], [17.0, 17.0]]\n"}
    path = the_file(folder)
    path.write_bytes(path.read_bytes()[:-100])
    assert finished(started(folder)) == (both[0][0], 1)
    assert finished(started(folder)) == (both[0][0], 0)


WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "llvmlite" else super().find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
import pellucid
data = pellucid.data.xor()
net = pellucid.Network.for_data(data, hidden=[4])
print(pellucid.fit(net, data.train, epochs=1).engine)
print(net.engine_for().reason)
try:
    pellucid.fit(net, data.train, epochs=1, engine="compiled")
except pellucid.PellucidError as error:
    print(error)
assert "llvmlite" not in sys.modules
"""


def test_without_a_compiler_the_reference_runs_and_one_is_told() -> None:
    done: Any = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    engine, reason, error = done.stdout.splitlines()
    assert engine == "reference"
    assert "llvmlite" in reason
    assert "is not installed" in reason
    assert "llvmlite" in done.stderr
    assert reason in error
