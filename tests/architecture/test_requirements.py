"""The locked requirements: every dependency, one version, with hashes, the same for users and developers."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.repository import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
NEEDED = {
    "requirements.txt": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["build-system"]["requires"],
        *EXTRAS["sample"],
    ],
}
NEEDED["requirements-development.txt"] = [*NEEDED["requirements.txt"], *EXTRAS["development"]]


def locked(name: str) -> dict[str, str]:
    """Version by package, from a file of locked requirements."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", NEEDED)
def test_every_dependency_is_locked(name):
    names = {re.match(r"[A-Za-z0-9-]+", requirement).group().lower() for requirement in NEEDED[name]}
    assert names - set(locked(name)) == set()


@pytest.mark.parametrize("name", NEEDED)
def test_every_version_has_hashes(name):
    blocks = re.split(r"^(?=[a-z0-9.-]+==)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [block.split()[0] for block in blocks[1:] if "--hash=sha256:" not in block] == []


def test_users_and_developers_have_the_same_versions():
    developers = locked("requirements-development.txt")
    assert locked("requirements.txt").items() <= developers.items()
