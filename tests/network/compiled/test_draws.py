"""Random draws by the kernels are those of `basics/draws.py`, word for word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.basics.draws import Stream, permutation, words
from pellucid.data.dataset import Input
from pellucid.formulas.layers import dropout_mask
from pellucid.network.architecture import Architecture
from pellucid.network.engines import compiled as engine

if engine.missing():
    pytest.skip(engine.missing(), allow_module_level=True)

from pellucid.network.engines.compiled import COMPILED, fields, library
from pellucid.network.engines.compiled.job import Job
from pellucid.network.engines.compiled.kernels import draws, run
from pellucid.network.engines.compiled.language.kernel import kernel
from pellucid.network.engines.compiled.language.values import i64
from pellucid.network.engines.compiled.packing import Packing, _threshold
from tests.network.compiled.cases import bits
from tests.network.compiled.machine_code import compiled, pointer

draw_mask, draw_blocks = draws.draw_mask, draws.draw_blocks
SEED = 2**40 + 12345


@kernel
def mask_of(
    mask: Any, row: Any, units: Any, first: Any, last: Any, earlier: Any, threshold: Any, rates: Any, words: Any,
    low: Any, high: Any, stream: Any, epoch: Any, step: Any, layer: Any,
) -> None:  # fmt: skip
    draw_mask(
        mask,
        row,
        units,
        first,
        last,
        earlier,
        threshold,
        rates[0],
        words,
        low,
        high,
        stream,
        epoch,
        step,
        layer,
    )


@kernel
def blocks_of(
    words: Any, first: Any, low: Any, high: Any, stream: Any, epoch: Any, step: Any, part: Any
) -> None:
    draw_blocks(words, first, low, high, stream, epoch, step, part)


def test_the_streams_are_the_same() -> None:
    assert run.DROPOUT_STREAM == Stream.DROPOUT


@pytest.mark.parametrize("width", [0, 128, 256, 512])
def test_words(width: int) -> None:
    drawn = 4 * max(1, width // 32)
    got = np.empty(drawn, np.uint32)
    call = compiled(blocks_of, pointer("uint32"), *[i64] * 7, register_bits=width)
    for first, epoch, step, part in ((0, 0, 0, 0), (48, 3, 2**31 + 1, 2), (2**31, 2**32 - 1, 7, 2**32 - 1)):
        call(got, first, SEED & 0xFFFFFFFF, SEED >> 32, int(Stream.TOY_DATA), epoch, step, part)
        address = {"seed": SEED, "stream": Stream.TOY_DATA, "epoch": epoch, "step": step, "part": part}
        assert (got == words(drawn, first=4 * first, **address)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [0, 256, 512])
@pytest.mark.parametrize(("units", "rate"), [(1, 0.5), (7, 0.3), (64, 0.2), (100, 0.999)])
def test_masks(units: int, rate: float, width: int, dtype: str) -> None:
    n, row = 23, units + 5
    expected = dropout_mask(n, units, rate=rate, seed=SEED, epoch=2, step=9, layer=1, dtype=dtype)
    architecture = Architecture.mlp(Input((3,)), [units], 2, dropout=rate)
    packing = Packing.of(architecture, n, training=True)
    numbers = Job.new(architecture, packing, dtype).alive[fields.NUMBERS]
    room = np.full((n, row), -1, dtype)
    call = compiled(
        mask_of,
        pointer(dtype),
        *[i64] * 6,
        pointer(dtype),
        pointer("uint32"),
        *[i64] * 6,
        register_bits=width,
    )
    for first, last in ((0, 5), (5, 6), (6, 6), (6, n)):  # the shares of several threads
        # the seventh row is the first of a slice: the batch has six before it
        earlier = min(first, 6)
        call(room[earlier:], row, units, first - earlier, last - earlier, earlier,
             packing.table[0, fields.DROPOUT], numbers[fields.KEEP :],
             np.empty(256, np.uint32), SEED & 0xFFFFFFFF, SEED >> 32, int(Stream.DROPOUT), 2, 9, 1)  # fmt: skip
    assert (room[:, units:] == -1).all()
    assert (room[:, :units] == expected).all()


def test_a_draw_that_equals_the_rate_stays() -> None:
    for rate in (0.25, 0.3, 1e-12, 1 - 2.0**-40):
        for word in {max(0, _threshold(rate) + nudge) for nudge in (-1, 0, 1)}:
            assert (word >= _threshold(rate)) == (word * 2.0**-32 >= rate)


@pytest.mark.parametrize("n", [0, 1, 2, 63, 64, 65, 1000, 70_001])
@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (2**64 - 1, 2**32 - 1), (5, 17)])
def test_the_order_of_an_epoch(n: int, seed: int, epoch: int) -> None:
    library.run_function("float32")
    order = COMPILED.order(n, seed, epoch)
    assert bits([order]) == bits([permutation(n, seed=seed, stream=Stream.SHUFFLE, epoch=epoch)])


def test_the_order_is_worth_no_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_loaded", {})
    monkeypatch.setattr(library, "object_code", None)  # would fail if it were asked
    assert bits([COMPILED.order(100, 3, 4)]) == bits(
        [permutation(100, seed=3, stream=Stream.SHUFFLE, epoch=4)]
    )
