"""The blackboard against everything that could prove it wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pellucid.data.dataset import Input
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.layers import dropout_mask
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.formulas.penalties import PENALTIES, add_penalty_slopes
from pellucid.network.architecture import Architecture, Dense
from pellucid.network.engines import reference
from pellucid.network.engines.contract import Work
from tests.naive import complex_loss, loops
from tests.naive.differences import central_differences, relative_error

Array = np.ndarray[Any, np.dtype[Any]]
NEAR = 1e-3  # so close to a kink, a difference quotient would look at both sides of it

each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
each_loss = pytest.mark.parametrize("loss", LOSSES)


@dataclass(frozen=True)
class Case:
    """A network with random numbers in it, and examples."""

    architecture: Architecture
    theta: Array
    X: Array
    y: Array

    @property
    def loss(self) -> str:
        return self.architecture.loss

    @property
    def activations(self) -> list[str]:
        return [layer.activation for layer in self.architecture.layers]

    def mean_loss(self, theta: Array, weights: Array | None = None, masks: Any = None) -> float:
        """The loss by the package's own forward pass."""
        scores = reference.forward(self.architecture, theta, self.X, masks).z[-1]
        losses, _ = self.architecture.loss_function.value(scores, self.y)
        return float(np.average(losses, weights=weights))

    def near_a_kink(self) -> bool:
        """Whether a pre-activation, an error or a margin is close to a point where its formula changes."""
        all_z = reference.forward(self.architecture, self.theta, self.X).z
        for layer, z in zip(self.architecture.layers, all_z, strict=True):
            if any(np.abs(z - kink).min() < NEAR for kink in layer.activation_function.kinks):
                return True
        if self.loss in ("absolute", "huber"):
            error = np.abs(all_z[-1] - self.y)
            return bool(np.abs(error - (self.loss == "huber")).min() < NEAR)
        if self.loss == "hinge":
            z = all_z[-1]
            margins = 1 + z - z[np.arange(len(z)), self.y][:, None]
            margins[np.arange(len(z)), self.y] = 1
            return bool(np.abs(margins).min() < NEAR)
        return False


def case(
    hidden: list[tuple[int, str]], loss: str, *, d: int = 4, k: int = 3, n: int = 5, seed: int = 0
) -> Case:
    layers = (*(Dense(units, activation) for units, activation in hidden), Dense(k, "identity"))
    architecture = Architecture(Input((d,)), layers, loss)
    random = np.random.default_rng(seed)
    theta = random.normal(size=architecture.n_parameters)
    for W, _ in architecture.layout.layers(theta):
        W /= np.sqrt(len(W))  # so that signals neither die nor explode
    kinds = {
        "classes": random.integers(0, k, n),
        "binary": random.random((n, k)),
        "numbers": random.normal(size=(n, k)),
    }
    y = kinds[LOSSES[loss].targets]
    return Case(architecture, theta, random.normal(size=(n, d)), np.abs(y) if LOSSES[loss].lowest == 0 else y)


def cases(*, analytic: bool = False) -> st.SearchStrategy[Case]:
    """Zero to four hidden layers of 1 … 12 neurons, activations mixed, 1 … 9 examples, any loss."""
    activations = [a.name for a in ACTIVATIONS.values() if a.analytic or not analytic]
    losses = [loss.name for loss in LOSSES.values() if loss.analytic or not analytic]
    hidden = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(activations)), max_size=4)
    return st.builds(
        case,
        hidden,
        st.sampled_from(losses),
        d=st.integers(1, 12),
        k=st.integers(2, 5),
        n=st.integers(1, 9),
        seed=st.integers(0, 10**6),
    )


def back_propagated(case: Case, weights: Array | None = None) -> Array:
    return reference.gradient(case.architecture, case.theta, case.X, case.y, weights)[1]


@each_activation
@each_loss
def test_O14_back_propagation_agrees_with_central_differences(activation: str, loss: str) -> None:
    for seed in range(100):  # the first example that is not near a kink
        one = case([(6, activation), (5, activation)], loss, seed=seed)
        if not one.near_a_kink():
            break
    assert relative_error(back_propagated(one), central_differences(one.mean_loss, one.theta)) <= 1e-7


