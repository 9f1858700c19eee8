"""The formats of results: how the lines or JSON values of a view become what is printed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from ecrgen.cli.escape import line
from ecrgen.cli.output import filled

__all__ = ["FORMATS", "Item", "Marked", "Table", "Verbatim", "json_text"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns: drawn for a person at a terminal, one tab-separated line a row in a pipe."""

    columns: tuple[str, ...]
    rows: tuple[Sequence[str], ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A line for which a terminal has more: wrapped at words, and the `marked` part of it in a style of rich."""

    text: str
    marked: str
    style: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A line to copy, as of a command or a file: a terminal breaks it nowhere but at its edge."""

    text: str


# What a text view is made of.
Item = str | Table | Marked | Verbatim


def text_lines(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield line(item)
        elif isinstance(item, Verbatim):
            yield line(item.text)
        elif sys.stdout.isatty():
            yield drawn(item) if isinstance(item, Table) else wrapped(item)
        elif isinstance(item, Marked):
            yield line(item.text)
        else:
            yield from ("\t".join(map(line, row)) for row in item.rows)


def drawn(table: Table) -> str:
    """A table as wide as the terminal."""
    # rich takes longer to import than a short command to run
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column
    from rich.table import Table as Grid
    from rich.text import Text

    # a name that does not fit is folded, because half a name with … is none
    heads = [Column(column, overflow="fold") for column in table.columns]
    grid = Grid(*heads, box=SIMPLE_HEAD, pad_edge=False)
    for row in table.rows:
        grid.add_row(*(Text(line(cell)) for cell in row))
    console = Console()
    with console.capture() as capture:
        console.print(grid)
    return capture.get().removesuffix("\n")


def wrapped(item: Marked) -> str:
    """A line in rows as wide as the terminal, in colour unless NO_COLOR is set."""
    from rich.console import Console  # as above
    from rich.text import Text

    console = Console()
    rows = filled(line(item.text), console.width)
    shown = Text(rows)
    marked = re.search(r"\s+".join(map(re.escape, line(item.marked).split())), rows)
    if marked:
        shown.stylize(item.style, *marked.span())
    with console.capture() as capture:
        console.print(shown, soft_wrap=True)
    return capture.get().removesuffix("\n")


def json_text(value: Any, indent: int | None = 2) -> str:
    """JSON in ASCII, in which no log of a pipeline sees a command (`##[…]`) and no terminal a control character."""
    text = json.dumps(value, indent=indent, separators=None if indent else (",", ":"))
    return text.replace("##", "#\\u0023")  # outside of strings, JSON has no such character


def json_lines(value: Any, indent: int | None) -> Iterator[str]:
    yield json_text(value, indent)


def yaml_lines(value: Any) -> Iterator[str]:
    import yaml  # only a policy as YAML needs it

    text = yaml.dump(value, Dumper=yaml_dumper(), sort_keys=False, width=sys.maxsize)
    yield text.rstrip("\n").replace("##", "#\\x23")


@cache
def yaml_dumper() -> Any:
    """A writer of YAML whose texts stay in one line, with escapes where they hold more than plain text."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if line(text) == text else '"')

    Dumper.add_representer(str, represent)
    return Dumper


# Each with what makes its output of what a view gives: items of text, lines of Markdown, or JSON values.
FORMATS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "text": text_lines,
    "markdown": iter,
    "json": partial(json_lines, indent=2),
    "compact": partial(json_lines, indent=None),
    "yaml": yaml_lines,
    "sarif": partial(json_lines, indent=2),
}
