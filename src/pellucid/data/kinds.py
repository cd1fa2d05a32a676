"""What kind of column is it? Numbers, categories, constants; dates and free text are refused with advice.

Only training rows are asked, so that nothing of the others leaks into what is learnt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import DataError, OptionError
from pellucid.data.columns import CategoryColumn, Coding, ConstantColumn, FeatureColumn, NumericColumn
from pellucid.data.labels import are_too_many, number_label, sorted_labels
from pellucid.data.numerals import complaint, shorten
from pellucid.data.scales import MOST_KNOTS, SCALES
from pellucid.data.tables import Table, Words

MOST_ONE_HOT = 8  # levels that become features of their own; more become codes
MOST_FEATURES = 255  # of one column, where codes are not wanted
MOST_LEVELS = 65_536
_ALL_KNOTS = 150_000  # of all columns together: a model file's description stays small

Embed = Literal["auto", "never"]
EMBEDS: tuple[Embed, ...] = ("auto", "never")

_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{8}T?)"
    r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|UTC|[AP]M|[+-]\d{2}:?\d{2})?)?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How columns are to become features.

    Parameters
    ----------
    scale : str
        One of `SCALES`, for numbers.
    embed : "auto" or "never"
        Whether columns of more than 8 levels become codes for an embedding, or as many features as they have levels.
    categories : collection of str
        Columns that are categories, whatever they hold: numbers of plates, postal codes.
    """

    scale: str = "standard"
    embed: Embed = "auto"
    categories: Collection[str] = ()

    def __post_init__(self) -> None:
        SCALES[self.scale]  # an unknown name is told
        if self.embed not in EMBEDS:
            raise OptionError(f"embed is {self.embed!r}; expected 'auto' or 'never'.")


