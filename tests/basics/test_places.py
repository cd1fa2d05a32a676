"""Paths as typed, and the folder for what can be made again."""

from __future__ import annotations

import platformdirs

from pellucid.basics.places import CACHE_VARIABLE, cache_folder, expanded


def test_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert expanded("~/x") == tmp_path / "x"


def test_the_users_cache_folder_is_the_default(monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "")
    assert cache_folder("data") == platformdirs.user_cache_path("pellucid") / "data"


def test_a_named_folder_takes_its_place(monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "~/somewhere")
    assert cache_folder("engine") == expanded("~/somewhere") / "engine"
