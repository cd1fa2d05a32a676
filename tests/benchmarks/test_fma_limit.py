"""The probe computes what it says, on every shape that this processor has."""

from __future__ import annotations

import pytest

pytest.importorskip("llvmlite", reason="the engine's compiler")

from benchmarks import fma_limit


@pytest.mark.parametrize("dtype", fma_limit.ELEMENT)
@pytest.mark.parametrize("shape", fma_limit._shapes())
def test_the_loop_multiplies_and_adds(dtype, shape):
    probe = fma_limit.compile_probe(dtype, *shape)
    n_accumulators = shape[1]
    # accumulator i begins with i: after one step they hold i / 2 + 1; the first is counted twice
    first = sum(i / 2 + 1 for i in range(n_accumulators)) + 1
    assert probe.call(1, 0.5, 1.0) == first
    # a · acc + b tends to b / (1 − a) = 2 everywhere
    assert probe.call(100, 0.5, 1.0) == pytest.approx(2 * (n_accumulators + 1))
    size = 4 if dtype == "float32" else 8
    assert probe.flops == 2 * n_accumulators * shape[0] // (8 * size)


def test_the_limit_is_measured_for_one_core_and_for_all(monkeypatch):
    monkeypatch.setattr(fma_limit, "SECONDS", 0.002)
    limit = fma_limit.Limit.find(n_cores=2).measure(runs=1)
    assert set(limit) == {"float32", "float64"}
    for found in limit.values():
        assert found["one_core"] > 0
        assert found["all_cores"] > 0
