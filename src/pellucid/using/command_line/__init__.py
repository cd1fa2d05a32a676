"""The command line: `pellucid digits | train | evaluate | predict | data`."""

from __future__ import annotations

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors become one line on standard error and an exit status."""
    from pellucid.using.command_line.entry import run

    return run(arguments)
