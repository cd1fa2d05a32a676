"""What each idea of the compiled engine gains: the figures of docs/engine.md.

``python -m benchmarks.engine_ideas`` measures a minute, with nothing else running, keeps every sample in
``results/engine-ideas/`` and writes the tables between the markers of the page; ``--trial`` does so in ``output/``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import pellucid
from benchmarks import idea_kernels as k
from benchmarks.connection import ROOT, clean_environment
from benchmarks.engine_page import PAGE, RESULTS, with_tables
from benchmarks.fma_limit import Limit
from benchmarks.idea_timing import Bench, Idea, Table, busy_seconds
from benchmarks.machine import describe_machine, slug
from benchmarks.results import all_results, save
from pellucid.network.engines.compiled.packing import PANEL, aligned

N, D, WIDTH, STORED, BATCH = 128, 784, 64, 60_000, 32
LOADING = """
import time, numpy
from pellucid.network.engines.compiled import library
began = time.perf_counter()
library.run_function(numpy.float32)
print(time.perf_counter() - began)
"""


def _in_panels(W: Any) -> np.ndarray:
    packed = aligned(W.size, W.dtype)
    packed[:] = np.concatenate([W[:, left : left + PANEL].ravel() for left in range(0, W.shape[1], PANEL)])
    return packed


# ── what is measured ─────────────────────────────────────────────────────────────────────────────────────────


def products(bench: Bench, width: int = WIDTH) -> list[Idea]:
    """One product, from Python to panels; each form is compared with NumPy's before it is timed."""
    A, W, C, bias = (
        bench.numbers(N, D),
        bench.numbers(D, width),
        bench.numbers(N, width),
        np.zeros(width, np.float32),
    )
    strided = Table.of(a=A, b=W, c=C, start=bias, rows=N, terms=D, columns=width)
    packed = _in_panels(W)
    on_panels = Table.of(a=A, b=packed, c=C, start=bias, rows=N, terms=D, columns=width)
    flops, rows, columns = 2.0 * N * D * width, A[:1].tolist(), W[:, :4].T.tolist()

    def python(times: int) -> None:
        for _ in range(times):
            for row in rows:
                for column in columns:
                    total = 0.0
                    for p in range(D):
                        total += row[p] * column[p]

    ideas = [
        Idea("loops in Python", python, 4 / (N * width), flops),
        Idea("NumPy: a BLAS library", lambda times: [np.matmul(A, W, out=C) for _ in range(times)], 1, flops),
    ]
    forms = {
        "plain_loop": "the same loops, compiled", "registers": "registers of numbers",
        "tile_by_hand": "a tile of 4 × 2 registers", "tile": "the engine's tile, W row by row",
        "panels": "the engine's tile, W in panels",
    }  # fmt: skip
    for name, title in forms.items():
        where = on_panels if name == "panels" else strided
        where.times(bench.kernels[name])(1)
        np.testing.assert_allclose(C, A @ W, rtol=1e-3, atol=1e-2)
        ideas.append(Idea(title, where.times(bench.kernels[name]), 1, flops))
    return ideas


def wide_products(bench: Bench) -> list[Idea]:
    """Rows and panels again where a row of W is 2 KB long, and all of it more than the second cache."""
    return [idea for idea in products(bench, 512) if "engine" in idea.name]


def rounding(bench: Bench) -> list[dict[str, Any]]:
    """The typical error of a sum of 784 products, in one chain and in pieces, beside float64's."""
    A, W = bench.numbers(N, D), bench.numbers(D, WIDTH)
    C, bias = bench.numbers(N, WIDTH), np.zeros(WIDTH, np.float32)
    exact = A.astype(float) @ W.astype(float)
    where = Table.of(a=A, b=W, c=C, start=bias, rows=N, terms=D, columns=WIDTH)
    found = []
    for name, title in (("registers", "one chain of 784"), ("tile", "pieces of 256")):
        where.times(bench.kernels[name])(1)
        found.append({"name": title, "error": _error(C, exact)})
    return [*found, {"name": "NumPy", "error": _error(A @ W, exact)}]


def _error(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact**2)))


