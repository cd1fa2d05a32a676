"""No bit depends on how many threads work, how wide registers are, or how the work is cut into calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.network.architecture import Architecture
from pellucid.network.engines import compiled
from pellucid.network.engines.compiled import COMPILED, fields, library
from pellucid.network.engines.compiled.build import Processor
from pellucid.network.engines.compiled.packing import LARGEST_SLICE
from pellucid.network.engines.compiled.predicting import _few_before
from tests.network.compiled.cases import OPTIONS, a_case, a_work, beginning, bits, trained, with_threads

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

WORKS: dict[str, dict[str, Any]] = {
    "small": {"hidden": (5, 3), "d": 2, "dropout": 0.3},
    "panels-for-each-thread": {
        "hidden": (300, 160),
        "weighted": True,
        "penalties": {"l1": 0.001, "l2": 0.01},
    },
    "sigmoid-odd": {"hidden": (15, 9, 1), "activation": "sigmoid"},
    "as-few-panels-as-threads": {"hidden": (64, 33, 100), "activation": "sigmoid", "dropout": 0.2, "d": 70},
    "one-layer": {"hidden": (), "loss": "hinge", "k": 40},
    "numbers": {"hidden": (40,), "loss": "squared_error", "k": 2, "activation": "leaky_relu"},
    "yes-or-no": {"hidden": (17, 50), "loss": "binary_cross_entropy", "k": 1, "activation": "relu"},
    "slices": {
        "n": 2 * LARGEST_SLICE + 77,
        "batch_size": LARGEST_SLICE + 50,
        "hidden": (70, 9),
        "dropout": 0.1,
    },
    "gelu": {"hidden": (300, 17), "activation": "gelu", "dropout": 0.2, "loss": "absolute", "k": 17},
    "gelu-slices": {
        "n": LARGEST_SLICE + 77,
        "batch_size": LARGEST_SLICE + 50,
        "hidden": (70, 9),
        "activation": "gelu",
    },
    "mish": {"hidden": (15, 100, 64), "activation": "mish", "d": 70, "loss": "huber", "k": 20},
    "silu": {"hidden": (17, 50), "activation": "silu", "dropout": 0.2, "label_smoothing": 0.1, "k": 33},
    "elu": {"hidden": (33, 5), "activation": "elu", "loss": "poisson", "k": 2},
    "selu": {"hidden": (33, 5), "activation": "selu", "dropout": 0.3},
    "softplus": {"hidden": (100,), "activation": "softplus", "weighted": True},
    "hard_sigmoid": {"hidden": (40, 9), "activation": "hard_sigmoid", "dropout": 0.1, "loss": "hinge"},
}

each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
each_work = pytest.mark.parametrize("name", WORKS)
each_optimizer = pytest.mark.parametrize(
    "optimizer", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
)


@each_dtype
@each_work
def test_threads(name: str, dtype: str) -> None:
    work = a_work(dtype=dtype, **WORKS[name])
    alone = bits(trained(with_threads(work, 1), dtype))
    for number in (2, 3, 4):
        assert bits(trained(with_threads(work, number), dtype)) == alone, f"{number} threads"
    assert bits(trained(work, dtype, cuts=1)) == alone  # whichever number the engine likes, changing it


@each_dtype
@each_work
def test_a_gradient_that_is_kept(name: str, dtype: str) -> None:
    """Made whole before the update, it is the same as made and used block by block."""
    for number in (1, 2):
        work = with_threads(a_work(dtype=dtype, **WORKS[name]), number)
        assert bits(trained(work, dtype, keep_gradient=True)) == bits(trained(work, dtype))


@each_dtype
@each_optimizer
def test_cut_into_calls_or_resumed(optimizer: str, dtype: str) -> None:
    work = a_work(optimizer=optimizer, dtype=dtype, dropout=0.2, n=101)  # 7 steps in an epoch, the last of 5
    whole = bits(trained(work, dtype))
    for cuts in (1, 2, 3, 6):
        assert bits(trained(work, dtype, cuts=cuts)) == whole
    assert bits(trained(work, dtype, cuts=3, resumed=True)) == whole


@each_dtype
def test_however_the_examples_lie_in_memory(dtype: str) -> None:
    work = a_work(dtype=dtype, weighted=True)
    usual = bits(trained(work, dtype))
    wide = np.zeros((2 * len(work.X), 3 * work.X.shape[1]), dtype)
    strided = wide[::2, 1::3]
    strided[...] = work.X
    fortran, read_only, backwards = np.asfortranarray(work.X), work.X.copy(), work.X[::-1].copy()[::-1]
    read_only.flags.writeable = False
    for X in (strided, fortran, read_only, backwards):
        assert bits(trained(replace(work, X=X), dtype)) == usual
        assert bits([COMPILED.logits(work.architecture, beginning(work, dtype)[0], X)]) == bits(
            [COMPILED.logits(work.architecture, beginning(work, dtype)[0], work.X)]
        )
    assert work.sample_weight is not None
    for weights in (np.repeat(work.sample_weight, 2)[::2], work.sample_weight[::-1].copy()[::-1]):
        assert bits(trained(replace(work, sample_weight=weights), dtype)) == usual


@each_dtype
def test_stored_in_another_type_of_the_same_numbers(dtype: str) -> None:
    work = a_work(dtype=dtype)
    X = np.random.default_rng(0).integers(0, 256, work.X.shape)
    stored = [trained(replace(work, X=X.astype(kind)), dtype) for kind in ("u1", "f4", "f8", "i2", "i8")]
    assert all(bits(one) == bits(stored[0]) for one in stored)


# Predictions


@each_dtype
@pytest.mark.parametrize(
    ("hidden", "activation"),
    [
        ((), "tanh"),
        ((33,), "tanh"),
        ((300, 17), "tanh"),
        *(((33, 7), name) for name in fields.ACTIVATION_CODES),
    ],
)
def test_a_prediction_is_the_same_alone_and_in_company(
    hidden: tuple[int, ...], activation: str, dtype: str
) -> None:
    work = a_work(hidden, n=150, d=29, k=5, dtype=dtype, activation=activation)
    theta = beginning(work, dtype)[0]
    all_scores = COMPILED.logits(work.architecture, theta, work.X, 1)
    for number in (2, 3, 4, None):
        assert bits([COMPILED.logits(work.architecture, theta, work.X, number)]) == bits([all_scores])
    for size in (1, 2, 7, 64, 65, 149):
        parts = [COMPILED.logits(work.architecture, theta, work.X[i : i + size]) for i in range(0, 150, size)]
        assert bits([np.concatenate(parts)]) == bits([all_scores])


@each_dtype
def test_no_examples_get_no_scores(dtype: str) -> None:
    work = a_work(dtype=dtype)
    theta = beginning(work, dtype)[0]
    for number in (None, 1, 3):
        scores = COMPILED.logits(work.architecture, theta, work.X[:0], number)
        assert scores.shape == (0, 3)
        assert scores.dtype == np.dtype(dtype)


# Register widths

WIDTHS = (512, 256, 128, 0)


@pytest.fixture
def narrower(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Compile for registers of so many bits; what was compiled goes with the test."""
    kept = dict(library._loaded)
    library._loaded.clear()
    here = Processor.here()
    if not here.is_x86:
        pytest.skip("other widths are known of x86 processors only")

    def force(width: int) -> None:
        if width > here.register_bits:
            pytest.skip(f"this processor has no registers of {width} bits")
        monkeypatch.setattr(library, "_forced", Processor.with_registers(width))

    yield force
    library._loaded.clear()
    library._loaded.update(kept)


