"""The call of a command: a catalog, a persona and its arguments; and the completions that a catalog gives a shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import typer

from ecrgen.catalog.catalog import Catalog

__all__ = ["Call", "catalog_of", "complete_guard", "complete_name", "load_catalog", "option_name"]


@dataclass(frozen=True)
class Call:
    """The call of a command: a persona with its raw arguments, or neither; and the catalog, read when used."""

    context: Any
    persona: str | None
    arguments: Mapping[str, object]

    @property
    def catalog(self) -> Catalog:
        return catalog_of(self.context)


def option_name(parameter: str) -> str:
    """The name of a parameter or argument on the command line, for messages."""
    return "--" + parameter.replace("_", "-")


@lru_cache(maxsize=1)
def load_catalog(paths: tuple[str, ...]) -> Catalog:
    return Catalog.load(*paths)


def catalog_of(ctx: Any) -> Catalog:
    """The catalog that the global option --catalog names, or the default one."""
    return load_catalog(tuple(ctx.find_root().params.get("catalog") or ()))


def complete_guard(ctx: typer.Context, incomplete: str) -> list[str]:
    """The guards that a shell may complete a text to."""
    return [name for name in catalog_of(ctx).guards if name.startswith(incomplete)]


def complete_name(ctx: typer.Context, incomplete: str) -> list[str]:
    """The personas, guards, operations and codes of findings that a shell may complete a text to."""
    if incomplete[:1].isupper():
        from ecrgen.catalog.rules import EVERY_RULE  # for start-up: brings every rule

        return [code for code in EVERY_RULE if code.startswith(incomplete)]
    catalog = catalog_of(ctx)
    names = dict.fromkeys((*catalog.personas, *catalog.guards, *catalog.operations))
    return [name for name in names if name.startswith(incomplete)]
