"""Results as small as they can be, for the tests of tables and page."""

from __future__ import annotations

from typing import Any


def record(library: str, seconds: list[float], variant: str = "", **more: Any) -> dict[str, Any]:
    """What was measured of one runner."""
    return {
        "library": library,
        "variant": variant,
        "note": "",
        "epochs_per_sample": 1,
        "seconds": seconds,
        "share_of_others": [0.0],
        "peak_bytes": 100 * 2**20,
        **more,
    }


def limit(gflops: float) -> dict[str, Any]:
    """What the machine could do, in GFLOP/s."""
    one = {"one_core": gflops / 2, "all_cores": gflops, "probe": "16 × float32, 24 accumulators"}
    return {"float32": one, "float64": one}


def workload_section() -> dict[str, Any]:
    """(b) with Pellucid, PyTorch twice, and a scikit-learn that failed."""
    return {
        "date": "2026-01-31",
        "code": "abc",
        "data": "MNIST",
        "network": "784-64-64-10",
        "batch_size": 32,
        "rows": 60_000,
        "flops": 10_000_000_000,
        "limit": [limit(100.0), limit(200.0)],
        "runners": {
            "pellucid": record("Pellucid", [0.2, 0.1, 0.3], "as it comes", note="engine: compiled"),
            "torch-1": record("PyTorch", [3.0, 3.0, 3.0], "1 thread"),
            "torch-2": record("PyTorch", [1.0, 2.0, 9.0], "2 threads", share_of_others=[0.0, 0.2, 0.3]),
            "scikit-learn-1": {"library": "scikit-learn", "variant": "1 thread", "failed": "it broke down"},
        },
    }


def all_sections() -> dict[str, Any]:
    """One section of each kind."""
    predicted = {"pellucid": record("Pellucid", [1e-5]), "onnxruntime-1": record("ONNX Runtime", [2e-5])}
    presets = {
        "--fast": {
            "aim_accuracy": 0.98,
            "aim_seconds": 1.1,
            "seconds": [1.0, 1.2],
            "accuracy": [0.981, 0.979],
        },
        "--best": {"aim_accuracy": 0.99, "aim_seconds": None, "failed": "this version has no such preset"},
    }
    starts = [{"name": "import pellucid", "aim": 0.4, "seconds": [0.1, 0.3, 0.2]}]
    point = {"rows": 1_000, "flops_per_example": 200_000}
    runners = {"pellucid": record("Pellucid", [0.01]), "torch-2": record("PyTorch", [0.05])}
    curve = [{**point, "at": at, "runners": runners} for at in (1_000, 2_000)]
    stamp = {"date": "2026-02-01", "code": "abc"}
    return {
        "b": workload_section(),
        "g": {**stamp, "network": "784-64-64-10", "counts": {"10000": {"runners": predicted}}},
        "h": {**stamp, "presets": presets},
        "i": {**stamp, "starts": starts},
        "k": {**stamp, "limit": [limit(100.0)], "rows": curve, "width": curve},
    }


def results() -> dict[str, Any]:
    """Results of a whole machine."""
    machine = {
        "processor": "Abacus 2000",
        "architecture": "x86_64",
        "cores": 2,
        "memory_gib": 4.0,
        "system": "Linux 6",
        "python": "3.11.7",
    }
    packages = {"project": {"numpy": "2.4.6"}, "peers": {"torch": "2.13.0"}}
    return {"machine": machine, "packages": packages, "sections": all_sections(), "slug": "abacus-2000"}
