"""The public interface: closed, documented, and each example of its page true."""

from __future__ import annotations

import doctest
import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ecrgen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
NAMES = [name for name in ecrgen.__all__ if name != "__version__"]
PUBLIC = {getattr(ecrgen, name) for name in NAMES}
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def callables(thing: Any) -> Iterator[Any]:
    """A function, or a class and what of it has annotations: its own public methods and properties."""
    yield thing
    for name, member in vars(thing).items() if isinstance(thing, type) else ():
        if name.startswith("_") and name != "__init__":
            continue
        match member:
            case classmethod() | staticmethod():
                yield member.__func__
            case property():
                yield member.fget
            case _ if inspect.isfunction(member) and member.__module__.startswith("ecrgen"):
                yield member


def classes(annotation: Any) -> Iterator[type]:
    """The classes that an annotation mentions, however deep."""
    if isinstance(annotation, type):
        yield annotation
    for part in typing.get_args(annotation):
        for each in part if isinstance(part, list) else (part,):
            yield from classes(each)


def foreign(thing: Any) -> Iterator[str]:
    """The classes of ecrgen that a public thing mentions and that are not public."""
    for each in callables(thing):
        for name, annotation in typing.get_type_hints(each).items():
            for found in classes(annotation):
                if found.__module__.split(".")[0] == "ecrgen" and found not in PUBLIC:
                    yield f"{each.__qualname__}: {name}: {found.__qualname__}"


@pytest.mark.parametrize("name", NAMES)
def test_what_public_names_take_and_return_is_public(name: str) -> None:
    """Parameters, results, fields and properties of public names are of public types or of Python's own."""
    assert [*foreign(getattr(ecrgen, name))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_documented(name: str) -> None:
    """A public name says what it is, and stands on the page with an example that uses it."""
    thing = getattr(ecrgen, name)
    assert inspect.getdoc(thing)
    assert thing.__doc__ != object.__doc__
    assert f"### {name}\n" in PAGE.read_text()
    assert any(re.search(rf"\becrgen\.{name}\b", example) for example in EXAMPLES), "no example uses it"


def test_every_public_method_and_property_says_what_it_does() -> None:
    """What belongs to a public class has a docstring of its own, apart from what Python calls by itself."""
    undocumented = [
        f"{name}.{member.__name__}"
        for name in NAMES
        for member in callables(getattr(ecrgen, name))
        if not member.__doc__ and not member.__name__.startswith("__")
    ]
    assert undocumented == []


def test_the_examples_of_the_page_are_true() -> None:
    """The page's examples run from top to bottom, and each gives what is shown."""
    finder = doctest.DocTestParser()
    test = finder.get_doctest("\n".join(EXAMPLES), {}, "docs/python.md", str(PAGE), 0)
    assert len(test.examples) > len(EXAMPLES)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test, out=report.append)
    assert report == []
