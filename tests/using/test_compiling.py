"""The engine is compiled before the first step, with a word to whoever waits, and Ctrl-C is heard meanwhile."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from pellucid.data.toys import two_moons
from pellucid.network.engines import compiled
from pellucid.network.engines.choice import Choice
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.network import Network
from pellucid.using import compiling
from pellucid.using.compiling import COMPILING, prepare_engine
from pellucid.using.display import TrainingDisplay
from pellucid.using.fitting import fit
from tests.using.made import Pellucid

FAST = replace(REFERENCE, name="compiled")
COMPUTING = (
    "train two-moons --epochs 1 --save m.pellucid",
    "evaluate m.pellucid two-moons",
    "predict m.pellucid row.npy",
)
SINCE = "Slow: the reference engine runs, since llvmlite is not installed."


class Compiler:
    """Stands for the compiled engine: it compiles once for each dtype, or fails."""

    def __init__(self) -> None:
        self.lacks = ""
        self.error: BaseException | None = None
        self.compiled: list[str] = []
        self.threads: list[threading.Thread] = []
        self.wait = threading.Event()
        self.wait.set()

    def is_ready(self, dtype: str) -> bool:
        return str(np.dtype(dtype)) in self.compiled

    def make_ready(self, dtype: str) -> None:
        self.threads.append(threading.current_thread())
        self.wait.wait(20)
        if self.error is not None:
            raise self.error
        self.compiled.append(str(np.dtype(dtype)))


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    fake = Compiler()
    monkeypatch.setattr(compiled, "missing", lambda: fake.lacks)
    monkeypatch.setattr(compiled, "unsupported", lambda architecture, optimizer: "")
    monkeypatch.setattr(compiled, "COMPILED", FAST, raising=False)
    monkeypatch.setattr(compiled, "is_ready", fake.is_ready)
    monkeypatch.setattr(compiled, "make_ready", fake.make_ready)
    monkeypatch.setattr(compiling, "_told", set())
    return fake


def console(*, terminal: bool = False) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)


def said(where: Console) -> str:
    assert isinstance(where.file, StringIO)
    return where.file.getvalue()


def test_it_is_compiled_once_with_a_line(compiler: Compiler) -> None:
    where = console()
    for dtype in ("float32", "float32", "float64"):
        prepare_engine(Choice(FAST), dtype, where)
    assert compiler.compiled == ["float32", "float64"]
    assert said(where).splitlines() == [COMPILING, COMPILING]


def test_in_a_terminal_a_spinner_turns_meanwhile(compiler: Compiler) -> None:
    where = console(terminal=True)
    compiler.wait.clear()
    threading.Timer(0.5, compiler.wait.set).start()
    prepare_engine(Choice(FAST), "float32", where)
    frames = set(re.findall(r"([⠀-⣿]) Compiling", said(where)))
    assert len(frames) > 1
    assert compiler.threads[0] is not threading.current_thread()


def test_without_a_console_nothing_is_said(compiler: Compiler, capsys: pytest.CaptureFixture[str]) -> None:
    prepare_engine(Choice(FAST), "float32", None)
    compiler.lacks = "llvmlite is not installed"
    prepare_engine(Choice(REFERENCE, "llvmlite is not installed", is_missing=True), "float32", None)
    assert compiler.compiled == ["float32"]
    assert capsys.readouterr() == ("", "")


def test_the_reference_needs_nothing(compiler: Compiler) -> None:
    where = console()
    prepare_engine(Choice(REFERENCE), "float32", where)
    prepare_engine(Choice(REFERENCE, "the compiled engine has no code for it"), "float32", where)
    assert (said(where), compiler.compiled) == ("", [])


def test_that_the_fast_one_is_missing_is_said_once(compiler: Compiler) -> None:
    where = console()
    for _ in range(3):
        prepare_engine(Choice(REFERENCE, "llvmlite is not installed", is_missing=True), "float32", where)
    assert said(where).splitlines() == [SINCE]


def test_what_goes_wrong_is_raised_where_somebody_waits(compiler: Compiler) -> None:
    compiler.error = OSError("the disk is full")
    with pytest.raises(OSError, match="the disk is full"):
        prepare_engine(Choice(FAST), "float32", console())


@pytest.mark.parametrize("terminal", [False, True])
def test_ctrl_c_gives_it_up_at_once(compiler: Compiler, terminal: bool) -> None:
    compiler.wait.clear()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        prepare_engine(Choice(FAST), "float32", console(terminal=terminal))
    assert time.monotonic() - began < 15  # the compiler would have waited 20 s
    assert compiler.threads[0].daemon  # it can't keep the process alive
    compiler.wait.set()
    compiler.threads[0].join()


# In fit and in commands


def test_fit_compiles_before_its_first_epoch(compiler: Compiler) -> None:
    data, where = two_moons(), console()
    net = Network.for_data(data, hidden=[4])
    history = fit(net, data.train, epochs=1, display=TrainingDisplay(where))
    assert [line.split("  ")[0] for line in said(where).splitlines()] == [COMPILING, "epoch 1"]
    assert history.engine == "compiled"
    fit(net, data.train, epochs=1, display=TrainingDisplay(where), engine="reference")
    assert compiler.compiled == ["float32"]


def test_fit_without_a_display_compiles_without_a_word(
    compiler: Compiler, capsys: pytest.CaptureFixture[str]
) -> None:
    data = two_moons()
    fit(Network.for_data(data, hidden=[4]), data.train, epochs=1, show=False)
    assert compiler.compiled == ["float32"]
    assert capsys.readouterr() == ("", "")


def test_fit_looks_at_the_data_before_it_compiles(compiler: Compiler) -> None:
    data = two_moons()
    with pytest.raises(ValueError, match="expected"):
        fit(Network.for_data(data, hidden=[4]), data.train, validation=7)
    assert compiler.compiled == []


def test_every_command_that_computes_compiles_first(compiler: Compiler, pellucid: Pellucid) -> None:
    np.save("row.npy", np.zeros((1, 2)))
    for command in COMPUTING:
        compiler.compiled.clear()
        assert pellucid(command).err.count(COMPILING) == 1
        compiler.compiled.clear()
        quiet = pellucid(f"{command} --json")
        assert (quiet.status, compiler.compiled, COMPILING in quiet.err) == (0, ["float32"], False)


def test_every_command_says_that_the_fast_one_is_missing(
    compiler: Compiler, pellucid: Pellucid, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler.lacks = "llvmlite is not installed"
    np.save("row.npy", np.zeros((1, 2)))
    for command in COMPUTING:
        monkeypatch.setattr(compiling, "_told", set())
        assert pellucid(f"{command} --engine reference").err.count(SINCE) == 0
        assert pellucid(f"{command} --json").err.count(SINCE) == 0
        assert pellucid(command).err.count(SINCE) == 1


def test_130_while_it_compiles(compiler: Compiler, pellucid: Pellucid) -> None:
    compiler.wait.clear()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    done = pellucid("train two-moons --save m.pellucid")
    compiler.wait.set()
    assert (done.status, done.out) == (130, "")
    assert done.err.splitlines()[-2:] == [COMPILING, "pellucid: interrupted"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("", "engine: compiled"),
        ("--threads 1", "engine: compiled, 1 thread at most"),
        ("--threads 2", "engine: compiled, 2 threads at most"),
        ("--engine reference", "engine: reference"),
    ],
)
@pytest.mark.parametrize("flag", ["--verbose", "-v"])
def test_verbose_says_who_computes(
    options: str, line: str, flag: str, compiler: Compiler, pellucid: Pellucid
) -> None:
    for command in (
        f"{flag} train two-moons --epochs 1 {options}",
        f"train two-moons --epochs 1 {flag} {options}",
    ):
        done = pellucid(command.strip())
        assert done.status == 0
        assert line in done.err.splitlines()
    assert "engine: " not in pellucid(f"train two-moons --epochs 1 {options}".strip()).err


def test_verbose_says_why_it_is_not_the_fast_one(compiler: Compiler, pellucid: Pellucid) -> None:
    compiler.lacks = "llvmlite is not installed"
    done = pellucid("train two-moons --epochs 1 --verbose --save m.pellucid")
    assert "engine: reference, since llvmlite is not installed" in done.err.splitlines()
    done = pellucid("evaluate m.pellucid two-moons -v")
    assert "engine: reference, since llvmlite is not installed" in done.err.splitlines()


@pytest.mark.parametrize(
    "command", ["train two-moons --epochs 1", "evaluate m.pellucid two-moons", "predict m.pellucid row.npy"]
)
def test_who_insists_on_the_fast_one_gets_it_or_an_error(
    command: str, compiler: Compiler, pellucid: Pellucid
) -> None:
    np.save("row.npy", np.zeros((1, 2)))
    pellucid("train two-moons --epochs 1 --save m.pellucid")
    assert pellucid(f"{command} --engine compiled").status == 0
    compiler.lacks = "llvmlite is not installed"
    done = pellucid(f"{command} --engine compiled")
    assert done.status == 2
    assert done.err.splitlines()[-1] == (
        "pellucid: --engine is 'compiled', but llvmlite is not installed; choose 'auto' or 'reference'."
    )


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_record_names_the_engine_that_ran(engine: str, compiler: Compiler, pellucid: Pellucid) -> None:
    name = {"auto": "compiled"}.get(engine, engine)
    trained = pellucid(f"train two-moons --epochs 1 --save m.pellucid --json --engine {engine}")
    judged = pellucid(f"evaluate m.pellucid two-moons --json --engine {engine}")
    assert trained.record["engine"] == judged.record["engine"] == name


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--engine compild", "'compild' is not a known engine. Did you mean 'compiled'?"),
        ("--threads 0", "--threads is 0; expected a whole number of at least 1."),
        ("--threads two", "--threads is 'two'; expected a whole number."),
    ],
)
@pytest.mark.parametrize("command", ["train two-moons", "digits"])
def test_a_bad_choice(options: str, complaint: str, command: str, pellucid: Pellucid) -> None:
    done = pellucid(f"{command} {options}")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"pellucid: {complaint}")
