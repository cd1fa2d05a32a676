"""The parameters and attributes that both estimators have, told once."""

from __future__ import annotations

import inspect
from typing import TypeVar

Class = TypeVar("Class", bound=type)

SHARED_PARAMETERS = """\
hidden_layer_sizes : int or sequence of int
    Neurons of each hidden layer; ``()`` for a linear model.
activation : str
    Of the hidden layers: "relu", "tanh", "logistic" or "sigmoid", "identity", "leaky_relu", "elu", "selu", "gelu",
    "silu", "mish", "softplus", "hard_sigmoid".
solver : str
    "adam", "sgd", "lbfgs", "momentum", "nesterov", "adagrad", "rmsprop", "adamw" or "nadam". "sgd" has momentum, unless
    that is 0.
alpha : float
    Strength of the L2 penalty; divided by the number of examples in a step.
batch_size : int or "auto"
    Examples in each step; "auto" for 200, or all if there are fewer; "by_size" for 64, 128 or 256, more for more
    examples. "lbfgs" always takes all.
learning_rate : str
    Of "sgd": "constant"; "invscaling" for ``learning_rate_init / (t + 1)^power_t`` after t examples; "adaptive" for a
    fifth wherever training no longer improves.
learning_rate_init : float
    The learning rate.
power_t : float
    Of "invscaling".
max_iter : int
    The largest number of epochs; of "lbfgs", of iterations.
shuffle : bool
    Whether each epoch takes the examples in a new random order.
random_state : int, RandomState or None
    For the first weights, the rows set aside and the order; the first two are what scikit-learn draws.
tol : float
    What is less of an improvement does not count as one.
verbose : bool or int
    Whether each epoch prints a line, as scikit-learn's do; `progress` shows more.
warm_start : bool
    Whether `fit` goes on from the weights that are there.
momentum : float
    Of "sgd" and of the solvers that have one.
nesterovs_momentum : bool
    Whether the momentum of "sgd" is Nesterov's.
early_stopping : bool
    Whether rows are set aside (or `validation_data` taken) to stop by; the best epoch's weights are kept.
validation_fraction : float
    The share of rows to set aside.
beta_1, beta_2, epsilon : float
    Constants of Adam and its kin.
n_iter_no_change : int or numpy.inf
    More epochs than this without improvement end training.
max_fun : int
    How often "lbfgs" may compute the loss."""

FURTHER_PARAMETERS = """\
layers : sequence of Dense, optional
    The hidden layers one by one, in place of `hidden_layer_sizes`, `activation`, `dropout`, `normalization` and
    `initializer`: ``[Dense(256, "relu", dropout=0.2), Dense(64, frozen=True)]``.
dropout, input_dropout : float
    The share of each hidden layer's neurons, and of the features, that drop out in each step.
normalization : str
    "none", "batch" or "layer"; normalized layers are trained by the reference engine, which is slower.
initializer : str
    Any name of `INITIALIZERS`; "auto" draws weights and biases as scikit-learn does.
coefs_init, intercepts_init : sequence of arrays, optional
    The first weights and biases, one array for each layer; None in place of one leaves it to `initializer`.
schedule : str, optional
    How the learning rate changes over `max_iter` epochs, in place of `learning_rate`: "constant", "step",
    "exponential", "inverse_time", "cosine", "cosine_cycles", "one_cycle", "plateau".
warm_up : float
    The share of `max_iter` in which the learning rate rises in a line.
weight_decay : float, optional
    Of "adamw"; None for its default.
l1 : float
    Strength of the L1 penalty, divided like `alpha`.
clip_norm, max_norm : float, optional
    The largest length of a step's gradient, and of the weights that lead into one neuron.
averaging : float
    The network gets a moving average of the weights, of which this share stays in each step.
scoring : str, callable or None
    What early stopping judges by: a scorer of scikit-learn's, or "loss"; None for the default score.
max_time : float, optional
    Stop after so many seconds.
scale : str, optional
    "standard", "robust" or "quantile": a table's columns are prepared, with categories and missing values, as the
    training rows say. None takes numbers as they are.
n_threads : int, optional
    How many threads may work at a time; no result depends on it.
engine : str
    "auto", "compiled" or "reference".
progress : bool
    Whether a display shows how training goes.
parametrization : str
    "standard", or "tangent" for the starts and learning rates of `tangent_mlp`, which the recipe for tables uses.
n_members : int
    How many networks answer together. Each of several learns from all folds but one and is judged by that one."""

ATTRIBUTES = """\
members_ : list of estimators
    Where `n_members` is above 1: those that answer together. What follows is then of the first.
network_ : Network
    An ordinary network; `coefs_` and `intercepts_` are views of its parameters.
history_ : History
    Every epoch's record: losses, scores, learning rate, seconds.
coefs_, intercepts_ : list of arrays
    Each layer's W ``(n_in, n_out)`` and b ``(n_out,)``.
loss_, best_loss_ : float
    Of the last and of the best epoch, penalty included; `best_loss_` is None with early stopping.
loss_curve_ : list of float
    Of every epoch.
validation_scores_, best_validation_score_ : list of float, float
    With early stopping, else None.
n_iter_, t_ : int
    Epochs of the last call, and examples seen in all.
n_features_in_, n_layers_, n_outputs_ : int
    Layers are counted as scikit-learn does, features included.
feature_names_in_ : (n_features_in_,)
    Where X had names.
out_activation_ : str
    What turns scores into predictions."""


def documented(kind: Class) -> Class:
    """Put the shared parts into a class's docstring, in the places of <shared>, <further> and <attributes>."""
    text = inspect.cleandoc(kind.__doc__ or "")
    for place, part in (
        ("<shared>", SHARED_PARAMETERS),
        ("<further>", FURTHER_PARAMETERS),
        ("<attributes>", ATTRIBUTES),
    ):
        text = text.replace(place, part)
    kind.__doc__ = text
    return kind


def keep(estimator: object, arguments: dict[str, object]) -> None:
    """Store a constructor's arguments as they came, which is all that scikit-learn lets a constructor do."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)
