"""Tables in Markdown, each from the sections that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any

from benchmarks.interleaving import BUSY, disturbance
from benchmarks.results import best_of, ratio, share_of_limit
from benchmarks.workloads import (
    JAX,
    KERAS,
    ONNXRUNTIME,
    PELLUCID,
    PELLUCID_ONE_THREAD,
    PYTORCH,
    SCIKIT_LEARN,
    SHARE_OF_LIMIT,
    WORKLOADS,
)

NONE = "–"
PEERS = (PYTORCH, SCIKIT_LEARN, JAX)
LIBRARIES = (PELLUCID, PELLUCID_ONE_THREAD, *PEERS, KERAS)
RUNNERS = dict[str, dict[str, Any]]


def ratios(sections: dict[str, Any]) -> str:
    """One row for each workload: what was reached beside what was aimed at."""
    columns = [column for library in PEERS for column in (f"× {library}", "aim")]
    header = ["workload", "batch", *columns, f"× {KERAS}", SHARE_OF_LIMIT, "aim"]
    rows = []
    for letter, section in sections.items():
        aims, runners = WORKLOADS[letter].aims, section["runners"]
        cells = [
            cell for library in PEERS for cell in (_factor(ratio(runners, library)), _aim(aims.get(library)))
        ]
        reached, aim = share_of_limit(section), aims.get(SHARE_OF_LIMIT)
        percent = NONE if reached is None else f"{reached:.0f}"
        others = _factor(ratio(runners, KERAS))
        rows.append([_name(letter, section), section["batch_size"], *cells, others, percent, _aim(aim)])
    return table(header, rows)


def times(sections: dict[str, Any]) -> str:
    """One row for each workload and library: the best variant's median, least and greatest."""
    header = ["workload", "examples", "library", "best as", "median ms", "least", "greatest", "turns"]
    rows = []
    for letter, section in sections.items():
        for library in LIBRARIES:
            record = best_of(section["runners"], library)
            if record is not None:
                rows.append([_name(letter, section), f"{section['rows']:,}", *_time_cells(record, 1e3)])
    titles = sorted({f"({letter}) {section['data']}" for letter, section in sections.items()})
    notes = [f"({letter}) {WORKLOADS[letter].note}" for letter in sections if WORKLOADS[letter].note]
    return table(header, rows) + _notes(
        [f"Data: {', '.join(titles)}", *notes, *_failures(_all_runners(sections))]
    )


def predictions(sections: dict[str, Any]) -> str:
    """How long it takes to predict many pictures, and one."""
    section = sections["g"]
    header = ["pictures", "library", "best as", "median µs", "least", "greatest", "turns", "× Pellucid"]
    rows = []
    for count, measured in section["counts"].items():
        runners = measured["runners"]
        for library in dict.fromkeys(record["library"] for record in runners.values()):
            record = best_of(runners, library)
            if record is not None:
                rows.append([f"{int(count):,}", *_time_cells(record, 1e6), _factor(ratio(runners, library))])
    notes = [
        f"Network {section['network']}. {ONNXRUNTIME} gets float32 features and computes logits; {PELLUCID} gets "
        "uint8 pictures and gives classes. Aims: many pictures no slower than "
        f"{ONNXRUNTIME}, one picture in at most 20 µs."
    ]
    return table(header, rows) + _notes(
        [*notes, *_failures(m["runners"] for m in section["counts"].values())]
    )


def presets(sections: dict[str, Any]) -> str:
    """What the presets of ``pellucid digits`` reach."""
    header = ["preset", "test accuracy, median", "least", "greatest", "aim", "training s", "aim", "seeds"]
    rows = []
    for option, record in sections["h"]["presets"].items():
        accuracy_aim, time_aim = f"≥ {record['aim_accuracy']:.1%}", _aim(record["aim_seconds"], "≤")
        if "failed" in record:
            rows.append([f"`{option}`", record["failed"], NONE, NONE, accuracy_aim, NONE, time_aim, 0])
            continue
        reached, seconds = record["accuracy"], median(record["seconds"])
        shares = [f"{share:.2%}" for share in (median(reached), min(reached), max(reached))]
        rows.append([f"`{option}`", *shares, accuracy_aim, f"{seconds:.2f}", time_aim, len(reached)])
    return table(header, rows)


