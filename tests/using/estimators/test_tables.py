"""Tables as they are: frames with categories and missing values, prepared as the training rows say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import MLPClassifier, MLPRegressor, PellucidError
from tests.using.estimators.problems import QUICK

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
N = 200
FRAME = pd.DataFrame(
    {
        "size": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N) * 1000 + 5000),
        "color": RNG.choice(["red", "blue", "green"], N),
        "town": RNG.choice([f"town {i}" for i in range(20)], N),
        "old": RNG.random(N) < 0.5,
    }
)
PRICE = FRAME["size"].fillna(5000) / 100 + 30 * (FRAME["color"] == "red")
EASY = QUICK | {"max_iter": 100}


@pytest.mark.parametrize("scale", ["standard", "robust", "quantile"])
def test_every_scale(scale):
    model = MLPRegressor(**EASY, scale=scale).fit(FRAME, PRICE)
    assert model.score(FRAME, PRICE) > 0.8
    assert model.n_features_in_ == 4
    assert model.feature_names_in_.tolist() == list(FRAME.columns)
    assert "an embedding" in model.summary()


def test_words_and_gaps_need_no_setting():
    frame = FRAME.assign(size=FRAME["size"] / 1000)
    model = MLPClassifier(**EASY).fit(frame, frame["color"] == "red")
    assert model.score(frame, frame["color"] == "red") == 1
    assert model.network_.preparation.columns[0].scale == "none"


@pytest.mark.parametrize(
    "frame", [pl.from_pandas(FRAME), FRAME.convert_dtypes(), FRAME.astype({"color": "category"})]
)
def test_every_kind_of_frame(frame):
    one, other = (MLPRegressor(**QUICK, scale="standard").fit(each, PRICE) for each in (FRAME, frame))
    np.testing.assert_allclose(one.predict(FRAME), other.predict(frame))
    np.testing.assert_allclose(one.predict(FRAME), other.predict(FRAME))


def test_a_frame_of_numbers_is_what_scikit_learn_takes():
    frame = FRAME[["old"]].assign(size=FRAME["size"].fillna(0) / 1e4)
    model = MLPClassifier(**QUICK).fit(frame, FRAME["color"])
    assert model.network_.preparation is None
    array = MLPClassifier(**QUICK).fit(frame.to_numpy(dtype=float), FRAME["color"])
    np.testing.assert_array_equal(model.network_.theta, array.network_.theta)


def test_only_training_rows_are_looked_at():
    frame = pd.DataFrame({"x": RNG.normal(size=N)})
    y = (frame["x"] > 0).to_numpy()
    model = MLPClassifier(**QUICK, scale="standard", early_stopping=True, validation_fraction=0.5).fit(
        frame, y
    )
    center = model.network_.preparation.columns[0].center
    assert center != pytest.approx(frame["x"].mean(), abs=1e-12)
    brought = MLPClassifier(**QUICK, scale="standard").fit(
        frame[:50], y[:50], validation_data=(frame[50:], y[50:])
    )
    assert brought.network_.preparation.columns[0].center == pytest.approx(frame["x"][:50].mean())


def test_numbers_are_predicted_in_the_users_units():
    y = np.column_stack([PRICE, 1e6 - 1000 * PRICE])
    model = MLPRegressor(**EASY, scale="standard", early_stopping=True).fit(FRAME, y)
    assert model.score(FRAME, y) > 0.8
    assert model.best_validation_score_ > 0.5
    counts = MLPRegressor(**EASY, scale="standard", loss="poisson").fit(FRAME, PRICE)
    assert (counts.predict(FRAME) > 0).all()


def test_new_words_and_gaps_can_be_predicted():
    model = MLPRegressor(**QUICK, scale="standard").fit(FRAME, PRICE)
    strange = FRAME[:3].assign(color=["mauve", None, "red"], town="elsewhere", size=np.nan)
    assert np.isfinite(model.predict(strange)).all()
    with pytest.raises(ValueError, match="feature names"):
        model.predict(FRAME[["color", "size"]])


def test_it_goes_on_and_several_labels_can_be_learnt():
    labels = np.column_stack([FRAME["old"], FRAME["color"] == "red"]).astype(int)
    model = MLPClassifier(**EASY, scale="robust").fit(FRAME, labels)
    assert model.predict(FRAME).shape == (N, 2)
    before = model.loss_
    for _ in range(20):
        model.partial_fit(FRAME, labels)
    assert model.loss_ < before


def test_dates_and_free_text_are_refused_with_advice():
    with pytest.raises(PellucidError, match="date"):
        MLPClassifier().fit(FRAME.assign(day=pd.Timestamp("2024-01-01")), FRAME["color"])
    with pytest.raises(PellucidError, match="remark"):
        MLPClassifier().fit(FRAME.assign(remark=[f"words {i}" for i in range(N)]), FRAME["color"])
