"""`ecrgen list`"""

from __future__ import annotations

from typing import Any

from ecrgen.catalog.model import Guard, Persona
from ecrgen.cli.options import Json
from ecrgen.cli.output import print_json, print_table
from ecrgen.cli.personas import Call, plain_command


def command() -> Any:
    return plain_command(run, "list")


def run(call: Call, json: Json = False) -> None:
    """Personas, guards and operations of the catalog."""
    catalog = call.catalog
    sections: dict[str, list[tuple[str, str, str]]] = {
        "personas": [(name, takes(persona), persona.summary) for name, persona in catalog.personas.items()],
        "guards": [(name, takes(guard), guard.summary) for name, guard in catalog.guards.items()],
        "operations": [(name, "", operation.summary) for name, operation in catalog.operations.items()],
    }
    if json:
        print_json(
            {
                section: [{"name": name, "takes": what, "summary": summary} for name, what, summary in rows]
                for section, rows in sections.items()
            }
        )
        return
    for section, rows in sections.items():
        kind = section.removesuffix("s")
        print_table(("kind", "name", "takes", "summary"), [(kind, *row) for row in rows])


def takes(thing: Persona | Guard) -> str:
    """What a persona's options or a guard's value are, in short."""
    match thing:
        case Persona():
            return " ".join(f"--{name.replace('_', '-')}" for name in thing.parameters)
        case Guard(parameter=None):
            return ""
        case Guard(parameter=parameter):
            return f"={parameter.type.upper()}{',…' if parameter.many else ''}" if parameter else ""
