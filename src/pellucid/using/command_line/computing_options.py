"""The options that say who computes, and from which seed."""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.using.command_line.options import EngineName, Seed, Threads


@dataclass(frozen=True, slots=True)
class ComputingOptions:
    """Seed, engine and threads; what each field is, its help says."""

    seed: Seed = 0
    engine: EngineName = "auto"
    threads: Threads = None
