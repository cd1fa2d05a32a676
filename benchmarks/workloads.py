"""What is trained, by whom, and which ratios are aimed at."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

PICTURES, POINTS = "pictures", "points"
PYTORCH, SCIKIT_LEARN, JAX, KERAS, ONNXRUNTIME = "PyTorch", "scikit-learn", "JAX", "Keras", "ONNX Runtime"
PELLUCID, PELLUCID_ONE_THREAD = "Pellucid", "Pellucid, 1 thread"
SHARE_OF_LIMIT = "% of limit"


@dataclass(frozen=True, slots=True)
class Workload:
    """One network on one amount of data.

    Parameters
    ----------
    sizes : tuple of int
        From inputs to outputs.
    batch_size : int
    rows : int
        Training examples of an epoch.
    data : str
        PICTURES or POINTS.
    aims : dict
        The ratio to each library, and the percentage of the machine's limit, that Pellucid aims at.
    note : str
        What is special about it.
    """

    sizes: tuple[int, ...]
    batch_size: int
    rows: int = 60_000
    data: str = PICTURES
    aims: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def network(self) -> str:
        """The sizes as text."""
        return "-".join(map(str, self.sizes))

    @property
    def flops(self) -> int:
        """Operations of an epoch's matrix products: forward, dW, and dh of every layer but the first."""
        return self.rows * flops_per_example(self.sizes)


def flops_per_example(sizes: tuple[int, ...]) -> int:
    """2 (2 Σ all weights + Σ all weights but the first layer's): a product for h, one for dW, one for dh."""
    weights = [n_in * n_out for n_in, n_out in pairwise(sizes)]
    return 2 * (2 * sum(weights) + sum(weights[1:]))


def _aims(pytorch: float, scikit_learn: float | None, jax: float, limit: float | None) -> dict[str, float]:
    all_aims = {PYTORCH: pytorch, SCIKIT_LEARN: scikit_learn, JAX: jax, SHARE_OF_LIMIT: limit}
    return {name: aim for name, aim in all_aims.items() if aim is not None}


WORKLOADS = {
    "a": Workload((784, 16, 16, 10), 32, aims=_aims(20, 19, 7.5, 32)),
    "b": Workload((784, 64, 64, 10), 32, aims=_aims(11, 14, 3.6, 58)),
    "c": Workload((784, 64, 64, 10), 128, aims=_aims(5.8, 7, 2.6, 68)),
    "d": Workload((784, 512, 512, 10), 128, aims=_aims(2.7, 4.6, 1.5, 82)),
    "e": Workload(
        (784, 2048, 2048, 10),
        512,
        rows=12_000,
        aims=_aims(2.4, None, 1.2, 82),
        note="an epoch of 12,000 examples, for everybody",
    ),
    "f": Workload((2, 8, 8, 2), 10, rows=500, data=POINTS, aims=_aims(80, 80, 5, None)),
}


@dataclass(frozen=True, slots=True)
class Runner:
    """A library in one of its ways of working, in a process of its own.

    Parameters
    ----------
    name : str
        Its key in the results.
    library : str
        What a table calls it; of several runners of a library the fastest counts.
    variant : str
        What tells it from the library's other runners.
    peer : str
        The module that it runs.
    options : dict
        What that module is told.
    """

    name: str
    library: str
    variant: str
    peer: str
    options: dict[str, Any] = field(default_factory=dict)


def _with_threads(library: str, peer: str, n_cores: int) -> list[Runner]:
    """One runner with a single thread and, where there are several cores, one with a thread for each."""
    counts = [1, n_cores] if n_cores > 1 else [1]
    words = {count: f"{count} thread{'s' if count > 1 else ''}" for count in counts}
    return [Runner(f"{peer}-{n}", library, words[n], peer, {"threads": n}) for n in counts]


def pellucid_runner() -> Runner:
    """Pellucid as it comes."""
    return Runner("pellucid", PELLUCID, "as it comes", "pellucid")


def training_runners(n_cores: int, data: str) -> list[Runner]:
    """Everybody who trains, in the order in which they take turns."""
    features = ("float32", "uint8") if data == PICTURES else ("float32",)
    return [
        pellucid_runner(),
        Runner("pellucid-1", PELLUCID_ONE_THREAD, "n_threads=1", "pellucid", {"threads": 1}),
        *_with_threads(PYTORCH, "torch", n_cores),
        *_with_threads(SCIKIT_LEARN, "scikit-learn", n_cores),
        *(Runner(f"jax-{kind}", JAX, f"{kind} data", "jax", {"features": kind}) for kind in features),
        Runner("keras", KERAS, "on JAX", "keras"),
    ]


def prediction_runners(n_cores: int) -> list[Runner]:
    """Everybody who predicts."""
    return [
        pellucid_runner(),
        Runner("pellucid-logits", f"{PELLUCID}, logits only", "net.logits", "pellucid", {"method": "logits"}),
        *_with_threads(ONNXRUNTIME, "onnxruntime", n_cores),
        *_with_threads(SCIKIT_LEARN, "scikit-learn", n_cores),
    ]


def curve_runners(n_cores: int) -> list[Runner]:
    """Pellucid, and PyTorch with every core, for the curves of cost against size."""
    return [pellucid_runner(), _with_threads(PYTORCH, "torch", n_cores)[-1]]
