"""Where things stand on a user's disk: paths as typed, and the folder for what can be made or fetched again."""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "PELLUCID_CACHE"


def expanded(path: str | Path) -> Path:
    """Return a path with the home folder in place of ~; as it is where there is no such home.

    Examples
    --------
    >>> expanded("~nobody-of-that-name/x.csv").name
    'x.csv'
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def cache_folder(kind: str) -> Path:
    """Return the folder for one kind of thing: in PELLUCID_CACHE if that is set, else in the user's cache folder.

    Parameters
    ----------
    kind : str
        The folder's name, such as "data".
    """
    import platformdirs

    named = os.environ.get(CACHE_VARIABLE, "")
    return (expanded(named) if named else platformdirs.user_cache_path("pellucid")) / kind
