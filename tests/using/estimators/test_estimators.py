"""What the estimators do beyond scikit-learn's, and what fitting leaves behind."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

import pellucid
from pellucid import Dense, MLPClassifier, MLPRegressor
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.optimizers import OPTIMIZERS
from tests.using.estimators.problems import DIABETES_X, DIABETES_Y, IRIS_X, IRIS_Y, QUICK, SPECIES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(**settings):
    return MLPClassifier(**QUICK | settings).fit(IRIS_X, SPECIES)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation(name):
    assert fitted(activation=name, max_iter=60).score(IRIS_X, SPECIES) > 0.8


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_solver(name):
    model = fitted(solver=name, max_iter=60, learning_rate_init=OPTIMIZERS[name].learning_rate * 10)
    assert model.loss_ < model.loss_curve_[0] / 1.5


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.3},
        {"input_dropout": 0.3},
        {"normalization": "batch"},
        {"normalization": "layer"},
        {"initializer": "he_normal"},
        {"layers": [Dense(8, "tanh")]},
        {"schedule": "cosine"},
        {"warm_up": 0.5},
        {"l1": 1.0},
        {"clip_norm": 0.1},
        {"max_norm": 0.5},
        {"averaging": 0.9},
        {"class_weight": {"setosa": 9.0}},
        {"class_weight": {"setosa": 3.0, "virginica": 0.5}},
        {"label_smoothing": 0.2},
        {"calibrate": True},
        {"solver": "adamw", "weight_decay": 0.5},
        {"coefs_init": [np.zeros((4, 8)), None]},
        {"scale": "robust"},
    ],
    ids=str,
)
def test_every_further_setting_changes_what_is_learnt(settings):
    plain, other = fitted(), fitted(**settings)
    assert not np.array_equal(plain.predict_proba(IRIS_X), other.predict_proba(IRIS_X))
    assert other.score(IRIS_X, SPECIES) > 0.6


@pytest.mark.parametrize("settings", [{"n_threads": 1}, {"n_threads": 2}, {"class_weight": "balanced"}])
def test_what_should_change_nothing_does_not(settings):
    np.testing.assert_array_equal(fitted().network_.theta, fitted(**settings).network_.theta)


def test_balanced_classes_weigh_alike():
    rows = np.concatenate([np.arange(0, 60), np.arange(100, 110)])
    X, y = IRIS_X[rows], SPECIES[rows]
    balanced = MLPClassifier(**QUICK, class_weight="balanced").fit(X, y)
    counts = {label: np.sum(y == label) for label in np.unique(y)}
    weights = np.array([70 / (3 * counts[label]) for label in y])
    weighted = MLPClassifier(**QUICK).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(balanced.network_.theta, weighted.network_.theta)


def test_the_network_is_an_ordinary_one():
    model = fitted()
    net = model.network_
    assert isinstance(net, pellucid.Network)
    assert net.classes == ("setosa", "versicolor", "virginica")
    np.testing.assert_array_equal(
        net.predict(IRIS_X), IRIS_Y * 0 + np.searchsorted(model.classes_, model.predict(IRIS_X))
    )
    assert all(W.base is net.theta for W in (*model.coefs_, *model.intercepts_))
    model.intercepts_[-1][...] = [100.0, 0, 0]
    assert set(model.predict(IRIS_X)) == {"setosa"}
    model.intercepts_[-1] = np.array([0, 100.0, 0])
    assert set(model.predict(IRIS_X)) == {"versicolor"}


def test_dtypes_follow_the_features():
    for X, dtype in [
        (IRIS_X, "float64"),
        (IRIS_X.astype(np.float32), "float32"),
        (np.round(IRIS_X * 10).astype(np.int64), "float32"),
        (IRIS_X.tolist(), "float64"),
    ]:
        model = MLPClassifier(**QUICK).fit(X, IRIS_Y)
        assert (str(model.network_.dtype), model.predict_proba(X).dtype) == (dtype, dtype)


def test_no_hidden_layer_is_a_linear_model():
    model = fitted(hidden_layer_sizes=())
    assert model.n_layers_ == 2
    np.testing.assert_allclose(model.network_.logits(IRIS_X), IRIS_X @ model.coefs_[0] + model.intercepts_[0])
    np.testing.assert_array_equal(model.transform(IRIS_X), IRIS_X)


def test_a_frozen_layer_and_given_weights_stay():
    W = np.eye(4, 8)
    layers = [Dense(8, "tanh", frozen=True), Dense(5)]
    model = fitted(layers=layers, coefs_init=[W, None, None], intercepts_init=[np.ones(8), None, None])
    np.testing.assert_array_equal(model.coefs_[0], W)
    np.testing.assert_array_equal(model.intercepts_[0], np.ones(8))
    assert model.network_.architecture.sizes == (4, 8, 5, 3)


def test_activations_lead_to_the_scores():
    model = fitted(hidden_layer_sizes=(8, 5))
    assert [model.activations(IRIS_X, layer).shape[1] for layer in range(4)] == [4, 8, 5, 3]
    np.testing.assert_allclose(model.activations(IRIS_X, 3), model.network_.logits(IRIS_X), atol=1e-12)
    np.testing.assert_array_equal(model.transform(IRIS_X), model.activations(IRIS_X, 2))
    assert model.get_feature_names_out().tolist() == [f"mlpclassifier{i}" for i in range(5)]
    assert model.set_output(transform="pandas").transform(IRIS_X).columns[0] == "mlpclassifier0"
    with pytest.raises(pellucid.PellucidError, match="expected 0 … 3"):
        model.activations(IRIS_X, 4)


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
def test_sparse_features(container, monkeypatch):
    monkeypatch.setattr("pellucid.using.estimators.inputs.ROWS_AT_A_TIME", 40)
    X = np.where(np.abs(IRIS_X) > 0.5, IRIS_X, 0)
    dense, thin = MLPClassifier(**QUICK).fit(X, SPECIES), MLPClassifier(**QUICK).fit(container(X), SPECIES)
    np.testing.assert_array_equal(dense.network_.theta, thin.network_.theta)
    np.testing.assert_allclose(dense.predict_proba(X), thin.predict_proba(container(X)), atol=1e-12)
    np.testing.assert_allclose(dense.transform(X), thin.transform(container(X)), atol=1e-12)


def test_sparse_labels_come_back_sparse():
    y = sparse.csr_array(np.eye(3, dtype=int)[IRIS_Y])
    model = MLPClassifier(**QUICK).fit(IRIS_X, y)
    assert sparse.issparse(model.predict(IRIS_X))
    assert model.score(IRIS_X, y.toarray()) > 0.5


def test_probabilities_where_logarithms_matter():
    model = MLPClassifier(**QUICK).fit(IRIS_X[:100], IRIS_Y[:100])
    model.intercepts_[-1][...] = 1e6
    assert model.predict_proba(IRIS_X[:1]).tolist() == [[0.0, 1.0]]
    assert model.predict_log_proba(IRIS_X[:1]).tolist() == [[-np.inf, 0.0]]


@pytest.mark.parametrize("loss", ["squared_error", "absolute", "huber", "poisson"])
def test_every_loss_for_numbers(loss):
    y = DIABETES_Y - DIABETES_Y.min()
    model = MLPRegressor(loss=loss, **QUICK | {"max_iter": 100}).fit(DIABETES_X, y)
    assert model.score(DIABETES_X, y) > 0.4
    if loss == "absolute":
        errors = np.abs(model.predict(DIABETES_X) - y)
        assert model.loss_ == pytest.approx(errors.mean(), rel=0.05)


def test_several_numbers():
    Y = np.column_stack([DIABETES_Y, -2 * DIABETES_Y])
    model = MLPRegressor(**QUICK).fit(DIABETES_X, Y)
    assert model.predict(DIABETES_X).shape == (442, 2)
    assert model.loss_ == pytest.approx(np.mean((model.predict(DIABETES_X) - Y) ** 2) / 2, rel=0.1)


def test_calibration_divides_the_readout():
    noisy = np.where(np.random.default_rng(0).random(150) < 0.3, 0, IRIS_Y)
    settings = QUICK | {"max_iter": 300, "tol": 0.0}
    model = MLPClassifier(**settings, calibrate=True, validation_fraction=0.3).fit(IRIS_X, noisy)
    assert model.temperature_ > 1  # it had learnt the noise by heart
    assert model.network_.info["temperature"] == f"{model.temperature_:.6g}"


def test_partial_fits_are_epochs_of_a_fit():
    whole = fitted(max_iter=7, shuffle=True, batch_size=40)
    parts = MLPClassifier(**QUICK | {"batch_size": 40})
    for _ in range(7):
        parts.partial_fit(IRIS_X, SPECIES, classes=np.unique(SPECIES))
    np.testing.assert_array_equal(whole.network_.theta, parts.network_.theta)
    assert parts.loss_curve_ == whole.loss_curve_
    assert (parts.n_iter_, parts.t_, len(parts.history_)) == (1, 1050, 7)


def test_partial_fit_goes_on_from_what_somebody_wrote():
    model = MLPClassifier(**QUICK).partial_fit(IRIS_X, SPECIES, classes=np.unique(SPECIES))
    model.coefs_[0] = np.zeros((4, 8))
    model.set_params(learning_rate_init=1e-12, dropout=0.5).partial_fit(IRIS_X, SPECIES)
    assert np.abs(model.coefs_[0]).max() < 1e-6
    assert model.network_.architecture.layers[0].dropout == 0.5


def test_a_random_state_says_it_all():
    np.testing.assert_array_equal(fitted().network_.theta, fitted().network_.theta)
    assert not np.array_equal(fitted().network_.theta, fitted(random_state=1).network_.theta)
    state = np.random.RandomState(3)
    first, second = (MLPClassifier(**QUICK | {"random_state": state}).fit(IRIS_X, IRIS_Y) for _ in range(2))
    assert not np.array_equal(first.network_.theta, second.network_.theta)


def test_pictures_are_learnt_as_they_are():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    X = (rng.integers(0, 100, (60, 6, 5)) + 100 * y[:, None, None]).astype(np.uint8)
    model = MLPClassifier(**QUICK | {"max_iter": 100}).fit(X, y)
    assert model.network_.architecture.input.shape == (6, 5)
    assert model.network_.architecture.input.scale == 1 / 255
    assert model.n_features_in_ == 30
    assert model.score(X, y) > 0.9
    fractions = MLPClassifier(**QUICK | {"max_iter": 100}).fit(X / 255, y)
    np.testing.assert_allclose(model.predict_proba(X), fractions.predict_proba(X / 255), atol=1e-3)
    flat = MLPClassifier(**QUICK).fit(X.reshape(60, 30), y)  # numbers like any others
    assert flat.network_.architecture.input.scale == 1


def test_lists_of_pil_images():
    image = pytest.importorskip("PIL.Image")
    pictures = [image.new("L", (4, 3), color=shade) for shade in (0, 10, 240, 250)]
    model = MLPClassifier(**QUICK).fit(pictures, ["dark", "dark", "light", "light"])
    assert model.predict(pictures).tolist() == ["dark", "dark", "light", "light"]


def test_what_is_printed_and_shown(capsys):
    MLPClassifier(**QUICK | {"max_iter": 2}, verbose=True, early_stopping=True).fit(IRIS_X, IRIS_Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["Iteration", "Validation", "Iteration", "Validation"]
    fitted(max_iter=2)
    assert capsys.readouterr() == ("", "")
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        fitted(max_iter=2, progress=True)
    assert "epoch 2" in shown.getvalue()


def test_warnings_say_what_to_do():
    with pytest.warns(ConvergenceWarning, match="raise max_iter"):
        fitted(max_iter=1)
    with pytest.warns(UserWarning, match="each step takes all of them"):
        fitted(batch_size=1000)


def test_drawings_and_tables_in_a_notebook():
    model = fitted(hidden_layer_sizes=(30,))
    assert "<svg" not in MLPClassifier()._repr_html_()
    html = model._repr_html_()
    assert html.count("<circle") == 4 + 10 + 3
    assert "30, 10 shown" in html
    assert "<svg" in model._repr_mimebundle_()["text/html"]
    assert "4·30+30 + 30·3+3" in model.summary()
    from sklearn import config_context

    with config_context(display="text"):
        assert not hasattr(model, "_repr_html_")
        assert "text/html" not in model._repr_mimebundle_()


def test_curves():
    model = fitted(early_stopping=True)
    labels = [axes.get_ylabel() for axes in model.plot_history().axes]
    assert labels == ["cross-entropy (nats)", "accuracy"]


def test_nothing_is_told_before_fitting():
    model = MLPClassifier()
    for ask in (model.summary, model.plot_history, lambda: model.predict(IRIS_X), lambda: model.save("x")):
        with pytest.raises(NotFittedError):
            ask()
    assert not hasattr(model, "history_")


def test_clones_are_new():
    model = fitted(layers=[Dense(3)], class_weight={"setosa": 2.0})
    again = clone(model)
    assert not hasattr(again, "coefs_")
    assert again.get_params() == model.get_params()
