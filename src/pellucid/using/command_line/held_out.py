"""Which rows may judge a model: those that its training has not seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.basics.draws import check_seed
from pellucid.basics.errors import DataError, ModelFileError, OptionError
from pellucid.basics.places import expanded
from pellucid.data.catalog import DATASETS, load
from pellucid.data.dataset import Dataset, Splits
from pellucid.data.originals import OnEvent
from pellucid.data.reading import exists
from pellucid.data.splits import check_shares
from pellucid.network.network import Network

ALL_ROWS = "all rows"


def fingerprint(source: str) -> str:
    """A name, or the SHA-256 of a file's content; of a folder, that of its files' names and content.

    Examples
    --------
    >>> fingerprint("mnist")
    'mnist'
    """
    if source in DATASETS:
        return source
    path, digest = expanded(source), hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        if file != path:
            digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def split_info(
    source: str,
    *,
    test: float,
    validation: float,
    seed: int,
    group: str | None,
    reading: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """What a model must remember to find its held-out rows again."""
    return {
        "data_fingerprint": fingerprint(source),
        "split": json.dumps({"test": test, "validation": validation, "seed": seed, **(reading or {})}),
        **({"group": group} if group is not None else {}),
    }


def examples_to_judge(
    net: Network,
    source: str,
    *,
    model: Path | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    on_event: OnEvent | None = None,
) -> tuple[Dataset, str]:
    """The examples on which a saved model may be judged, and which these are, in words.

    A test part of the data; else, of the very data that the model was trained on, the rows held out then; else,
    of other data, all rows.

    Raises
    ------
    DataError
        If the model was trained on these data, and nothing was held out.
    ModelFileError
        If what `model` tells about its held-out rows can't be read.
    """
    if source in DATASETS and DATASETS[source].part_of == net.info.get("data_fingerprint", "-"):
        whole = DATASETS[source].part_of
        raise DataError(
            f"these are training examples of {whole}, which the model was trained on; evaluate on {whole}."
        )
    same = _was_trained_on(net, source)
    split: dict[str, Any] = (
        _split(net.info["split"], model) if same else {"test": 0.0, "validation": 0.0, "seed": 0}
    )
    if sheet is not None:
        split["sheet"] = sheet
    parts = load(
        source,
        group=net.info.get("group") if same else None,
        delimiter=delimiter,
        preparation=net.preparation,
        input=net.architecture.input,
        classes=net.classes,
        on_event=on_event,
        **split,
    )
    return _chosen(parts, source, same)


def _was_trained_on(net: Network, source: str) -> bool:
    """Where there is no such file, loading will say so."""
    if "split" not in net.info or not (source in DATASETS or exists(expanded(source))):
        return False
    return fingerprint(source) == net.info.get("data_fingerprint")


def _split(text: str, model: Path | None) -> dict[str, Any]:
    try:
        found = json.loads(text)
        split = {name: found[name] for name in ("test", "validation", "seed")}
        split |= _reading(found)
        check_shares(split["test"], split["validation"])
        check_seed(split["seed"])
    except (ValueError, TypeError, KeyError, RecursionError, OptionError) as error:
        raise ModelFileError(
            "it does not tell which rows were held out in training; train the model again.", path=model
        ) from error
    return split


def _reading(found: dict[str, Any]) -> dict[str, Any]:
    """How the file was read, where that is not as usual."""
    reading: dict[str, Any] = {name: found[name] for name in ("sheet", "skip_bad") if name in found}
    if not isinstance(reading.get("sheet", ""), str) or reading.get("skip_bad", True) is not True:
        raise ValueError("no name of a sheet")
    return reading


def _chosen(parts: Splits, source: str, same: bool) -> tuple[Dataset, str]:
    if parts.test is not None:
        return (
            parts.test,
            "the rows held out in training" if same and source not in DATASETS else "the test part",
        )
    if same:
        remedy = "evaluate on other data"
        if source not in DATASETS:
            remedy = f"train with --test 0.2, or {remedy}"
        raise DataError(
            f"the model was trained on these data, and no row was held out; {remedy}.", path=source
        )
    return parts.train, ALL_ROWS
