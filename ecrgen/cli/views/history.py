"""The versions of a grant's policies, newest first: which of them holds, who made it, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecrgen.catalog.model import Target
from ecrgen.cli.views.formats import Item, Table
from ecrgen.policy.access.wording import GIVES
from ecrgen.provision.history import Past

__all__ = ["History", "text", "values"]


@dataclass(frozen=True, slots=True)
class History:
    """Versions, and where the reader's repositories are, which have their names alone."""

    pasts: tuple[Past, ...]
    home: Target


def text(shown: History) -> Iterator[Item]:
    columns = ("policy", "version", "created", "", "origin", "catalog", "gives")
    yield Table(columns, tuple(row(past, shown.home) for past in shown.pasts))


def row(past: Past, home: Target) -> tuple[str, ...]:
    version = past.version
    default = "default" if past.default else ""
    origin = f"run {past.made.run}" if past.made else "unknown origin"
    catalog = {None: "", True: "says the same", False: "says otherwise"}[past.as_catalog]
    return (past.policy.name, version.id, version.created, default, origin, catalog, "; ".join(gives(past, home)))


def gives(past: Past, home: Target) -> list[str]:
    """What a version gives, in operations, a sentence each."""
    if past.gives is None:
        return ["cannot be read"]
    return [each.words(GIVES, home) for each in past.gives]


def values(shown: History) -> list[dict[str, Any]]:
    return [
        {
            "policy": past.policy.name,
            "version": past.version.id,
            "created": past.version.created,
            "default": past.default,
            "run": past.made.run if past.made else None,
            "as_catalog": past.as_catalog,
            "gives": gives(past, shown.home),
            "document": past.version.content,
        }
        for past in shown.pasts
    ]
