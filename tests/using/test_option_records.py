"""Records of options: what a command takes, what was given, and the command line that makes a record again."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import get_type_hints

import pytest

from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.metrics import METRICS
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.training.methods import METHODS
from pellucid.training.plan import Plan
from pellucid.training.schedules import SCHEDULES
from pellucid.using.command_line.computing_options import ComputingOptions
from pellucid.using.command_line.cross_validate import cross_validate
from pellucid.using.command_line.data_options import DataOptions, HoldingOutOptions
from pellucid.using.command_line.learning_options import LearningOptions, StoppingOptions, plan_of
from pellucid.using.command_line.network_options import NetworkOptions
from pellucid.using.command_line.option_records import flag_of, written
from pellucid.using.command_line.train import train
from pellucid.using.command_line.tune import tune
from tests.using.made import Pellucid

RECORDS = (DataOptions, HoldingOutOptions, NetworkOptions, LearningOptions, StoppingOptions, ComputingOptions)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_is_an_option_of_its_own_name_with_a_help(record):
    for field in fields(record):
        annotation = get_type_hints(record, include_extras=True)[field.name]
        assert flag_of(annotation) == "--" + field.name.replace("_", "-")
        (option,) = annotation.__metadata__
        assert option.help.endswith((".", "]"))
        assert option.rich_help_panel


@pytest.mark.parametrize("command", [train, cross_validate, tune], ids=lambda command: command.__name__)
def test_commands_that_train_take_all_options_of_network_learning_and_stopping(command):
    taken = inspect.signature(command).parameters
    for record in (DataOptions, NetworkOptions, LearningOptions, StoppingOptions, ComputingOptions):
        assert {field.name for field in fields(record)} <= set(taken)


def test_every_setting_of_a_plan_is_an_option():
    """But those that stand for themselves in another form."""
    taken = set(inspect.signature(train).parameters)
    renamed = {"settings": "setting", "schedule_settings": "schedule_setting", "n_threads": "threads"}
    renamed |= {"augmentation": "augment"}
    missing = {renamed.get(field.name, field.name) for field in fields(Plan)} - taken
    assert missing == {"shuffle"}


def test_the_help_names_whatever_the_registers_hold(pellucid: Pellucid):
    shown = " ".join(pellucid("train --help").out.replace("│", " ").split())
    for register in (ACTIVATIONS, INITIALIZERS, LOSSES, NORMALIZATIONS, METHODS, SCHEDULES, METRICS):
        for name in register:
            assert name in shown
    for method in METHODS.values():
        for name in method.settings:
            assert name in shown


def test_options_without_a_word_make_the_usual_plan():
    usual = plan_of(LearningOptions(), StoppingOptions(), ComputingOptions())
    assert usual == Plan()


def test_what_is_written_is_what_differs():
    assert written(LearningOptions(), StoppingOptions(), ComputingOptions()) == []
    learning = LearningOptions(learning_rate=0.01, setting=["beta1=0.8", "beta2=0.9"])
    words = "--learning-rate 0.01 --setting beta1=0.8 --setting beta2=0.9 --early-stopping --threads 2"
    assert (
        " ".join(written(learning, StoppingOptions(early_stopping=True), ComputingOptions(threads=2)))
        == words
    )


def test_what_a_command_has_as_a_default_of_its_own_is_told():
    assert inspect.signature(tune).parameters["epochs"].default != LearningOptions().epochs
    assert inspect.signature(train).parameters["epochs"].default == LearningOptions().epochs
