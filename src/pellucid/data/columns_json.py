"""Columns in a model file: written as text, numbers and lists, and read with distrust."""

from __future__ import annotations

import math
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from pellucid.basics.errors import ModelFileError
from pellucid.data.columns import (
    CODINGS,
    CategoryColumn,
    ClassTarget,
    ConstantColumn,
    FeatureColumn,
    NumberTarget,
    NumberTargets,
    NumericColumn,
    Target,
)
from pellucid.data.scales import MOST_KNOTS, SCALES

MAX_COLUMNS = 1_048_576
MAX_CLASSES = 1_048_576

_NUMBER = ("kind", "name", "center", "spread", "scale", "fill", "indicator", "knots")
_CATEGORY = ("kind", "name", "levels", "coding", "scale", "centers", "spreads")
_KINDS = {NumericColumn: "number", CategoryColumn: "category", ConstantColumn: "constant"}


def column_to_json(column: FeatureColumn) -> dict[str, Any]:
    """Return a feature column's record as a dict of text, numbers and lists.

    Examples
    --------
    >>> column_to_json(ConstantColumn("planet", "Earth"))
    {'kind': 'constant', 'name': 'planet', 'value': 'Earth'}
    """
    return {"kind": _KINDS[type(column)], **_plain(asdict(column))}


def target_to_json(target: Target | None) -> dict[str, Any] | list[Any] | None:
    """Return a target's record; a list for several targets.

    Examples
    --------
    >>> target_to_json(ClassTarget("answer", ("no", "yes")))
    {'name': 'answer', 'classes': ['no', 'yes']}
    """
    if isinstance(target, NumberTargets):
        return [_plain(asdict(each)) for each in target.targets]
    return None if target is None else _plain(asdict(target))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}


def column_from_json(record: object, where: str) -> FeatureColumn:
    """Return the feature column in a record.

    Raises
    ------
    ModelFileError
        For anything unexpected in it.
    """
    kind = record.get("kind") if isinstance(record, dict) else None
    if kind == "number":
        return _number_column(checked_fields(record, where, _NUMBER), where)
    if kind == "category":
        return _category_column(checked_fields(record, where, _CATEGORY), where)
    if kind != "constant":
        raise unsound(f"{where} is of no known kind")
    fields = checked_fields(record, where, ("kind", "name", "value"))
    if not isinstance(fields["value"], str):
        raise unsound(f"{where}'s value is not a text")
    return ConstantColumn(checked_text(fields["name"], f"{where}'s name"), fields["value"])


def _number_column(fields: dict[str, Any], where: str) -> NumericColumn:
    scale = fields["scale"]
    if not isinstance(scale, str) or scale not in SCALES:
        raise unsound(f"{where} has a scale that this version does not know")
    if not isinstance(fields["indicator"], bool):
        raise unsound(f"{where} does not say yes or no whether missing values are marked")
    knots: tuple[float, ...] = ()
    if scale == "quantile":
        knots = _numbers(fields["knots"], f"{where}'s knots", MOST_KNOTS)
        if len(knots) < 2 or any(a > b for a, b in pairwise(knots)):
            raise unsound(f"{where}'s knots are not two or more in rising order")
    elif fields["knots"] != []:
        raise unsound(f"{where} has knots, which its scale does not need")
    return NumericColumn(
        checked_text(fields["name"], f"{where}'s name"),
        _number(fields["center"], where),
        _spread(fields["spread"], where),
        scale,
        _number(fields["fill"], where),
        fields["indicator"],
        knots,
    )


def _category_column(fields: dict[str, Any], where: str) -> CategoryColumn:
    levels = tuple(
        checked_text(level, f"a level of {where}")
        for level in checked_list(fields["levels"], f"{where}'s levels", MAX_CLASSES)
    )
    if len(set(levels)) != len(levels):
        raise unsound(f"two levels of {where} are the same")
    coding, scale = fields["coding"], fields["scale"]
    if not isinstance(coding, str) or coding not in CODINGS or (coding == "sign" and len(levels) != 2):
        raise unsound(f"{where} has a coding that does not fit its levels")
    column = CategoryColumn(checked_text(fields["name"], f"{where}'s name"), levels, coding)
    if scale == "none":
        if fields["centers"] != [] or fields["spreads"] != []:
            raise unsound(f"{where} is not scaled, but says by what")
        return column
    width = len(column.names)
    if scale != "robust" or coding == "codes":
        raise unsound(f"{where} has a scale that does not fit its levels")
    centers = _numbers(fields["centers"], f"{where}'s centers", width)
    spreads = tuple(
        _spread(value, where) for value in _numbers(fields["spreads"], f"{where}'s spreads", width)
    )
    if not len(centers) == len(spreads) == width:
        raise unsound(f"{where} does not have a center and a spread for each feature")
    return CategoryColumn(column.name, levels, column.coding, scale, centers, spreads)


def target_from_json(record: object) -> Target | None:
    """Return the target in a record.

    Raises
    ------
    ModelFileError
        For anything unexpected in it.
    """
    if record is None:
        return None
    if isinstance(record, list):
        targets = tuple(
            _number_target(each) for each in checked_list(record, "the list of targets", MAX_CLASSES)
        )
        if len({target.name for target in targets}) != len(targets) or len(targets) < 2:
            raise unsound("the targets are not two or more of different names")
        return NumberTargets(targets)
    if isinstance(record, dict) and "classes" in record:
        fields = checked_fields(record, "the target", ("name", "classes"))
        entries = checked_list(fields["classes"], "the list of classes", MAX_CLASSES)
        labels = tuple(checked_text(label, "a class") for label in entries)
        if len(set(labels)) != len(labels) or len(labels) < 2:
            raise unsound("the classes are not two or more different labels")
        return ClassTarget(checked_text(fields["name"], "the target's name"), labels)
    return _number_target(record)


def _number_target(record: object) -> NumberTarget:
    fields = checked_fields(record, "the target", ("name", "mean", "std"))
    name = checked_text(fields["name"], "the target's name")
    return NumberTarget(name, _number(fields["mean"], "the target"), _spread(fields["std"], "the target"))


def checked_fields(record: object, where: str, expected: tuple[str, ...]) -> dict[str, Any]:
    """Return a record that is a dict with exactly the expected fields."""
    if not isinstance(record, dict) or set(record) != set(expected):
        raise unsound(f"{where} does not have exactly the fields {', '.join(expected)}")
    return record


def checked_list(value: object, where: str, limit: int) -> list[Any]:
    """Return a value that is a list of 1 to `limit` entries."""
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        raise unsound(f"{where} is not a list of 1 to {limit} entries")
    return value


def checked_text(value: object, where: str) -> str:
    """Return a value that is a text and not empty."""
    if not isinstance(value, str) or not value:
        raise unsound(f"{where} is not a text")
    return value


def _numbers(value: object, where: str, limit: int) -> tuple[float, ...]:
    return tuple(_number(entry, where) for entry in checked_list(value, where, limit))


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise unsound(f"{where} has a value that is not a finite number")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float64's range
        return False


def _spread(value: object, where: str) -> float:
    spread = _number(value, where)
    if spread <= 0:
        raise unsound(f"{where} has a spread or standard deviation that is not above 0")
    return spread


def unsound(what: str) -> ModelFileError:
    """The error for a damaged preparation, with what is wrong in it."""
    return ModelFileError(
        f"the preparation of the table's columns is damaged: {what}; save the model again or get another copy."
    )
