"""Which engine computes a network, and why not the fastest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy.typing as npt

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.formulas.optimizers import Optimizer
from pellucid.network.architecture import Architecture
from pellucid.network.engines.contract import Engine, needs_of
from pellucid.network.engines.reference import REFERENCE

ENGINES = ("auto", "compiled", "reference")


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and why it is that one.

    Parameters
    ----------
    engine : Engine
    reason : str
        Empty if it is the one that was asked for, or the fastest; else why the reference runs, in words that go
        on a sentence.
    is_missing : bool
        Whether the reason is that something is not installed.
    """

    engine: Engine
    reason: str = ""
    is_missing: bool = False


def checked_engine(name: str) -> str:
    """Return the name if it is one of `ENGINES`, else raise UnknownNameError."""
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    return name


def choose(
    architecture: Architecture,
    wanted: str = "auto",
    *,
    optimizer: Optimizer | None = None,
    needs: Collection[str] = (),
) -> Choice:
    """The engine of that name; for "auto" the compiled one, or the reference where that one can't.

    Parameters
    ----------
    architecture : Architecture
    wanted : str
        One of `ENGINES`.
    optimizer : Optimizer, optional
        For training; without it the engine has only to predict.
    needs : collection of str
        What training needs besides what the network does: some of `contract.NEEDS`.

    Raises
    ------
    OptionError
        If the compiled engine is asked for by name, and can't compute this; UnknownNameError for an unknown name.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> choose(Architecture.mlp(Input((2,)), hidden=[3], n_outputs=2), "reference").engine.name
    'reference'
    """
    if checked_engine(wanted) == "reference":
        return Choice(REFERENCE)
    from pellucid.network.engines import compiled

    missing = compiled.missing()
    reason = missing or compiled.unsupported(architecture, optimizer)
    offers = compiled.COMPILED.offers if optimizer is not None else compiled.PREDICTS
    if not reason and offers is not None:
        lacking = (needs_of(architecture, training=optimizer is not None) | set(needs)) - offers
        reason = f"the compiled engine has no {min(lacking)} yet" if lacking else ""
    if not reason:
        return Choice(compiled.COMPILED)
    if wanted == "compiled":
        raise OptionError(f"engine is 'compiled', but {reason}; choose 'auto' or 'reference'.")
    return Choice(REFERENCE, reason, is_missing=bool(missing))


def is_ready(choice: Choice, dtype: npt.DTypeLike) -> bool:
    """Whether an engine can begin at once; the compiled one has to be compiled for each processor and dtype.

    Parameters
    ----------
    choice : Choice
    dtype : dtype
    """
    if choice.engine is REFERENCE:
        return True
    from pellucid.network.engines import compiled

    return compiled.is_ready(dtype)


def make_ready(choice: Choice, dtype: npt.DTypeLike) -> None:
    """Compile an engine now, which takes some seconds; else its first use would.

    Parameters
    ----------
    choice : Choice
    dtype : dtype
    """
    if not is_ready(choice, dtype):
        from pellucid.network.engines import compiled

        compiled.make_ready(dtype)
