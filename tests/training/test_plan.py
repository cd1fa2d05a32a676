from __future__ import annotations

from dataclasses import replace
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
        ("min_delta", [-0.1, NAN, INF, "0.1", None]),
        ("max_time", [0, -1, NAN, INF, "1 h", True]),
        ("clip_norm", [0, -1, NAN, INF, "1"]),
        ("max_norm", [0, -1, NAN, INF, True]),
        ("averaging", [-0.1, 1, 1.5, NAN, "0.9", None]),
        ("label_smoothing", [-0.1, 1, NAN, True]),
        ("warm_up", [-0.1, 1.1, NAN, "0.1", None]),
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
        ({"monitor": "validation_los"}, "'validation_loss'"),
        ({"keep": "beste"}, "'best'"),
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


def test_a_schedule_brings_its_defaults_and_a_setting_replaces_its_own_alone() -> None:
    assert Plan(schedule="step").schedule_settings == {"every": 5, "factor": 0.5}
    plan = Plan(schedule="step", schedule_settings={"every": 10})
    assert plan.schedule_settings == {"every": 10, "factor": 0.5}
    assert replace(plan, epochs=7).schedule_settings == plan.schedule_settings
    with pytest.raises(OptionError, match=r"schedule 'step' has no setting 'evry'.*Did you mean 'every'"):
        Plan(schedule="step", schedule_settings={"evry": 10})
    with pytest.raises(OptionError, match="Known: none"):
        Plan(schedule_settings={"every": 10})
    with pytest.raises(OptionError, match="expected names and numbers, a dict"):
        Plan(schedule="step", schedule_settings=10)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schedule", "settings"),
    [
        ("step", {"every": 0}),
        ("step", {"every": 2.5}),
        ("step", {"factor": 1.5}),
        ("exponential", {"factor": -0.1}),
        ("inverse_time", {"decay": NAN}),
        ("inverse_time", {"power": -1}),
        ("cosine_cycles", {"cycles": True}),
        ("one_cycle", {"rise": 2}),
        ("plateau", {"patience": 0}),
        ("plateau", {"least": "1e-6"}),
    ],
)
def test_a_schedule_s_constant_out_of_range(schedule: str, settings: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=rf"{next(iter(settings))} is .*expected"):
        Plan(schedule=schedule, schedule_settings=settings)


def test_the_best_weights_are_kept_with_a_patience_or_when_asked_for() -> None:
    assert not Plan().keeps_best
    assert Plan(patience=3).keeps_best
    assert Plan(keep="latest_best").keeps_best
    assert not Plan(patience=3, keep="last").keeps_best
