"""What the catalog says about a data set: where it lies, what is asked, and what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CLASSES, NUMBER = "classes", "number"


@dataclass(frozen=True)
class TableSet:
    """A table and a question about it.

    Parameters
    ----------
    name : str
    kind : str
        ``"classes"`` or ``"number"``: what the target is.
    about : str
        One line for the page.
    source : str
        ``package:item``; see `benchmarks.tabular.sources`.
    target : str
        The column to predict; rows without it are left out.
    dropped : mapping
        Columns that are not features, with the reason.
    group : str
        A column whose rows stay together on one side of a split; it is no feature.
    changed : callable
        What is done to the frame before anything else.
    is_logarithm : bool
        Whether the target's logarithm is predicted: usual for prices and wages.
    """

    name: str
    kind: str
    about: str
    source: str
    target: str
    dropped: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    changed: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    is_logarithm: bool = False
