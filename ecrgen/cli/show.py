"""`ecrgen show NAME`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ecrgen.catalog.arguments import quoted
from ecrgen.catalog.model import Catalog, Guard, Operation, Persona
from ecrgen.catalog.schema import near
from ecrgen.cli.options import Json
from ecrgen.cli.output import print_json, print_text
from ecrgen.cli.personas import Call, complete_name, option_name, plain_command
from ecrgen.errors import EcrgenError


def command() -> Any:
    return plain_command(run, "show")


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
    things = find(call.catalog, name)
    if json:
        print_json({kind: as_json(thing) for kind, thing in things.items()})
        return
    for thing in things.values():
        for line in described(thing, call.catalog):
            print_text(line)


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


def as_json(thing: Persona | Guard | Operation) -> dict[str, Any]:
    data = asdict(thing)
    if not isinstance(thing, Operation):
        data["template"] = str(thing.template.directory / thing.template.name)
    return data


def described(thing: Persona | Guard | Operation, catalog: Catalog) -> Iterator[str]:
    match thing:
        case Persona():
            yield from persona_lines(thing, catalog)
        case Guard():
            yield from guard_lines(thing)
        case Operation():
            yield f"{thing.name} (operation): {thing.summary}"
            yield f"  actions: {', '.join(thing.actions)}, on a {thing.on}"
            if thing.needs:
                yield f"  needs: {', '.join(thing.needs)}"
    if thing.source:
        yield f"  source: {thing.source}"


def persona_lines(persona: Persona, catalog: Catalog) -> Iterator[str]:
    yield f"{persona.name} (persona): {persona.summary}"
    for parameter in persona.parameters.values():
        needed = "required" if parameter.required else f"default {parameter.default}"
        many = ", repeatable" if parameter.many else ""
        yield f"  {option_name(parameter.name)} {parameter.type.upper()}: {parameter.help} ({needed}{many})"
    if persona.managed_policy:
        yield f"  AWS managed policy that gives the same: {persona.managed_policy}"
    yield f"  template: {persona.template.directory / persona.template.name}"
    for expectation in persona.expect:
        given = " ".join(f"{name}={value}" for name, value in expectation.arguments.items())
        with_guards = f" with {', '.join(expectation.guards)}" if expectation.guards else ""
        context = ", ".join(f"{key} {value}" for key, value in expectation.context.items())
        where = f" where {context}" if context else ""
        yield f"  promises{' for ' + given if given else ''}{with_guards}{where}:"
        for verdict, entries in (("allow", expectation.allow), ("deny", expectation.deny)):
            if entries:
                yield f"    {verdict}: {'; '.join(entries)}"
    cautions = [(guard.name, guard.caution) for guard in catalog.guards.values() if guard.caution]
    if cautions:
        yield "  guards with a caution:"
        yield from (f"    {name}: {caution}" for name, caution in cautions)


def guard_lines(guard: Guard) -> Iterator[str]:
    yield f"{guard.name} (guard): {guard.summary}"
    if guard.parameter:
        many = " (several, by commas)" if guard.parameter.many else ""
        yield f"  value: {guard.parameter.type}{many}: {guard.parameter.help}"
    if guard.caution:
        yield f"  caution: {guard.caution}"
