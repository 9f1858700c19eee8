"""`ecrgen show NAME`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Guard, Operation, Persona
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, complete_name
from ecrgen.cli.options import Json
from ecrgen.cli.views import NAMED, show
from ecrgen.cli.views.catalog import Named
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted


def run(
    call: Call,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A persona, guard or operation of `ecrgen list`.", autocompletion=complete_name
        ),
    ],
    json: Json = False,
) -> None:
    """All about a persona, a guard or an operation: what it takes, where it comes from, what it promises."""
    show(NAMED, Named(find(call.catalog, name), call.catalog), NAMED.form("", json=json))


def find(catalog: Catalog, name: str) -> dict[str, Persona | Guard | Operation]:
    """All that go by that name, by kind; a persona and an operation may well share one."""
    kinds: dict[str, Mapping[str, Persona | Guard | Operation]] = {
        "persona": catalog.personas,
        "guard": catalog.guards,
        "operation": catalog.operations,
    }
    found = {kind: things[name] for kind, things in kinds.items() if name in things}
    if not found:
        names = tuple(name for things in kinds.values() for name in things)
        raise EcrgenError(f"no persona, guard or operation {quoted(name)}; {near(name, names)}")
    return found
