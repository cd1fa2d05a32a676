from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.basics.errors import DataError, OptionError, ShapeError, UnknownNameError
from pellucid.data.dataset import Dataset, Input
from pellucid.formulas.activations import relu
from pellucid.formulas.losses import LOSSES
from pellucid.network import scores as scores_module
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.network import Network


def net_of(sizes: list[int], *, loss: str = "cross_entropy", seed: int = 0, **options: Any) -> Network:
    """A float64 network with random biases too."""
    architecture = Architecture.mlp(Input((sizes[0],)), sizes[1:-1], sizes[-1], loss=loss, **options)
    theta = np.random.default_rng(seed).normal(size=architecture.n_parameters)
    return Network(architecture, theta, dtype="float64")


def examples(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_N02_a_simple_perceptron_by_hand() -> None:
    """Three inputs, one output: 1·0.5 + 2·(−1) + 3·0.25 + 4 = 3.25."""
    net = Network(
        Architecture.mlp(Input((3,)), [], 1, loss="squared_error"),
        np.array([0.5, -1, 0.25, 4]),
        dtype="float64",
    )
    assert net.predict(np.array([[1.0, 2.0, 3.0]])).tolist() == [[3.25]]


def test_F08_one_neuron_computed_three_ways() -> None:
    """h_0¹ = ReLU(Σ_i w_i⁰ h_i⁰ + b_0¹): as a loop, as a product, and by the network itself."""
    net, x = net_of([5, 4, 3]), examples(1, 5)[0]
    W, b = net.layers[0]
    total = b[0]
    for i in range(5):
        total += W[i, 0] * x[i]
    looped = max(total, 0)
    product = relu(x @ W[:, 0] + b[0])
    assert looped == pytest.approx(product, rel=1e-14)
    assert net.trace(x, 0).layers[0].h[0] == pytest.approx(product, rel=1e-14)


def test_F09_shapes_from_layer_to_layer() -> None:
    net = net_of([6, 4, 3])
    trace = net.trace(examples(1, 6)[0], 0)
    assert [layer.W.shape for layer in trace.layers] == [(6, 4), (4, 3)]
    assert [layer.h.shape for layer in trace.layers] == [(4,), (3,)]
    assert net.logits(examples(7, 6)).shape == (7, 3)


def test_F12_two_layers_are_a_nested_function() -> None:
    """On the slide y = W₁ ReLU(W₀ x), with biases left out."""
    net, X = net_of([4, 6, 3]), examples(5, 4)
    for _, b in net.layers:
        b[...] = 0
    (W0, _), (W1, _) = net.layers
    y = W1.T @ np.maximum(W0.T @ X.T, 0)
    assert net.logits(X) == pytest.approx(y.T, rel=1e-13, abs=1e-13)


def test_N04_every_unit_depends_on_every_unit_before_it() -> None:
    net = net_of([4, 5, 3], activation="tanh")
    x = examples(1, 4)[0]
    before = net.trace(x, 0)
    for i in range(4):
        moved = x.copy()
        moved[i] += 0.1
        after = net.trace(moved, 0)
        assert (after.layers[0].h != before.layers[0].h).all()
    W, b = net.layers[1]
    for i in range(5):
        h = before.layers[0].h.copy()
        h[i] += 0.1
        assert (h @ W + b != before.logits).all()


@given(seed=st.integers(0, 1000))
def test_N06_the_highest_score_decides(seed: int) -> None:
    net, X = net_of([3, 5, 4], seed=seed), examples(6, 3, seed)
    assert net.predict(X).tolist() == [row.index(max(row)) for row in net.logits(X).tolist()]


def test_N06_of_equal_scores_the_first_wins() -> None:
    net = net_of([2, 3, 4])
    assert net.decide(np.array([[1.0, 7, 7, 0], [5, 5, 5, 5], [0, 1, 2, 2]])).tolist() == [1, 0, 2]
    yes_or_no = net_of([2, 1], loss="binary_cross_entropy")
    assert yes_or_no.decide(np.array([[-1.0], [0.0], [1.0]])).tolist() == [0, 0, 1]


def test_F05_two_linear_layers_are_one_matrix() -> None:
    net, X = net_of([4, 6, 3], activation="identity"), examples(9, 4)
    (W0, b0), (W1, b1) = net.layers
    assert np.abs(net.logits(X) - (X @ (W0 @ W1) + (b0 @ W1 + b1))).max() <= 1e-12


XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def test_F05_xor_with_the_deep_learning_book_s_weights() -> None:
    """Goodfellow, Bengio, Courville (2016), section 6.1: W = ones, c = (0, −1), w = (1, −2), b = 0."""
    theta = np.array([1, 1, 1, 1, 0, -1, 1, -2, 0], dtype=float)
    net = Network(Architecture.mlp(Input((2,)), [2], 1, loss="squared_error"), theta, dtype="float64")
    assert net.predict(XOR)[:, 0].tolist() == [0, 1, 1, 0]


def test_F05_a_linear_model_gets_at_best_three_of_xor_s_four() -> None:
    truth, best = np.array([0, 1, 1, 0]), 0
    net = net_of([2, 1], loss="binary_cross_entropy")
    for w1 in np.linspace(-2, 2, 9):
        for w2 in np.linspace(-2, 2, 9):
            for b in np.linspace(-3, 3, 13):
                net.theta[...] = w1, w2, b
                best = max(best, int((net.predict(XOR) == truth).sum()))
    assert best == 3


def test_F05_one_hidden_layer_fits_a_bump_the_better_the_wider_it_is() -> None:
    """By construction: each ReLU starts at its own point and turns the slope to follow the curve from there."""
    x = np.linspace(-3, 3, 2001)
    worst = []
    for width in (4, 16, 64, 256):
        knots = np.linspace(-3, 3, width + 1)
        slopes = np.diff(np.exp(-(knots**2))) / np.diff(knots)
        net = Network(Architecture.mlp(Input((1,)), [width], 1, loss="squared_error"), dtype="float64")
        (W0, b0), (W1, b1) = net.layers
        W0[...], b0[...] = 1, -knots[:-1]
        W1[:, 0], b1[...] = np.diff(slopes, prepend=0), np.exp(-9)
        worst.append(np.abs(net.predict(x[:, None])[:, 0] - np.exp(-(x**2))).max())
    assert worst == sorted(worst, reverse=True)
    assert worst[-1] < 1e-3


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 5), (2, 2, 2), ()])
def test_examples_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected \(n, 4\)"):
        net_of([4, 3]).predict(np.zeros(shape))


