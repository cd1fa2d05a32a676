import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.basics.errors import DataError, ModelFileError
from pellucid.data.columns import (
    CategoryColumn,
    ClassTarget,
    ConstantColumn,
    NumberTarget,
    NumberTargets,
    NumericColumn,
)
from pellucid.data.labels import normal_labels
from pellucid.data.preparation import Preparation, fit_preparation
from pellucid.data.tables import Table
from pellucid.data.targets import class_labels, find_targets, group_labels, is_quantity


def table(**columns):
    cells = tuple(np.array([str(cell) for cell in column], dtype=object) for column in columns.values())
    return Table("people.csv", tuple(columns), cells, np.arange(2, 2 + len(cells[0])))


PEOPLE = {"weight": [133, 160, 152, 120], "height": [65, 72, 70, 60], "target": ["F", "M", "M", "F"]}


def test_columns_are_standardized_by_mean_and_population_std():
    data = fit_preparation(table(**PEOPLE)).dataset(table(**PEOPLE))
    weight = np.array(PEOPLE["weight"], dtype=np.float64)
    expected = (weight - 141.25) / np.sqrt(((weight - 141.25) ** 2).mean())
    np.testing.assert_allclose(data.X[:, 0], expected, rtol=1e-6)
    assert data.X.dtype == np.float64
    assert data.names == ("weight", "height")
    assert data.classes == ("F", "M")
    assert data.y.tolist() == [0, 1, 1, 0]
    assert data.title == "people.csv"


@given(
    rest=arrays(np.float64, 3, elements=st.floats(-1e9, 1e9)),
    answers=st.lists(st.sampled_from(["F", "M", "?", "bird"]), min_size=3, max_size=3),
)
def test_only_training_rows_are_looked_at(rest, answers):
    train = {"x": [1.5, 2.5, 4.5], "target": ["F", "M", "F"]}
    rows = np.arange(3)
    wild = table(x=[*train["x"], *rest], target=[*train["target"], *answers])
    assert fit_preparation(wild, rows=rows) == fit_preparation(table(**train))
    assert fit_preparation(wild, rows=np.arange(6) < 3) == fit_preparation(table(**train))


def test_test_rows_are_scaled_with_the_training_rows_numbers():
    whole = table(x=[0, 2, 100], target=["a", "b", "a"])
    data = fit_preparation(whole, rows=np.array([0, 1])).dataset(whole.take(np.array([2])))
    assert data.X.tolist() == [[99.0]]
    assert data.y.tolist() == [0]


@pytest.mark.parametrize("value", [0.1, 5, 1e300, -3.3e-200])
def test_a_constant_column_is_kept_and_always_0(value):
    whole = table(x=[value] * 10, z=range(10), target=["a", "b"] * 5)
    preparation = fit_preparation(whole)
    assert preparation.names == ("x", "z")
    assert "always 0" in preparation.summary()
    assert not preparation.features(whole)[:, 0].any()
    assert not preparation.features(table(x=["?", "7", "word"], z=[1, 2, 3]))[:, 0].any()
    assert not preparation.features(table(z=[1, 2, 3]))[:, 0].any()


def test_prediction_finds_columns_by_name_in_any_order():
    preparation = fit_preparation(table(**PEOPLE))
    shuffled = table(extra=["x"] * 4, height=PEOPLE["height"], weight=PEOPLE["weight"])
    np.testing.assert_array_equal(preparation.features(shuffled), preparation.features(table(**PEOPLE)))


def test_numbers_are_learnt_standardized_and_restored():
    whole = table(x=range(4), price=[100.5, 200.5, 300.5, 400.5])
    preparation = fit_preparation(whole, target="price")
    data = preparation.dataset(whole)
    assert isinstance(preparation.target, NumberTarget)
    assert data.y.shape == (4, 1)
    assert data.classes is None
    np.testing.assert_allclose([data.y.mean(), data.y.std()], [0.0, 1.0], atol=1e-12)
    restored = preparation.target.restore(data.y)
    np.testing.assert_allclose(restored[:, 0], [100.5, 200.5, 300.5, 400.5], rtol=1e-14)


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        ([10, 9, 2] * 10, ("2", "9", "10")),
        (["1.0", "0", "01"] * 10, ("0", "1")),
        (["b", "10", "a"] * 10, ("10", "a", "b")),
        (["+", "-"] * 15, ("+", "-")),
        (list(range(20)) + [0] * 10, tuple(map(str, range(20)))),
        (list(range(21)) + [0] * 9, None),
        ([0.5, 1, 2] * 10, None),
    ],
)
def test_classes_or_quantity(answers, classes):
    whole = table(x=range(30), target=answers)
    target = fit_preparation(whole).target
    assert is_quantity(whole, "target") == (classes is None)
    if classes is None:
        assert isinstance(target, NumberTarget)
    else:
        assert target == ClassTarget("target", classes)
        assert set(class_labels(whole, "target")) == set(classes)


