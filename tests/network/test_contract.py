"""What the contract promises of every engine, for every engine that can run here."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.basics.draws import Stream, permutation
from pellucid.data.dataset import Input
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network import outputs
from pellucid.network.architecture import Architecture
from pellucid.network.engines import compiled, reference
from pellucid.network.engines.contract import Engine, Seen, Work
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.initial import initial_theta

Array = np.ndarray[Any, np.dtype[Any]]
N, SIZE = 37, 8  # five steps in an epoch, the last of them with five examples
STEPS = 5
ENGINES = [REFERENCE] if compiled.missing() else [REFERENCE, compiled.COMPILED]

each_engine = pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
each_loss = pytest.mark.parametrize(
    ("loss", "k"),
    [("cross_entropy", 3), ("binary_cross_entropy", 1), ("binary_cross_entropy", 3), ("squared_error", 2)],
)


def a_work(
    loss: str = "cross_entropy",
    k: int = 3,
    *,
    dtype: str = "float64",
    weighted: bool = False,
    **options: Any,
) -> Work:
    random = np.random.default_rng(0)
    architecture = Architecture.mlp(Input((4,)), [6, 5], k, loss=loss, dropout=0.2)
    answers: Array = random.integers(0, max(k, 2), N)
    if loss == "squared_error":
        answers = random.normal(size=(N, k))
    return Work(
        architecture,
        X=random.normal(size=(N, 4)).astype(dtype),
        y=outputs.targets(architecture, answers, dtype),
        optimizer=OPTIMIZERS["adam"],
        settings=dict(OPTIMIZERS["adam"].settings),
        penalties={"l1": 0.0, "l2": 0.01},
        batch_size=SIZE,
        sample_weight=random.uniform(0, 2, N) if weighted else None,
        **options,
    )


def start(work: Work, dtype: str = "float64") -> tuple[Array, tuple[Array, ...]]:
    theta = initial_theta(work.architecture, seed=1, dtype=dtype)
    return theta, tuple(np.zeros_like(theta) for _ in work.optimizer.memory)


def trained(engine: Engine, work: Work, cuts: tuple[int, ...], dtype: str = "float64") -> list[bytes]:
    """One epoch with a call for each number of steps: the bits of all that came of it."""
    theta, memory = start(work, dtype)
    space, order = engine.workspace(work), engine.order(N, 3, 0)
    engine.put(space, theta, memory)
    seen, step = [], 0
    for count in cuts:
        rows, rates = order[step * SIZE : (step + count) * SIZE], np.linspace(0.02, 0.01, STEPS)
        seen.append(engine.advance(space, rows, 0, step, step, rates[step : step + count]))
        step += count
    engine.take(space, theta, memory)
    told = [np.concatenate([getattr(s, name) for s in seen]) for name in ("loss_sums", "weights", "correct")]
    assert [len(column) for column in told] == [STEPS] * 3
    return [array.tobytes() for array in (theta, *memory, *told)]


@each_engine
@each_dtype
@pytest.mark.parametrize("weighted", [False, True])
def test_no_bit_depends_on_how_steps_are_cut_into_calls(engine: Engine, dtype: str, weighted: bool) -> None:
    work = a_work(dtype=dtype, weighted=weighted)
    whole = trained(engine, work, (STEPS,), dtype)
    assert trained(engine, work, (1, 1, 1, 1, 1), dtype) == whole
    assert trained(engine, work, (3, 2), dtype) == whole


@each_engine
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_no_bit_depends_on_the_number_of_threads(engine: Engine, n_threads: int) -> None:
    cuts = (2, 3)
    assert trained(engine, a_work(n_threads=n_threads), cuts) == trained(engine, a_work(), cuts)


@each_engine
@each_dtype
def test_what_is_put_in_comes_out(engine: Engine, dtype: str) -> None:
    work, random = a_work(dtype=dtype), np.random.default_rng(2)
    theta, memory = start(work, dtype)
    for vector in (theta, *memory):
        vector[...] = random.normal(size=len(vector))
    space, kept = engine.workspace(work), [vector.copy() for vector in (theta, *memory)]
    engine.put(space, theta, memory)
    for vector in (theta, *memory):
        vector[...] = 7  # the workspace has copies
    engine.take(space, theta, memory)
    assert [vector.tobytes() for vector in (theta, *memory)] == [vector.tobytes() for vector in kept]


@each_engine
def test_what_was_taken_out_stays_as_it_is(engine: Engine) -> None:
    work = a_work()
    (theta, memory), order = start(work), np.arange(N)
    space = engine.workspace(work)
    engine.put(space, theta, memory)
    engine.advance(space, order, 0, 0, 0, np.full(STEPS, 0.01))
    engine.take(space, theta, memory)
    kept = theta.copy()
    engine.advance(space, order, 1, 0, STEPS, np.full(STEPS, 0.01))
    assert (theta == kept).all()
    engine.take(space, theta, memory)
    assert (theta != kept).any()


@each_engine
@each_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_each_step_tells_of_its_batch_before_it_learnt_from_it(
    engine: Engine, loss: str, k: int, weighted: bool
) -> None:
    work = a_work(loss, k, weighted=weighted)
    work = replace(work, architecture=Architecture.mlp(Input((4,)), [6, 5], k, loss=loss))  # no dropout
    theta, memory = start(work)
    space, order = engine.workspace(work), engine.order(N, 5, 2)
    engine.put(space, theta, memory)
    for step in range(STEPS):
        rows = order[step * SIZE : (step + 1) * SIZE]
        scores = REFERENCE.logits(work.architecture, theta, work.X[rows])
        losses, _ = work.architecture.loss_function.value(scores, work.y[rows])
        right = outputs.right(work.architecture, scores, work.y[rows])
        w = np.ones(len(rows)) if work.sample_weight is None else work.sample_weight[rows]
        seen = engine.advance(space, rows, 2, step, step, np.array([0.01]))
        assert len(seen) == 1
        assert seen.loss_sums == pytest.approx([(w * losses).sum()], rel=1e-10)
        assert seen.weights == pytest.approx([w.sum()], rel=1e-12)
        assert seen.correct == pytest.approx([w[right].sum()], rel=1e-12)
        assert {array.dtype for array in (seen.loss_sums, seen.weights, seen.correct)} == {np.dtype("f8")}
        engine.take(space, theta, memory)


@each_engine
def test_the_order_is_the_same_from_every_engine(engine: Engine) -> None:
    for n, seed, epoch in ((1, 0, 0), (37, 2**40 + 5, 3), (1000, 1, 7)):
        order = engine.order(n, seed, epoch)
        assert order.dtype == np.int64
        assert (order == permutation(n, seed=seed, stream=Stream.SHUFFLE, epoch=epoch)).all()


@each_engine
def test_who_says_stop_gets_whole_steps_and_not_all_of_them(engine: Engine) -> None:
    work = replace(a_work(), architecture=Architecture.mlp(Input((4,)), [64, 64], 3))
    steps, size = 300_000, SIZE  # many seconds, were it not stopped
    theta, memory = start(work)
    space = engine.workspace(work)
    engine.put(space, theta, memory)
    order = np.resize(np.arange(N - N % size), steps * size)
    began = time.monotonic()
    seen = engine.advance(space, order, 0, 0, 0, np.full(steps, 1e-4), lambda: time.monotonic() > began + 0.1)
    assert len(seen) < steps
    engine.take(space, theta, memory)
    one, other = start(work)
    space = engine.workspace(work)
    engine.put(space, one, other)
    again = engine.advance(space, order[: len(seen) * size], 0, 0, 0, np.full(len(seen), 1e-4))
    engine.take(space, one, other)
    assert one.tobytes() == theta.tobytes()
    assert again.loss_sums.tobytes() == seen.loss_sums.tobytes()


def test_at_least_one_step_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference.steps, "SECONDS_BETWEEN_LOOKS", -1.0)
    work = a_work()
    space = reference.workspace(work)
    reference.put(space, *start(work))
    seen = reference.advance(space, np.arange(N), 0, 0, 0, np.full(STEPS, 0.01), lambda: True)
    assert len(seen) == 1


def test_sums_are_taken_in_the_order_of_the_examples() -> None:
    """Of pairs of pairs, as `sum` takes them, another number would come out."""
    values = np.random.default_rng(0).normal(size=1000)
    in_order = 0.0
    for value in values.tolist():
        in_order += value
    assert in_order != values.sum()
    assert reference.steps._in_order(values) == in_order


def test_as_many_steps_as_sums() -> None:
    assert len(Seen(np.ones(3), np.ones(3), np.ones(3))) == 3
