"""Small problems that the estimators' tests solve."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes, load_iris

IRIS_X, IRIS_Y = load_iris(return_X_y=True)
IRIS_X = (IRIS_X - IRIS_X.mean(axis=0)) / IRIS_X.std(axis=0)
SPECIES = np.array(["setosa", "versicolor", "virginica"], dtype=object)[IRIS_Y]
DIABETES_X, DIABETES_Y = load_diabetes(return_X_y=True)
DIABETES_X, DIABETES_Y = DIABETES_X * 20, (DIABETES_Y - 152) / 77
QUICK = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 20, "learning_rate_init": 0.02}
