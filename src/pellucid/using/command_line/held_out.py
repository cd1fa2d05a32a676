"""Which rows may judge a model: those that its training has not seen."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pellucid.data.catalog import DATASETS, load
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.originals import OnEvent
from pellucid.network.network import Network


def fingerprint(source: str) -> str:
    """A name, or the SHA-256 of a file's content; of a folder, that of its files' names and content.

    Examples
    --------
    >>> fingerprint("mnist")
    'mnist'
    """
    if source in DATASETS:
        return source
    path, digest = Path(source).expanduser(), hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        if file != path:
            digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def split_info(
    source: str, *, test: float, validation: float, seed: int, group: str | None
) -> dict[str, str]:
    """What a model must remember to find its held-out rows again."""
    return {
        "data_fingerprint": fingerprint(source),
        "split": f"test={test!r} validation={validation!r} seed={seed}",
        **({"group": group} if group is not None else {}),
    }


def examples_to_judge(
    net: Network, source: str, *, delimiter: str | None = None, on_event: OnEvent | None = None
) -> tuple[Dataset, str]:
    """The examples on which a saved model may be judged, and which these are, in words.

    A test part of the data; else, of the very data that the model was trained on, the rows held out then; else,
    of other data, all rows.
    """
    same = "split" in net.info and fingerprint_or_empty(source) == net.info.get("data_fingerprint")
    share = _split(net.info["split"]) if same else {"test": 0.0, "validation": 0.0, "seed": 0.0}
    parts = load(
        source,
        target=None if net.preparation is None else net.preparation.target.name,
        group=net.info.get("group") if same else None,
        test=share["test"],
        validation=share["validation"],
        seed=int(share["seed"]),
        delimiter=delimiter,
        preparation=net.preparation,
        input=net.architecture.input,
        classes=net.classes,
        on_event=on_event,
    )
    return _chosen(parts, same and source not in DATASETS)


def _chosen(parts: Splits, held_out: bool) -> tuple[Dataset, str]:
    if parts.test is None:
        return parts.train, "all rows"
    return parts.test, "the rows held out in training" if held_out else "the test part"


def fingerprint_or_empty(source: str) -> str:
    """The fingerprint, or nothing where there is no such file: loading will say so."""
    return fingerprint(source) if source in DATASETS or Path(source).expanduser().exists() else ""


def _split(text: str) -> dict[str, float]:
    pairs = (part.split("=", 1) for part in text.split() if "=" in part)
    found = {"test": 0.0, "validation": 0.0, "seed": 0.0}
    for name, value in pairs:
        if name in found:
            found[name] = float(value)
    return found