def fit_columns(table: Table, names: Sequence[str], wishes: Wishes) -> tuple[FeatureColumn, ...]:
    """What becomes of each of some columns, found in a table of training rows.

    Parameters
    ----------
    table : Table
        The training rows only.
    names : sequence of str
    wishes : Wishes

    Returns
    -------
    tuple of NumericColumn, CategoryColumn and ConstantColumn

    Raises
    ------
    DataError
        If a column holds dates, free text or things of another kind, or a number can't be read.

    Examples
    --------
    >>> table = Table("t", ("x",), (np.array(["1", "3", "NA"], dtype=object),), np.arange(3))
    >>> fit_columns(table, ["x"], Wishes())[0].becomes
    '(x − 2) / 1; missing → 2, marked'
    """
    refused = {name: remark for name in names if (remark := _refusal(table, name, wishes)) is not None}
    if refused:
        first, (what, advice) = next(iter(refused.items()))
        leave = "leave it out" if len(refused) == 1 else f"leave such columns out, {len(refused)} in all"
        every = ",".join(refused)
        raise DataError(
            f"the column holds {what}; {advice}, or {leave} (--ignore {every}, in Python ignore={list(refused)!r} "
            "or frame.drop).",
            path=table.title,
            place=f"column {first!r}",
        )
    most_knots = min(MOST_KNOTS, _ALL_KNOTS // max(1, len(names)))
    return tuple(_fitted(table, name, wishes, most_knots) for name in names)


def _fitted(table: Table, name: str, wishes: Wishes, most_knots: int) -> FeatureColumn:
    column = table.stored(name)
    if isinstance(column, Words) and not (
        column.origin == "file" and _are_numbers(table, name, column, wishes)
    ):
        return _category(table, name, column, wishes)
    if name in wishes.categories:
        return _category(table, name, table.words(name), wishes)
    return _number(table, name, wishes.scale, most_knots)


def _counts(words: Words) -> npt.NDArray[np.int64]:
    """How often each of the different words occurs, 0 for those that mean missing."""
    counts = np.bincount(words.codes[words.codes >= 0], minlength=len(words.words))
    return np.where(words.known[:-1], counts, 0)


def _numerals(words: Words, counts: npt.NDArray[np.int64]) -> int:
    """In how many rows a number is written."""
    return int(counts[~np.isnan(words.numbers[:-1])].sum())


def _are_numbers(table: Table, name: str, words: Words, wishes: Wishes) -> bool:
    """Whether the text of a file is numbers, in the rows that are asked.

    Raises
    ------
    DataError
        If most of them are, but not all: a slip.
    """
    if name in wishes.categories:
        return False
    counts = _counts(words)
    numerals, rows = _numerals(words, counts), int(counts.sum())
    if rows == numerals or numerals * 2 <= rows:
        return rows == numerals
    wrong = np.isnan(words.numbers) & words.known
    row = int(wrong[words.codes].argmax())
    remark = complaint(table.cell(name, row)).removesuffix(".")
    raise DataError(
        f"{remark}. If the column is a category, say so: --categories {name} (in Python categories=[{name!r}]).",
        path=table.title,
        place=table.place(name, row),
    )


def _number(table: Table, name: str, scale: str, most_knots: int) -> FeatureColumn:
    values = table.values(name)
    absent = np.isnan(values)
    some_missing = bool(absent.any())
    present = values[~absent] if some_missing else values
    if not len(present):
        return ConstantColumn(name, "")
    if present.min() == present.max():
        value = number_label(float(present[0]))  # with gaps: what can be learnt is whether it is there
        return CategoryColumn(name, (value,), "one_hot") if some_missing else ConstantColumn(name, value)
    with np.errstate(over="ignore", invalid="ignore"):  # reported below
        found = SCALES[scale].fit(present, most_knots)
    if not np.isfinite([found.center, found.spread, found.fill]).all():
        raise too_large(table, name, values)
    return NumericColumn(name, found.center, found.spread, scale, found.fill, some_missing, found.knots)


def too_large(table: Table, name: str, values: npt.NDArray[np.float64]) -> DataError:
    """The error for numbers whose mean or deviation is beyond all floats."""
    row = int(np.nanargmax(np.abs(values)))
    return DataError(
        f"{values[row]:.3g} is too large to compute a standard deviation; correct the value or use a larger unit.",
        path=table.title,
        place=table.place(name, row),
    )


def _category(table: Table, name: str, words: Words, wishes: Wishes) -> FeatureColumn:
    counts: dict[str, int] = {}
    for label, count in zip(words.labels, _counts(words).tolist(), strict=True):
        if count:
            counts[label] = counts.get(label, 0) + count
    if not counts:
        return ConstantColumn(name, "")
    complete = sum(counts.values()) == len(words)
    if len(counts) == 1 and complete:
        return ConstantColumn(name, next(iter(counts)))
    levels, coding = sorted_labels(counts), _coding(len(counts), wishes.embed)
    if coding == "one_hot" and len(levels) > MOST_FEATURES:
        commonest = sorted(counts, key=lambda level: (-counts[level], level))[:MOST_FEATURES]
        levels = sorted_labels(commonest)
    column = CategoryColumn(name, levels, coding)
    return _scaled(column, table) if wishes.scale == "robust" and coding != "codes" else column


def _coding(n_levels: int, embed: Embed) -> Coding:
    if n_levels == 2:
        return "sign"
    return "codes" if embed == "auto" and n_levels > MOST_ONE_HOT else "one_hot"


def _scaled(column: CategoryColumn, table: Table) -> CategoryColumn:
    """The same with its features scaled like numbers, as RealMLP does."""
    codes, features = column.codes(table), column.coded()
    found = [SCALES["robust"].fit(features[codes, j], 0) for j in range(features.shape[1])]
    return CategoryColumn(
        column.name,
        column.levels,
        column.coding,
        "robust",
        tuple(each.center for each in found),
        tuple(each.spread for each in found),
    )


def _refusal(table: Table, name: str, wishes: Wishes) -> tuple[str, str] | None:
    """What a column holds that can't be used, and what to do instead; None for one that can."""
    column = table.stored(name)
    if not isinstance(column, Words):
        return None
    counts = _counts(column)
    different, rows = int((counts > 0).sum()), int(counts.sum())
    if not rows:
        return None
    first = shorten(column.words[int((counts > 0).argmax())], 30)
    if column.origin == "unusable":
        return column.words[0], "make columns of numbers or words of it"
    if column.origin == "date" or (column.origin != "category" and _are_dates(column, counts)):
        return (
            f"dates or times (such as {first})",
            "make columns of the parts that matter (year, month, weekday, hour, days since the first)",
        )
    is_numbers = (
        column.origin == "file" and _numerals(column, counts) * 2 > rows
    )  # perhaps with a slip among them
    if column.origin in ("category", "yes or no") or name in wishes.categories or is_numbers:
        return None if different <= MOST_LEVELS else (f"{different:,} levels", "merge the rare ones")
    if not are_too_many(different, rows):
        return None
    return (
        f"{different:,} different texts in {rows:,} rows (such as {first}), too many to be categories",
        "convert it to numbers"
        if _numerals(column, counts) == rows
        else "make columns of what matters in it",
    )


def _are_dates(words: Words, counts: npt.NDArray[np.int64]) -> bool:
    """Whether every word that occurs is written like a date or a time, and not just digits."""
    used = [words.words[i].strip() for i in np.flatnonzero(counts)]
    return not all(word.isdigit() for word in used) and all(_DATE.fullmatch(word) for word in used)
