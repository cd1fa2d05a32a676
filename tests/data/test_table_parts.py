from dataclasses import replace

import numpy as np
import pytest

import pellucid
from pellucid.basics.errors import DataError, OptionError
from pellucid.data import from_frame, load
from pellucid.data.columns import ClassTarget, NumberTarget, NumberTargets
from pellucid.data.preparation import Preparation, fit_features
from pellucid.network.architecture import Embedding

N = 60
DRAWS = np.random.default_rng(0)
PEOPLE = {
    "height": [None if i % 7 == 0 else float(h) for i, h in enumerate(DRAWS.normal(1.7, 0.1, N))],
    "sex": [("f", "m", None)[i % 3] for i in range(N)],
    "city": [f"city {i % 10}" for i in range(N)],
    "patient": [f"p{i // 4}" for i in range(N)],
    "name": [f"name {i}" for i in range(N)],
    "weight": DRAWS.normal(70, 10, N),
    "pulse": DRAWS.normal(60, 5, N),
    "ill": [bool(i % 2) for i in range(N)],
}


def test_a_frame_is_split_and_prepared_by_its_training_rows():
    parts = from_frame(
        PEOPLE, target="ill", group="patient", ignore=["name"], test=0.25, validation=0.25, embed="auto"
    )
    train, validation, test = parts.train, parts.validation, parts.test
    assert train.classes == ("False", "True")
    assert train.names == ("height", "height is missing", "sex=m", "city", "weight", "pulse")
    assert train.preparation is test.preparation is validation.preparation
    assert train.preparation.codes == ((3, 11),)
    np.testing.assert_allclose(train.X[:, 4].mean(), 0, atol=1e-12)
    assert abs(test.X[:, 4].mean()) > 1e-3
    sides = [set(part.groups.tolist()) for part in (train, validation, test)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert "patient" in train.preparation.summary()


def test_several_targets_are_learnt_together_and_restored():
    parts = from_frame(PEOPLE, target=["weight", "pulse"], ignore=["name", "ill"], test=0.0)
    target = parts.train.preparation.target
    assert isinstance(target, NumberTargets)
    assert (target.columns, target.name) == (("weight", "pulse"), "weight, pulse")
    assert parts.train.y.shape == (N, 2)
    np.testing.assert_allclose(parts.train.y.std(axis=0), 1)
    restored = parts.train.preparation.restore(parts.train.y)
    np.testing.assert_allclose(restored, np.column_stack([PEOPLE["weight"], PEOPLE["pulse"]]))


def test_several_targets_have_to_be_numbers():
    with pytest.raises(DataError, match="column 'sex': the column holds text"):
        from_frame(PEOPLE, target=["weight", "sex"], ignore=["name"])
    for wrong in ([], ["weight", "weight"]):
        with pytest.raises(DataError, match="expected different columns"):
            from_frame(PEOPLE, target=wrong)


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        ([True, False] * 10, ("False", "True")),
        (["1", "2"] * 10, ("1", "2")),
        ([1, 2] * 10, ("1", "2")),
        ([1.0, 2.0] * 10, ("1", "2")),
        ([0.5, 2.0] * 10, None),
        (list(range(21)), None),
    ],
)
def test_which_answers_of_a_frame_are_classes(answers, classes):
    target = from_frame({"x": range(len(answers)), "y": answers}, test=0.0).train.preparation.target
    if classes is None:
        assert isinstance(target, NumberTarget)
    else:
        assert target == ClassTarget("y", classes)


def test_a_missing_answer_is_told_with_its_row():
    with pytest.raises(DataError, match=r"people, row 1, column 'y': the cell is empty; remove the row"):
        from_frame({"x": [1, 2, 3], "y": ["a", None, "b"]}, title="people")
    with pytest.raises(DataError, match=r"people, row 1, column 'y': the cell is empty; remove the row"):
        from_frame({"x": [1, 2, 3], "y": [1.5, None, 2.5]}, title="people", test=0.0)


def test_a_preparation_without_a_target_makes_features_only():
    preparation = fit_features({"x": [1, 2]})
    with pytest.raises(DataError, match="no target"):
        preparation.dataset({"x": [1, 2]})
    with pytest.raises(DataError, match="no target"):
        from_frame({"x": [1, 2]}, preparation=preparation)
    numbers = np.array([[1.0]])
    assert preparation.restore(numbers) is numbers


def test_columns_that_are_missing_later_are_told():
    preparation = fit_features({"x": [1, 2], "color": ["r", "g"], "same": [7, 7]})
    with pytest.raises(DataError, match=r"lacks 1 of the 3 columns .*: color; add them"):
        preparation.features({"x": [1, 2]})
    assert preparation.features({"x": [1, 2], "color": ["r", "r"]}).shape == (2, 3)


def test_the_options_of_load_are_those_of_a_frame(tmp_path):
    path = tmp_path / "t.csv"
    rows = (f"{w},{c},{n}" for w, c, n in zip(PEOPLE["weight"], PEOPLE["city"], range(N), strict=True))
    path.write_text("weight,city,plate,y\n" + "".join(f"{row},{'ab'[i % 2]}\n" for i, row in enumerate(rows)))
    train = load(path, scale="robust", embed="auto", categories=["plate"]).train
    assert [kind for _, kind in train.preparation.codes] == [11, 49]
    assert train.preparation.columns[0].scale == "robust"
    assert load(path, target=["weight", "plate"], ignore=["y"]).train.y.shape == (48, 2)


def test_a_frame_can_be_learnt_saved_and_predicted(tmp_path):
    frame = {**PEOPLE, "sex": [sex or "m" for sex in PEOPLE["sex"]]}
    parts = from_frame(frame, target="sex", ignore=["name", "patient"], scale="quantile")
    net = pellucid.Network.for_data(parts, hidden=[4], seed=0, engine="reference")
    net.save(tmp_path / "m.pellucid")
    again = pellucid.load(tmp_path / "m.pellucid")
    assert again.preparation == parts.train.preparation
    new = {**{name: column[:3] for name, column in frame.items()}, "city": ["city 1", "elsewhere", None]}
    X = again.preparation.features(new)
    assert again.predict(X).shape == (3,)
    assert isinstance(again.preparation, Preparation)


def test_codes_are_never_taken_for_numbers():
    train = from_frame(PEOPLE, target="ill", ignore=["name"], embed="auto").train
    layers = {"hidden": [4], "n_outputs": 2}
    plain = pellucid.Architecture.mlp(train.input, **layers)
    with pytest.raises(OptionError, match=r"makes codes of 2 columns.* 0 embeddings"):
        pellucid.Network(plain, classes=train.classes, preparation=train.preparation)
    embeddings = tuple(Embedding(column, levels, 2) for column, levels in train.preparation.codes)
    net = pellucid.Network(
        replace(plain, embeddings=embeddings),
        classes=train.classes,
        preparation=train.preparation,
        engine="reference",
    )
    assert net.predict(train.X).shape == train.y.shape
