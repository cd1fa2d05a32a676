"""`make benchmark`'s options, and a whole run of one small section with what the project's environment has."""

from __future__ import annotations

import json
import subprocess
import sys

import benchmarks.__main__ as command
import pytest
from benchmarks.sections import SECTIONS
from typer.testing import CliRunner

from benchmarks import document, results


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Everything that a run writes goes elsewhere."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "TRIAL_FOLDER", tmp_path / "trial")
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(document, "PATH", tmp_path / "benchmarks.md")
    monkeypatch.setattr(document, "PICTURES", tmp_path / "pictures")
    return tmp_path


def run(*arguments: str):
    return CliRunner().invoke(command.app, [*arguments, "--peers", sys.executable])


def test_help_has_examples():
    found = CliRunner().invoke(command.app, ["--help"])
    assert found.exit_code == 0
    assert 'make benchmark OPTIONS="--only b,d --repeats 3"' in found.output


def test_an_unknown_section_is_refused():
    found = run("--only", "b,z")
    assert found.exit_code == 2
    assert "there is no section 'z'" in " ".join(found.output.replace("│", " ").split())


def test_finished_sections_are_kept_until_somebody_wants_them_fresh(places, monkeypatch):
    calls = []

    def counted(bench):
        calls.append(bench.repeats)
        return {"starts": [{"name": "nothing", "aim": None, "seconds": [1.0]}]}

    monkeypatch.setattr(command, "write_material", lambda folder: {})
    monkeypatch.setattr(command.Limit, "find", lambda n_cores: None)
    section = SECTIONS["i"]
    monkeypatch.setitem(SECTIONS, "i", type(section)("i", section.title, counted))
    for arguments in (["--repeats", "3"], [], ["--fresh"]):
        assert run("--only", "i", *arguments).exit_code == 0
    assert calls == [3, 5]
    (file,) = (places / "results").glob("*.json")
    assert list(json.loads(file.read_text(encoding="utf-8"))["sections"]) == ["i"]
    assert "| nothing |" in (places / "benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], [[]]), (["--trial"], [["--trial"]]), (["--only", "i"], []), (["--only", "i", "--trial"], [])],
)
def test_the_engines_ideas_are_measured_unless_only_sections_are_wanted(
    arguments, expected, places, monkeypatch
):
    calls = []

    def finished(command, **options):
        *start, module = command[:3]
        assert (start, module) == ([sys.executable, "-m"], "benchmarks.engine_ideas")
        calls.append(command[3:])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(command, "describe_packages", lambda peers: {"project": {}, "peers": {}})
    monkeypatch.setattr(command, "SECTIONS", {"i": SECTIONS["i"]})
    monkeypatch.setattr(command, "_measure", lambda *arguments, **options: None)
    monkeypatch.setattr(command.subprocess, "run", finished)
    assert run(*arguments).exit_code == 0
    assert calls == expected


@pytest.mark.slow
def test_a_trial_of_a_workload_runs_to_its_end(places):
    found = run("--trial", "--only", "f")
    assert found.exit_code == 0, found.output
    (file,) = (places / "trial").glob("*.json")
    runners = json.loads(file.read_text(encoding="utf-8"))["sections"]["f"]["runners"]
    assert {name for name, record in runners.items() if record.get("seconds")} >= {
        "pellucid",
        "scikit-learn-1",
    }
    assert not (places / "results").exists()
    assert "(f) 2-8-8-2" in (places / "trial" / "benchmarks.md").read_text(encoding="utf-8")
