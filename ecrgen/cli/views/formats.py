"""The formats of results: how the lines or JSON values of a view become what is printed."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TextIO, assert_never

from ecrgen.cli.escape import cell, line
from ecrgen.cli.screen import Colour, Screen, screen_of

__all__ = ["FORMATS", "Item", "Marked", "Table", "Verbatim", "json_text", "text_lines"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns: drawn for a person at a terminal, one tab-separated line a row in a pipe.

    A terminal shows the `heading`, if there is one, in place of the first column.
    """

    columns: tuple[str, ...]
    rows: tuple[Sequence[str], ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A line of which a terminal shows the `marked` part in a colour."""

    text: str
    marked: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A line to copy, as of a command or a file: not broken at words."""

    text: str


# What a text view is made of.
Item = str | Table | Marked | Verbatim

# The last column of a table has its own rows where it would be narrower than this.
NARROW = 36
# Of the rows of a table, so many have to fit into columns for it to have any.
MOST = 0.8


def text_lines(items: Iterable[Item], stream: TextIO | None = None) -> Iterator[str]:
    """The lines for a stream, standard output if none is given."""
    screen = screen_of(stream or sys.stdout)
    for item in items:
        match item:
            case str():
                yield screen.fill(line(item))
            case Verbatim():
                yield line(item.text)
            case Marked():
                yield screen.mark(screen.fill(line(item.text)), line(item.marked), item.colour)
            case Table() if screen.width is None:
                yield from ("\t".join(map(line, row)) for row in item.rows)
            case Table():
                yield from drawn(item, screen, screen.width)
            case _:
                assert_never(item)


def drawn(table: Table, screen: Screen, width: int) -> Iterator[str]:
    """A table in columns as wide as what is in them, the last one broken at words; no name is cut or broken.

    In a row that is too long for that, and in all where most are, the last column has a line of its own.
    """
    first = 1 if table.heading else 0
    rows = [tuple(map(line, row[first:])) for row in table.rows]
    columns = table.columns[first:]
    filled = [number for number in range(len(columns)) if any(row[number] for row in rows)]
    rows = [tuple(row[number] for number in filled) for row in rows]
    if table.heading and rows:
        yield screen.paint(table.heading, "bold")
    elif rows:
        rows.insert(0, tuple(columns[number] for number in filled))
    start = "  " if table.heading else ""
    widths = beside(rows, width - len(start))
    indent = sum(each + 2 for each in widths)
    for row in rows:
        if fits(row, widths):
            cells = [cell.ljust(size) for cell, size in zip(row, widths, strict=False)]
            yield screen.fill(start + "  ".join((*cells, row[-1])).rstrip(), indent)
        else:
            yield screen.fill(start + "  ".join(filter(None, row[:-1])))
            if row[-1]:
                yield screen.fill(f"{start}    {row[-1]}", 0)


def beside(rows: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """How wide the columns before the last are for it to have room enough; -1 each, where most rows are too long."""
    room = width - min(NARROW, max((len(row[-1]) for row in rows), default=0))
    none = (-1,) * (len(rows[0]) - 1 if rows else 0)
    widths = none
    for row in sorted(rows, key=lambda row: sum(map(len, row[:-1]))):
        wider = tuple(max(size, len(cell)) for size, cell in zip(widths, row, strict=False))
        if sum(each + 2 for each in wider) > room:
            break
        widths = wider
    return widths if sum(fits(row, widths) for row in rows) >= MOST * len(rows) else none


def fits(row: Sequence[str], widths: Sequence[int]) -> bool:
    return all(len(cell) <= size for cell, size in zip(row, widths, strict=False))


def json_text(value: Any, indent: int | None = 2) -> str:
    """JSON in ASCII, in which no log of a pipeline sees a command (`##[…]`) and no terminal a control character."""
    text = json.dumps(value, indent=indent, separators=None if indent else (",", ":"))
    return text.replace("##", "#\\u0023")  # outside of strings, JSON has no such character


def json_lines(value: Any, indent: int | None) -> Iterator[str]:
    yield json_text(value, indent)


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as CSV. https://www.rfc-editor.org/rfc/rfc4180"""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="")
    for row in rows:
        writer.writerow(map(cell, row))
        yield out.getvalue()
        out.seek(0)
        out.truncate()


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


# Each with what makes its output of what a view gives: items of text, lines of Markdown or HTML, rows, or JSON values.
FORMATS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "text": text_lines,
    "markdown": iter,
    "html": iter,
    "csv": csv_lines,
    "json": partial(json_lines, indent=2),
    "compact": partial(json_lines, indent=None),
    "yaml": yaml_lines,
    "sarif": partial(json_lines, indent=2),
}