def test_a_picture_may_come_as_rows_and_columns() -> None:
    net = Network(Architecture.mlp(Input.picture(3, 4), [5], 2), dtype="float64")
    X = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert (net.logits(X) == net.logits(X.reshape(2, 12))).all()
    with pytest.raises(ShapeError, match=r"expected \(n, 12\) or \(n, 3, 4\)"):
        net.predict(X.transpose(0, 2, 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uint8_pictures_are_scaled(dtype: str) -> None:
    net = Network(Architecture.mlp(Input.picture(2, 2, low=-0.5, high=0.5), [], 2), dtype=dtype)
    net.theta[...] = 0
    net.layers[0].W[0, 0] = net.layers[0].W[1, 1] = 1
    scores = net.logits(np.array([[0, 255, 7, 7]], dtype=np.uint8))
    assert scores == pytest.approx(np.array([[-0.5, 0.5]]), rel=1e-6)
    assert scores.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_follows_the_network_s_dtype(dtype: str) -> None:
    net = Network(Architecture.mlp(Input((3,)), [4], 2), dtype=dtype)
    X, y = examples(5, 3), np.array([0, 1, 1, 0, 1])
    for array in (net.theta, net.buffers, net.logits(X), net.probabilities(X), net.gradient(X, y)[1]):
        assert array.dtype == dtype
    assert net.trace(X[0], 1).gradient.dtype == dtype


@pytest.mark.parametrize("dtype", ["float16", "int64", "complex128"])
def test_other_dtypes_are_refused(dtype: str) -> None:
    with pytest.raises(OptionError, match="expected 'float32' or 'float64'"):
        Network(Architecture.mlp(Input((3,)), [4], 2), dtype=dtype)


def test_float32_agrees_with_float64_tensor_by_tensor() -> None:
    net = net_of([8, 12, 7, 3])
    single = Network(net.architecture, net.theta, dtype="float32")
    X, y = examples(9, 8), np.arange(9) % 3
    ours, theirs = (n.layout.tensors(n.gradient(X, y)[1].astype(float)) for n in (single, net))
    for name in theirs:
        assert np.linalg.norm(ours[name] - theirs[name]) <= 2e-6 * np.linalg.norm(theirs[name]), name


def test_predictions_in_chunks_equal_those_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    net, X = net_of([6, 8, 3]), examples(50, 6)
    whole = net.logits(X)
    monkeypatch.setattr(scores_module, "ROWS_AT_A_TIME", 7)
    assert net.logits(X) == pytest.approx(whole, rel=1e-13)
    assert (net.predict(X) == whole.argmax(axis=1)).all()


def test_no_example_gives_no_prediction() -> None:
    net = net_of([6, 8, 3])
    assert net.predict(np.empty((0, 6))).shape == (0,)
    assert net.probabilities(np.empty((0, 6))).shape == (0, 3)


@pytest.mark.parametrize(
    ("loss", "k"),
    [
        ("cross_entropy", 2),
        ("cross_entropy", 5),
        ("hinge", 5),
        ("binary_cross_entropy", 1),
        ("binary_cross_entropy", 2),
        ("binary_cross_entropy", 5),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_add_up_to_1(loss: str, k: int, dtype: str) -> None:
    net, X = Network(Architecture.mlp(Input((3,)), [4], k, loss=loss), dtype=dtype), 20 * examples(50, 3)
    p = net.probabilities(X)
    assert p.shape == (50, max(k, 2))
    assert p.sum(axis=1) == pytest.approx(np.ones(50), abs=1e-6 if dtype == "float32" else 1e-12)
    assert (p[np.arange(50), net.predict(X)] == p.max(axis=1)).all()


def test_numbers_have_no_probabilities() -> None:
    with pytest.raises(OptionError, match="predicts numbers"):
        net_of([3, 1], loss="squared_error").probabilities(examples(2, 3))


def test_theta_is_copied() -> None:
    architecture = Architecture.mlp(Input((3,)), [4], 2)
    theta = np.ones(architecture.n_parameters)
    net = Network(architecture, theta, dtype="float64")
    theta[...] = 7
    assert (net.theta == 1).all()


def test_a_copy_is_independent() -> None:
    net = net_of([3, 4, 2])
    twin, before = net.copy(), net.theta.copy()
    assert (twin.theta == net.theta).all()
    twin.theta += 1
    assert (net.theta == before).all()
    assert twin.architecture is net.architecture


def test_layers_are_views_of_theta() -> None:
    net = net_of([3, 4, 2])
    net.layers[1].W[...] = 0
    assert (net.theta[16:24] == 0).all()


def test_theta_of_another_length() -> None:
    with pytest.raises(ShapeError, match=r"expected \(26,\) for 3-4-2"):
        Network(Architecture.mlp(Input((3,)), [4], 2), np.zeros(25))


def test_the_seed_decides_the_start() -> None:
    architecture = Architecture.mlp(Input((3,)), [4], 2)
    assert (Network(architecture, seed=5).theta == Network(architecture, seed=5).theta).all()
    assert (Network(architecture, seed=5).theta != Network(architecture, seed=6).theta).any()
    assert all((b == 0).all() for _, b in Network(architecture, seed=5).layers)
    for seed in (-1, 2**64, 1.5, True, None):
        with pytest.raises(OptionError, match="seed"):
            Network(architecture, seed=seed)  # type: ignore[arg-type]


def test_each_layer_starts_by_its_own_initializer() -> None:
    layers = (
        Dense(400, "relu", "he_normal"),
        Dense(300, "tanh", "zeros"),
        Dense(200, "identity", "lecun_uniform"),
    )
    first, second, third = Network(Architecture(Input((500,)), layers)).layers
    assert first.W.var() == pytest.approx(2 / 500, rel=0.02)
    assert (second.W == 0).all()
    assert np.abs(third.W).max() <= np.sqrt(3 / 300)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_weight_of_2_counts_like_two_examples_and_0_like_none(loss: str) -> None:
    net, X = net_of([3, 4, 2], loss=loss, activation="tanh"), examples(4, 3)
    kind = LOSSES[loss].targets
    y = np.array([0, 1, 1, 0]) if kind == "classes" else np.random.default_rng(0).random((4, 2))
    weighted = net.gradient(X, y, np.array([2.0, 1, 0, 3]))
    rows = [0, 0, 1, 3, 3, 3]
    repeated = net.gradient(X[rows], y[rows])
    assert weighted[0] == pytest.approx(repeated[0], rel=1e-13)
    assert weighted[1] == pytest.approx(repeated[1], rel=1e-12, abs=1e-15)


def test_T10_the_full_loss_is_the_mean_and_batches_estimate_it_without_bias() -> None:
    net, X, y = net_of([3, 5, 4]), examples(12, 3), np.arange(12) % 4
    each = [net.loss(X[i : i + 1], y[i : i + 1]) for i in range(12)]
    assert net.loss(X, y) == pytest.approx(np.mean(each), rel=1e-14)
    batches = [net.gradient(X[i : i + 3], y[i : i + 3]) for i in range(0, 12, 3)]
    loss, gradient = net.gradient(X, y)
    assert np.mean([L for L, _ in batches]) == pytest.approx(loss, rel=1e-14)
    assert np.mean([g for _, g in batches], axis=0) == pytest.approx(gradient, rel=1e-12, abs=1e-16)


def test_a_network_that_knows_nothing_has_loss_ln_k() -> None:
    net = Network(Architecture.mlp(Input((3,)), [4], 10, initializer="zeros"), dtype="float64")
    assert net.loss(examples(5, 3), np.arange(5)) == pytest.approx(np.log(10))


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        ("cross_entropy", np.array([0, 3])),
        ("cross_entropy", np.array([0, -1])),
        ("cross_entropy", np.array([0.0, 1.0])),
        ("cross_entropy", np.array([[0], [1]])),
        ("cross_entropy", np.array([0, 1, 2])),
        ("binary_cross_entropy", np.array([0, 3])),
        ("binary_cross_entropy", np.array([0, -1])),
        ("squared_error", np.zeros((2, 2))),
        ("squared_error", np.array([0.5, 1.5])),
    ],
)
def test_answers_that_do_not_fit(loss: str, y: np.ndarray) -> None:
    with pytest.raises(ShapeError):
        net_of([4, 3], loss=loss).loss(examples(2, 4), y)


@pytest.mark.parametrize("wrong", [-0.5, 1.5])
def test_a_binary_answer_lies_between_0_and_1(wrong: float) -> None:
    with pytest.raises(DataError, match=r"binary_cross_entropy expects 0 … 1"):
        net_of([4, 1], loss="binary_cross_entropy").loss(examples(2, 4), np.array([0.0, wrong]))


@pytest.mark.parametrize("weights", [np.ones(3), np.zeros(4), -np.ones(4), np.full(4, np.nan)])
def test_impossible_weights(weights: np.ndarray) -> None:
    with pytest.raises(DataError, match="sample_weight"):
        net_of([3, 2]).gradient(examples(4, 3), np.arange(4) % 2, weights)


def test_for_data_takes_shape_classes_and_loss_from_the_data() -> None:
    X = examples(6, 3)
    classes = Dataset(X, np.arange(6) % 3, classes=("a", "b", "c"))
    numbers = Dataset(X, np.zeros((6, 2)))
    net = Network.for_data(classes, hidden=[5])
    assert str(net.architecture) == "3-5-3"
    assert (net.architecture.loss, net.classes) == ("cross_entropy", ("a", "b", "c"))
    assert Network.for_data(numbers, hidden=[]).architecture.loss == "squared_error"
    two = Dataset(X, np.arange(6) % 2, classes=("no", "yes"))
    assert str(Network.for_data(two, hidden=[4], loss="binary_cross_entropy").architecture) == "3-4-1"
    with pytest.raises(UnknownNameError, match="Did you mean 'tanh'"):
        Network.for_data(two, activation="tanhh")


def test_the_short_form_names_what_matters() -> None:
    assert repr(net_of([3, 4, 2])) == "<Network 3-4-2: 26 parameters, cross_entropy, float64>"


@pytest.mark.parametrize(
    ("n_outputs", "loss", "classes"), [(3, "cross_entropy", "ab"), (1, "squared_error", "ab")]
)
def test_class_names_must_fit_the_outputs(n_outputs, loss, classes):
    architecture = Architecture.mlp(Input((2,)), [3], n_outputs, loss=loss)
    with pytest.raises(OptionError, match="2 class names"):
        Network(architecture, classes=tuple(classes))


@pytest.mark.parametrize(("loss", "answers"), [("squared_error", "classes"), ("hinge", "numbers")])
def test_a_loss_for_other_answers_is_refused(loss, answers):
    classes = ("no", "yes") if answers == "classes" else None
    y = np.array([0, 1]) if answers == "classes" else np.array([0.0, 1.0])
    with pytest.raises(OptionError, match=f"the data's answers are {answers}"):
        Network.for_data(Dataset(np.eye(2), y, classes=classes), hidden=[3], loss=loss)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(("examples", "answers"), [(3, 2), (2, 3), (0, 0)])
def test_a_gradient_needs_one_answer_for_each_example(engine: str, examples: int, answers: int) -> None:
    net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), engine=engine)
    with pytest.raises(ShapeError):
        net.gradient(np.zeros((examples, 2)), np.zeros(answers, int))


def test_a_theta_of_another_length_is_refused_before_anything_is_read() -> None:
    net = Network(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), engine="compiled")
    net.theta = net.theta[:-1]
    for n in (1, 100):
        with pytest.raises(ShapeError):
            net.logits(np.zeros((n, 2)))
