"""The catalog's tables as everybody gets them: features, target and group in one file for each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.connection import ROOT
from benchmarks.tabular import sources
from benchmarks.tabular.code import code_of
from benchmarks.tabular.table_set import CLASSES, TableSet

if TYPE_CHECKING:
    import pandas as pd

FOLDER = ROOT / "output" / "benchmarks" / "tables"
MOST_ROWS = 20_000  # of more rows so many are drawn, once and for all
SAMPLE_SEED = 20_000
FEWEST_OF_A_CLASS = 10  # a class with fewer rows can't be met in training and in testing
TARGET, GROUP = "target of the table", "group of the table"


@dataclass(frozen=True)
class Material:
    """What is known of a prepared table.

    Parameters
    ----------
    name, kind : str
    fingerprint : str
        A hash of all that it holds: results for another one are out of date.
    n_rows_there : int
        Rows before some were drawn, and rare classes left out.
    n_rows, n_numbers, n_categories, n_missing, n_groups : int
        Rows, columns of numbers, columns of categories, empty cells, groups.
    classes : list of str
        The names of the classes; empty for numbers.
    left_out : str
        Which classes were too rare.
    """

    name: str
    kind: str
    fingerprint: str
    n_rows_there: int
    n_rows: int
    n_numbers: int
    n_categories: int
    n_missing: int
    n_groups: int
    classes: list[str]
    left_out: str

    @property
    def size(self) -> int:
        """Cells, and more where there are many classes: by which the sets are ordered."""
        return self.n_rows * (self.n_numbers + self.n_categories) * max(1, len(self.classes))


def prepare(sets: Iterable[TableSet], folder: Path = FOLDER) -> tuple[dict[str, Material], dict[str, str]]:
    """Write each table once; gives what is known of them, and why some can't be had."""
    found, missing = {}, {}
    for one in sets:
        try:
            found[one.name] = _prepared(one, folder)
        except sources.MissingTableError as reason:
            missing[one.name] = str(reason)
    return dict(sorted(found.items(), key=lambda item: item[1].size)), missing


def load(name: str, folder: Path = FOLDER) -> tuple[pd.DataFrame, np.ndarray, np.ndarray | None]:
    """Features, target and group of a prepared table."""
    import pandas as pd

    frame = pd.read_parquet(folder / f"{name}.parquet")
    y = frame.pop(TARGET).to_numpy()
    return frame, y, frame.pop(GROUP).to_numpy() if GROUP in frame else None


def _prepared(one: TableSet, folder: Path) -> Material:
    about, key = folder / f"{one.name}.json", _key(one)
    if about.exists():
        known = json.loads(about.read_text(encoding="utf-8"))
        if known.pop("key") == key and (folder / f"{one.name}.parquet").exists():
            return Material(**known)
    frame, classes, left_out, n_rows = _frame(one)
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / f"{one.name}.parquet")
    features = frame.drop(columns=[TARGET, GROUP], errors="ignore")
    n_categories = len(features.select_dtypes("category").columns)
    material = Material(
        one.name, one.kind, _fingerprint(frame), n_rows, len(frame), features.shape[1] - n_categories,
        n_categories, int(features.isna().sum().sum()), frame[GROUP].nunique() if GROUP in frame else 0,
        classes, left_out,
    )  # fmt: skip
    about.write_text(json.dumps({**asdict(material), "key": key}, indent=1), encoding="utf-8")
    return material


def _key(one: TableSet) -> str:
    """What decides on a prepared table: the catalog's entry, the code here, the packages' versions."""
    versions = {name: metadata.version(name) for name in sources.PACKAGES}
    entry = {**vars(one), "changed": one.changed and one.changed.__name__}
    files = [Path(__file__).with_name(f"{name}.py") for name in ("material", "sources")]
    if one.changed:
        files.append(Path(one.changed.__code__.co_filename))
    text = json.dumps([versions, entry, code_of(files)], sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _frame(one: TableSet) -> tuple[pd.DataFrame, list[str], str, int]:
    """The table with numbers and categories as features, its classes, those left out, and all its rows."""
    frame = sources.read(one.source).reset_index(drop=True)
    frame.columns = frame.columns.astype(str)
    frame = (one.changed(frame) if one.changed else frame).dropna(subset=[one.target])
    n_rows, left_out = len(frame), ""
    if len(frame) > MOST_ROWS:
        rows = np.random.default_rng(SAMPLE_SEED).permutation(len(frame))[:MOST_ROWS]
        frame = frame.iloc[np.sort(rows)]
    y = frame[one.target]
    if one.kind == CLASSES:
        counts = y.astype(str).value_counts()
        rare = sorted(counts.index[counts < FEWEST_OF_A_CLASS])
        frame = frame[~y.astype(str).isin(rare)]
        left_out, y = ", ".join(rare), frame[one.target]
    features = _features(frame.drop(columns=[one.target, *one.dropped, *([one.group] if one.group else [])]))
    target, classes = _target(one, y)
    columns: dict[str, Any] = {TARGET: target}
    if one.group:
        columns[GROUP] = frame[one.group].astype(str).factorize()[0]
    return features.assign(**columns).reset_index(drop=True), classes, left_out, n_rows


def _features(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, all else as categories in the order of their names; columns that never differ go."""
    import pandas as pd

    columns = {}
    for name, column in frame.items():
        if column.nunique(dropna=False) < 2:
            continue
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = column.astype("float64")
        else:
            labels = column.map(str, na_action="ignore").astype("object")
            columns[name] = pd.Categorical(labels, categories=sorted(labels.dropna().unique()))
    return pd.DataFrame(columns, index=frame.index)


def _target(one: TableSet, y: pd.Series[Any]) -> tuple[np.ndarray, list[str]]:
    if one.kind == CLASSES:
        names = y.astype(str)
        classes = sorted(names.unique())
        return np.searchsorted(classes, names.to_numpy(dtype=str)), classes
    numbers = y.to_numpy(dtype="float64")
    return (np.log(numbers) if one.is_logarithm else numbers), []


def _fingerprint(frame: pd.DataFrame) -> str:
    import pandas as pd

    digest = hashlib.sha256(
        json.dumps([[name, str(column.dtype)] for name, column in frame.items()]).encode()
    )
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
