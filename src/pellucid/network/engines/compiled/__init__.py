"""The fast engine: kernels in a small language, translated to LLVM and compiled for the processor at hand.

`kernels/` computes, `language/` translates, `build` and `cache` make machine code and keep it, `packing` says where
everything lies, `training` and `predicting` are what the rest of Pellucid calls. See docs/engine.md.
"""

from __future__ import annotations

import functools
import importlib.util

import numpy.typing as npt

from pellucid.formulas.optimizers import Optimizer
from pellucid.network.architecture import Architecture
from pellucid.network.engines import contract
from pellucid.network.engines.compiled import cache, library
from pellucid.network.engines.compiled.fields import ACTIVATION_CODES, LOSS_CODES, OPTIMIZER_CODES
from pellucid.network.engines.compiled.predicting import logits
from pellucid.network.engines.compiled.shuffling import order
from pellucid.network.engines.compiled.training import advance, gradient, put, take, workspace
from pellucid.network.engines.contract import Engine

OFFERS = frozenset(
    {
        contract.AUGMENTATION,
        contract.RATES,
        contract.FEATURE_GAINS,
        contract.INPUT_DROPOUT,
        contract.EMBEDDINGS,
    }
    | {contract.LABEL_SMOOTHING, contract.AVERAGING, contract.MAX_NORM, contract.CLIP_NORM}
)  # in training
PREDICTS = frozenset({contract.BATCH_NORMALIZATION, contract.EMBEDDINGS, contract.FEATURE_GAINS})
COMPILED = Engine(
    "compiled", logits, gradient, workspace, put, advance, take, order, offers=OFFERS, bounds_memory=True
)


@functools.cache
def missing() -> str:
    """Why it can't run on this machine; empty if it can."""
    if importlib.util.find_spec("llvmlite") is None:
        return "llvmlite, which compiles it, is not installed (pip install llvmlite)"
    if not cache.has_sources():
        return "the sources of its kernels are not there, which it is compiled from"
    try:
        processor = library.processor()
    except (ImportError, OSError, RuntimeError) as error:
        return f"llvmlite, which compiles it, does not work here: {error}"
    if processor.is_x86 and not processor.can_fuse:
        return "this processor has no fused multiply-and-add (x86 processors have it since 2013)"
    return ""


def unsupported(architecture: Architecture, optimizer: Optimizer | None) -> str:
    """Why it can't compute this network; empty if it can.

    Parameters
    ----------
    architecture : Architecture
    optimizer : Optimizer or None
        None where nothing is trained.
    """
    for layer in architecture.layers:
        if layer.activation not in ACTIVATION_CODES:
            return f"the compiled engine has no code for the activation {layer.activation!r} yet"
    if architecture.loss not in LOSS_CODES:
        return f"the compiled engine has no code for the loss {architecture.loss!r} yet"
    if optimizer is not None and optimizer.name not in OPTIMIZER_CODES:
        return f"the compiled engine has no code for the optimizer {optimizer.name!r} yet"
    return ""


def is_ready(dtype: npt.DTypeLike) -> bool:
    """Whether it is compiled for this processor and precision."""
    return library.is_kept(dtype)


def make_ready(dtype: npt.DTypeLike) -> None:
    """Compile it for this processor and precision, which takes some seconds."""
    library.run_function(dtype)
