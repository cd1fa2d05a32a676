"""What the documents name is there."""

from __future__ import annotations

import re

import pytest

from pellucid.version import __version__
from tests.architecture.repository import ROOT, files

DOCUMENTS = files(ROOT, "*.md")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXPLAINED_TARGETS = re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, flags=re.MULTILINE)


def test_every_command_is_explained():
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE).group(1).split()
    assert sorted(phony) == sorted(EXPLAINED_TARGETS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_exist(path):
    named = re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(named) <= set(EXPLAINED_TARGETS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_in_documents_exist(path):
    named = re.findall(r"`((?:src|tests|docs|changes)/[\w./-]*\w/?)`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_in_documents_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_citation_has_the_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
