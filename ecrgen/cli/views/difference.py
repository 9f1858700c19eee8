"""The differences that `diff` finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrgen.cli.views.formats import Item, Marked
from ecrgen.policy.access import Difference

__all__ = ["text", "values"]


def text(differences: tuple[Difference, ...]) -> Iterator[Item]:
    for each in differences:
        yield Marked(each.words, each.words, "green" if each.direction == "gained" else "red")


def values(differences: tuple[Difference, ...]) -> list[dict[str, Any]]:
    return [
        {
            "direction": each.direction,
            "effect": each.effect,
            "actions": [str(names) for names in each.actions],
            "resources": [str(names) for names in each.resources],
            "words": each.words,
            **({"uncompared": each.uncompared} if each.uncompared else {}),
        }
        for each in differences
    ]
