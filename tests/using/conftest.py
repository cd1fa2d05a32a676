from __future__ import annotations

from pathlib import Path

import pytest

from tests.using.made import Pellucid


@pytest.fixture
def pellucid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pellucid:
    """The command line, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Pellucid(capsys)
