"""What modules of ecrgen take from each other, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import ecrgen

ROOT = Path(ecrgen.__file__).parent
MODULES = {
    ".".join(("ecrgen", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
    if path.name != "__main__.py"
}


def taken(source: str) -> Iterator[tuple[str, str]]:
    """The names that a source imports from ecrgen's modules, those of its functions included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield from ((node.module, alias.name) for alias in node.names)


def unlisted(source: str) -> list[str]:
    """The imports of a source whose names are neither modules nor in the `__all__` of the module that has them."""
    return [
        f"{module}.{name}"
        for module, name in taken(source)
        if f"{module}.{name}" not in MODULES and name not in getattr(import_module(module), "__all__", ())
    ]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_take_only_what_is_listed(module: str) -> None:
    """A name that another module imports is in the `__all__` of its own."""
    assert unlisted(MODULES[module].read_text()) == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_what_is_listed_is_there(module: str) -> None:
    """`__all__` lists each name once, and only names that the module has."""
    names = getattr(import_module(module), "__all__", [])
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(import_module(module), name)] == []


def test_a_name_that_is_not_listed_is_found() -> None:
    """An import of a private helper, at the top or within a function, is found."""
    source = "from ecrgen.errors import Collecting\ndef f():\n    from ecrgen.policy.pack import prove, pack\n"
    assert unlisted(source) == ["ecrgen.errors.Collecting", "ecrgen.policy.pack.prove"]
