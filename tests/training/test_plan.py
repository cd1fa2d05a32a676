from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.training.plan import Plan


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_brings_its_defaults(name: str) -> None:
    plan = Plan(optimizer=name)
    assert plan.learning_rate == OPTIMIZERS[name].learning_rate
    assert plan.settings == OPTIMIZERS[name].settings


def test_a_setting_replaces_its_default_alone() -> None:
    plan = Plan(optimizer="adam", learning_rate=0.5, settings={"beta1": 0.8})
    assert plan.learning_rate == 0.5
    assert plan.settings == {"beta1": 0.8, "beta2": 0.999, "epsilon": 1e-8}


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("epochs", [0, -1, 2.5, "5", True, None]),
        ("batch_size", [0, -32, 3.0, "32", False]),
        ("patience", [0, -1, 1.5, True]),
        ("n_threads", [0, -1, 2.0, "2", True]),
        ("learning_rate", [0, -0.1, NAN, INF, "0.1", True, 1j]),
        ("l1", [-1, NAN, INF, "1", None]),
        ("l2", [-1e-9, NAN, INF, True]),
        ("loss_below", [-0.1, NAN, INF, "low"]),
        ("seed", [-1, 2**64, 0.5, "0", None]),
    ],
)
def test_a_setting_out_of_range(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(OptionError, match=rf"{name} is .*expected"):
            Plan(**{name: value})


@pytest.mark.parametrize(
    ("options", "suggestion"),
    [
        ({"optimizer": "adm"}, "'adam'"),
        ({"optimizer": "SGD"}, "sgd"),
        ({"schedule": "cosin"}, "'cosine'"),
        ({"engine": "compild"}, "'compiled'"),
    ],
)
def test_an_unknown_name(options: dict[str, Any], suggestion: str) -> None:
    with pytest.raises(UnknownNameError, match=suggestion):
        Plan(**options)


def test_a_setting_that_the_optimizer_has_not() -> None:
    with pytest.raises(OptionError, match=r"no setting 'momentun'.*Did you mean 'momentum'"):
        Plan(optimizer="momentum", settings={"momentun": 0.5})
    with pytest.raises(OptionError, match="Known: none"):
        Plan(optimizer="sgd", settings={"momentum": 0.5})


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        ("momentum", {"momentum": 1.0}),
        ("momentum", {"momentum": -0.1}),
        ("nesterov", {"momentum": NAN}),
        ("rmsprop", {"rho": 2}),
        ("rmsprop", {"epsilon": 0}),
        ("adam", {"beta1": 1.0}),
        ("adam", {"beta2": "0.99"}),
        ("adam", {"epsilon": INF}),
    ],
)
def test_an_optimizer_s_constant_out_of_range(optimizer: str, settings: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=rf"{next(iter(settings))} is .*expected"):
        Plan(optimizer=optimizer, settings=settings)


@given(n=st.integers(1, 1000), batch_size=st.one_of(st.none(), st.integers(1, 1200)))
def test_steps_use_every_example_once(n: int, batch_size: int | None) -> None:
    plan = Plan(batch_size=batch_size)
    per_step, steps = plan.examples_per_step(n), plan.steps_per_epoch(n)
    assert (steps - 1) * per_step < n <= steps * per_step
    assert per_step == min(n, batch_size or n)
