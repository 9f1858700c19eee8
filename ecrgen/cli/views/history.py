"""The versions of a grant's policies, newest first, and which of them holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ecrgen.account.state import ManagedPolicy
from ecrgen.cli.views.formats import Item, Table

__all__ = ["text", "values"]


def text(parts: tuple[ManagedPolicy, ...]) -> Iterator[Item]:
    rows = (
        (part.name, version.id, version.created, "default" if version.id == part.default_version else "")
        for part in parts
        for version in reversed(part.versions)
    )
    yield Table(("policy", "version", "created", ""), tuple(rows))


def values(parts: tuple[ManagedPolicy, ...]) -> list[dict[str, Any]]:
    return [
        {
            "policy": part.name,
            "version": version.id,
            "created": version.created,
            "default": version.id == part.default_version,
            "document": json.loads(version.text or "null"),
        }
        for part in parts
        for version in reversed(part.versions)
    ]