@given(one=cases())
def test_O14_also_on_random_architectures(one: Case) -> None:
    assume(not one.near_a_kink())
    assert relative_error(back_propagated(one), central_differences(one.mean_loss, one.theta)) <= 1e-7


def complex_step(case: Case, **options: Any) -> Array:
    def loss(theta: Array) -> complex:
        return complex_loss.mean_loss(
            theta, case.architecture.sizes, case.activations, case.loss, case.X, case.y, **options
        )

    return complex_loss.complex_step(loss, case.theta)


@pytest.mark.parametrize("activation", [a.name for a in ACTIVATIONS.values() if a.analytic])
@pytest.mark.parametrize("loss", [loss.name for loss in LOSSES.values() if loss.analytic])
def test_O14_back_propagation_agrees_with_complex_steps(activation: str, loss: str) -> None:
    one = case([(6, activation), (5, activation)], loss)
    assert relative_error(back_propagated(one), complex_step(one)) <= 1e-12


@given(one=cases(analytic=True), weighted=st.booleans())
def test_O14_also_on_random_analytic_architectures(one: Case, weighted: bool) -> None:
    weights = np.arange(1.0, len(one.X) + 1) if weighted else None
    assert relative_error(back_propagated(one, weights), complex_step(one, weights=weights)) <= 1e-12


@settings(max_examples=10)
@given(one=cases(), weighted=st.booleans())
def test_losses_and_gradient_agree_with_the_textbook_loops(one: Case, weighted: bool) -> None:
    weights = np.linspace(0.5, 2, len(one.X)) if weighted else None
    losses, gradient = reference.gradient(one.architecture, one.theta, one.X, one.y, weights)
    views = one.architecture.layout.layers(one.theta)
    layers = [(W.tolist(), b.tolist(), name) for (W, b), name in zip(views, one.activations, strict=True)]
    L, slopes = loops.mean_gradient(
        layers, one.X.tolist(), one.y.tolist(), one.loss, None if weights is None else weights.tolist()
    )
    assert np.average(losses, weights=weights) == pytest.approx(L, rel=1e-12)
    assert relative_error(gradient, np.array(slopes)) <= 1e-12


@given(one=cases(), data=st.data())
def test_weighted_examples_against_central_differences(one: Case, data: st.DataObject) -> None:
    assume(not one.near_a_kink())
    n = len(one.X)
    weights = np.array(data.draw(st.lists(st.floats(0.1, 5), min_size=n, max_size=n)))
    numeric = central_differences(lambda theta: one.mean_loss(theta, weights), one.theta)
    assert relative_error(back_propagated(one, weights), numeric) <= 1e-7


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.2, 0.1)])
def test_penalties_count_for_weights_and_not_for_biases(l1: float, l2: float) -> None:
    one = case([(5, "tanh")], "cross_entropy")
    layout = one.architecture.layout
    assert min(np.abs(W).min() for W in layout.weights(one.theta)) > 1e-4  # |w| has a kink at 0

    def penalized(theta: Array) -> float:
        weights = layout.weights(theta)
        cost = sum(l1 * PENALTIES["l1"].value(W) + l2 * PENALTIES["l2"].value(W) for W in weights)
        return one.mean_loss(theta) + cost

    gradient = back_propagated(one)
    before = layout.tensors(gradient.copy())
    add_penalty_slopes(layout.weights(gradient), layout.weights(one.theta), {"l1": l1, "l2": l2})
    assert relative_error(gradient, central_differences(penalized, one.theta)) <= 1e-7
    after = layout.tensors(gradient)
    assert all((after[name] == before[name]).all() for name in after if name.startswith("b"))


