"""The terminal at which a person looks: its width, at which lines are broken, and its colours. A pipe has neither"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Literal, TextIO

import typer

__all__ = ["Colour", "Screen", "screen_of"]

# What is added, taken away and changed is green, red and yellow; errors are bold red, suggestions cyan, headings bold.
Colour = Literal["green", "red", "bold red", "yellow", "cyan", "bold"]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text is shown. Without a `width` no person looks, and nothing is broken."""

    width: int | None = None
    colours: bool = False

    def fill(self, text: str, indent: int = 2) -> str:
        """A line in rows as wide as the screen, broken at words, those after the first indented by so many more.

        An ARN or a path that does not fit goes over the edge, so that it can be copied.
        """
        if self.width is None or len(text) <= self.width:
            return text
        from textwrap import fill  # for start-up: in a pipe nothing is broken

        behind = " " * (len(text) - len(text.lstrip()) + indent)
        return fill(text, self.width, subsequent_indent=behind, break_long_words=False, break_on_hyphens=False)

    def paint(self, text: str, colour: Colour) -> str:
        """The text in a colour, where there are colours."""
        if not self.colours:
            return text
        name = colour.removeprefix("bold").strip()
        return typer.style(text, fg=name or None, bold=colour.startswith("bold") or None)

    def mark(self, rows: str, part: str, colour: Colour) -> str:
        """Rows with the first place of a part of them in a colour, also where the part is broken between rows."""
        found = re.search(r"\s+".join(map(re.escape, part.split())), rows) if self.colours else None
        if found is None:
            return rows
        return rows[: found.start()] + self.paint(found[0], colour) + rows[found.end() :]


def screen_of(stream: TextIO) -> Screen:
    """The screen of a stream: colours unless NO_COLOR or a dumb terminal forbids them. https://no-color.org/"""
    if not stream.isatty():
        return Screen()
    colours = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(get_terminal_size().columns, colours)
