"""docs/benchmarks.md, made from the results alone: no figure in it that `make benchmark` did not measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import tables
from benchmarks.connection import ROOT
from benchmarks.interleaving import BUSY

PATH = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"

_OPENING = """\
# How fast is Pellucid?

`make benchmark` measured what stands here and wrote this page; edit neither the page nor the figures. They hold
for the machine that is named over them; every other processor is unmeasured, and its ratios may be others.
"""

_NOTHING_YET = """
No machine has been measured yet: `make benchmark` does it in at most half an hour.
"""

_METHOD = f"""
## How it is measured

- Everybody does the same work in one run: the same examples, network, batch size and optimizer (Adam, learning rate
  0.001), cross-entropy, a new order of the examples in each epoch, the last smaller batch included.
- Each library works in a process of its own that is idle while the others work. They take turns, A B C A B C, so
  that whatever slows the machine down meets all of them. Two epochs of warm-up (compilation) are not timed. A
  figure is the median of as many turns as its table says; short epochs are run several at a time.
- Pellucid converts its uint8 pictures in each step. Everybody else gets float32 features, prepared outside of the
  timing; JAX may choose uint8 as well. Libraries keep their own default settings; PyTorch and scikit-learn run with
  one thread and with one for each core, and the faster counts. PyTorch is eager, with its fused Adam; scikit-learn
  is one call of `fit`; JAX runs a whole epoch in one compiled scan with the data on the device; Keras runs on JAX.
- “× PyTorch” is PyTorch's median divided by Pellucid's: 2 means that Pellucid takes half the time.
- The limit is what a loop of multiply-adds on registers reaches on all cores at once, measured before and after
  each workload. The percentage counts the operations of the matrix products only: 2 for each weight and example
  forward, 2 for dW, 2 for dh in all layers but the first.
- A † stands where other processes took more than {BUSY:.0%} of the processors meanwhile.
"""


def document(all_results: list[dict[str, Any]]) -> str:
    """The page's text.

    Parameters
    ----------
    all_results : list of dict
        The results of each machine, with the ``slug`` of its file.
    """
    machines = [_machine(results) for results in all_results]
    return "".join([_OPENING, *(machines or [_NOTHING_YET]), _METHOD])


def _machine(results: dict[str, Any]) -> str:
    about, sections = results["machine"], results["sections"]
    parts = [f"\n## {about['processor']}, {about['cores']} cores\n", _about(results)]
    for title, needed, table in _PARTS:
        present = {letter: sections[letter] for letter in needed if letter in sections}
        text = table(present) if present else ""
        if text:
            parts.append(f"\n### {title}\n\n{text}")
    if "k" in sections:
        parts.append(_curves(results))
    return "".join(parts)


_PARTS: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
    ("Training: how many times as long the others take", "abcdef", tables.ratios),
    ("Training: milliseconds for an epoch", "abcdef", tables.times),
    ("Prediction", "g", tables.predictions),
    ("Time to accuracy on MNIST", "h", tables.presets),
    ("From the start of a process to its end", "i", tables.starts),
    ("Peak memory of a training process", "bd", tables.memory),
)


def _about(results: dict[str, Any]) -> str:
    about, packages, sections = results["machine"], results["packages"], results["sections"]
    limits = [moment for section in sections.values() for moment in section.get("limit", [])]
    versions = {**packages.get("peers", {}), **packages.get("project", {})}
    lines = [
        f"- {about['architecture']}, {about['memory_gib']} GiB of memory, {about['system']}, "
        f"Python {about['python']}",
        "- " + ", ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        f"- measured {_dates(sections)}",
    ]
    if limits:
        lines.append("- limit: " + "; ".join(_limit(limits, dtype) for dtype in ("float32", "float64")))
    if len({section["code"] for section in sections.values()}) > 1:
        lines.append("- not all parts were measured with the same version of the code")
    engines = sorted(set(tables.engines(sections)))
    if engines:
        lines.append(f"- Pellucid's {'; '.join(engines)}")
    return "\n" + "\n".join(lines) + "\n"


def _dates(sections: dict[str, Any]) -> str:
    dates = sorted({section["date"] for section in sections.values()})
    return "never" if not dates else dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def _limit(limits: list[dict[str, Any]], dtype: str) -> str:
    one, everybody = (max(m[dtype][key] for m in limits) for key in ("one_core", "all_cores"))
    return f"{dtype} {one:.0f} GFLOP/s with one core, {everybody:.0f} with all"


def _curves(results: dict[str, Any]) -> str:
    name = picture_name(results["slug"])
    return (
        "\n### Cost of an example against the number of examples and the width of the layers\n\n"
        f"![Time for each example and epoch, against rows and width](pictures/{name})\n"
    )


def picture_name(slug: str) -> str:
    """The file of a machine's curves, in docs/pictures."""
    return f"benchmarks-{slug}.png"
