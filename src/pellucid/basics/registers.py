"""Registers: one place to add a thing.

A register is a dict of frozen records, made at the bottom of the file that defines them. What a register holds is
what the command line offers, what the tests walk through and what the documentation lists; a name stands nowhere
else.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from pellucid.basics.errors import UnknownNameError


class Named(Protocol):
    """A record with a name."""

    @property
    def name(self) -> str:
        """The word by which users ask for the record."""
        ...


Record = TypeVar("Record", bound=Named)


class Register(dict[str, Record]):
    """Records by name; an unknown name raises UnknownNameError with the nearest known one."""

    def __init__(self, kind: str, records: tuple[Record, ...]) -> None:
        super().__init__((record.name, record) for record in records)
        self.kind = kind
        if len(self) != len(records):
            raise ValueError(f"two records of the {kind} register share a name")

    def __missing__(self, name: object) -> Record:
        raise UnknownNameError(self.kind, name, self)


def register(kind: str, *records: Record) -> Register[Record]:
    """Make a register; `kind` is the singular noun that error messages use."""
    return Register(kind, records)
