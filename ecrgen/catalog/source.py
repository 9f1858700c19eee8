"""A catalog file as plain values, with the line of everything in it.

YAML's surprises are kept out by reading every scalar as text: `012345678901`, `NO` and `2027-01-31` stay what was
written, and the parameter types decide. Values are dict, list, str and None, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ecrgen.errors import EcrgenError

__all__ = ["Place", "Source", "read_source"]

Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# A file may be large, but an alias that repeats its anchor must not make it explode.
MAX_VALUES_BY_ALIAS = 1_000_000
MAX_DEPTH = 64
TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """One file: its name for messages, its path, its text, its values."""

    name: str
    path: Path
    text: str = field(repr=False)
    values: Any = field(repr=False)

    def at(self, place: Place) -> str:
        """`file:line` of a place such as ("personas", "pull", "template"), or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return f"{self.name}:{self.lines.get(place, 1)}"

    @cached_property
    def lines(self) -> dict[Place, int]:
        return dict(walk_lines(self.text))

    def problem(self, place: Place, message: str) -> str:
        """One line for a person: `file:line: personas.pull.template: message`."""
        where = ".".join(str(step) for step in place)
        return f"{self.at(place)}: {where}: {message}" if where else f"{self.at(place)}: {message}"


def read_source(path: Path, name: str) -> Source:
    """Read a YAML file. Raises EcrgenError for a file that cannot be read or is no single, safe YAML document."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError:
        raise EcrgenError(f"{name}: is a directory; a catalog is a YAML file") from None
    except FileNotFoundError:
        raise EcrgenError(f"{name}: no such file; `ecrgen init` writes a catalog") from None
    except OSError as error:
        raise EcrgenError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EcrgenError(f"{name}: not UTF-8 text; a catalog is a YAML file") from None
    return Source(name, path, text, parse(text, name))


class _Builder:
    """Values from YAML events, without recursion; deep nesting, exploding aliases and duplicate keys are refused."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.size = 0
        self.stack: list[tuple[Any, str | None, int]] = []  # container, its anchor, size before it
        self.keys: list[tuple[str, int] | None] = []  # the key whose value comes next, per container
        self.root: Any = None
        self.documents = 0

    def add(self, value: Any, line: int, key: str | None) -> None:
        """Put a value where it belongs: as a mapping's next key (its text in `key`), under that key, or in a list."""
        self.size += 1
        if not self.stack:
            self.root = value
            return
        container = self.stack[-1][0]
        if isinstance(container, list):
            container.append(value)
        elif self.keys[-1] is None:
            self.keys[-1] = (key, line) if key is not None else self.stop(line, "a key must be plain text")
        else:
            name, key_line = self.keys[-1]
            self.keys[-1] = None
            if name in container:
                self.problems.append(f"{self.name}:{key_line}: {name}: stands here twice; give each key once")
            else:
                container[name] = value

    def stop(self, line: int, message: str) -> NoReturn:
        raise EcrgenError(*self.problems, f"{self.name}:{line}: {message}")

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                self.check_tag(event.tag, line)
                text: str = event.value
                value = None if not event.style and text in ("", "~", "null") else text
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self.add(value, line, text)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.check_tag(event.tag, line)
                container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                self.add(container, line, None)
                self.stack.append((container, event.anchor, self.size))
                self.keys.append(None)
                if len(self.stack) > MAX_DEPTH:
                    self.stop(line, f"nested more than {MAX_DEPTH} deep, which no catalog is")
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                container, anchor, before = self.stack.pop()
                self.keys.pop()
                if anchor:
                    self.anchors[anchor] = (container, self.size - before + 1)
            case yaml.AliasEvent():
                if event.anchor is None or event.anchor not in self.anchors:
                    self.stop(line, f"*{event.anchor}: no &{event.anchor} ends before it")
                value, size = self.anchors[event.anchor]
                self.size += size
                if self.size > MAX_VALUES_BY_ALIAS and size > 1:
                    self.stop(line, f"*{event.anchor}: its aliases make more than {MAX_VALUES_BY_ALIAS} values")
                self.add(value, line, value if isinstance(value, str) else None)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.stop(line, "a second document begins; a catalog file is one YAML document")

    def check_tag(self, tag: str | None, line: int) -> None:
        if tag not in TEXT_TAGS:
            self.problems.append(f"{self.name}:{line}: the tag {tag} is not allowed; a catalog is plain YAML")


def parse(text: str, name: str) -> Any:
    """The values of a YAML text. Raises EcrgenError with every duplicate key and forbidden tag, or the syntax error."""
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise EcrgenError(*builder.problems, f"{name}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        reason = getattr(error, "reason", None) or str(error).splitlines()[0]
        raise EcrgenError(f"{name}: not YAML: {reason}") from None
    if builder.problems:
        raise EcrgenError(*builder.problems)
    return builder.root


def walk_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Every place in a YAML text that `parse` accepted, with its line; only asked for when something is wrong."""
    place: list[str | int | None] = []  # the key or index that is current in each open container
    event: Any
    for event in yaml.parse(text, Loader):
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent() | yaml.AliasEvent() | yaml.CollectionStartEvent():
                if place and place[-1] is None:
                    place[-1] = getattr(event, "value", "")
                    yield tuple(step for step in place if step is not None), line
                    continue
                here = tuple(step for step in place if step is not None)
                if not place or isinstance(place[-1], int):
                    yield here, line
                if isinstance(event, yaml.CollectionStartEvent):
                    place.append(None if isinstance(event, yaml.MappingStartEvent) else 0)
                    continue
            case yaml.CollectionEndEvent():
                place.pop()
            case _:
                continue
        if place:
            current = place[-1]
            place[-1] = current + 1 if isinstance(current, int) else None
