"""A strong default for tables: RealMLP-TD-S, made shorter, since there is no graphics card.

Of the recipe (Holzmüller, Grinsztajn, Steinwart 2024) stay: robust scaling with smooth clipping, three layers of 256,
the tangent parametrization, learnt gains of features, a readout that starts at 0, Adam with β₂ = 0.95 and a large
learning rate in cycles, label smoothing, the latest of the best epochs. Different are: ReLU in place of SELU and Mish,
64 epochs in place of 256, batches that grow with the data, and five networks that answer together, each judged by a
fold of its own, so that no row is lost to validation.
"""

from __future__ import annotations

import math
from typing import Any

AUTO: dict[str, Any] = {
    "hidden_layer_sizes": (256, 256, 256),
    "activation": "relu",
    "solver": "adam",
    "beta_2": 0.95,
    "alpha": 0.0,
    "batch_size": "by_size",
    "schedule": "cosine_cycles",
    "max_iter": 64,
    "tol": 0.0,
    "early_stopping": True,
    "n_iter_no_change": math.inf,
    "scale": "robust",
    "parametrization": "tangent",
    "n_members": 5,
}
FOR_CLASSES: dict[str, Any] = {**AUTO, "learning_rate_init": 0.04, "label_smoothing": 0.1}
FOR_NUMBERS: dict[str, Any] = {**AUTO, "learning_rate_init": 0.07}