@pytest.mark.parametrize("activation", [a.name for a in ACTIVATIONS.values() if a.analytic])
@pytest.mark.parametrize("rates", [(0.5, 0.0), (0.0, 0.3), (0.5, 0.3)])
def test_dropout_with_a_fixed_mask(activation: str, rates: tuple[float, float]) -> None:
    one = case([(8, activation), (7, activation)], "cross_entropy")
    masks = [
        dropout_mask(5, units, rate=rate, seed=1, epoch=0, step=0, layer=index, dtype="float64")
        if rate
        else None
        for index, (units, rate) in enumerate(zip((8, 7), rates, strict=True))
    ]
    masks.append(None)
    passed = reference.forward(one.architecture, one.theta, one.X, masks)
    _, dz = one.architecture.loss_function.value(passed.z[-1], one.y)
    gradient = reference.backward(one.architecture, passed, dz / 5, np.empty_like(one.theta))
    assert relative_error(gradient, complex_step(one, masks=masks)) <= 1e-12
    numeric = central_differences(lambda theta: one.mean_loss(theta, masks=masks), one.theta)
    assert relative_error(gradient, numeric) <= 1e-7


@pytest.mark.parametrize("activation", [a.name for a in ACTIVATIONS.values() if not a.analytic])
def test_dropout_before_a_kinked_activation_s_slope(activation: str) -> None:
    """The slope is that of the neuron before it dropped out: h = 0 by dropout says nothing about z."""
    one = case([(8, activation), (7, activation)], "squared_error", seed=2)
    assert not one.near_a_kink()
    masks = [
        dropout_mask(5, units, rate=0.4, seed=2, epoch=0, step=0, layer=units, dtype="float64")
        for units in (8, 7)
    ]
    passed = reference.forward(one.architecture, one.theta, one.X, [*masks, None])
    assert min(np.abs(z).min() for z in passed.z) > NEAR
    _, dz = one.architecture.loss_function.value(passed.z[-1], one.y)
    gradient = reference.backward(one.architecture, passed, dz / 5, np.empty_like(one.theta))
    numeric = central_differences(lambda theta: one.mean_loss(theta, masks=[*masks, None]), one.theta)
    assert relative_error(gradient, numeric) <= 1e-7


def test_O14_one_backward_pass_replaces_two_forward_passes_for_each_parameter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, count = case([(6, "tanh")], "cross_entropy"), 0
    original = reference.passes.forward

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        return original(*arguments, **options)

    monkeypatch.setattr(reference, "forward", counted)
    monkeypatch.setattr(reference.passes, "forward", counted)
    central_differences(one.mean_loss, one.theta)
    assert count == 2 * len(one.theta) == 2 * 51
    count = 0
    back_propagated(one)
    assert count == 1


def test_the_gradient_check_notices_a_wrong_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that can't fail proves nothing: with a slope that is wrong by a tenth of a percent, it fails."""
    one = case([(6, "tanh"), (5, "tanh")], "cross_entropy")
    right = back_propagated(one)
    off = replace(ACTIVATIONS["tanh"], slope=lambda z, h: 1.001 * (1 - h * h))
    monkeypatch.setitem(ACTIVATIONS, "tanh", off)
    wrong = back_propagated(one)
    assert relative_error(right, central_differences(one.mean_loss, one.theta)) <= 1e-7
    assert relative_error(wrong, central_differences(one.mean_loss, one.theta)) > 1e-5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_too_small_to_matter_are_cleared_from_the_memory(dtype: str) -> None:
    """A dead neuron's moments decay until they are subnormal, where processors are slow."""
    one = case([(5, "relu")], "cross_entropy", n=4)
    settings = dict(OPTIMIZERS["adam"].settings)
    work = Work(one.architecture, one.X, one.y, OPTIMIZERS["adam"], settings, batch_size=4)
    theta = one.theta.astype(dtype)
    theta[:20], theta[20:25] = 0, -1  # W1 and b1: all hidden neurons are dead
    tiny = np.finfo(dtype).tiny
    memory = tuple(np.full_like(theta, tiny / 4) for _ in range(2))
    kept = theta.copy()
    steps = reference.steps.FLUSH_EVERY
    space, order = reference.workspace(work), np.tile(np.arange(4), steps)
    reference.put(space, theta, memory)
    reference.advance(space, order, 0, 0, 0, np.full(steps, 0.001))
    reference.take(space, theta, memory)
    assert np.abs(theta[:20]).max() < 1e-25
    assert (theta[20:25] == kept[20:25]).all()
    for vector in memory:
        assert (vector[:25] == 0).all()
        assert not ((vector != 0) & (np.abs(vector) < tiny)).any()
