"""The public names: sorted, all there, and nothing else."""

from __future__ import annotations

import importlib
import types

import pytest


@pytest.mark.parametrize("package", ["pellucid", "pellucid.data"])
def test_all_lists_what_is_there(package):
    module = importlib.import_module(package)
    assert module.__all__ == sorted(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name) is not None
    shown = {name for name in dir(module) if not name.startswith("_") and name != "annotations"}
    modules = {name for name in shown if isinstance(getattr(module, name), types.ModuleType)}
    assert shown - modules <= set(module.__all__)


@pytest.mark.parametrize("package", ["pellucid", "pellucid.data"])
def test_an_unknown_name_is_an_attribute_error(package):
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018 - looking it up is the test


def test_the_version_is_the_packages():
    import pellucid
    from pellucid.version import __version__

    assert pellucid.__version__ == __version__
