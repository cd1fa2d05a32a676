"""Records of options: a command takes a record, and a person sees an option for each of its fields.

Several commands train networks, and each option of training stands once: as a field of a frozen record, with its
default and its help. `with_options` puts the fields into the command's signature, which is where typer reads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints

import typer

Command = Callable[..., int]


def with_options(**defaults: Any) -> Callable[[Command], Command]:
    """What makes a command take the fields of its records one by one, in place of the records.

    Keywords are fields that have another default in this command.

    Returns
    -------
    callable
        A decorator. The command that it gives makes the records of what it is given, and hands them on. Some of the
        parameters of the command that it gets are annotated with dataclasses, whose fields are annotated as typer's
        options.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Size:
    ...     width: int = 3
    ...     height: int = 2
    >>> @with_options(height=10)
    ... def area(unit: str, size: Size) -> int:
    ...     return size.width * size.height
    >>> list(inspect.signature(area).parameters), area(unit="cm", width=5, height=2)
    (['unit', 'width', 'height'], 10)
    """

    def decorated(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        shown: list[Parameter] = []
        records: dict[str, Any] = {}
        for parameter in inspect.signature(command).parameters.values():
            kind = hints[parameter.name]
            if is_dataclass(kind):
                records[parameter.name] = kind
                shown += _parameters(kind, defaults)
            else:
                shown.append(parameter.replace(annotation=kind, kind=Parameter.KEYWORD_ONLY))

        @wraps(command)
        def run(**given: Any) -> int:
            made = {
                name: record(**{field.name: given.pop(field.name) for field in fields(record)})
                for name, record in records.items()
            }
            return command(**given, **made)

        run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
        return run

    return decorated


def _parameters(record: Any, defaults: Mapping[str, Any]) -> list[Parameter]:
    hints = get_type_hints(record, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=defaults.get(field.name, Parameter.empty if field.default is MISSING else field.default),
            annotation=hints[field.name],
        )
        for field in fields(record)
    ]


def flag_of(annotation: Any) -> str:
    """The option that an annotation declares, such as "--epochs"; empty if it declares none."""
    for told in getattr(annotation, "__metadata__", ()):
        declared = getattr(told, "default", None)  # of an annotation's option, its name stands there
        if isinstance(declared, str) and declared.startswith("-"):
            return declared
    return ""


def written(*records: Any) -> list[str]:
    """The words of a command line that make these records, where they are not as their fields' defaults say.

    Examples
    --------
    >>> from pellucid.using.command_line.network_options import NetworkOptions
    >>> written(NetworkOptions(hidden="8", dropout=0.1))
    ['--hidden', '8', '--dropout', '0.1']
    """
    words: list[str] = []
    for record in records:
        hints = get_type_hints(type(record), include_extras=True)
        for field in fields(record):
            value = getattr(record, field.name)
            if value == field.default or value is None:
                continue
            flag = flag_of(hints[field.name])
            if isinstance(value, bool):
                words += [flag]
            else:
                words += [
                    word
                    for one in (value if isinstance(value, list) else [value])
                    for word in (flag, str(one))
                ]
    return words


def given_options(context: typer.Context) -> set[str]:
    """The parameters that somebody gave a value on the command line, by name.

    Parameters
    ----------
    context : typer.Context
    """
    found = set()
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            found.add(name)
    return found
