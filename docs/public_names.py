"""For cog: a public name as a section: its signature, its docstring, and what belongs to it."""

from __future__ import annotations

import inspect
import re
import typing
from math import inf
from typing import Any

import ecrgen

MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])")


def sections(*names: str) -> None:
    """Print a section for each of these public names."""
    for name in names:
        thing = getattr(ecrgen, name)
        print(f"### {name}\n\n```\n{signature(name, thing)}\n```\n\n{inspect.getdoc(thing)}\n")
        for member, written in members(thing):
            print(f"- `{written}`: {' '.join((inspect.getdoc(member) or '').split())}")
        print()


def signature(name: str, thing: Any, width: float = 100) -> str:
    """`name(parameter: type = default, …) -> type`, a parameter a line where the whole is too wide for one."""
    types = typing.get_type_hints(thing)
    if isinstance(thing, type):
        types |= typing.get_type_hints(thing.__init__)
    written = []
    kinds = set()
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.KEYWORD_ONLY not in kinds:
            written.append("*")
        kinds.add(parameter.kind)
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f" = {default_of(parameter.default)}"
        written.append(f"{stars}{parameter.name}: {type_name(types[parameter.name])}{default}")
    result = "" if isinstance(thing, type) or "return" not in types else f" -> {type_name(types['return'])}"
    line = f"{name}({', '.join(written)}){result}"
    return line if len(line) <= width else f"{name}(\n    " + ",\n    ".join(written) + f",\n){result}"


def default_of(value: object) -> str:
    """A default as it is written; dataclasses hide that of a mapping behind a factory."""
    if isinstance(value, type):
        return value.__name__
    return "{}" if repr(value) == "<factory>" else repr(value)


def type_name(annotation: Any) -> str:
    """A type as it is written, its aliases replaced and its modules left out."""
    written = MODULE.sub("", "None" if annotation is type(None) else inspect.formatannotation(annotation))
    return written.replace("]]]", "]] ]")  # three of them end a block of cog


def members(thing: Any) -> list[tuple[Any, str]]:
    """The public methods and properties of a class, each with its name as it is used."""
    found: list[tuple[Any, str]] = []
    for name, member in vars(thing).items() if isinstance(thing, type) else ():
        if name.startswith("_"):
            continue
        match member:
            case property():
                found.append((member, f".{name}"))
            case classmethod():
                found.append((member, signature(f"{thing.__name__}.{name}", member.__get__(None, thing), inf)))
            case _ if inspect.isfunction(member) and member.__module__.startswith("ecrgen"):
                found.append((member, f".{signature(name, member, inf)}"))
    return found
