"""The call of a command: a catalog, a persona with arguments or a grant; and the completions that a catalog gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import BoundPersona, Grant, Persona, Target
from ecrgen.catalog.schema import near
from ecrgen.cli.output import note
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words, quoted

__all__ = [
    "COMPLETING",
    "Call",
    "among",
    "catalog_of",
    "complete_code",
    "complete_grant",
    "complete_guard",
    "complete_name",
    "complete_operation",
    "complete_region",
    "complete_subject",
    "few",
    "fixed",
    "grant_words",
    "load_catalog",
    "named",
    "named_catalog",
    "note_overruled",
    "option_name",
    "target_of",
]

# Set by a shell that asks for completions.
COMPLETING = "_ECRGEN_COMPLETE"


@dataclass(frozen=True)
class Call:
    """The call of a command: a persona with its raw arguments, a grant, or neither; and the catalog, read when used."""

    context: Any
    persona: str | None
    arguments: Mapping[str, object]
    grant: Grant | None = None

    @property
    def catalog(self) -> Catalog:
        return catalog_of(self.context)

    @property
    def subject(self) -> str | None:
        """The name that stands in the command."""
        return self.grant.name if self.grant else self.persona

    def bound(self, guards: Iterable[str] | None, now: datetime | None = None) -> BoundPersona | None:
        """The persona with its arguments and these guards, or what the grant binds; None where neither is named.

        Raises EcrgenError with every problem, and for guards beside a grant.
        """
        if self.grant is not None:
            self.fixed("--guard", guards)
            return self.grant.bound
        if self.persona is None:
            return None
        return self.catalog.bind(self.persona, self.arguments, guards or (), option_name, now)

    def fixed(self, option: str, value: object) -> None:
        """Raise EcrgenError where an option has a value, and a grant is named for which the catalog says it."""
        if self.grant is not None and value:
            raise EcrgenError(fixed(self.grant, option))


def option_name(parameter: str) -> str:
    """The name of a parameter or argument on the command line, for messages."""
    return "--" + parameter.replace("_", "-")


@lru_cache(maxsize=1)
def load_catalog(paths: tuple[str, ...]) -> Catalog:
    return Catalog.load(*paths)


def catalog_of(ctx: Any) -> Catalog:
    """The catalog that --catalog names, before the command or after it, or the default one; raises as that."""
    return load_catalog(named_catalog(ctx))


def named_catalog(ctx: Any) -> tuple[str, ...]:
    """The files that --catalog names, before the command or after it; none where the default one is meant.

    Raises EcrgenError where it is named on both sides, of which one would have to be forgotten.
    """
    given: list[tuple[str, ...]] = []
    while ctx is not None:
        given += [tuple(ctx.params["catalog"])] if ctx.params.get("catalog") else []
        ctx = ctx.parent
    if COMPLETING in os.environ and "-" in sum(given, ()):
        raise EcrgenError("-: a shell has no catalog on standard input while it completes")
    if len(given) > 1:
        raise EcrgenError("--catalog: is given on both sides of the command; name all files on one side")
    return given[0] if given else ()


def target_of(
    catalog: Catalog, account: str | None = None, region: Iterable[str] | None = None, partition: str | None = None
) -> Target:
    """The target of a command's options, with a note where the environment says something else than the catalog."""
    target = catalog.target(account, region, partition, option_name)
    note_overruled(target)
    return target


def note_overruled(target: Target) -> None:
    """Say where the environment names something else than the catalog."""
    for sentence in target.overruled:
        note(sentence)


def named(catalog: Catalog, name: str) -> Persona | Grant:
    """The persona or the grant of that name; no catalog has both. Raises EcrgenError with the nearest name."""
    found = catalog.personas.get(name) or catalog.grants.get(name)
    if found is None:
        kinds = "no persona and no grant" if catalog.grants else "no persona"
        raise EcrgenError(f"{kinds} {quoted(name)}; {near(name, (*catalog.personas, *catalog.grants))}")
    return found


def fixed(grant: Grant, option: str) -> str:
    """The problem with an option that says what the catalog says for a grant."""
    return (
        f"{option}: {grant.name} is a grant of the catalog, which says this itself; "
        f"leave it out, or name the persona {grant.persona.name}"
    )


def grant_words(grant: Grant) -> str:
    """A grant in one line: the persona, its arguments and guards, and whom it is for."""
    given = {name: value for name, value in grant.arguments.items() if value not in (None, ())}
    parts = [f"{name} {few(value if isinstance(value, tuple) else (value,))}" for name, value in given.items()]
    parts += ["AWS's own policy"] if grant.managed else []
    parts += [f"with {few(grant.guards)}"] if grant.guards else []
    words = f"{grant.persona.name}: {', '.join(parts)}" if parts else grant.persona.name
    return f"{words}, to {few(grant.to)}" if grant.to else words


def few(values: Iterable[object]) -> str:
    """The first three of these, and how many more there are."""
    texts = list(map(str, values))
    return in_words([*texts[:3], f"{len(texts) - 3} more"] if len(texts) > 4 else texts)


def among(values: Iterable[str]) -> Callable[[str], list[str]]:
    """What a shell may complete a text to, where there are these values."""
    known = tuple(values)

    def complete(incomplete: str) -> list[str]:
        return [value for value in known if value.startswith(incomplete)]

    return complete


def complete_region(incomplete: str) -> list[str]:
    """The regions that a shell may complete a text to."""
    from ecrgen.policy.regions import regions  # for start-up: reads botocore's data

    return [name for name in sorted(regions()) if name.startswith(incomplete)]


def complete_operation(ctx: typer.Context, incomplete: str) -> list[str]:
    """The operations that a shell may complete a text to."""
    return [name for name in catalog_of(ctx).operations if name.startswith(incomplete)]


def complete_code(incomplete: str) -> list[str]:
    """The codes of findings that a shell may complete a text to."""
    from ecrgen.catalog.rules import EVERY_RULE  # for start-up: brings every rule

    return [code for code in EVERY_RULE if code.startswith(incomplete)]


def complete_guard(ctx: typer.Context, incomplete: str) -> list[str]:
    """The guards that a shell may complete a text to."""
    return [name for name in catalog_of(ctx).guards if name.startswith(incomplete)]


def complete_grant(ctx: typer.Context, incomplete: str) -> list[str]:
    """The grants that a shell may complete a text to."""
    return [name for name in catalog_of(ctx).grants if name.startswith(incomplete)]


def complete_subject(ctx: typer.Context, incomplete: str) -> list[str]:
    """The personas and grants that a shell may complete a text to."""
    catalog = catalog_of(ctx)
    return [name for name in (*catalog.personas, *catalog.grants) if name.startswith(incomplete)]


def complete_name(ctx: typer.Context, incomplete: str) -> list[str]:
    """The personas, grants, guards, operations and codes of findings that a shell may complete a text to."""
    catalog = catalog_of(ctx)
    names = [*catalog.personas, *catalog.grants, *catalog.guards, *catalog.operations]
    names += complete_code(incomplete) if incomplete[:1].isupper() else []
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
