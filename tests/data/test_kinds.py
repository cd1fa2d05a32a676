import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import DataError, OptionError, UnknownNameError
from pellucid.data.columns import CategoryColumn, ConstantColumn, NumericColumn
from pellucid.data.frames import as_table
from pellucid.data.kinds import MOST_FEATURES
from pellucid.data.preparation import Preparation, fit_features, fit_preparation
from pellucid.data.tables import Table


def cells(**columns):
    """A table as a file has it: all cells are text."""
    arrays = tuple(np.array([str(cell) for cell in column], dtype=object) for column in columns.values())
    return Table("people.csv", tuple(columns), arrays, np.arange(2, 2 + len(arrays[0])))


def only(preparation):
    (column,) = preparation.columns
    return column


# ---- numbers


def test_missing_numbers_are_filled_with_the_mean_and_marked():
    preparation = fit_features(cells(x=["1", "NA", "3", ""]))
    assert preparation.names == ("x", "x is missing")
    np.testing.assert_array_equal(preparation.features(cells(x=["?", "3"])), [[0, 1], [1, 0]])
    assert "missing → 2, marked" in preparation.summary()


def test_robust_and_quantile_fill_with_the_median():
    values = [1.0, 2.0, 3.0, 4.0, 100.0, None]
    for scale in ("robust", "quantile"):
        preparation = fit_features({"x": values}, scale=scale)
        assert only(preparation).fill == 3.0
        X = preparation.features({"x": [None, 3.0]})
        assert X[0, 0] == X[1, 0] == pytest.approx(0, abs=1e-9)


def test_missing_where_training_had_none_is_filled_and_no_error():
    preparation = fit_features({"x": [1.0, 3.0], "z": ["a", "b"]})
    assert preparation.names == ("x", "z=b")
    np.testing.assert_array_equal(preparation.features({"x": [None, 3], "z": [None, "b"]}), [[0, 0], [1, 1]])


def test_a_scale_of_none_leaves_numbers_as_they_are():
    preparation = fit_features({"x": [1.0, 3.0, None]}, scale=None)
    np.testing.assert_array_equal(preparation.features({"x": [5.0, None]}), [[5, 0], [2, 1]])
    assert only(preparation).scale == "none"


def test_one_value_with_gaps_is_a_category_of_one_level():
    preparation = fit_features({"x": [5.0, None, 5.0]})
    assert preparation.names == ("x=5",)
    assert preparation.features({"x": [5.0, None, 7.0]}).tolist() == [[1], [0], [0]]


def test_a_column_of_nothing_is_kept_and_always_0():
    for empty in ([None, None], [float("nan")] * 2):
        preparation = fit_features({"x": empty, "z": [1, 2]})
        assert preparation.columns[0] == ConstantColumn("x", "")
        assert preparation.features({"x": ["anything", 1], "z": [1, 2]})[:, 0].tolist() == [0, 0]
    assert fit_features(cells(x=["", "NA", "?"], z=[1, 2, 3])).columns[0] == ConstantColumn("x", "")
    assert "always missing" in preparation.summary()


def test_a_number_column_takes_numbers_written_as_text_and_yes_and_no():
    preparation = fit_features({"x": [0, 1, 2]})
    X = preparation.features({"x": [0, 1, 2]})
    np.testing.assert_array_equal(preparation.features({"x": ["0", "1", "2"]}), X)
    np.testing.assert_array_equal(preparation.features({"x": [False, True]}), X[:2])
    with pytest.raises(DataError, match="row 1, column 'x': 'tall' is not a number"):
        preparation.features({"x": ["0", "tall"]})
    with pytest.raises(DataError, match="row 1, column 'x': infinity is no number"):
        preparation.features({"x": [0, np.inf]})


def test_infinity_in_training_is_told():
    with pytest.raises(DataError, match="row 1, column 'x': infinity"):
        fit_features({"x": [0.0, -np.inf, 1.0]})


def test_more_numbers_than_float64_can_square():
    with pytest.raises(DataError, match="row 0, column 'x': 1e\\+308 is too large"):
        fit_features({"x": [1e308, -1e308]})
    for scale in ("robust", "quantile"):
        assert np.isfinite(
            fit_features({"x": [1e308, -1e308, 0.0]}, scale=scale).features({"x": [1e308]})
        ).all()


# ---- yes and no, categories


def test_two_levels_are_minus_and_plus_one():
    preparation = fit_features(cells(sex=["m", "f", "NA", "m"]))
    assert only(preparation) == CategoryColumn("sex", ("f", "m"), "sign")
    assert preparation.names == ("sex=m",)
    assert preparation.features(cells(sex=["f", "m", "", "x"])).tolist() == [[-1], [1], [0], [0]]


