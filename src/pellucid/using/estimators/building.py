"""The network behind an estimator: made new, or kept in step with what somebody wrote into `coefs_`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Input
from pellucid.network.fits import embeddings_for
from pellucid.network.network import Network
from pellucid.using.estimators import translation
from pellucid.using.estimators.initial import draw_as_scikit_learn, drawn_seed, write_weights
from pellucid.using.estimators.reading import Raw
from pellucid.using.estimators.targets import Labels


def new_network(
    estimator: Any,
    raw: Raw,
    *,
    n_outputs: int,
    loss: str,
    labels: Labels | None,
    random: np.random.RandomState,
) -> Network:
    """A network for these examples, as the estimator's parameters describe it.

    Parameters
    ----------
    estimator : estimator
    raw : Raw
        The network takes its dtype, and carries its preparation.
    n_outputs : int
    loss : str
        A name from `LOSSES`.
    labels : Labels or None
    random : RandomState
        For the first weights; it moves on.
    """
    input = raw.input or Input((raw.X.shape[1],))
    architecture = translation.architecture(
        estimator, input, n_outputs, loss, embeddings=embeddings_for(raw.preparation)
    )
    names = None if labels is None else labels.names
    as_scikit_learn = translation.draws_as_scikit_learn(estimator)
    seed = 0 if as_scikit_learn else drawn_seed(random)
    # Nothing has to be drawn where all of theta is written over: a search over settings fits thousands of networks.
    all_written = as_scikit_learn and not (architecture.layout.normalizations or architecture.has_front)
    net = Network(
        architecture,
        np.zeros(architecture.n_parameters) if all_written else None,
        seed=seed,
        dtype=raw.dtype,
        classes=names,
        preparation=raw.preparation,
        engine=estimator.engine,
    )
    if as_scikit_learn:
        draw_as_scikit_learn(net, random, logistic=estimator.activation == "logistic")
    write_weights(net, estimator.coefs_init, estimator.intercepts_init)
    return net


def network_to_go_on_with(
    estimator: Any, raw: Raw, *, n_outputs: int, loss: str, labels: Labels | None
) -> Network:
    """The network so far, with what the parameters say now, as far as that leaves theta's form alone.

    Where somebody wrote `coefs_` and `intercepts_` into an estimator that was never fitted, it is made of these.

    Raises
    ------
    OptionError
        If the parameters now ask for another form.
    """
    if not hasattr(estimator, "network_"):
        random = np.random.RandomState(0)  # what it draws is written over
        net = new_network(estimator, raw, n_outputs=n_outputs, loss=loss, labels=labels, random=random)
        write_weights(net, estimator.coefs_, estimator.intercepts_)
        return net
    net = in_step(estimator)
    before = net.architecture
    architecture = translation.architecture(
        estimator, before.input, n_outputs, loss, embeddings=before.embeddings
    )
    if architecture.layout != net.layout:
        raise OptionError(
            f"The parameters now say {architecture}, but the fitted network is {before}; expected the same "
            "sizes, or a new fit with warm_start=False."
        )
    if architecture == before and net.engine == estimator.engine:
        return net
    return again(net, architecture=architecture, engine=estimator.engine)


def in_step(estimator: Any) -> Network:
    """The fitted network, with whatever was put into `coefs_` and `intercepts_` in place of its own arrays."""
    net = estimator.network_
    for layer, W, b in zip(net.layers, estimator.coefs_, estimator.intercepts_, strict=True):
        for own, shown in ((layer.W, W), (layer.b, b)):
            if getattr(shown, "base", None) is not net.theta:
                own[...] = shown
    return net


def again(net: Network, **changes: Any) -> Network:
    """A copy of a network with some of its arguments changed."""
    return Network(**{**arguments(net), **changes})


def arguments(net: Network) -> dict[str, Any]:
    """What `Network` was or could have been called with: all that it is."""
    return {
        "architecture": net.architecture,
        "theta": net.theta,
        "buffers": net.buffers,
        "seed": net.seed,
        "dtype": str(net.dtype),
        "classes": net.classes,
        "preparation": net.preparation,
        "info": net.info,
        "engine": net.engine,
    }
