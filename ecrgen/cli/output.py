"""What a person and a pipe see: results on stdout, notes and problems on stderr, tables and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from ecrgen.policy.document import PolicyDocument

__all__ = ["note", "policy_text", "print_json", "print_table", "print_text", "progress", "warn_of_problems"]

MAX_PROBLEMS = 50
Item = TypeVar("Item")


def note(message: str) -> None:
    """A line for people, beside the result."""
    print_text(f"note: {message}", file=sys.stderr)


def warn_of_problems(problems: Sequence[str]) -> None:
    """One line a problem, and how many more there are."""
    for problem in problems[:MAX_PROBLEMS]:
        print_text(f"error: {problem}", file=sys.stderr)
    if len(problems) > MAX_PROBLEMS:
        print_text(f"error: … and {len(problems) - MAX_PROBLEMS} more", file=sys.stderr)


def print_text(text: str, end: str = "\n", file: Any = None) -> None:
    """Write text, with what the stream's encoding lacks written as escapes."""
    stream = file or sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write((text + end).encode(encoding, "backslashreplace").decode(encoding))


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
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
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
