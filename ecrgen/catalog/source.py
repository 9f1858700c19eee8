"""A catalog file as plain values, with the line of everything in it.

YAML's surprises are kept out by reading every scalar as text: `012345678901`, `NO` and `2027-01-31` stay what was
written, and the parameter types decide. Values are dict, list, str and None, nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ecrgen.catalog.files import MAX_BYTES, MAX_NAMED, text_of
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.paths import Steps
from ecrgen.policy.positions import yaml_positions

__all__ = ["Place", "Source", "named", "read_source"]

Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# A file may be large, but an alias that repeats its anchor must not make it explode.
MAX_VALUES_BY_ALIAS = 1_000_000
MAX_DEPTH = 64
TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """One file: its name for messages, its path without links, its text, its values.

    `flaws` are problems that leave the values readable: keys given twice (the first counts), and tags.
    """

    name: str
    path: Path
    text: str = field(repr=False)
    values: Any = field(repr=False)
    flaws: tuple[str, ...] = ()

    def at(self, place: Place) -> str:
        """`file:line` of a place such as ("personas", "pull", "template"), or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return f"{self.name}:{self.lines.get(place, 1)}"

    @cached_property
    def lines(self) -> dict[Steps, int]:
        lines: dict[Steps, int] = {}
        for place, position in yaml_positions(self.text):
            lines.setdefault(place, position.line)
        return lines

    def problem(self, place: Place, message: str) -> str:
        """One line for a person: `file:line: personas.pull.template: message`."""
        where = ".".join(named(step) for step in place)
        return f"{self.at(place)}: {where}: {message}" if where else f"{self.at(place)}: {message}"


def named(step: str | int) -> str:
    """A key as a message shows it: names as they are, anything odd or long in quotes and ASCII."""
    text = str(step)
    return text if text.isascii() and text.isprintable() and len(text) <= 128 else quoted(text)


def read_source(path: Path, name: str, root: Path, quoting: bool = True) -> Source:
    """Read a YAML file below `root`; without `quoting`, messages hold nothing of a file that may be no catalog.

    Raises EcrgenError for a file that cannot be read (see `ecrgen.catalog.files`) or is no single, safe YAML document.
    """
    try:
        text = text_of(root, path, MAX_NAMED if quoting else MAX_BYTES)
    except EcrgenError as error:
        raise EcrgenError(f"{name}: {error}") from None
    except IsADirectoryError:
        raise EcrgenError(f"{name}: is a directory; a catalog is a YAML file") from None
    except FileNotFoundError:
        raise EcrgenError(f"{name}: no such file; `ecrgen init` writes a catalog") from None
    except OSError as error:
        raise EcrgenError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EcrgenError(f"{name}: not UTF-8 text; a catalog is a YAML file") from None
    values, tags, twice = parse(text, name, quoting)
    source = Source(name, Path(os.path.realpath(path)), text, values)
    if not tags and not twice:
        return source
    keys = (
        f"{name}:{line}: {'.'.join(map(named, place))}: stands already at {source.at(place)}; give each key once"
        for place, line in twice
    )
    return replace(source, flaws=(*tags, *keys))


class _Builder:
    """Values from YAML events, without recursion; deep nesting and exploding aliases are refused.

    `tags` are problems, `twice` the duplicate keys: the place of the first and the line of the second.
    """

    def __init__(self, name: str, quoting: bool) -> None:
        self.name = name
        self.quoting = quoting
        self.tags: list[str] = []
        self.twice: list[tuple[Place, int]] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.size = 0
        self.repeated = 0
        # the open containers: each with its anchor, the size before it, and its key or index in the one around it
        self.stack: list[tuple[Any, str | None, int, str | int]] = []
        self.keys: list[tuple[str, int] | None] = []  # the key whose value comes next, per container
        self.root: Any = None
        self.documents = 0

    def add(self, value: Any, line: int, key: str | None) -> str | int:
        """Put a value where it belongs: as a mapping's next key (its text in `key`), under that key, or in a list.

        Gives the key or index it stands under.
        """
        self.size += 1
        if not self.stack:
            self.root = value
            return ""
        container = self.stack[-1][0]
        if isinstance(container, list):
            container.append(value)
            return len(container) - 1
        if self.keys[-1] is None:
            self.keys[-1] = (key, line) if key is not None else self.stop(line, "a key must be plain text")
            return ""
        name, key_line = self.keys[-1]
        self.keys[-1] = None
        if name in container:
            around = (step for *_, step in self.stack[1:])
            self.twice.append(((*around, name), key_line))
        else:
            container[name] = value
        return name

    def stop(self, line: int, message: str) -> NoReturn:
        raise EcrgenError(*self.tags, f"{self.name}:{line}: {message}")

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
                step = self.add(container, line, None)
                self.stack.append((container, event.anchor, self.size, step))
                self.keys.append(None)
                if len(self.stack) > MAX_DEPTH:
                    self.stop(line, f"nested more than {MAX_DEPTH} deep, which no catalog is")
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                container, anchor, before, _ = self.stack.pop()
                self.keys.pop()
                if anchor:
                    self.anchors[anchor] = (container, self.size - before + 1)
            case yaml.AliasEvent():
                if event.anchor is None or event.anchor not in self.anchors:
                    shown = event.anchor if self.quoting else "alias"
                    self.stop(line, f"*{shown}: no &{shown} ends before it")
                value, size = self.anchors[event.anchor]
                self.size += size - 1  # and one by add
                self.repeated += size - 1
                if self.repeated > MAX_VALUES_BY_ALIAS:
                    shown = event.anchor if self.quoting else "alias"
                    self.stop(line, f"*{shown}: its aliases make more than {MAX_VALUES_BY_ALIAS} values")
                self.add(value, line, value if isinstance(value, str) else None)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.stop(line, "a second document begins; a catalog file is one YAML document")

    def check_tag(self, tag: str | None, line: int) -> None:
        if tag not in TEXT_TAGS:
            shown = f"the tag {named(tag or '')}" if self.quoting else "a tag"
            self.tags.append(f"{self.name}:{line}: {shown} is not allowed; a catalog is plain YAML")


def parse(text: str, name: str, quoting: bool = True) -> tuple[Any, list[str], list[tuple[Place, int]]]:
    """The values of a YAML text, its forbidden tags and its duplicate keys. Raises EcrgenError where it is not YAML."""
    builder = _Builder(name, quoting)
    try:
        for event in yaml.parse(text, Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context
        if mark and text[mark.index : mark.index + 1] == "\t":  # each loader has words of its own for it
            problem = "a tab stands where YAML takes only spaces"
        raise EcrgenError(*builder.tags, f"{name}:{line}: not YAML: {problem}") from None
    except yaml.YAMLError:
        # a ReaderError; the two loaders differ in what they tell, so the character is looked for
        odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, odd.start()) + 1 if odd else 1
        raise EcrgenError(f"{name}:{line}: not YAML: control characters are not allowed") from None
    return builder.root, builder.tags, builder.twice
