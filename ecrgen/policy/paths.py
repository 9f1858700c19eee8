"""Paths in a policy document, and texts of it, as messages write them."""

from __future__ import annotations

import json

__all__ = ["Steps", "path_of", "shown", "step"]

# What leads to a value from the document: names of elements and indexes of lists.
Steps = tuple[object, ...]


def path_of(steps: Steps) -> str:
    """`("Statement", 0, "Action", 1)` is `Statement[0].Action[1]`; the whole document is the empty text."""
    written = "".join(f"[{one}]" if type(one) is int else f".{step(one)}" for one in steps)
    return written.removeprefix(".")


def step(name: object) -> str:
    """A name of the document as a step of a path: as it is where it can be printed."""
    text = str(name)
    return text if text.isprintable() and len(text) <= 200 else shown(text)


def shown(text: object) -> str:
    """A text of the document as a message quotes it: in one line, printable, cut to a readable length."""
    quoted = json.dumps(text, ensure_ascii=False) if isinstance(text, str) else repr(text)
    if not quoted.isprintable():
        quoted = json.dumps(str(text))
    return quoted if len(quoted) <= 120 else f'{quoted[:110]}…"'
