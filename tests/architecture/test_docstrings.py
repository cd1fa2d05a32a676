"""Every public name explains itself, and explains the arguments that it has."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import pellucid

ROOMS_TOLD_IN_FULL = ("basics", "formulas", "network", "training")
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", flags=re.MULTILINE)


def modules() -> list[str]:
    """Every module of the package by name; not __main__, which runs when it is imported."""
    found = pkgutil.walk_packages(pellucid.__path__, "pellucid.")
    return sorted(module.name for module in found if not module.name.endswith("__main__"))


def public(module):
    """The public functions and classes that a module defines, and their public methods."""
    for name, thing in vars(module).items():
        defined_here = getattr(thing, "__module__", None) == module.__name__
        if (
            name.startswith("_")
            or not defined_here
            or not (inspect.isfunction(thing) or inspect.isclass(thing))
        ):
            continue
        yield name, thing
        if inspect.isclass(thing):
            for method, value in vars(thing).items():
                function = getattr(value, "__func__", value)  # classmethod and staticmethod wrap one
                if not method.startswith("_") and inspect.isfunction(function):
                    yield f"{name}.{method}", function


def documented_parameters(docstring: str) -> list[str] | None:
    """The names in numpydoc's Parameters section, or None if there is none."""
    pieces = SECTION.split(inspect.cleandoc(docstring))
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if "Parameters" not in sections:
        return None
    heads = [line.split(" :")[0] for line in sections["Parameters"].splitlines() if re.match(r"\S", line)]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def parameters(thing) -> list[str]:
    """The names in the signature; not self and cls, and not a tail like **options, which the prose explains."""
    named = inspect.signature(thing).parameters.values()
    tails = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in named if p.name not in ("self", "cls") and p.kind not in tails]


def test_a_parameters_section_is_read():
    docstring = "Sum.\n\nParameters\n----------\nW, b : arrays\n    Both.\n*rest\n\nReturns\n-------\nfloat\n"
    assert documented_parameters(docstring) == ["W", "b", "rest"]
    assert documented_parameters("Sum.") is None


@pytest.mark.parametrize("name", modules())
def test_public_names_explain_themselves(name):
    for path, thing in public(importlib.import_module(name)):
        assert thing.__doc__, f"{path} has no docstring"
        first_line = inspect.cleandoc(thing.__doc__).splitlines()[0]
        assert first_line.endswith((".", ":", "?")), f"{path}: the docstring's first line is not a sentence"
        documented = documented_parameters(thing.__doc__)
        if documented is not None:
            assert sorted(documented) == sorted(parameters(thing)), f"{path}: docstring and signature differ"


def told_in_full(module: str) -> bool:
    """Kernels and their language tell sizes and addresses by the same names everywhere: one line is enough."""
    in_small = re.search(r"\.compiled\.(kernels|language)(\.|$)", module)
    return module.split(".")[1] in ROOMS_TOLD_IN_FULL and not in_small


@pytest.mark.parametrize("name", [name for name in modules() if told_in_full(name)])
def test_functions_of_several_parameters_document_them(name):
    for path, thing in public(importlib.import_module(name)):
        if inspect.isfunction(thing) and len(parameters(thing)) >= 2:
            assert documented_parameters(thing.__doc__), f"{path} has no Parameters section"
