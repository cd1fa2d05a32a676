"""Who computes it: the faster engine that can, and a reason where that is the reference."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS, Optimizer
from pellucid.network.architecture import Architecture
from pellucid.network.engines import choice, compiled
from pellucid.network.engines.choice import ENGINES, Choice, choose
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.network import Network, load

SMALL = Architecture.mlp(Input((3,)), [4], 2)
FAST = replace(REFERENCE, name="compiled")


@dataclass
class StandIn:
    """Answers like the compiled engine, as the test wishes."""

    lacks: str = ""
    knows: tuple[str, ...] = ("sgd", "adam")
    ready: bool = False
    asked: list[str | None] = field(default_factory=list)
    compiled_for: list[str] = field(default_factory=list)

    def missing(self) -> str:
        return self.lacks

    def unsupported(self, architecture: Architecture, optimizer: Optimizer | None) -> str:
        self.asked.append(optimizer and optimizer.name)
        if optimizer is None or optimizer.name in self.knows:
            return ""
        return f"the compiled engine has no code for the optimizer {optimizer.name!r} yet"

    def is_ready(self, dtype: object) -> bool:
        return self.ready

    def make_ready(self, dtype: object) -> None:
        self.compiled_for.append(str(np.dtype(dtype)))  # type: ignore[call-overload]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    fake = StandIn()
    for name in ("missing", "unsupported", "is_ready", "make_ready"):
        monkeypatch.setattr(compiled, name, getattr(fake, name))
    monkeypatch.setattr(compiled, "COMPILED", FAST, raising=False)
    return fake


def test_the_fastest_by_default(stand_in: StandIn) -> None:
    assert choose(SMALL) == Choice(FAST)
    assert choose(SMALL, "compiled", optimizer=OPTIMIZERS["sgd"]) == Choice(FAST)


def test_the_reference_where_it_is_asked_for(stand_in: StandIn) -> None:
    stand_in.lacks = "llvmlite is not installed"
    assert choose(SMALL, "reference") == Choice(REFERENCE)


def test_the_reference_with_a_reason_where_the_other_has_no_code(stand_in: StandIn) -> None:
    got = choose(SMALL, optimizer=OPTIMIZERS["nesterov"])
    assert got.engine is REFERENCE
    assert got.reason == "the compiled engine has no code for the optimizer 'nesterov' yet"
    assert not got.is_missing


def test_the_reference_with_a_reason_where_the_other_is_not_there(stand_in: StandIn) -> None:
    stand_in.lacks = "llvmlite is not installed"
    assert choose(SMALL) == Choice(REFERENCE, "llvmlite is not installed", is_missing=True)


@pytest.mark.parametrize("lacks", ["", "llvmlite is not installed"])
def test_who_insists_is_told_why_not(stand_in: StandIn, lacks: str) -> None:
    stand_in.lacks = lacks
    with pytest.raises(OptionError, match=f"engine is 'compiled', but .*{lacks or 'nesterov'}"):
        choose(SMALL, "compiled", optimizer=OPTIMIZERS["nesterov"])


def test_an_unknown_engine() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'compiled'"):
        choose(SMALL, "compild")


def test_only_the_compiled_one_has_to_be_made_ready(stand_in: StandIn) -> None:
    assert choice.is_ready(Choice(REFERENCE), "float32")
    choice.make_ready(Choice(REFERENCE), "float32")
    assert stand_in.compiled_for == []
    assert not choice.is_ready(Choice(FAST), "float32")
    choice.make_ready(Choice(FAST), "float64")
    stand_in.ready = True
    choice.make_ready(Choice(FAST), "float32")
    assert stand_in.compiled_for == ["float64"]


# Of a network


def test_a_network_chooses_once_for_each_purpose(stand_in: StandIn) -> None:
    net = Network(SMALL)
    for _ in range(3):
        assert net.engine_for().engine is FAST
        assert net.engine_for("nesterov").engine is REFERENCE
        net.predict(np.zeros((2, 3)))
    assert stand_in.asked == [None, "nesterov"]


def test_another_engine_is_another_choice(stand_in: StandIn) -> None:
    net = Network(SMALL)
    assert net.engine_for().engine is FAST
    net.engine = "reference"
    assert net.engine_for().engine is REFERENCE
    net.engine = "auto"
    stand_in.lacks = "llvmlite is not installed"
    assert net.engine_for().reason == "llvmlite is not installed"


@pytest.mark.parametrize("name", ENGINES)
def test_a_network_keeps_the_name(name: str) -> None:
    net = Network(SMALL, engine=name)
    assert net.engine == net.copy().engine == name


def test_a_network_refuses_an_unknown_name_at_once() -> None:
    net = Network(SMALL, engine="reference")
    with pytest.raises(UnknownNameError, match="Did you mean 'auto'"):
        net.engine = "autos"
    assert net.engine == "reference"
    with pytest.raises(UnknownNameError):
        Network(SMALL, engine="fast")


def test_who_insists_hears_of_it_when_something_is_computed(stand_in: StandIn) -> None:
    stand_in.lacks = "llvmlite is not installed"
    with pytest.raises(OptionError, match="llvmlite"):
        Network(SMALL, engine="compiled").predict(np.zeros((2, 3)))


def test_the_file_says_nothing_of_it(tmp_path) -> None:
    one, other = (Network(SMALL, engine=name) for name in ("auto", "reference"))
    paths = one.save(tmp_path / "one"), other.save(tmp_path / "other")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert load(paths[1]).engine == "auto"