@pytest.mark.parametrize("training", [["TRUE", "FALSE"], ["true", "False"], [True, False], [1, 0]])
@pytest.mark.parametrize("later", [["TRUE", "FALSE"], [True, False], [1, 0], ["1", "0"], [1.0, 0.0]])
def test_yes_and_no_are_the_same_however_they_are_written(training, later):
    preparation = fit_features({"x": training}, categories=["x"])
    assert preparation.features({"x": later}).tolist() == [[1], [-1]]


def test_up_to_eight_levels_are_a_feature_each():
    preparation = fit_features({"x": list("abcabc")}, embed="auto")
    assert preparation.names == ("x=a", "x=b", "x=c")
    np.testing.assert_array_equal(
        preparation.features({"x": ["b", None, "z"]}), [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    )
    eight, nine = ([f"level {i % k}" for i in range(90)] for k in (8, 9))
    assert only(fit_features({"x": eight}, embed="auto")).coding == "one_hot"
    assert only(fit_features({"x": nine}, embed="auto")).coding == "codes"
    assert only(fit_features({"x": nine}, embed="never")).coding == "one_hot"


def test_many_levels_become_codes():
    names = [f"plate {i % 12}" for i in range(60)]
    preparation = fit_features({"a": range(60), "plate": names, "z": range(60)}, embed="auto")
    assert preparation.codes == ((1, 13),)
    assert preparation.names == ("a", "plate", "z")
    levels = preparation.columns[1].levels
    X = preparation.features({"a": [1, 2, 3], "plate": [levels[0], levels[11], "other"], "z": [0, 0, 0]})
    assert X[:, 1].tolist() == [1, 12, 0]
    assert preparation.strangers({"plate": ["other", None, levels[3]]}) == {"plate": ("other",)}


def test_without_embeddings_the_commonest_levels_get_a_feature():
    names = [f"n{i}" for i in range(300)] * 3 + ["n299", "n298"] * 5
    preparation = fit_features({"x": names}, embed="never")
    column = only(preparation)
    assert len(column.levels) == MOST_FEATURES == len(preparation.names)
    assert {"n298", "n299"} <= set(column.levels)
    assert preparation.codes == ()


def test_levels_are_those_of_the_training_rows_only():
    table = as_table({"x": ["a", "b", "c", "d"], "n": [1.0, 3.0, None, 99.0], "y": [0, 1, 0, 1]})
    preparation = fit_preparation(table, target="y", rows=np.array([0, 1]))
    assert preparation == fit_preparation(table.take(np.array([0, 1])), target="y")
    assert preparation.names == ("x=b", "n")
    assert preparation.features(table).tolist() == [[-1, -1], [1, 1], [0, 0], [0, 97]]


def test_numbers_that_are_categories_have_to_be_said():
    preparation = fit_features(cells(zip=["00501", "501", "9", "7"], n=[1, 2, 3, 4]), categories=["zip"])
    assert preparation.columns[0].levels == ("7", "9", "501")
    assert (
        preparation.features({"zip": [501.0, 9, 7], "n": [1, 1, 1]})[:, :3].tolist()
        == np.eye(3)[[2, 1, 0]].tolist()
    )


def test_numbers_of_samples_lose_no_digit():
    ids = ["12345678901234567891", "12345678901234567892"]
    preparation = fit_features(cells(x=ids * 2), categories=["x"])
    assert preparation.columns[0].levels == tuple(ids)


def test_a_declared_category_may_have_any_number_of_levels():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"x": [f"n{i}" for i in range(40)]})
    with pytest.raises(DataError, match="40 different texts in 40 rows"):
        fit_features(frame)
    assert len(fit_features(frame, categories=["x"], embed="never").names) == 40
    assert len(fit_features(frame.astype("category"), embed="never").names) == 40


def test_robust_scales_the_features_of_categories_too():
    x = ["a"] * 6 + ["b"] * 3 + ["c"]
    X = fit_features({"x": x}, scale="robust").features({"x": x})
    for j, level in enumerate("abc"):
        plain = np.array([float(cell == level) for cell in x])
        q25, median, q75 = np.quantile(plain, [0.25, 0.5, 0.75])
        s = (plain - median) * (1 / (q75 - q25) if q75 > q25 else 2.0)
        np.testing.assert_allclose(X[:, j], s / np.sqrt(1 + (s / 3) ** 2), rtol=1e-12)


def test_words_with_odd_characters_have_one_printable_line():
    preparation = fit_features({"x": ["two\nlines", "\x1b[31m", "z" * 5000] * 2})
    assert all(level.isprintable() and len(level) <= 200 for level in only(preparation).levels)
    assert preparation.features({"x": ["two lines"]}).tolist()[0].count(1.0) == 1


