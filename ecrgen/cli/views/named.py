"""All about what goes by one name: what one needs to know of a persona to choose it, of a grant, guard or operation."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, assert_never

from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.managed import managed_of_persona, managed_policy
from ecrgen.catalog.model import Grant, Guard, Operation, Template
from ecrgen.cli.call import option_name
from ecrgen.cli.views.catalog import grant_values, value_of
from ecrgen.cli.views.formats import Item, Verbatim, json_text
from ecrgen.messages import in_words
from ecrgen.proof.samples import Given, Sample, Suited

__all__ = ["Named", "text", "values"]

Thing = Sample | Grant | Guard | Operation


@dataclass(frozen=True, slots=True)
class Named:
    """All that goes by one name, by kind."""

    things: Mapping[str, Thing]


def text(named: Named) -> Iterator[Item]:
    for number, thing in enumerate(named.things.values()):
        if number:
            yield ""
        match thing:
            case Sample():
                yield from persona_text(thing)
            case Grant():
                yield from grant_text(thing)
            case Guard():
                yield from guard_text(thing)
            case Operation():
                yield from operation_text(thing)
            case _:
                assert_never(thing)


def persona_text(sample: Sample) -> Iterator[Item]:
    """What a persona takes and gives, which guards suit it, and its policy with example arguments."""
    persona = sample.persona
    yield f"{persona.name} (persona): {persona.summary}"
    for parameter in persona.parameters.values():
        needed = "required" if parameter.required else "optional"
        needed += f", else {parameter.default}" if parameter.default is not None else ""
        needed += ", repeatable" if parameter.many else ""
        yield f"  {option_name(parameter.name)} {parameter.type.upper()}: {parameter.help} ({needed})"
    if sample.given is not None:
        yield from given_text(sample.given)
    managed = managed_of_persona(persona)
    if managed and managed.same:
        yield f"  AWS managed policy that gives the same: {managed.name}"
    elif managed:
        yield f"  AWS managed policy of a grant with managed: true, whatever its arguments: {managed.name}"
    yield from guards_text(sample.guards)
    if persona.of_registry:
        kinds = in_words([f"{each}/…" for each in persona.to], "or") if persona.to else "its grantees"
        yield f"  stands in the registry's policy, which names {kinds}"
    yield f"  template: {shown_place(persona.template)}"
    if persona.source:
        yield f"  source: {persona.source}"
    if sample.policy is None:
        yield f"  no example: {sample.problem}"
        return
    yield "  example:"
    yield Verbatim(f"    $ {example_command(sample)}")
    yield from (Verbatim(f"    {row}") for row in json_text(sample.policy.to_dict()).splitlines())


def given_text(given: Given) -> Iterator[Item]:
    if given.operations:
        yield f"  allows on {given.repository}: {', '.join(given.operations)}"
    if given.depending:
        yield f"  allows on {given.repository} under conditions: {', '.join(given.depending)}"
    if given.actions:
        beside = "also allows" if given.operations or given.depending else "allows"
        yield f"  {beside} the actions: {', '.join(given.actions)}"


def guards_text(guards: tuple[Suited, ...]) -> Iterator[Item]:
    fitting = [each for each in guards if each.fits]
    if fitting:
        yield "  guards that fit:"
    for each in fitting:
        yield f"    {each.guard.name}{value_of(each.guard)}: {each.guard.summary}"
        if each.caution:
            yield f"      caution: {each.caution}"
    others = [each for each in guards if not each.fits and each.caution]
    if others:
        yield "  guards that do not fit:"
    for each in others:
        fail = f"{in_words(each.breaks)} {'fails' if len(each.breaks) == 1 else 'fail'}. " if each.breaks else ""
        yield f"    {each.guard.name}{value_of(each.guard)}: {fail}{each.caution}"
    services = [f"{each.guard.name}{value_of(each.guard)}" for each in guards if each.guard.only_for == "services"]
    if services:
        yield f"  guards for grants to AWS services: {in_words(services)}"


def example_command(sample: Sample) -> str:
    options = []
    for name, value in sample.arguments.items():
        for each in value if isinstance(value, list | tuple) else (value,):
            options += [option_name(name), str(each)]
    for grantee in sample.to:
        options += ["--to", grantee]
    return f"ecrgen render {shlex.join((sample.persona.name, *options))}"


def grant_text(grant: Grant) -> Iterator[Item]:
    yield f"{grant.name} (grant): {grant.persona.name}: {grant.persona.summary}"
    for name, value in grant.arguments.items():
        if value is not None:
            yield f"  {name}: {', '.join(map(str, value if isinstance(value, tuple) else (value,)))}"
    for guard in grant.guards:
        yield f"  guard {guard}: {guard.guard.summary}"
    if grant.managed:
        yield f"  attaches AWS's own policy: {managed_policy(grant.bound)}"
    if grant.account or grant.regions:
        yield f"  repositories in: {' '.join(filter(None, (grant.account, *grant.regions)))}"
    through = " (other accounts through the registry's policy)" if grant.through_registry else ""
    through = " (in the registry's policy)" if grant.persona.of_registry else through
    yield f"  to: {', '.join(grant.to) or 'nobody yet'}{through}"


def guard_text(guard: Guard) -> Iterator[Item]:
    yield f"{guard.name} (guard): {guard.summary}"
    if guard.parameter:
        many = " (several, by commas)" if guard.parameter.many else ""
        yield f"  value: {guard.parameter.type}{many}: {guard.parameter.help}"
    if guard.caution:
        yield f"  caution: {guard.caution}"
    yield f"  template: {shown_place(guard.template)}"
    if guard.source:
        yield f"  source: {guard.source}"


def operation_text(operation: Operation) -> Iterator[Item]:
    yield f"{operation.name} (operation): {operation.summary}"
    yield f"  actions on a {operation.on}: {', '.join(operation.actions)}"
    if operation.needs:
        yield f"  needs: {', '.join(operation.needs)}"
    if operation.clients:
        yield f"  clients whose messages are known: {', '.join(client.name for client in operation.clients)}"
    if operation.source:
        yield f"  source: {operation.source}"


def values(named: Named) -> dict[str, Any]:
    return {kind: thing_values(thing) for kind, thing in named.things.items()}


def thing_values(thing: Thing) -> dict[str, Any]:
    match thing:
        case Sample():
            return sample_values(thing)
        case Grant():
            return grant_values(thing)
        case Guard():
            return asdict(thing) | {"template": place_of(thing.template)}
        case Operation():
            return asdict(thing)
        case _:
            assert_never(thing)


def sample_values(sample: Sample) -> dict[str, Any]:
    persona = asdict(sample.persona) | {"template": place_of(sample.persona.template)}
    return persona | {
        "gives": None if sample.given is None else asdict(sample.given),
        "guards": [
            {"name": each.guard.name, "fits": each.fits, "breaks": list(each.breaks), "caution": each.caution}
            for each in sample.guards
        ],
        "example": {
            "arguments": dict(sample.arguments),
            "command": example_command(sample),
            "policy": None if sample.policy is None else sample.policy.to_dict(),
            "problem": sample.problem or None,
        },
    }


def place_of(template: Template) -> str:
    return str(template.directory / template.name)


def shown_place(template: Template) -> str:
    """A template's file as a person finds it: from the working directory, or by its name where it is built in."""
    if template.directory == builtin_file().parent / "templates":
        return f"{template.name}, built in"
    return os.path.relpath(template.directory / template.name)
