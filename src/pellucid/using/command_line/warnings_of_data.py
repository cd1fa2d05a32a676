"""What should be known before a network learns from data: rows that stand on two sides of a split."""

from __future__ import annotations

from pellucid.basics.errors import OptionError
from pellucid.data.catalog import DATASETS
from pellucid.data.dataset import Splits
from pellucid.data.duplicates import shared_between_parts
from pellucid.using.command_line.console import err, foreign, say
from pellucid.using.command_line.data_options import CHECKS

QUICK_ROWS, QUICK_NUMBERS = 10_000, 5_000_000  # a look at so many takes a second or two


def warn_of_shared_rows(source: str, parts: Splits, wanted: str) -> list[str]:
    """Warn, on standard error, of rows that are nearly the same on two sides; return the warnings.

    Parameters
    ----------
    source : str
        A name or a path.
    parts : Splits
    wanted : str
        "yes", "no", or "auto", which looks at somebody's own data only, and only where that is quick.

    Raises
    ------
    OptionError
        If it is another word.
    """
    if wanted not in CHECKS:
        raise OptionError(f"--check-duplicates is {wanted!r}; expected {', '.join(CHECKS)}.")
    if wanted == "no" or (wanted == "auto" and (source in DATASETS or not is_quick(parts))):
        return []
    warnings = [shared.warning for shared in shared_between_parts(parts)]
    for warning in warnings:
        say(f"[yellow]warning[/yellow] {foreign(warning)}", err)
    return warnings


def is_quick(parts: Splits) -> bool:
    """Whether the parts are so small that looking for shared rows takes a second or two at most."""
    rows = sum(len(part) for part in (parts.train, parts.validation, parts.test) if part is not None)
    return rows <= QUICK_ROWS and rows * parts.train.n_features <= QUICK_NUMBERS
