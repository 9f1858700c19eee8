"""`ecrgen show NAME`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Grant, Guard, Operation, Persona
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, complete_name, target_of
from ecrgen.cli.options import Json
from ecrgen.cli.views import NAMED, RULE, show
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted

if TYPE_CHECKING:
    from ecrgen.cli.views.named import Named
    from ecrgen.policy.check import Rule


def run(
    call: Call,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="What `ecrgen list` shows, or a finding's code, such as ECR_PUBLIC_ACCESS.",
            autocompletion=complete_name,
        ),
    ],
    json: Json = False,
) -> None:
    """All about a persona, grant, guard or operation, or what a finding of check means and what to do about it."""
    found = rule(name) if CODE.fullmatch(name) else None
    if found is not None:
        show(RULE, found, RULE.form("", json=json))
    else:
        show(NAMED, described(call.catalog, find(call.catalog, name)), NAMED.form("", json=json))


# No persona, guard or operation has a capital letter in its name; a grant may.
CODE = re.compile(r"[A-Z][A-Z0-9_]+")


def rule(code: str) -> Rule | None:
    """The rule of a finding's code."""
    from ecrgen.catalog.rules import EVERY_RULE, INAPPLICABLE  # for start-up: brings every rule

    return EVERY_RULE.get(code) or INAPPLICABLE.get(code)


def described(catalog: Catalog, found: Mapping[str, Persona | Grant | Guard | Operation]) -> Named:
    """What was found, with a sample of a persona in the place of it."""
    from ecrgen.cli.views.named import Named  # for start-up: a rule's explanation asks no policies
    from ecrgen.proof.samples import Sample, sample_of

    things: dict[str, Sample | Grant | Guard | Operation] = {}
    for kind, thing in found.items():
        things[kind] = sample_of(catalog, thing, target_of(catalog)) if isinstance(thing, Persona) else thing
    return Named(things)


def find(catalog: Catalog, name: str) -> dict[str, Persona | Grant | Guard | Operation]:
    """All that go by that name, by kind; a persona and an operation may well share one."""
    kinds: dict[str, Mapping[str, Persona | Grant | Guard | Operation]] = {
        "persona": catalog.personas,
        "grant": catalog.grants,
        "guard": catalog.guards,
        "operation": catalog.operations,
    }
    found = {kind: things[name] for kind, things in kinds.items() if name in things}
    if not found and CODE.fullmatch(name):
        from ecrgen.catalog.rules import no_rule  # for start-up: brings every rule

        raise EcrgenError(no_rule(name))
    if not found:
        names = tuple(name for things in kinds.values() for name in things)
        raise EcrgenError(f"no persona, grant, guard or operation {quoted(name)}; {near(name, names)}")
    return found
