"""A catalog: the list of what is in it, and all about what goes by one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, assert_never

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Expectation, Grant, Guard, Operation, Persona
from ecrgen.cli.call import grant_words, option_name
from ecrgen.cli.views.formats import Item, Table

__all__ = ["Named", "named_text", "named_values", "text", "values"]

Thing = Persona | Grant | Guard | Operation
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """All that goes by one name, by kind, and the catalog that it is of."""

    things: Mapping[str, Thing]
    catalog: Catalog


def text(catalog: Catalog) -> Iterator[Item]:
    for section, rows in sections(catalog).items():
        kind = section.removesuffix("s")
        yield Table(("kind", "name", "takes", "summary"), tuple((kind, *row) for row in rows))


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


def named_values(named: Named) -> dict[str, Any]:
    return {kind: thing_values(thing) for kind, thing in named.things.items()}


def thing_values(thing: Thing) -> dict[str, Any]:
    if isinstance(thing, Grant):
        return grant_values(thing)
    data = asdict(thing)
    if not isinstance(thing, Operation):
        data["template"] = str(thing.template.directory / thing.template.name)
    return data


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


def named_text(named: Named) -> Iterator[Item]:
    for thing in named.things.values():
        match thing:
            case Persona():
                yield from persona_text(thing, named.catalog)
            case Grant():
                yield from grant_text(thing)
            case Guard():
                yield from guard_text(thing)
            case Operation():
                yield from operation_text(thing)
            case _:
                assert_never(thing)
        if not isinstance(thing, Grant) and thing.source:
            yield f"  source: {thing.source}"


def persona_text(persona: Persona, catalog: Catalog) -> Iterator[Item]:
    yield f"{persona.name} (persona): {persona.summary}"
    for parameter in persona.parameters.values():
        needed = "required" if parameter.required else f"default {parameter.default}"
        many = ", repeatable" if parameter.many else ""
        yield f"  {option_name(parameter.name)} {parameter.type.upper()}: {parameter.help} ({needed}{many})"
    from ecrgen.catalog.managed import managed_of_persona  # for list's start-up: it renders and compares

    managed = managed_of_persona(persona)
    if managed and managed.same:
        yield f"  AWS managed policy that gives the same: {managed.name}"
    elif managed:
        yield f"  AWS managed policy of a grant with managed: true, whatever its arguments: {managed.name}"
    yield f"  template: {persona.template.directory / persona.template.name}"
    for expectation in persona.expect:
        yield from expectation_text(expectation)
    cautions = [(guard.name, guard.caution) for guard in catalog.guards.values() if guard.caution]
    if cautions:
        yield "  guards with a caution:"
        yield from (f"    {name}: {caution}" for name, caution in cautions)


def expectation_text(expectation: Expectation) -> Iterator[Item]:
    given = " ".join(f"{name}={value}" for name, value in expectation.arguments.items())
    with_guards = f" with {', '.join(expectation.guards)}" if expectation.guards else ""
    context = ", ".join(f"{key} {value}" for key, value in expectation.context.items())
    where = f" where {context}" if context else ""
    yield f"  promises{' for ' + given if given else ''}{with_guards}{where}:"
    for verdict, entries in (("allow", expectation.allow), ("deny", expectation.deny)):
        if entries:
            yield f"    {verdict}: {'; '.join(entries)}"


def grant_text(grant: Grant) -> Iterator[Item]:
    yield f"{grant.name} (grant): {grant.persona.name}: {grant.persona.summary}"
    for name, value in grant.arguments.items():
        if value is not None:
            yield f"  {name}: {', '.join(map(str, value if isinstance(value, tuple) else (value,)))}"
    for guard in grant.guards:
        yield f"  guard {guard}: {guard.guard.summary}"
    if grant.managed:
        from ecrgen.catalog.managed import managed_policy  # for list's start-up: it renders and compares

        yield f"  attaches AWS's own policy: {managed_policy(grant.bound)}"
    if grant.account or grant.regions:
        yield f"  repositories in: {' '.join(filter(None, (grant.account, *grant.regions)))}"
    through = " (other accounts through the registry's policy)" if grant.through_registry else ""
    yield f"  to: {', '.join(grant.to) or 'nobody yet'}{through}"


def guard_text(guard: Guard) -> Iterator[Item]:
    yield f"{guard.name} (guard): {guard.summary}"
    if guard.parameter:
        many = " (several, by commas)" if guard.parameter.many else ""
        yield f"  value: {guard.parameter.type}{many}: {guard.parameter.help}"
    if guard.caution:
        yield f"  caution: {guard.caution}"


def operation_text(operation: Operation) -> Iterator[Item]:
    yield f"{operation.name} (operation): {operation.summary}"
    yield f"  actions: {', '.join(operation.actions)}, on a {operation.on}"
    if operation.needs:
        yield f"  needs: {', '.join(operation.needs)}"
    for client in operation.clients:
        requests = (f"{request.request} ({', '.join(request.actions)})" for request in client.requests)
        yield f"  {client.name} shows the first denial of: {'; '.join(requests)}"