@pytest.mark.parametrize(
    "answers",
    [[*range(20), 20, *range(20)], [*range(1, 11), 7.5, *range(1, 11)]],
    ids=["a rare value", "one fraction"],
)
def test_the_kind_of_answer_is_decided_by_all_rows(answers):
    whole = table(x=range(len(answers)), target=answers)
    rare = len(answers) // 2
    for rows in (np.delete(np.arange(len(answers)), rare), np.array([0, 1, rare])):
        preparation = fit_preparation(whole, rows=rows)
        assert isinstance(preparation.target, NumberTarget)
        assert preparation.dataset(whole).y.shape == (len(answers), 1)


def test_a_missing_answer_of_another_row_does_not_hinder_fitting():
    whole = table(x=range(4), target=[1, 2, 1, "?"])
    assert fit_preparation(whole, rows=np.arange(3)).target == ClassTarget("target", ("1", "2"))
    with pytest.raises(DataError, match="line 5, column 'target'"):
        fit_preparation(whole)


@given(st.lists(st.sampled_from(["1", "01", "1.0", " 1", "1e0", "2", "a", "1.5", "-0", "+7"]), min_size=1))
def test_a_labels_spelling_depends_on_its_own_cell_alone(cells):
    together = normal_labels(np.array(cells, dtype=object))
    assert together.tolist() == [normal_labels(np.array([cell], dtype=object))[0] for cell in cells]
    assert normal_labels(together).tolist() == together.tolist()


def test_one_unknown_label_does_not_make_others_unknown():
    preparation = fit_preparation(table(x=range(4), target=["01", "02", "a", "a"]))
    assert preparation.target == ClassTarget("target", ("1", "2", "a"))
    assert preparation.dataset(table(x=range(2), target=["01", "02"])).y.tolist() == [0, 1]
    with pytest.raises(DataError, match="line 3, column 'target': class 'zz'"):
        preparation.dataset(table(x=range(2), target=["1.0", "zz"]))


def test_features_keep_what_float64_can_tell_apart():
    whole = table(x=[1.0, 1.0 + 1e-12, 3.0], target=["a", "b", "a"])
    X = fit_preparation(whole).features(whole)
    assert X[0, 0] < X[1, 0]


@pytest.mark.parametrize("name", ["target", "Label", "CLASS", "species", "y"])
def test_the_usual_names_of_a_target_are_found(name):
    assert find_targets(table(x=[1, 2], **{name: ["a", "b"]}), None) == (name,)


def test_groups_are_no_feature():
    whole = table(x=[1, 2, 3], patient=["a", "a", "b"], target=["n", "y", "n"])
    preparation = fit_preparation(whole, group="patient")
    data = preparation.dataset(whole.take(np.array([1, 2])))
    assert preparation.names == ("x",)
    assert data.groups is not None
    assert data.groups.tolist() == ["a", "b"]