def layers(bench: Bench) -> list[Idea]:
    """A batch's first layer, from bytes anywhere in memory to max(0, z)."""
    stored = bench.random.integers(0, 256, (2_000 if bench.is_trial else STORED, D), np.uint8)
    order = bench.random.integers(0, len(stored), 513 * BATCH)
    W, X, H = bench.numbers(D, WIDTH, scale=0.05), bench.numbers(BATCH, D), bench.numbers(BATCH, WIDTH)
    bias, numbers = np.zeros(WIDTH, np.float32), np.array([1 / 255, 0], np.float32)
    packed = _in_panels(W)
    turn = [0]

    def numpy(times: int) -> None:
        for _ in range(times):
            turn[0] = (turn[0] + BATCH) % (512 * BATCH)
            rows = stored[order[turn[0] : turn[0] + BATCH]]
            np.maximum(rows.astype(np.float32) * numbers[0] @ W + bias, 0)

    ideas = [Idea("NumPy", numpy)]
    for ahead, title in enumerate(("the engine", "the engine, next rows asked for ahead")):
        where = Table.of(a=X, b=packed, c=H, start=bias, rows=BATCH, terms=D, columns=WIDTH, stored=stored,
                       order=order, numbers=numbers, ahead=ahead)  # fmt: skip
        run = where.times(bench.kernels["layer"])
        run(1)
        first = stored[order[:BATCH]].astype(np.float32) / 255
        np.testing.assert_allclose(H, np.maximum(first @ W, 0), rtol=1e-3, atol=1e-3)
        ideas.append(Idea(title, run))
    return ideas


def _update_table(bench: Bench, *, tiny: bool = False) -> Table:
    """A table of all that an update needs; `tiny` first moments are subnormal."""
    count = D * WIDTH
    settings = np.array([0, 0, 0, 0, 0.9, 0.999, 1e-8], np.float32)
    arrays = {
        "theta": bench.numbers(count), "first": bench.numbers(count), "second": bench.numbers(count) ** 2,
        "gradient": bench.numbers(count), "step": np.array([1e-3, 1], np.float32), "setting": settings,
        "check": np.zeros(64, np.float32), "a": bench.numbers(BATCH, D), "c": bench.numbers(BATCH, WIDTH),
        "start": np.zeros(WIDTH, np.float32),
    }  # fmt: skip
    if tiny:
        arrays["gradient"][:], arrays["first"][:] = 0, 1e-39
    return Table.of(**arrays, rows=BATCH, terms=D, columns=WIDTH, count=count)


def updates(bench: Bench) -> list[Idea]:
    """Adam for each parameter."""
    where = _update_table(bench)
    theta, m, v, g = (where.alive[name].copy() for name in ("theta", "first", "second", "gradient"))

    def numpy(times: int) -> None:
        for _ in range(times):
            m[:] = 0.9 * m + 0.1 * g
            v[:] = 0.999 * v + 0.001 * g * g
            theta[:] -= 1e-3 * m / (np.sqrt(v) + 1e-8)

    forms = {"adam_flushed": "the engine: the processor's √ and ÷", "adam_quick": "√ and ÷ from bits and fma"}
    kernels = [Idea(title, where.times(bench.kernels[name]), D * WIDTH) for name, title in forms.items()]
    return [Idea("NumPy, a pass for each operation", numpy, D * WIDTH), *kernels]


def fusion(bench: Bench) -> list[Idea]:
    """DW and Adam, apart and together."""
    forms = {"whole_gradient": "all of dW, then Adam", "block_by_block": "block by block"}
    ideas = []
    for name, title in forms.items():
        where = _update_table(bench)
        ideas.append(Idea(title, where.times(bench.kernels[name])))
    return ideas


def subnormals(bench: Bench) -> list[Idea]:
    """Adam where first moments are below the normal numbers; they are put back there before each turn."""

    def turns(name: str, *, tiny: bool) -> Callable[[int], object]:
        where = _update_table(bench, tiny=tiny)
        moments, run = where.alive["first"], where.times(bench.kernels[name])
        tiny_or_not = moments.copy()

        def eight(times: int) -> None:
            for _ in range(times):
                moments[:] = tiny_or_not
                run(8)

        return eight

    return [
        Idea("ordinary numbers", turns("adam", tiny=False), 8 * D * WIDTH),
        Idea("subnormal first moments", turns("adam", tiny=True), 8 * D * WIDTH),
        Idea("the same, flushed to 0", turns("adam_flushed", tiny=True), 8 * D * WIDTH),
    ]


