"""An estimator between two processes: what pickle, joblib and skops carry, as plain values and arrays.

Nothing in it depends on how our records are laid out in memory, so that tools which trust no foreign class can look
into it, and it is read back through the same constructors that check everything else.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from pellucid.data.dataset import Input
from pellucid.data.preparation import Preparation
from pellucid.network.architecture import Architecture, Dense, Embedding
from pellucid.network.network import Network
from pellucid.training.records import Epoch
from pellucid.training.state import Best, State, Tally
from pellucid.using.estimators.building import arguments, in_step
from pellucid.using.estimators.fitted import Course
from pellucid.using.estimators.targets import Labels
from pellucid.using.estimators.translation import Units

NETWORK, COURSE, LABELS = "network_", "_course", "_labels"


def packed(estimator: Any, state: dict[str, Any]) -> dict[str, Any]:
    """An estimator's attributes with its records taken apart; `coefs_` and `intercepts_` are views of theta.

    Parameters
    ----------
    estimator : estimator
        A fitted one.
    state : dict
        Its attributes.
    """
    kept = {name: value for name, value in state.items() if name not in ("coefs_", "intercepts_")}
    kept[NETWORK] = _network_parts(in_step(estimator))
    if COURSE in kept:
        course: Course = kept[COURSE]
        records = [asdict(replace(record, state=None)) for record in course.records]
        at = None if course.state is None else asdict(course.state)
        kept[COURSE] = {"units": asdict(course.units), "seed": course.seed, "records": records, "state": at}
    if kept.get(LABELS) is not None:
        kept[LABELS] = asdict(kept[LABELS])
    return kept


def unpacked(state: dict[str, Any]) -> dict[str, Any]:
    """The attributes of an estimator, from what `packed` made of them."""
    if not isinstance(state.get(NETWORK), dict):
        return state
    net = _network(state[NETWORK])
    given = {**state, NETWORK: net}
    given["coefs_"] = [layer.W for layer in net.layers]
    given["intercepts_"] = [layer.b for layer in net.layers]
    if COURSE in state:
        parts = state[COURSE]
        records = [Epoch(**record) for record in parts["records"]]
        given[COURSE] = Course(Units(**parts["units"]), parts["seed"], records, _state(parts["state"]))
    if state.get(LABELS) is not None:
        given[LABELS] = Labels(**state[LABELS])
    return given


def _network_parts(net: Network) -> dict[str, Any]:
    preparation = None if net.preparation is None else net.preparation.to_json()
    return {**arguments(net), "architecture": asdict(net.architecture), "preparation": preparation}


def _network(parts: dict[str, Any]) -> Network:
    about = dict(parts["architecture"])
    about["input"] = Input(**about["input"])
    about["layers"] = tuple(Dense(**layer) for layer in about["layers"])
    about["embeddings"] = tuple(Embedding(**embedding) for embedding in about["embeddings"])
    preparation = parts["preparation"]
    return Network(
        **{
            **parts,
            "architecture": Architecture(**about),
            "preparation": None if preparation is None else Preparation.from_json(preparation),
        }
    )


def _state(parts: dict[str, Any] | None) -> State | None:
    if parts is None:
        return None
    best = None if parts["best"] is None else Best(**parts["best"])
    memory = tuple(parts["memory"])
    return State(**{**parts, "memory": memory, "tally": Tally(**parts["tally"]), "best": best})