BAD_TABLES = {
    "no usual target": (
        {"x": [1, 2], "z": ["a", "b"]},
        {},
        ["--target COLUMN", 'target="..."', "x, z"],
    ),
    "missing target": (PEOPLE, {"target": "tarjet"}, ["'tarjet'", "Did you mean 'target'?"]),
    "missing group": (PEOPLE, {"group": "wait"}, ["'wait'", "The columns are"]),
    "target is group": (PEOPLE, {"group": "target"}, ["'target'", "both target and group"]),
    "no features": ({"target": ["a", "b"]}, {}, ["'target'", "feature"]),
    "one row": ({"x": [1], "target": ["a"]}, {}, ["1 training row", "at least 2"]),
    "no training rows": (PEOPLE, {"rows": np.array([], dtype=int)}, ["no training rows", "at least 2"]),
    "one class": ({"x": [1, 2], "target": ["a", "a"]}, {}, ["column 'target'", "'a'", "two classes"]),
    "slip in a feature": (
        {"x": [1, 2, "3,5"], "target": ["a", "b", "a"]},
        {},
        ["line 4, column 'x'", "decimal point", "--categories x"],
    ),
    "missing answer": ({"x": [1, 2], "target": ["a", ""]}, {}, ["line 3, column 'target'", "fill in"]),
    "answer nan": ({"x": [1, 2], "target": ["1.5", "nan"]}, {}, ["line 3, column 'target'", "fill in"]),
    "huge numbers": (
        {"x": ["1e308", "-1e308"], "target": ["a", "b"]},
        {},
        ["line 2, column 'x'", "too large", "larger unit"],
    ),
    "identifiers as classes": (
        {"x": range(50), "target": [f"id{i}" for i in range(50)]},
        {},
        ["column 'target'", "50 different", "another target"],
    ),
    "slip in a quantity": (
        {"x": range(50), "target": [*(f"{i}.5" for i in range(49)), "1,5"]},
        {},
        ["line 51, column 'target'", "decimal point"],
    ),
    "empty group": (
        {"x": [1, 2], "who": ["a", ""], "target": ["a", "b"]},
        {"group": "who"},
        ["line 3, column 'who'", "fill in"],
    ),
}


