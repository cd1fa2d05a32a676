"""Pictures that the compiled engine moves while it gathers them: against `augmented_examples`, at every width."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.basics.draws import Stream
from pellucid.basics.errors import DivergedError
from pellucid.data.dataset import Input
from pellucid.formulas import augmentation as formulas
from pellucid.formulas.augmentation import Augmentation, augmented_examples
from pellucid.formulas.optimizers import OPTIMIZERS
from pellucid.network.architecture import Architecture
from pellucid.network.engines import compiled, contract
from pellucid.network.engines.choice import choose
from pellucid.network.engines.contract import Engine, Work
from pellucid.network.engines.reference import REFERENCE
from pellucid.network.initial import initial_theta

pytestmark = pytest.mark.skipif(bool(compiled.missing()), reason=compiled.missing() or "it runs")

SEED = 2**40 + 7  # both of its words count
EPOCH = 3
AFFINE = Augmentation(shift=2, rotation=180, scale=0.5, shear=0.3)
EVERYTHING = Augmentation(shift=1, rotation=20, scale=0.2, shear=0.1, elastic=1.5)
KINDS = {
    "shift": Augmentation(shift=1.5),
    "rotation": Augmentation(rotation=90),
    "scale": Augmentation(scale=1),
    "shear": Augmentation(shear=0.5),
    "elastic": Augmentation(elastic=2),
    "affine": AFFINE,
    "everything": EVERYTHING,
    "far away": Augmentation(shift=1000, elastic=1000),
}
SHAPES = [
    (28, 28),
    (8, 8),
    (5, 7),
    (1, 1),
    (1, 9),
    (9, 1),
    (20, 33),
    (8, 8, 3),
    (5, 7, 2),
    (1, 1, 5),
    (20, 33, 4),
]
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def a_work(
    changes: Augmentation | None,
    shape: tuple[int, ...] = (8, 8),
    stored: str = "uint8",
    n: int = 19,
    **options: Any,
) -> Work:
    X = np.random.default_rng(0).integers(0, 256, (n, math.prod(shape))).astype(stored)
    channels = shape[2] if len(shape) == 3 else 1
    input = Input.picture(*shape[:2], channels=channels, low=-0.5, high=0.5)
    architecture = Architecture.mlp(input, [6], 3)
    work = Work(
        architecture, X, np.arange(n) % 3, OPTIMIZERS["sgd"], batch_size=n, seed=SEED, augmentation=changes
    )
    return replace(work, **options)


def shown(work: Work, dtype: str, order: np.ndarray) -> np.ndarray:
    """The features that one step on all examples sees."""
    from pellucid.network.engines.compiled import fields

    space = compiled.COMPILED.workspace(work)
    theta = initial_theta(work.architecture, seed=0, dtype=dtype)
    compiled.COMPILED.put(space, theta, ())
    compiled.COMPILED.advance(space, order, EPOCH, 0, 0, np.full(1, 1e-3))
    packing = space.packing
    place = space.job.alive[fields.SPACE][packing.features :][: packing.slice_rows * packing.features_row]
    rows = place.reshape(-1, packing.features_row)
    assert not rows[:, work.architecture.input.size :].any()  # weights' padding has to stay zero
    assert not rows[len(order) :].any()
    return rows[: len(order), : work.architecture.input.size].copy()


def expected(work: Work, dtype: str, order: np.ndarray) -> np.ndarray:
    """The same by the reference."""
    shape, changes = work.architecture.input.shape, work.augmentation
    assert changes is not None
    X = augmented_examples(work.X[order], shape, changes, seed=SEED, epoch=EPOCH, rows=order, dtype=dtype)
    return work.architecture.input.features(X, dtype)


def shuffled(n: int) -> np.ndarray:
    return np.random.default_rng(1).permutation(n)


def trained(engine: Engine, work: Work, dtype: str, steps: int = 1000, epochs: int = 2) -> np.ndarray:
    """Theta after some epochs, in calls of at most so many steps."""
    space = engine.workspace(work)
    theta = initial_theta(work.architecture, seed=0, dtype=dtype)
    memory = tuple(np.zeros_like(theta) for _ in work.optimizer.memory)
    engine.put(space, theta, memory)
    n, t = len(work.X), 0
    in_all = -(-n // work.batch_size)
    for epoch in range(epochs):
        order = engine.order(n, SEED, epoch)
        for first in range(0, in_all, steps):
            some = min(steps, in_all - first)
            rows = order[first * work.batch_size : (first + some) * work.batch_size]
            engine.advance(space, rows, epoch, first, t, np.full(some, 0.01))
            t += some
    engine.take(space, theta, memory)
    return theta


def with_adam(changes: Augmentation, n_threads: int | None = 1, **options: Any) -> Work:
    adam = OPTIMIZERS["adam"]
    work = a_work(
        changes, (9, 7), n=45, optimizer=adam, settings=dict(adam.settings), batch_size=11, **options
    )
    return replace(work, n_threads=n_threads)


@each_dtype
@pytest.mark.parametrize("stored", ["uint8", "float32", "float64", "int16", "uint16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_pictures_are_those_of_the_formulas(shape: tuple[int, ...], stored: str, dtype: str) -> None:
    for changes in (AFFINE, EVERYTHING):
        work = a_work(changes, shape, stored)
        order = shuffled(len(work.X))
        new, old = shown(work, dtype, order), expected(work, dtype, order)
        assert np.abs(new - old).max() <= 1e-5 * np.abs(old).max()
        assert np.abs(shown(replace(work, augmentation=None), dtype, order) - old).max() > 0.01


@each_dtype
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_is_that_of_the_formulas(kind: str, dtype: str) -> None:
    work = a_work(KINDS[kind], (28, 28))
    order = shuffled(len(work.X))
    np.testing.assert_allclose(shown(work, dtype, order), expected(work, dtype, order), rtol=1e-5, atol=1e-5)


@each_dtype
def test_a_picture_that_comes_back_to_its_place_is_bit_for_bit_as_stored(dtype: str) -> None:
    order = shuffled(19)
    for shape in SHAPES:
        nothing = a_work(Augmentation(), shape)  # its transform is 1, 0, 0, 0, 1, 0
        plain = shown(replace(nothing, augmentation=None), dtype, order)
        assert shown(nothing, dtype, order).tobytes() == plain.tobytes()


def test_the_background_that_comes_in_is_a_stored_zero() -> None:
    work = a_work(Augmentation(shift=1000), (8, 8), n=40)
    new = shown(work, "float32", shuffled(40))
    away = (new == -0.5).all(axis=1)  # nearly all pictures are gone
    assert away.sum() > 30


def test_pictures_before_leave_nothing_behind() -> None:
    """A picture is framed where another one stood before."""
    bright, order = a_work(EVERYTHING, n=2), np.array([0, 1])
    X = bright.X.copy()
    X[0] = 255
    alone = shown(replace(bright, X=X, batch_size=1), "float32", order[1:])
    assert shown(replace(bright, X=X), "float32", order)[1].tobytes() == alone[0].tobytes()


def test_a_picture_depends_on_its_row_and_epoch_alone() -> None:
    work = a_work(EVERYTHING)
    order = shuffled(19)
    whole = shown(work, "float32", order)
    assert shown(work, "float32", order[::-1].copy())[::-1].tobytes() == whole.tobytes()
    assert shown(work, "float32", order[3:5]).tobytes() == whole[3:5].tobytes()
    other = shown(replace(work, seed=SEED + 2**32), "float32", order)
    assert (other != whole).any(axis=1).all()


@each_dtype
def test_theta_agrees_with_the_reference(dtype: str) -> None:
    work = with_adam(EVERYTHING)
    ours, other = (trained(engine, work, dtype) for engine in (compiled.COMPILED, REFERENCE))
    assert np.linalg.norm(ours - other) <= 1e-4 * np.linalg.norm(other)
    plain = trained(compiled.COMPILED, replace(work, augmentation=None), dtype)
    assert np.linalg.norm(plain - other) > 0.01 * np.linalg.norm(other)


@each_dtype
def test_no_number_of_threads_and_no_size_of_a_call_changes_a_bit(dtype: str) -> None:
    whole = trained(compiled.COMPILED, with_adam(EVERYTHING), dtype).tobytes()
    for n_threads in (2, 3, 4, None):
        assert trained(compiled.COMPILED, with_adam(EVERYTHING, n_threads), dtype).tobytes() == whole
    for steps in (1, 2, 3):
        assert trained(compiled.COMPILED, with_adam(EVERYTHING), dtype, steps).tobytes() == whole
    assert trained(compiled.COMPILED, with_adam(EVERYTHING, 2), dtype, 2).tobytes() == whole


def test_a_batch_of_several_slices_is_moved_as_a_whole() -> None:
    """The slices of a large batch use the same room one after the other."""
    n = 1500
    work = a_work(EVERYTHING, n=n, batch_size=n)
    ours, other = (trained(engine, work, "float64", epochs=1) for engine in (compiled.COMPILED, REFERENCE))
    assert np.linalg.norm(ours - other) <= 1e-6 * np.linalg.norm(other)


def test_a_loss_that_is_not_finite_is_told_of_with_augmentation() -> None:
    work = a_work(AFFINE, stored="float32")
    X = work.X.copy()
    X[4] = np.inf
    with pytest.raises(DivergedError, match="epoch 4, step 1") as caught:
        shown(replace(work, X=X), "float32", shuffled(19))
    assert "layer 1" in str(caught.value)


def test_it_is_chosen_for_training_on_changed_pictures() -> None:
    architecture = a_work(EVERYTHING).architecture
    assert (
        choose(architecture, optimizer=OPTIMIZERS["adam"], needs={contract.AUGMENTATION}).engine
        is compiled.COMPILED
    )


def test_predictions_see_pictures_as_stored() -> None:
    work = a_work(EVERYTHING)
    theta = initial_theta(work.architecture, seed=0, dtype="float32")
    space = compiled.COMPILED.workspace(work)
    compiled.COMPILED.put(space, theta, ())
    logits = [engine.logits(work.architecture, theta, work.X) for engine in (compiled.COMPILED, REFERENCE)]
    np.testing.assert_allclose(*logits, rtol=1e-5, atol=1e-6)


def test_what_the_kernels_repeat_is_what_the_formulas_say() -> None:
    from pellucid.network.engines.compiled import fields
    from pellucid.network.engines.compiled.kernels import transforms

    assert transforms.GRID == formulas.GRID
    assert transforms.STREAM == Stream.AUGMENTATION
    assert fields.TRANSFORM >= 6 + 2 * formulas.GRID**2


@pytest.mark.slow
@each_dtype
def test_every_register_width_gives_the_same_bits(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from llvmlite import binding

    from pellucid.network.engines.compiled import library
    from pellucid.network.engines.compiled.build import Processor

    if not Processor.here().is_x86:
        pytest.skip("forces the widths of x86 processors")
    widths = [512, 256, 128, 0] if binding.get_host_cpu_features().get("avx512f") else [256, 128, 0]
    order, seen = shuffled(19), []
    for bits in widths:
        monkeypatch.setattr(library, "_forced", Processor.with_registers(bits))
        pictures = [shown(a_work(EVERYTHING, shape), dtype, order).tobytes() for shape in SHAPES]
        seen.append([*pictures, trained(compiled.COMPILED, with_adam(EVERYTHING), dtype).tobytes()])
    assert all(each == seen[0] for each in seen[1:])
