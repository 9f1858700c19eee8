"""Limits of one rendering: steps, depth and size. A template that wants more has no end, or might as well have none.

A step is about a node of a template, an item of a list or 32 characters of text; none takes longer than half a
microsecond, so that a rendering fails in under a second. The built-in templates take a few hundred. What it takes to
compile the templates of a rendering is bounded by their tokens, all together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CHARACTERS",
    "COMPOSED",
    "MAX_OUTPUT",
    "MAX_STEPS",
    "MAX_TOKENS",
    "SEQUENCES",
    "Budget",
    "EndlessError",
    "budget",
    "charge",
    "measure",
    "rendering",
]

MAX_STEPS = 1_000_000
MAX_DEPTH = 100
MAX_TEMPLATES = 20
MAX_TOKENS = 5_000
OF_CALLING = 20
OF_LOADING = 300
# A policy is a few thousand characters; a template that writes a million has no end.
MAX_OUTPUT = 1_000_000
CHARACTERS = 32
SEQUENCES = (list, tuple)
COMPOSED = (*SEQUENCES, dict)


class EndlessError(Exception):
    """A template makes more than any policy has."""


@dataclass(slots=True)
class Budget:
    """The steps and the depth that a rendering has used so far, and the tokens of the templates that it has loaded."""

    steps: int = 0
    depth: int = 0
    loaded: dict[str, int] = field(default_factory=dict)

    def spend(self, steps: int) -> None:
        """Take steps. Raises EndlessError when there are none left."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise EndlessError(f"takes more than {MAX_STEPS} steps")

    def load(self, name: str) -> None:
        """Take what it costs to include a template. Raises EndlessError where it is one too many."""
        self.loaded.setdefault(name, 0)
        if len(self.loaded) > MAX_TEMPLATES:
            raise EndlessError(f"includes more than {MAX_TEMPLATES} templates")
        self.spend(OF_LOADING)

    def compiled(self, name: str, tokens: int) -> None:
        """Take what it costs to compile a template, also where that was done before. Raises EndlessError."""
        self.loaded[name] = tokens
        if sum(self.loaded.values()) > MAX_TOKENS:
            raise EndlessError(f"includes templates of more than {MAX_TOKENS} names, signs and texts together")

    def enter(self) -> None:
        """Begin a call within a call, which ends with `depth -= 1`. Raises RecursionError for one that is too deep."""
        self.spend(OF_CALLING)
        if self.depth >= MAX_DEPTH:
            raise RecursionError
        self.depth += 1


CURRENT: ContextVar[Budget] = ContextVar("budget of the rendering")


def budget() -> Budget:
    """The budget of the rendering that is going on."""
    return CURRENT.get()


@contextmanager
def rendering() -> Iterator[Budget]:
    """A rendering, with a budget of its own."""
    token = CURRENT.set(Budget())
    try:
        yield CURRENT.get()
    finally:
        CURRENT.reset(token)


def measure(value: Any, does: str = "handles") -> int:
    """The steps that it takes to look at all of a value: to write, compare, sort or search it.

    A list of lists of lists … may be small and yet have no end: what stands in it several times counts as often.
    Raises EndlessError for a value of more than MAX_OUTPUT items and characters.
    """
    if isinstance(value, str):
        return 1 + len(value) // CHARACTERS
    if not isinstance(value, COMPOSED):
        return 1
    waiting: list[Any] = [value]
    items = characters = 0
    while waiting:
        item = waiting.pop()
        items += 1
        if isinstance(item, str):
            characters += len(item)
        elif isinstance(item, SEQUENCES):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend((*item, *item.values()))
        if items + characters > MAX_OUTPUT or len(waiting) > MAX_OUTPUT:
            raise EndlessError(f"{does} more than {MAX_OUTPUT} characters")
    return items + characters // CHARACTERS


def charge(value: Any, does: str = "handles") -> Any:
    """The value, when the steps to look at all of it are there."""
    budget().spend(measure(value, does))
    return value
