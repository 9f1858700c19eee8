"""What a person and a pipe see: results on stdout, notes and problems on stderr, tables and JSON."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "note",
    "output",
    "policy_text",
    "print_json",
    "print_table",
    "print_text",
    "progress",
    "say",
    "warn_of_problems",
    "writing",
]

MAX_PROBLEMS = 50
Item = TypeVar("Item")


@contextmanager
def output() -> Iterator[None]:
    """Standard output for a command: what its encoding lacks is written as escapes, and all is written in the end.

    What is closed, as by `>&-`, takes everything. Where nobody reads on, the command ends with exit code 1. Raises
    EcrgenError where nothing can be written.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            with writing():
                sys.stdout.flush()
    except BrokenPipeError:
        forget_stdout()
        sys.exit(1)


@contextmanager
def writing() -> Iterator[None]:
    """What is written to standard output in here may fail. Raises EcrgenError, or BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_stdout()
        raise EcrgenError(f"standard output: cannot be written: {error.strerror}") from None


def forget_stdout() -> None:
    """Keep the interpreter from writing once more, at its end, what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(message: str) -> None:
    """A line for people, beside the result."""
    write_line(sys.stderr, f"note: {message}")


def say(message: str) -> None:
    """A line for people that is no remark beside the result, such as what is about to be done."""
    write_line(sys.stderr, message)


def warn_of_problems(problems: Sequence[str]) -> None:
    """One line a problem, and how many more there are."""
    for problem in problems[:MAX_PROBLEMS]:
        write_line(sys.stderr, f"error: {problem}")
    if len(problems) > MAX_PROBLEMS:
        write_line(sys.stderr, f"error: … and {len(problems) - MAX_PROBLEMS} more")


def write_line(stream: TextIO, text: str) -> None:
    """One line, whatever the text quotes: line ends and a terminal's control characters are written as escapes."""
    stream.write("".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in text) + "\n")


def print_text(text: str, end: str = "\n") -> None:
    """Write to standard output."""
    with writing():
        sys.stdout.write(text + end)


def print_json(value: Any) -> None:
    print_text(json.dumps(value, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """A table: drawn for a person at a terminal, one tab-separated line a row in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            print_text("\t".join(cell.replace("\n", " ") for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # a name that does not fit is folded, because half a name with … is none
    heads = [Column(column, overflow="fold") for column in columns]
    table = Table(*heads, box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def policy_text(policy: PolicyDocument, form: str) -> str:
    """A policy as `json` (indented), `compact` (one line) or `yaml`."""
    if form == "yaml":
        import yaml

        return yaml.safe_dump(policy.to_dict(), sort_keys=False).rstrip("\n")
    return policy.to_json(None if form == "compact" else 2)


def progress(items: Iterable[Item], total: int, what: str) -> Iterable[Item]:
    """The items, with a progress bar on stderr when a person looks and there are many."""
    if total < 200 or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, total=total, console=Console(stderr=True), transient=True)
