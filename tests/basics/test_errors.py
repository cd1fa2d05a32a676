"""The tree of errors: codes, exit statuses, second parents, and messages of one line."""

import inspect
import pickle
import re

import pytest

from pellucid.basics import errors
from pellucid.basics.errors import (
    DataError,
    DivergedError,
    DownloadError,
    MissingPackageError,
    ModelFileError,
    OptionError,
    PellucidError,
    ShapeError,
    StorageError,
    UnknownNameError,
    did_you_mean,
)

TREE = {  # class: (code, exit status, parent, what people who don't know this tree catch)
    OptionError: ("option", 2, PellucidError, ValueError),
    UnknownNameError: ("unknown-name", 2, OptionError, ValueError),
    MissingPackageError: ("missing-package", 2, PellucidError, ImportError),
    DataError: ("data", 3, PellucidError, ValueError),
    ShapeError: ("shape", 3, DataError, ValueError),
    ModelFileError: ("model-file", 4, PellucidError, ValueError),
    StorageError: ("storage", 5, PellucidError, OSError),
    DownloadError: ("download", 5, StorageError, OSError),
    DivergedError: ("diverged", 6, PellucidError, ArithmeticError),
}


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_code_exit_status_and_parents_are_as_promised(kind):
    code, exit_status, parent, builtin = TREE[kind]
    assert (kind.code, kind.exit_status) == (code, exit_status)
    assert kind.__bases__[0] is parent
    assert issubclass(kind, builtin)


def test_the_tree_names_every_class_there_is():
    found = {
        value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, PellucidError)
    }
    assert found == {PellucidError, *TREE}
    assert len({kind.code for kind in found}) == len(found)
    for kind, (code, exit_status, _, builtin) in TREE.items():
        line = next(line for line in errors.__doc__.splitlines() if f"── {kind.__name__} " in line)
        assert f'"{code}"' in line
        assert re.search(rf"\b{exit_status}\b", line)
        assert f"({builtin.__name__})" in line or builtin in parent_builtins(kind)


def parent_builtins(kind):
    return [entry[3] for parent, entry in TREE.items() if parent is TREE[kind][2]]


def test_an_unknown_name_gets_the_nearest_one_and_the_whole_list():
    error = UnknownNameError("activation", "rellu", ("tanh", "relu"))
    assert str(error) == "'rellu' is not a known activation. Did you mean 'relu'? Known: tanh, relu."
    assert (error.kind, error.name, error.known) == ("activation", "rellu", ("tanh", "relu"))


def test_an_unknown_name_that_is_near_none_gets_the_list_only():
    assert str(UnknownNameError("loss", 7, ("hinge",))) == "7 is not a known loss. Known: hinge."


def test_a_data_error_begins_with_file_and_place():
    assert str(DataError("it is empty.")) == "it is empty."
    assert str(DataError("it is empty.", path="a.csv")) == "a.csv: it is empty."
    assert str(DataError("it is empty.", path="a.csv", place="line 7")) == "a.csv, line 7: it is empty."
    assert str(DataError("it is empty.", place="line 7")) == "line 7: it is empty."


def test_a_model_file_error_begins_with_its_file():
    error = ModelFileError("it is damaged.", path="m.pellucid")
    assert str(error) == "m.pellucid: it is damaged."
    assert error.path == "m.pellucid"
    assert str(ModelFileError("it is damaged.")) == "it is damaged."


def test_a_divergence_names_epoch_step_layer_and_quantity_and_gives_advice():
    error = DivergedError(epoch=2, step=14, layer="layer 3", quantity="gradient of W")
    assert (error.epoch, error.step, error.layer, error.quantity) == (2, 14, "layer 3", "gradient of W")
    for part in ("epoch 2", "step 14", "layer 3", "gradient of W", "learning rate"):
        assert part in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("adamm", " Did you mean 'adam'?"), ("Adam", " Did you mean 'adam'?"), ("zzz", ""), ("", "")],
)
def test_the_hint_is_the_nearest_name_or_nothing(name, hint):
    assert did_you_mean(name, ["sgd", "adam"]) == hint


@pytest.mark.parametrize(
    "error",
    [
        UnknownNameError("color", "rde", ["red", "green"]),
        DivergedError(1, 2, "layer 3", "loss"),
        DataError("not so", path="a.csv", place="line 3"),
        ModelFileError("not so", path="m"),
    ],
)
def test_an_error_can_cross_to_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
