"""`ecrgen show NAME`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Guard, Operation, Persona
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, complete_name
from ecrgen.cli.options import Json
from ecrgen.cli.views import NAMED, RULE, show
from ecrgen.cli.views.catalog import Named
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted

if TYPE_CHECKING:
    from ecrgen.policy.check import Rule


def run(
    call: Call,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A persona, guard or operation of `ecrgen list`, or the code of a finding, such as ECR_PUBLIC_ACCESS.",
            autocompletion=complete_name,
        ),
    ],
    json: Json = False,
) -> None:
    """All about a persona, a guard or an operation, or what a finding of check means and what to do about it."""
    if CODE.fullmatch(name):
        show(RULE, rule(name), RULE.form("", json=json))
    else:
        show(NAMED, Named(find(call.catalog, name), call.catalog), NAMED.form("", json=json))


# No persona, guard or operation has a capital letter in its name.
CODE = re.compile(r"[A-Z][A-Z0-9_]+")


def rule(code: str) -> Rule:
    """The rule of a finding's code. Raises EcrgenError with the nearest one."""
    from ecrgen.catalog.rules import EVERY_RULE, INAPPLICABLE, no_rule  # for start-up: brings every rule

    found = EVERY_RULE.get(code) or INAPPLICABLE.get(code)
    if found is None:
        raise EcrgenError(no_rule(code))
    return found


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
