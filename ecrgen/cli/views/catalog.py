"""The list of what is in a catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Grant, Guard, Persona
from ecrgen.cli.call import grant_words, option_name
from ecrgen.cli.views.formats import Item, Table

__all__ = ["grant_values", "text", "value_of", "values"]

Row = tuple[str, str, str]


def text(catalog: Catalog) -> Iterator[Item]:
    for section, rows in sections(catalog).items():
        kind = section.removesuffix("s")
        yield Table(("kind", "name", "takes", "summary"), tuple((kind, *row) for row in rows), section)


def values(catalog: Catalog) -> dict[str, Any]:
    data: dict[str, list[dict[str, Any]]] = {
        section: [{"name": name, "takes": takes, "summary": summary} for name, takes, summary in rows]
        for section, rows in sections(catalog).items()
    }
    data["grants"] = [row | grant_values(catalog.grants[row["name"]]) for row in data["grants"]]
    return data


def sections(catalog: Catalog) -> dict[str, list[Row]]:
    """Rows of a name, what it takes and its summary."""
    personas = [(name, options_of(persona), persona.summary) for name, persona in catalog.personas.items()]
    guards = [(name, value_of(guard), guard.summary) for name, guard in catalog.guards.items()]
    operations = [(name, "", operation.summary) for name, operation in catalog.operations.items()]
    grants = [(name, "", grant_words(grant)) for name, grant in catalog.grants.items()]
    return {"personas": personas, "guards": guards, "operations": operations, "grants": grants}


def options_of(persona: Persona) -> str:
    return " ".join(map(option_name, persona.parameters))


def value_of(guard: Guard) -> str:
    parameter = guard.parameter
    return f"={parameter.type.upper()}{',…' if parameter.many else ''}" if parameter else ""


def grant_values(grant: Grant) -> dict[str, Any]:
    """A grant with the keys that it has in a catalog's file."""
    return {
        "name": grant.name,
        "persona": grant.persona.name,
        "with": dict(grant.arguments),
        "guards": list(map(str, grant.guards)),
        "to": list(grant.to),
        "managed": grant.managed,
        "expires": grant.expires.isoformat() if grant.expires else None,
        "account": grant.account,
        "region": list(grant.regions),
        "through": "registry" if grant.through_registry else None,
    }