def starts(sections: dict[str, Any]) -> str:
    """How long a process takes from start to end."""
    header = ["process", "median s", "least", "greatest", "turns", "aim"]
    rows = []
    for record in sections["i"]["starts"]:
        seconds = record["seconds"]
        numbers = [f"{f(seconds):.2f}" for f in (median, min, max)] if seconds else [NONE] * 3
        rows.append([record["name"], *numbers, len(seconds), _aim(record["aim"], "≤")])
    failures = [f"{r['name']}: {r['failed']}" for r in sections["i"]["starts"] if "failed" in r]
    return table(header, rows) + _notes(failures)


def memory(sections: dict[str, Any]) -> str:
    """The most memory that each process held: Python, libraries, data and training together."""
    header = ["library", "variant", *(_name(letter, section) for letter, section in sections.items())]
    first = next(iter(sections.values()))["runners"]
    rows = []
    for name, about in first.items():
        peaks = [section["runners"].get(name, {}).get("peak_bytes") for section in sections.values()]
        if any(peaks):
            cells = [f"{peak / 2**20:,.0f} MiB" if peak else NONE for peak in peaks]
            rows.append([about["library"], about["variant"], *cells])
    return table(header, rows) if rows else ""


def engines(sections: dict[str, Any]) -> Iterator[str]:
    """Which engines Pellucid's runs used."""
    for runners in _all_runners({letter: s for letter, s in sections.items() if "runners" in s}):
        for record in runners.values():
            if record["library"] == PELLUCID and record.get("note"):
                yield record["note"]


def table(header: list[str], rows: list[list[Any]]) -> str:
    """A table in Markdown; all columns but the first are set flush right where they hold numbers."""
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(header))]
    lines = [header, ["--:" if right else "---" for right in numeric], *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def _is_number(cell: Any) -> bool:
    return cell == NONE or (str(cell).lstrip("≥≤ ")[:1].isdigit() and "-" not in str(cell))


def _name(letter: str, section: dict[str, Any]) -> str:
    return f"({letter}) {section['network']}"


def _time_cells(record: dict[str, Any], scale: float) -> list[Any]:
    seconds = record["seconds"]
    numbers = [significant(f(seconds) * scale) for f in (median, min, max)]
    mark = " †" if disturbance(record) > BUSY else ""
    return [record["library"] + mark, record["variant"], *numbers, len(seconds)]


def significant(number: float) -> str:
    """Three significant digits.

    Examples
    --------
    >>> significant(0.1234), significant(12.34), significant(12345.6)
    ('0.123', '12.3', '12,346')
    """
    digits = max(0, 2 - int(f"{number:e}".split("e")[1]))
    return f"{number:,.{digits}f}"


def _factor(number: float | None) -> str:
    return NONE if number is None else significant(number)


def _aim(number: float | None, sign: str = "≥") -> str:
    return NONE if number is None else f"{sign} {number:g}"


def _notes(notes: Iterable[str]) -> str:
    return "".join(f"\n{note.rstrip('.')}.\n" for note in notes)


def _all_runners(sections: dict[str, Any]) -> Iterator[RUNNERS]:
    return (section["runners"] for section in sections.values())


def _failures(several: Iterable[RUNNERS]) -> list[str]:
    """Who could not be measured, and why; said once."""
    found = {
        f"Not measured: {record['library']}, {record['variant']}: {record['failed']}"
        for runners in several
        for record in runners.values()
        if "failed" in record
    }
    return sorted(found)
