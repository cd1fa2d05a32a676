"""The report: accuracy with its interval, confusion, surest mistakes, regression in the data's units."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.preparation import fit_preparation
from pellucid.data.tables import Table
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.understanding.evaluation.report import Report, evaluate, wilson_interval

# Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I: the
# score method without continuity correction, four digits.
PUBLISHED = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0, 0.1611),
    (1, 29): (0.0061, 0.1718),
}


def passing(classes=("a", "b", "c")):
    """A linear network whose scores are its features: every answer can be read off X."""
    k = len(classes)
    net = Network(Architecture.mlp(Input((k,)), [], k), classes=classes, dtype="float64")
    net.layers[0].W[...] = np.eye(k)
    net.layers[0].b[...] = 0
    return net


@pytest.mark.parametrize(("counts", "published"), PUBLISHED.items())
def test_wilson_interval_of_the_literature(counts, published):
    np.testing.assert_allclose(wilson_interval(*counts), published, rtol=0, atol=5.1e-5)


@given(n=st.integers(1, 100_000), share=st.floats(0, 1))
def test_wilson_interval_is_wilsons_formula(n, share):
    correct = round(n * share)
    z, p = 1.959963984540054, correct / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = wilson_interval(correct, n)
    assert low == pytest.approx(middle - half, abs=1e-12)
    assert high == pytest.approx(middle + half, abs=1e-12)
    assert low <= p <= high


def test_a_higher_confidence_needs_a_wider_interval():
    narrow, wide = wilson_interval(90, 100, confidence=0.8), wilson_interval(90, 100, confidence=0.99)
    assert wide.low < narrow.low < 0.9 < narrow.high < wide.high


def test_accuracy_loss_and_confusion_of_scores_known_in_advance():
    X = np.array([[2.0, 0, 0], [0, 2, 0], [0, 2, 0], [0, 0, 2]])
    data = Dataset(X, np.array([0, 1, 2, 2]), classes="abc", title="four")
    report = evaluate(passing(), data)
    assert (report.title, report.n, report.n_correct, report.accuracy) == ("four", 4, 3, 0.75)
    assert report.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    rest = math.log(math.exp(2) + 2)  # log-sum-exp of each row
    assert report.loss == pytest.approx((3 * (rest - 2) + rest) / 4, abs=1e-12)
    assert report.accuracy_interval == wilson_interval(3, 4)
    assert report.metrics == {"accuracy": 0.75}


def test_mistakes_come_surest_first_with_row_names_and_example():
    X = np.array([[0.0, 1, 0], [0, 5, 0], [9, 0, 0], [0, 0, 3]])
    data = Dataset(X, np.array([0, 0, 0, 1]), classes="abc")
    mistakes = evaluate(passing(), data).mistakes
    assert [m.index for m in mistakes] == [1, 3, 0]
    assert [(m.truth, m.predicted) for m in mistakes] == [("a", "b"), ("b", "c"), ("a", "b")]
    assert mistakes[0].probability == pytest.approx(math.exp(5) / (math.exp(5) + 2))
    assert mistakes[0].x.tolist() == [0, 5, 0]


def test_equally_sure_mistakes_keep_the_order_of_the_data():
    data = Dataset(np.tile([0.0, 1, 0], (5, 1)), np.zeros(5, dtype=int), classes="abc")
    assert [m.index for m in evaluate(passing(), data).mistakes] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_more_mistakes_than_asked_for(count):
    data = Dataset(np.tile([0.0, 1, 0], (5, 1)), np.zeros(5, dtype=int), classes="abc")
    assert len(evaluate(passing(), data, n_mistakes=count).mistakes) == count


def test_without_a_mistake_the_interval_still_leaves_doubt():
    report = evaluate(passing(), Dataset(np.eye(3), np.arange(3), classes="abc"))
    assert report.mistakes == ()
    assert report.accuracy == 1.0
    assert report.accuracy_interval.low < 0.5


def test_one_score_for_two_classes_gives_probabilities_of_both():
    X = np.array([[3.0], [-2.0], [1.0]])
    data = Dataset(X, np.array([0, 1, 1]), classes=("no", "yes"))
    net = Network.for_data(data, hidden=[], loss="binary_cross_entropy", dtype="float64")
    net.layers[0].W[...], net.layers[0].b[...] = 1, 0
    report = evaluate(net, data)
    assert report.confusion.tolist() == [[0, 1], [1, 1]]
    sureness = [m.probability for m in report.mistakes]
    np.testing.assert_allclose(sureness, [1 / (1 + math.exp(-3)), 1 / (1 + math.exp(-2))])


def test_of_splits_only_the_test_part_is_judged():
    train = Dataset(np.eye(3), np.array([1, 2, 0]), classes="abc", title="train")
    test = Dataset(np.eye(3), np.arange(3), classes="abc", title="test")
    report = evaluate(passing(), Splits(train, test))
    assert (report.title, report.accuracy) == ("test", 1.0)


def regression_table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = 1000 + 250 * x + rng.normal(size=40)
    cells = [np.array([f"{value:.6f}" for value in column], dtype=object) for column in (x, y)]
    return Table("wages", ("x", "y"), tuple(cells), np.arange(2, 42)), y


def test_a_regression_is_judged_in_the_units_of_the_data():
    table, y = regression_table()
    data = fit_preparation(table, target="y").dataset(table)
    net = Network.for_data(data, hidden=[], dtype="float64")
    net.theta[...] = 0  # always says the mean
    report = evaluate(net, data)
    assert report.metrics["r2"] == pytest.approx(0, abs=1e-9)
    assert report.metrics["root_mean_squared_error"] == pytest.approx(y.std(), rel=1e-5)
    assert report.metrics["mean_absolute_error"] == pytest.approx(np.abs(y - y.mean()).mean(), rel=1e-5)
    assert report.loss == pytest.approx(1.0, rel=1e-6)  # of the standardized target, as in training
    assert (report.accuracy, report.confusion, report.classes, report.mistakes) == (None, None, None, ())
    with pytest.raises(OptionError, match="regression"):
        _ = report.n_correct


def test_a_regression_without_preparation_is_judged_as_it_is():
    data = Dataset(np.array([[1.0], [2.0]]), np.array([3.0, 5.0]))
    net = Network.for_data(data, hidden=[], dtype="float64")
    net.layers[0].W[...], net.layers[0].b[...] = 2, 0
    report = evaluate(net, data)
    assert report.metrics["mean_squared_error"] == pytest.approx(1.0)
    assert report.metrics["r2"] == pytest.approx(0.0)


def test_other_classes_are_refused_and_named():
    data = Dataset(np.eye(3), np.arange(3), classes=("a", "c", "b"))
    with pytest.raises(DataError, match="The data's classes are a, c, b, the network's a, b, c"):
        evaluate(passing(), data)


def test_a_long_list_of_classes_is_shortened():
    names = [f"class {i}" for i in range(9)]
    data = Dataset(np.eye(9), np.arange(9), classes=names[::-1])
    with pytest.raises(DataError, match=r"class 8, .*class 3 …, the network's class 0") as caught:
        evaluate(passing(tuple(names)), data)
    assert "class 2," not in str(caught.value).split("network's")[0]


def test_numbers_cannot_judge_a_classifier():
    data = Dataset(np.eye(3), np.array([0.5, 1.5, 2.5]))
    with pytest.raises(DataError, match="the data's answers are numbers"):
        evaluate(passing(), data)


def test_features_must_be_as_many_as_the_network_has():
    with pytest.raises(ShapeError, match="The data have 4 features; the network expects 3"):
        evaluate(passing(), Dataset(np.eye(4)[:3], np.arange(3), classes="abc"))


def test_nothing_to_judge_is_said_plainly():
    empty = Dataset(np.empty((0, 3)), np.empty(0, dtype=int), classes="abc")
    with pytest.raises(DataError, match="no example to judge"):
        evaluate(passing(), empty)
    with pytest.raises(DataError, match="no test part"):
        evaluate(passing(), Splits(Dataset(np.eye(3), np.arange(3), classes="abc")))


def test_a_report_reads_as_a_sentence():
    data = Dataset(np.eye(3), np.arange(3), classes="abc", title="corners")
    text = str(evaluate(passing(), data))
    assert text.splitlines()[0] == "corners: 3 examples, loss 0.5514"
    assert text.splitlines()[1] == "accuracy 100.00 % (95 % interval 43.85 % to 100.00 %)"
    assert "r2 0.25" in str(Report("line", 3, 1.0, {"r2": 0.25}))


def test_evaluating_changes_neither_network_nor_data():
    net, data = passing(), Dataset(np.eye(3), np.arange(3), classes="abc")
    theta, X = net.theta.copy(), data.X.copy()
    evaluate(net, data)
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(data.X, X)
