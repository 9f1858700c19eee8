"""The files that this process opens, as the interpreter's own audit sees them.

https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["opens"]

# A hook stays for the life of the process; it notes while there is a list.
noted: list[str] | None = None


@contextmanager
def opens() -> Iterator[list[str]]:
    """The absolute paths that the block opens, in their order. What it opens by a descriptor is not among them."""
    global noted
    if note not in hooked:
        sys.addaudithook(note)
        hooked.append(note)
    noted = []
    try:
        yield noted
    finally:
        noted = None


def note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or noted is None or isinstance(arguments[0], int):
        return
    name, _, flags = arguments
    path = os.fsdecode(name)
    # one step of `ecrgen.catalog.files`, from the directory that it opened last; the audit does not tell of which
    step = bool(noted) and os.sep not in path and flags & getattr(os, "O_NOFOLLOW", 0)
    noted.append(os.path.join(noted[-1], path) if step else os.path.abspath(path))


hooked: list[Any] = []