@pytest.mark.parametrize(("columns", "options", "words"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_a_table_that_cannot_be_learnt_from(columns, options, words):
    whole = table(**columns)
    with pytest.raises(DataError) as caught:
        fit_preparation(whole, **options).dataset(whole)
    message = str(caught.value)
    assert message.startswith("people.csv")
    assert "\n" not in message
    for word in words:
        assert word in message


BAD_EVALUATIONS = {
    "unseen class": ({**PEOPLE, "target": ["F", "M", "X", "F"]}, ["line 4, column 'target'", "'X'", "F, M"]),
    "missing class": ({**PEOPLE, "target": ["F", "M", "?", "F"]}, ["line 4, column 'target'", "fill in"]),
    "missing column": ({"target": PEOPLE["target"]}, ["lacks 2 of the 2", "weight, height", "add them"]),
    "text": (
        {**PEOPLE, "height": [1, 2, 3, "tall"]},
        ["line 5, column 'height'", "'tall'", "correct the cell"],
    ),
    "far out": (
        {**PEOPLE, "height": [1, "1e300", 3, 4]},
        ["line 3, column 'height'", "1e300", "correct the value"],
    ),
}


@pytest.mark.parametrize(("columns", "words"), BAD_EVALUATIONS.values(), ids=BAD_EVALUATIONS.keys())
def test_a_table_that_does_not_fit_the_preparation(columns, words):
    preparation = fit_preparation(table(**PEOPLE))
    with pytest.raises(DataError) as caught:
        preparation.dataset(table(**columns))
    message = str(caught.value)
    assert message.startswith("people.csv")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_the_line_is_right_among_some_rows_only():
    whole = table(**{**PEOPLE, "target": ["F", "M", "X", "F"]})
    preparation = fit_preparation(whole, rows=np.array([0, 1]))
    with pytest.raises(DataError, match="line 4, column 'target'"):
        preparation.dataset(whole.take(np.array([3, 2])))


def test_groups_have_text_labels():
    assert group_labels(table(who=[" a", "b "]), "who").tolist() == ["a", "b"]


GOOD = Preparation(
    (
        NumericColumn("weight", 141.25, 0.1 + 0.2),
        NumericColumn("größe", -1e-300, 1e300, "robust", fill=-0.0, indicator=True),
        NumericColumn("rank", 0.0, 1.0, "quantile", knots=(0.0, 1 / 3, 1 / 3, 2.0)),
        CategoryColumn("sex", ("f", "m"), "sign", "robust", (0.0,), (0.5,)),
        CategoryColumn("color", ("blue", "green", "red"), "one_hot"),
        CategoryColumn("plate", ("1", "2", "3"), "codes"),
        ConstantColumn("planet", "Earth"),
        ConstantColumn("nothing", ""),
    ),
    ClassTarget("target", ("F", "M")),
    "patient",
)
PRICE = NumberTarget("price", 1 / 3, 2 / 3)


@pytest.mark.parametrize(
    "preparation",
    [
        GOOD,
        Preparation(GOOD.columns[:1], PRICE),
        Preparation(GOOD.columns, NumberTargets((PRICE, NumberTarget("size", 0.0, 1.0)))),
        Preparation(GOOD.columns),
    ],
    ids=["classes", "number", "numbers", "none"],
)
def test_json_round_trip_is_exact(preparation):
    assert Preparation.from_json(json.loads(json.dumps(preparation.to_json()))) == preparation


def changed(**changes):
    record = GOOD.to_json()
    for path, value in changes.items():
        *way, last = (int(part) if part.isdigit() else part for part in path.split("__"))
        place = record
        for part in way:
            place = place[part]
        place[last] = value
    return record


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        "text",
        changed(more=1),
        changed(columns=[]),
        changed(columns={}),
        changed(columns=[1]),
        changed(columns__0__center="1"),
        changed(columns__0__center=True),
        changed(columns__0__center=float("nan")),
        changed(columns__0__center=10**400),
        changed(columns__0__spread=0.0),
        changed(columns__0__spread=-1.0),
        changed(columns__0__spread=float("inf")),
        changed(columns__0__spread=None),
        changed(columns__0__name=3),
        changed(columns__0__name=""),
        changed(columns__0__name="größe"),
        changed(columns__0__name="target"),
        changed(columns__0__extra=1),
        changed(columns__0__kind="word"),
        changed(columns__0__kind=["number"]),
        changed(columns__0__scale="logarithm"),
        changed(columns__0__scale=["standard"]),
        changed(columns__0__fill=None),
        changed(columns__0__fill=float("nan")),
        changed(columns__0__indicator=1),
        changed(columns__0__knots=[0.0, 1.0]),
        changed(columns__2__knots=[]),
        changed(columns__2__knots=[1.0]),
        changed(columns__2__knots=[1.0, 0.0]),
        changed(columns__2__knots=[0.0, float("nan")]),
        changed(columns__2__knots=[float(i) for i in range(1001)]),
        changed(columns__2__knots="0123"),
        changed(columns__3__levels=["f"]),
        changed(columns__3__levels=["f", "f"]),
        changed(columns__3__levels=["f", 1]),
        changed(columns__3__levels=[]),
        changed(columns__3__levels="fm"),
        changed(columns__3__levels=["f", "m", "x"]),
        changed(columns__3__coding="hot"),
        changed(columns__3__coding=["sign"]),
        changed(columns__3__coding="codes"),
        changed(columns__3__coding="one_hot"),
        changed(columns__3__scale="quantile"),
        changed(columns__3__scale="none"),
        changed(columns__3__centers=[]),
        changed(columns__3__spreads=[0.0]),
        changed(columns__3__spreads=[1.0, 1.0]),
        changed(columns__4__centers=[0.0]),
        changed(columns__6__value=0),
        changed(columns__6__value=None),
        changed(columns__6__name=""),
        changed(target=[]),
        changed(target=[{"name": "a", "mean": 0.0, "std": 1.0}]),
        changed(target=[{"name": "a", "mean": 0.0, "std": 1.0}] * 2),
        changed(target=[{"name": "a", "mean": 0.0, "std": 1.0}, {"name": "sex", "mean": 0.0, "std": 1.0}]),
        changed(target=[{"name": "a", "classes": ["x", "y"]}, {"name": "b", "mean": 0.0, "std": 1.0}]),
        changed(group=5),
        changed(group="target"),
        changed(target="price"),
        changed(target__classes=["F"]),
        changed(target__classes=["F", "F"]),
        changed(target__classes=["F", 1]),
        changed(target__classes="FM"),
        changed(target__mean=0.0),
        changed(target={"name": "price", "mean": 0.0}),
        changed(target={"name": "price", "mean": 0.0, "std": 0.0}),
    ],
)
def test_reading_a_record_trusts_nothing(record):
    with pytest.raises(
        ModelFileError, match=r"preparation .* is damaged: .*; save the model again"
    ) as caught:
        Preparation.from_json(record)
    assert "\n" not in str(caught.value)


def test_too_many_columns_are_refused(monkeypatch):
    monkeypatch.setattr("pellucid.data.preparation.MAX_COLUMNS", 1)
    with pytest.raises(ModelFileError, match="1 to 1 entries"):
        Preparation.from_json(GOOD.to_json())
