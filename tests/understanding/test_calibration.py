"""Calibration: errors worked out by hand, temperatures against a grid, and a network that decides as before."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

import pellucid
from pellucid.basics.errors import DataError, OptionError, ShapeError
from pellucid.data.dataset import Dataset, Input, Splits
from pellucid.data.toys import two_moons
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
from pellucid.training.loop import epochs
from pellucid.understanding.evaluation.calibration import (
    COLDEST,
    calibrated,
    calibration,
    temperature,
    with_temperature,
)
from pellucid.understanding.evaluation.reliability import expected_calibration_error, reliability


def scores(n, k, truth, seed, noise=1.0):
    """Scores z and classes that are drawn from softmax(z / truth): the best temperature is about `truth`."""
    rng = np.random.default_rng(seed)
    z = noise * rng.normal(size=(n, k))
    y = np.array([rng.choice(k, p=p) for p in softmax(z / truth, axis=1)])
    return z, y


def overconfident(seed=0):
    """A network that was trained for long on few, noisy examples, and others to judge it by."""
    few = two_moons(75, noise=0.35, seed=seed).train
    others = two_moons(750, noise=0.35, seed=seed + 1).train
    net = Network.for_data(few, hidden=[32], seed=seed, engine="reference")
    for _ in epochs(net, few, epochs=300, learning_rate=0.03, batch_size=None):
        pass
    return net, others


def test_the_calibration_error_of_guo_by_hand():
    # sure by 0.95, 0.95, 0.85, 0.6, 0.6: right, wrong, right, right, wrong
    p = np.array([[0.95, 0.05], [0.05, 0.95], [0.15, 0.85], [0.6, 0.4], [0.4, 0.6]])
    y = np.array([0, 0, 1, 0, 0])
    found = reliability(p, y, n_bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 1, 2]
    np.testing.assert_allclose(found.accuracy[[5, 8, 9]], [0.5, 1, 0.5])
    np.testing.assert_allclose(found.confidence[[5, 8, 9]], [0.6, 0.85, 0.95])
    assert np.isnan(found.accuracy[0])
    by_hand = 2 / 5 * 0.1 + 1 / 5 * 0.15 + 2 / 5 * 0.45
    assert found.expected_error == pytest.approx(by_hand)
    assert expected_calibration_error(p, y, n_bins=10) == pytest.approx(by_hand)
    assert found.largest_error == pytest.approx(0.45)
    assert str(found) == "5 answers: expected calibration error 25.00 %, largest 45.00 %"


def test_the_end_of_a_bin_belongs_to_it():
    p = np.array([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]])
    assert reliability(p, np.zeros(3, dtype=int), n_bins=4).counts.tolist() == [0, 1, 1, 1]


@given(n=st.integers(1, 200), k=st.integers(2, 5), n_bins=st.integers(1, 20), seed=st.integers(0, 2**32))
def test_the_calibration_error_is_that_of_a_loop(n, k, n_bins, seed):
    rng = np.random.default_rng(seed)
    p, y = rng.dirichlet(np.ones(k), size=n), rng.integers(0, k, n)
    total = 0.0
    for m in range(n_bins):
        inside = [i for i in range(n) if m / n_bins < p[i].max() <= (m + 1) / n_bins]
        if inside:
            right = sum(p[i].argmax() == y[i] for i in inside) / len(inside)
            total += len(inside) / n * abs(right - sum(p[i].max() for i in inside) / len(inside))
    assert expected_calibration_error(p, y, n_bins) == pytest.approx(total, abs=1e-12)


def test_honest_probabilities_have_a_small_error():
    z, y = scores(20_000, 3, truth=1, seed=0, noise=2)
    assert expected_calibration_error(softmax(z, axis=1), y) < 0.01
    assert expected_calibration_error(softmax(3 * z, axis=1), y) > 0.1


def test_independent_answers_are_judged_one_by_one():
    p = np.array([[0.9, 0.2], [0.4, 0.7]])
    y = np.array([[1, 0], [1, 1]])
    found = reliability(p, y, n_bins=10)  # sure by 0.9, 0.8, 0.6, 0.7: right, right, wrong, right
    assert found.n == 4
    assert found.expected_error == pytest.approx((0.1 + 0.2 + 0.6 + 0.3) / 4)


def test_probabilities_and_answers_must_fit():
    p = np.array([[0.5, 0.5]])
    with pytest.raises(ShapeError, match=r"y \(2,\)"):
        reliability(p, np.array([0, 1]))
    with pytest.raises(ShapeError):
        reliability(np.empty((0, 2)), np.empty(0, dtype=int))
    with pytest.raises(DataError, match="classes 0 … 1"):
        reliability(p, np.array([2]))
    with pytest.raises(DataError, match="There are probabilities from"):
        reliability(np.array([[0.5, 1.5]]), np.array([1]))
    with pytest.raises(DataError, match="0 and 1"):
        reliability(p, np.array([[0.5, 1]]))
    for n_bins in (0, 2.5, True, "10"):
        with pytest.raises(OptionError, match="n_bins"):
            reliability(p, np.array([0]), n_bins)


@given(k=st.integers(2, 6), truth=st.floats(0.3, 8), seed=st.integers(0, 2**32))
def test_no_temperature_of_a_grid_is_better(k, truth, seed):
    z, y = scores(300, k, truth, seed, noise=3)
    T = temperature(z, y)

    def loss(T):
        return -log_softmax(z / T, axis=1)[np.arange(len(y)), y].mean()

    grid = np.geomspace(0.1, 100, 701)
    losses = [loss(t) for t in grid]
    assert loss(T) <= min(losses) + 1e-9
    assert abs(np.log(T / grid[np.argmin(losses)])) < 0.01  # the grid's own step


def test_the_true_temperature_is_found():
    z, y = scores(40_000, 4, truth=2.5, seed=0, noise=4)
    assert temperature(z, y) == pytest.approx(2.5, rel=0.05)


@given(st.floats(0.2, 20), st.integers(0, 2**32))
def test_scores_that_are_so_many_times_as_large_want_a_temperature_so_many_times_as_high(factor, seed):
    z, y = scores(200, 3, truth=1.0, seed=seed, noise=2)
    T = temperature(z, y)
    if 0.1 < T < 4 and 0.15 < T * factor < 90:
        assert temperature(factor * z, y) == pytest.approx(factor * T, rel=1e-4)


def test_one_score_is_like_two_of_which_one_is_zero():
    z, y = scores(500, 2, truth=2, seed=0, noise=3)
    single = z[:, 1] - z[:, 0]
    expected = temperature(z, y)
    for shaped, answers in ((single, y), (single[:, None], y), (single[:, None], y[:, None].astype(float))):
        assert temperature(shaped, answers) == pytest.approx(expected, rel=1e-5)


def test_independent_answers_share_one_temperature():
    rng = np.random.default_rng(0)
    z = 4 * rng.normal(size=(4000, 3))
    y = (rng.uniform(size=z.shape) < expit(z / 2)).astype(float)
    T = temperature(z, y)
    assert pytest.approx(2, rel=0.08) == T
    pooled = temperature(z.reshape(-1, 1), y.reshape(-1, 1))
    assert pytest.approx(pooled, rel=1e-5) == T


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_where_all_answers_are_right_one_mistake_is_imagined(n):
    y = np.arange(n) % 2
    z = 5 * np.eye(2)[y]
    # of n + 1 answers, n are right and one is right by half: T makes the network as sure as that
    sure = (n + 0.5) / (n + 1)
    T = temperature(z, y)
    assert pytest.approx(5 / math.log(sure / (1 - sure)), rel=1e-4) == T
    assert pytest.approx(T, rel=1e-4) == temperature(10 * y[:, None] - 5, y)


def test_where_all_answers_are_right_scores_of_any_size_give_a_temperature():
    y = np.arange(50) % 2
    assert temperature(1000 * np.eye(2)[y], y) == pytest.approx(100, rel=1e-3)  # the bound
    assert temperature(1e-3 * np.eye(2)[y], y) == pytest.approx(COLDEST, rel=1e-3)


def test_answers_that_are_all_wrong_give_the_highest_temperature():
    assert temperature(5 * np.eye(2), np.array([1, 0])) == pytest.approx(100, rel=1e-3)


def test_large_scores_do_not_overflow():
    z = np.array([[1e4, 0.0], [1e4, 0.0], [0.0, 1e4]])
    assert 99 < temperature(z, np.array([0, 1, 1])) <= 100


def test_scores_and_answers_must_fit():
    with pytest.raises(ShapeError, match="one answer for each"):
        temperature(np.zeros((3, 2)), np.array([0, 1]))
    with pytest.raises(ShapeError, match="holds class 2"):
        temperature(np.zeros((1, 2)), np.array([2]))
    with pytest.raises(ShapeError):
        temperature(np.zeros((0, 2)), np.empty(0, dtype=int))
    with pytest.raises(DataError, match="whole numbers 0 … 1"):
        temperature(np.zeros((2, 2)), np.array([0.0, 1.0]))
    with pytest.raises(DataError, match="NaN"):
        temperature(np.array([[np.nan, 0.0]]), np.array([0]))
    with pytest.raises(DataError, match=r"expected 0 … 1"):
        temperature(np.zeros((2, 1)), np.array([0, 2]))


def test_calibration_lowers_loss_and_error_and_changes_no_decision():
    net, held_out = overconfident()
    found = calibration(net, held_out)
    assert found.temperature > 1.5
    assert found.loss_after < found.loss_before
    assert found.after.expected_error < found.before.expected_error
    assert found.loss_before == pytest.approx(net.loss(held_out.X, held_out.y), rel=1e-5)
    cooler = calibrated(net, held_out)
    np.testing.assert_array_equal(cooler.predict(held_out.X), net.predict(held_out.X))
    assert cooler.loss(held_out.X, held_out.y) == pytest.approx(found.loss_after, rel=1e-5)
    before, after = (pellucid.evaluate(each, held_out) for each in (net, cooler))
    assert after.accuracy == before.accuracy
    assert "temperature" in str(found)
    assert "→" in str(found)


def test_what_helps_on_held_out_examples_helps_on_others():
    net, held_out = overconfident()
    others = two_moons(750, noise=0.35, seed=77).train
    cooler = calibrated(net, held_out)
    assert cooler.loss(others.X, others.y) < net.loss(others.X, others.y)


def test_a_second_calibration_finds_nothing_left_to_do():
    net, held_out = overconfident()
    cooler = calibrated(net, held_out)
    assert calibration(cooler, held_out).temperature == pytest.approx(1, abs=1e-3)
    again = calibrated(cooler, held_out)
    assert float(again.info["temperature"]) == pytest.approx(float(cooler.info["temperature"]), rel=2e-3)


def test_the_network_given_is_left_as_it_is():
    net, held_out = overconfident()
    theta = net.theta.copy()
    cooler = calibrated(net, held_out)
    np.testing.assert_array_equal(net.theta, theta)
    assert "temperature" not in net.info
    assert cooler.classes == net.classes
    np.testing.assert_array_equal(cooler.layers[0].W, net.layers[0].W)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_every_engine_and_every_file_has_the_temperature(engine, tmp_path):
    net, held_out = overconfident()
    cooler = with_temperature(net, 2.0)  # a power of two: not even rounding differs
    cooler.engine = net.engine = engine
    np.testing.assert_allclose(cooler.logits(held_out.X), net.logits(held_out.X) / 2, rtol=1e-6, atol=1e-7)
    loaded = pellucid.load(cooler.save(tmp_path / "cool.pellucid"))
    np.testing.assert_array_equal(loaded.theta, cooler.theta)
    assert loaded.info["temperature"] == "2"


def test_a_network_with_one_score_is_calibrated():
    few, held_out = (two_moons(n, noise=0.35, seed=n).train for n in (60, 400))
    net = Network.for_data(few, hidden=[32], loss="binary_cross_entropy", seed=0, engine="reference")
    for _ in epochs(net, few, epochs=300, learning_rate=0.03, batch_size=None):
        pass
    found = calibration(net, held_out)
    assert found.temperature > 1.2
    assert found.after.expected_error < found.before.expected_error
    cooler = calibrated(net, held_out)
    np.testing.assert_array_equal(cooler.predict(held_out.X), net.predict(held_out.X))
    assert cooler.loss(held_out.X, held_out.y) == pytest.approx(found.loss_after, rel=1e-5)


def test_a_network_with_several_yes_or_no_answers_is_calibrated():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3))
    data = Dataset(X, (rng.uniform(size=X.shape) < expit(X)).astype(float))
    net = Network(Architecture.mlp(Input((3,)), [], 3, loss="binary_cross_entropy"), dtype="float64")
    net.layers[0].W[...], net.layers[0].b[...] = 3 * np.eye(3), 0
    found = calibration(net, data)
    assert found.temperature == pytest.approx(3, rel=0.1)
    assert found.before.n == 6000
    assert found.after.expected_error < 0.02 < found.before.expected_error


def test_a_hinge_network_gets_probabilities_worth_their_name():
    few, held_out = (two_moons(n, noise=0.35, seed=n).train for n in (100, 400))
    net = Network.for_data(few, hidden=[16], loss="hinge", seed=0, engine="reference")
    for _ in epochs(net, few, epochs=200, learning_rate=0.03, batch_size=None):
        pass
    found = calibration(net, held_out)
    assert found.loss_after < found.loss_before


def test_nothing_but_right_answers_tell_little_and_the_calibration_says_so():
    net = Network(Architecture.mlp(Input((2,)), [], 2), classes=("a", "b"), dtype="float64")
    net.layers[0].W[...], net.layers[0].b[...] = 3 * np.eye(2), 0
    found = calibration(net, Dataset(np.eye(2), np.arange(2), classes=("a", "b")))
    assert found.all_right
    assert found.temperature > 1  # two examples are no ground for being surer
    assert "every answer is right, which tells little" in str(found)


def test_numbers_have_no_probabilities():
    data = Dataset(np.eye(3), np.arange(3.0))
    with pytest.raises(OptionError, match="predicts numbers"):
        calibration(Network.for_data(data, hidden=[]), data)


def test_of_splits_the_validation_part_decides():
    net, held_out = overconfident()
    found = calibration(net, Splits(held_out.take(slice(0, 10)), validation=held_out))
    assert found.n == len(held_out)
    with pytest.raises(DataError, match="no validation part"):
        calibration(net, Splits(held_out))
    with pytest.raises(DataError, match="no example"):
        calibration(net, held_out.take(slice(0, 0)))


@pytest.mark.parametrize("T", [0, -1, float("nan"), float("inf"), "2", True, None])
def test_a_temperature_that_is_none_is_refused(T):
    net = Network(Architecture.mlp(Input((2,)), [], 2))
    with pytest.raises(OptionError, match="above 0"):
        with_temperature(net, T)
