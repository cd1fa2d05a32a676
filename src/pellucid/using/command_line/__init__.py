"""The command line: `pellucid digits | train | cross-validate | tune | evaluate | predict | data`."""

from __future__ import annotations

import sys

__all__ = ["main"]

EXIT_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors become one line on standard error and an exit status."""
    try:  # loading takes a while, and somebody may lose patience
        from pellucid.using.command_line.entry import run
    except KeyboardInterrupt:
        print("pellucid: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    return run(arguments)