def waiting(bench: Bench) -> list[Idea]:
    """Two threads meet."""
    flags = aligned(64, np.int64)
    parts = [Table.of(flags=flags, thread=thread).times(bench.kernels["meetings"]) for thread in range(2)]

    def together(part: Callable[[int], object]) -> None:
        threads = [threading.Thread(target=part, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def spin(times: int) -> None:
        flags[:] = 0
        together(lambda number: parts[number](times))

    def wait(times: int) -> None:
        barrier = threading.Barrier(2)
        together(lambda _: [barrier.wait() for _ in range(times)])

    def start(times: int) -> None:
        for _ in range(times):
            together(lambda _: None)

    return [
        Idea("the engine's barrier", spin), Idea("Python's barrier", wait), Idea("starting two threads", start),
    ]  # fmt: skip


def steps(bench: Bench) -> list[Idea]:
    """A training step of 784-64-64-10, its share of the epoch's order and bookkeeping included."""
    rows = 320 if bench.is_trial else 6_400
    X, y = bench.random.integers(0, 256, (rows, D), np.uint8), np.arange(rows) % 10
    data = pellucid.Dataset(X, y, input=pellucid.Input.picture(28, 28), classes=tuple("0123456789"))

    def training(engine: str, n_threads: int) -> Callable[[int], object]:
        net = pellucid.Network.for_data(data, hidden=[64, 64], seed=0)
        plan = pellucid.Plan(epochs=1_000_000, batch_size=BATCH, engine=engine, n_threads=n_threads)
        epochs = iter(pellucid.epochs(net, data, plan))
        next(epochs)  # compiles, where that is needed
        return lambda times: [next(epochs) for _ in range(times)]

    kinds = {"reference, 1 thread": ("reference", 1), "compiled, 1 thread": ("compiled", 1),
             "compiled, 2 threads": ("compiled", 2)}  # fmt: skip
    flops = 2.0 * BATCH * (3 * (D * 64 + 64 * 64 + 64 * 10) - D * 64)
    return [Idea(title, training(*kind), rows / BATCH, flops) for title, kind in kinds.items()]


def starts(bench: Bench) -> list[dict[str, Any]]:
    """How long a process waits for its machine code: nothing kept, and kept."""

    def seconds(folder: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", LOADING],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(PELLUCID_CACHE=folder),
        )
        return float(done.stdout)

    first, later = [], []
    for _ in range(min(bench.repeats, 3)):
        with tempfile.TemporaryDirectory() as folder:
            first.append(seconds(folder))
            later += [seconds(folder) for _ in range(min(bench.repeats, 3))]
    titles = {"compiled now": first, "kept from an earlier process": later}
    return [{"name": title, "flops": 0, "seconds": found} for title, found in titles.items()]


PARTS: dict[str, Callable[[Bench], list[Any]]] = {
    "products": products,
    "wide": wide_products,
    "rounding": rounding,
    "layer": layers,
    "fusion": fusion,
    "update": updates,
    "waiting": waiting,
    "step": steps,
    "subnormals": subnormals,
    "start": starts,
}


def measure(bench: Bench, say: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """All parts; where a part gives ideas they are timed, else it has measured them itself."""
    limit = Limit.find(2).measure()["float32"]
    found: dict[str, Any] = {}
    disturbed, passed = 0.0, 0.0
    with threadpool_limits(1):
        for name, part in PARTS.items():
            say(name)
            rows, before = part(bench), busy_seconds()
            found[name] = bench.time(rows) if isinstance(rows[0], Idea) else rows
            if isinstance(rows[0], Idea):  # other processes' time, and all there was
                others, room = (now - then for now, then in zip(busy_seconds(), before, strict=True))
                disturbed, passed = disturbed + max(0.0, others), passed + room
    versions = {"numpy": np.__version__, "pellucid": pellucid.__version__}
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return {
        "date": date,
        "machine": describe_machine(),
        "packages": versions,
        "limit": limit,
        "share_of_others": round(min(disturbed / passed, 1.0), 3),
        "parts": found,
    }


def main(arguments: list[str]) -> None:
    """Measure, keep, write."""
    is_trial = "--trial" in arguments
    kernels, owner = k.compiled()
    found = measure(Bench(kernels, 1 if is_trial else 7, is_trial), lambda name: print(name, flush=True))
    folder = ROOT / "output" / "benchmarks" / "engine-ideas" if is_trial else RESULTS
    path = folder / f"{slug(found['machine'])}.json"
    save(path, found)
    page = folder / "engine.md" if is_trial else PAGE
    page.write_text(with_tables(PAGE.read_text(encoding="utf-8"), all_results(folder)), encoding="utf-8")
    print(f"Written: {path.relative_to(ROOT)}, {page.relative_to(ROOT)}")
    del owner  # the kernels' machine code lived as long as this


if __name__ == "__main__":
    if dict(os.environ) != clean_environment():  # NumPy's BLAS reads its variables when it is loaded
        sys.exit(subprocess.call([sys.executable, "-m", "benchmarks.engine_ideas", *sys.argv[1:]],
                                 cwd=ROOT, env=clean_environment()))  # fmt: skip
    main(sys.argv[1:])
