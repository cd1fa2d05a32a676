"""What marks a function as the kernels' language: a kernel, written in it, or a primitive, one of its operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A function to be compiled; it can be called by kernels, not from Python."""

    function: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        """Kernels run compiled only."""
        raise TypeError(f"{self.function.__name__} is a kernel; it runs only once compiled")


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """An operation that is written in LLVM's own terms: it gets a builder and values, and returns a value."""

    function: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        """Return what the operation makes: ``operation(builder, value, …)``."""
        return self.function(*arguments)


def kernel(function: Callable[..., Any]) -> Any:
    """Mark a function as written in the kernels' language."""
    return Kernel(function)


def primitive(function: Callable[..., Any]) -> Any:
    """Mark a function as an operation: ``operation(builder, *values) → value``."""
    return Primitive(function)
