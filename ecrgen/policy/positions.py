"""Positions in JSON and YAML texts: the line and the column of every value."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from ecrgen.policy.paths import Steps

__all__ = ["Position", "json_error", "json_positions", "yaml_positions"]

# Strings, marks, and all else, in a text that is JSON.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Position(NamedTuple):
    """A line and a column in it, in characters, both from 1."""

    line: int
    column: int


def json_positions(text: str, depth: int = 1_000) -> Iterator[tuple[Steps, Position]]:
    """The steps to every value of a text that is JSON, with its position: that of its key, or of a list's item.

    What takes more steps than `depth` is left out.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    steps: list[str | int | None] = []  # the key (None: it comes next) or index that is current in each open container
    for match in TOKEN.finditer(text):
        token = match[0]
        if token == ",":
            steps[-1] = steps[-1] + 1 if isinstance(steps[-1], int) else None
            continue
        if token in ("}", "]"):
            steps.pop()
            continue
        if token == ":":
            continue
        is_key = bool(steps) and steps[-1] is None
        if is_key:
            steps[-1] = json.loads(token)
        if len(steps) <= depth and (is_key or not steps or isinstance(steps[-1], int)):
            line = bisect_right(starts, match.start())
            yield tuple(steps), Position(line, match.start() - starts[line - 1] + 1)
        if token in ("{", "["):
            steps.append(None if token == "{" else 0)


def yaml_positions(text: str) -> Iterator[tuple[Steps, Position]]:
    """The same of a text that is YAML; an alias is a value without values in it. Raises yaml.YAMLError."""
    import yaml  # for start-up: most policies are JSON

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    steps: list[str | int | None] = []
    event: Any
    for event in yaml.parse(text, loader):
        at = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case yaml.ScalarEvent() | yaml.AliasEvent() | yaml.CollectionStartEvent():
                if steps and steps[-1] is None:
                    steps[-1] = getattr(event, "value", "")
                    yield tuple(steps), at
                    continue
                if not steps or isinstance(steps[-1], int):
                    yield tuple(steps), at
                if isinstance(event, yaml.CollectionStartEvent):
                    steps.append(None if isinstance(event, yaml.MappingStartEvent) else 0)
                    continue
            case yaml.CollectionEndEvent():
                steps.pop()
            case _:
                continue
        if steps:
            steps[-1] = steps[-1] + 1 if isinstance(steps[-1], int) else None


def json_error(text: bytes) -> Position | None:
    """The place where a text stops being JSON; None where it is JSON, or nothing tells the place."""
    try:
        json.loads(text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return Position(error.lineno, error.colno)
    except (ValueError, RecursionError):
        return None
    return None