# ---- what is refused


@pytest.mark.parametrize(
    "days",
    [
        ["2024-05-01", "2024-05-02"],
        ["2024-05-01 12:30:00", "2024-05-02T00:00:00Z"],
        ["1.5.2024", "02.05.2024"],
        ["5/1/24", "12/31/2024"],
        ["2024/05/01", ""],
        ["12:30", "13:45:10"],
        ["2013-01-01T10:00:00+02:00", "NA"],
    ],
)
def test_dates_are_refused_with_advice(days):
    with pytest.raises(DataError) as caught:
        fit_features(cells(day=days * 3, n=range(6)))
    message = str(caught.value)
    assert message.startswith("people.csv, column 'day': the column holds dates or times")
    assert "year, month, weekday" in message
    assert "--ignore day" in message


@pytest.mark.parametrize("words", [["1.5", "2"], ["3-4", "5-6"], ["1st", "2nd"], ["20240501", "20240502"]])
def test_what_only_looks_like_dates_is_not_refused(words):
    assert len(fit_features(cells(x=words * 3)).columns) == 1


def test_all_columns_that_have_to_go_are_told_at_once():
    n = 60
    table = cells(
        name=[f"name {i}" for i in range(n)],
        day=["2024-05-01"] * n,
        n=range(n),
        note=[f"note {i}" for i in range(n)],
    )
    with pytest.raises(DataError, match="60 different texts") as caught:
        fit_features(table)
    assert "--ignore name,day,note, in Python ignore=['name', 'day', 'note']" in str(caught.value)
    assert len(fit_features(table.without(["name", "day", "note"])).names) == 1


def test_numbers_with_a_slip_are_no_categories():
    with pytest.raises(DataError, match=r"line 4, column 'x': '1,5' has a comma.*--categories x") as caught:
        fit_features(cells(x=["1", "2", "1,5", "3"]))
    assert "\n" not in str(caught.value)
    assert only(fit_features(cells(x=["1", "2", "3+", "2", "3+"]), categories=["x"])).levels == (
        "1",
        "2",
        "3+",
    )


def test_unknown_wishes_are_told():
    with pytest.raises(UnknownNameError, match="Did you mean 'robust'"):
        fit_features({"x": [1, 2]}, scale="robst")
    with pytest.raises(OptionError, match="embed is 'always'"):
        fit_features({"x": [1, 2]}, embed="always")
    with pytest.raises(DataError, match="no column 'z'"):
        fit_features({"x": [1, 2]}, categories=["z"])
    with pytest.raises(DataError, match="'y' is target or group"):
        fit_preparation({"x": [1, 2], "y": [0, 1]}, categories=["y"])
    with pytest.raises(DataError, match="1 training row"):
        fit_features({"x": [1]})


# ---- laws for any table

NUMBER = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0]))
WORD = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "d", "TRUE", "07", " x "]))


@st.composite
def tables(draw):
    n = draw(st.integers(2, 20))
    column = st.one_of(st.lists(NUMBER, min_size=n, max_size=n), st.lists(WORD, min_size=n, max_size=n))
    return draw(st.dictionaries(st.sampled_from("pqrs"), column, min_size=1, max_size=4))


WISHES = st.fixed_dictionaries(
    {
        "scale": st.sampled_from([None, "standard", "robust", "quantile"]),
        "embed": st.sampled_from(["auto", "never"]),
    }
)


@given(tables(), WISHES, st.randoms(use_true_random=False))
def test_features_are_finite_and_depend_on_their_own_row_alone(frame, wishes, shuffler):
    preparation = fit_features(frame, **wishes)
    X = preparation.features(frame)
    n = len(next(iter(frame.values())))
    assert X.shape == (n, len(preparation.names))
    assert np.isfinite(X).all()
    order = list(range(n))
    shuffler.shuffle(order)
    shuffled = {name: [column[i] for i in order] for name, column in frame.items()}
    np.testing.assert_array_equal(preparation.features(shuffled), X[order])
    assert Preparation.from_json(preparation.to_json()) == preparation
    assert all(column.becomes for column in preparation.columns)
    assert len(preparation.summary().splitlines()) == len(frame) + 2


@given(tables(), WISHES)
def test_whatever_was_learnt_takes_any_words_and_gaps_later(frame, wishes):
    preparation = fit_features(frame, **wishes)
    later = {
        c.name: [None, 7.0] if isinstance(c, NumericColumn) else [None, "never seen"]
        for c in preparation.columns
    }
    assert np.isfinite(preparation.features(later)).all()
