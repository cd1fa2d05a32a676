"""Words that stand nowhere: addresses of package registries, one machine's paths, and names that say nothing."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import ROOT, files

NAMELESS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
# Written in two parts, so that this file may be tested too.
HOSTS = [
    "pypi" + r"\.org",
    "pythonhosted" + r"\.org",
    "npmjs" + r"\.(org|com)",
    "debian" + r"\.org",
    "anaconda" + r"\.org",
]
MACHINE_PATHS = [r"(?<![\w.])/" + folder + "/" for folder in ("work", "opt", "root")]
NOWHERE = re.compile("|".join(HOSTS + MACHINE_PATHS))
PATHS = files()


def test_the_files_are_found():
    assert {"pyproject.toml", "run", "requirements.txt"} <= {path.name for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_names_a_registry_or_a_machine(path):
    text = path.read_bytes().decode("utf-8", errors="ignore")
    assert [match.group() for match in NOWHERE.finditer(text)] == []


def test_no_folder_or_module_is_nameless():
    stems = {part for path in PATHS for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not stems & NAMELESS