def everything(dtype: str) -> list[bytes]:
    """Training by every optimizer and every formula, predictions, the order."""
    results = []
    for number, options in enumerate(WORKS.values()):
        optimizer = ("adam", "sgd", "momentum", "nesterov", "adagrad", "rmsprop")[number % 6]
        work = a_work(optimizer=optimizer, dtype=dtype, **options)
        _few_before.architecture = None  # it keeps what it had compiled
        results += [*trained(work, dtype), predictions(work.architecture, work.X, dtype)]
        results.append(predictions(work.architecture, work.X[:3], dtype))
    for number, name in enumerate(OPTIONS):
        optimizer = ("adamw", "nadam", "adam")[number % 3]
        results += trained(a_case(name, dtype, optimizer=optimizer), dtype)
    results.append(COMPILED.order(1003, 7, 1))
    return bits(results)


def predictions(architecture: Architecture, X: np.ndarray, dtype: str) -> np.ndarray:
    theta = np.random.default_rng(1).normal(size=architecture.n_parameters).astype(dtype)
    return COMPILED.logits(architecture, theta, X)


@pytest.mark.slow
@each_dtype
@pytest.mark.parametrize("width", WIDTHS)
def test_registers_of_any_width(width: int, dtype: str, narrower: Any) -> None:
    usual = everything(dtype)
    narrower(width)
    assert not library.is_loaded(dtype)
    assert everything(dtype) == usual
    assert library.is_loaded(dtype)


@pytest.mark.parametrize("optimizer", sorted(fields.OPTIMIZER_CODES))
@pytest.mark.parametrize("activation", ["sigmoid", "softplus"])
def test_padding_stays_zero(optimizer: str, activation: str) -> None:
    """Padded neurons of such layers say ½ or log 2; nobody may listen to them, nor learn from them."""
    options = {"label_smoothing": 0.2} if activation == "softplus" else {}
    work = a_work(hidden=(15, 9, 1), activation=activation, optimizer=optimizer, n=160, **options)
    theta, memory = beginning(work, "float32")
    space = COMPILED.workspace(work)
    COMPILED.put(space, theta, memory)
    COMPILED.advance(space, np.arange(160), 0, 0, 0, np.full(10, 0.05))
    assert space.packing.places is not None
    padding = np.ones(space.packing.length, bool)
    padding[space.packing.places] = False
    padding[space.packing.table[-1, fields.BIASES] :] = False  # where a padded class can't win
    for vector in (space.job.alive[fields.THETA], *space.memory):
        assert (vector[padding] == 0).all()
        assert (vector[~padding] != 0).any()
