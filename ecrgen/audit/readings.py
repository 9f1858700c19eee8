"""Readings: what of a policy could be the arguments and guards of a persona, by what personas write into policies"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from ecrgen.catalog.bind import bind_guard
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Guard, Persona, Target
from ecrgen.catalog.render import condition_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.document import Condition, PolicyDocument, Statement, conditions_of
from ecrgen.policy.names import ACCOUNT
from ecrgen.policy.permission import same_condition

__all__ = ["About", "Place", "about_ecr", "arguments_of", "guards_of", "places_of"]

SERVICES = ("ecr", "ecr-public")
# Beside actions of ECR Public, this is for its login.
# https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
BEARER = "sts:getservicebearertoken"
# So many values are tried for a parameter that does not name repositories.
MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Repositories of an account that a policy names in the same regions: names, and patterns with a `*` at the end."""

    target: Target
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """The part of a policy that is about ECR, None where there is none, and the services of which the rest speaks.

    `unclear` says why nobody can tell the one from the other; then there is no part.
    """

    policy: PolicyDocument | None
    others: tuple[str, ...] = ()
    unclear: str = ""


def about_ecr(document: PolicyDocument) -> About:
    """What a policy says about ECR and ECR Public, apart from what it says of other services."""
    kept: list[Statement] = []
    others: set[str] = set()
    public = any(action.lower().startswith("ecr-public:") for each in document.statements for action in each.actions)
    for number, statement in enumerate(document.statements):
        if statement.not_action is not None:
            return About(None, (), f"Statement[{number}] speaks of all actions but some (NotAction)")
        wide = [action for action in statement.actions if set("*?") & set(action.partition(":")[0])]
        if wide:
            return About(None, (), f"Statement[{number}] speaks of more services than ECR (Action {wide[0]})")
        own = tuple(action for action in statement.actions if is_own(action.lower(), public))
        others |= {action.partition(":")[0].lower() for action in statement.actions if action not in own}
        if own:
            kept.append(statement if len(own) == len(statement.actions) else replace(statement, action=own))
    return About(replace(document, statement=tuple(kept)) if kept else None, tuple(sorted(others)))


def is_own(action: str, public: bool) -> bool:
    return action.partition(":")[0] in SERVICES or (public and action == BEARER)


def places_of(document: PolicyDocument, home: Target) -> tuple[Place, ...]:
    """The repositories that a policy allows something on, together where they are in the same regions of an account.

    Once as the whole policy names them, and once as each statement does. Always one place at least: for personas that
    name no repositories, it is `home`.
    """
    allowing = [each for each in document.statements if each.effect == "Allow"]
    wholes = (allowing, *([each] for each in allowing))
    return tuple(dict.fromkeys(place for whole in wholes for place in places_in(whole, home))) or (Place(home),)


def places_in(statements: Iterable[Statement], home: Target) -> Iterator[Place]:
    regions: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for arn in filter(None, (Arn.parse(text) for each in statements for text in each.resources)):
        name = arn.resource.removeprefix("repository/")
        known = partition_of(arn.region) == arn.partition if arn.service == "ecr" else arn.service == "ecr-public"
        if known and name != arn.resource and re.fullmatch(ACCOUNT, arn.account):
            regions[arn.partition, arn.account, name].update({arn.region} - {""})
    places: defaultdict[Target, list[str]] = defaultdict(list)
    for (partition, account, name), found in sorted(regions.items()):
        own = Target(partition, account, tuple(sorted(found))) if found else replace(home, account=account)
        places[own].append(name)
    for target, names in places.items():
        yield Place(
            target, tuple(name for name in names if "*" not in name), tuple(name for name in names if "*" in name)
        )


def arguments_of(persona: Persona, place: Place, document: PolicyDocument) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """The arguments that could have made a policy: all repositories of the place, and what it says elsewhere.

    A reading that the persona does not take is among them: whoever binds them finds out.
    """
    groups = tuple(dict.fromkeys(groups_of(document)))[:MOST_VALUES]
    single = tuple(dict.fromkeys((text,) for group in groups for text in group))[:MOST_VALUES]
    choices: list[tuple[tuple[str, ...], ...]] = []
    for parameter in persona.parameters.values():
        named = {"repository": place.names, "repository-pattern": place.patterns}.get(parameter.type)
        read = (groups if parameter.many else single) if named is None else (named,) if named else ()
        choices.append(read if parameter.required else ((), *read))
    for chosen in product(*choices):
        yield {name: values for name, values in zip(persona.parameters, chosen, strict=True) if values}


def groups_of(document: PolicyDocument) -> Iterator[tuple[str, ...]]:
    """What a policy says together, beside names of repositories: values of a condition, accounts, names in ARNs."""
    for statement in document.statements:
        arns = [arn for arn in map(Arn.parse, statement.resources) if arn is not None]
        yield from (condition.values for condition in statement.conditions if condition.values)
        yield from ((part,) for arn in arns for part in names_in(arn))
        accounts = tuple(dict.fromkeys(arn.account for arn in arns if arn.account))
        if accounts:
            yield accounts


def names_in(arn: Arn) -> Iterator[str]:
    """The parts of a resource that somebody gave: of a path, and of a service's own, but for ECR, its name."""
    parts = arn.resource.split("/")
    yield from parts[2:-1]
    if arn.service not in SERVICES:
        name = parts[-1].partition(":")[0]
        if len(parts) == 2 and not set("*?") & set(name):
            yield name


def guards_of(
    catalog: Catalog, document: PolicyDocument, target: Target, *, services: bool = False
) -> tuple[tuple[str, ...], ...]:
    """For each Allow statement, the guards that its conditions are, as grants name them; each set once.

    `services`: it is one for AWS services, who meet guards that nobody else does.
    """
    allowing = [each for each in document.statements if each.effect == "Allow"]
    guards = [each for each in catalog.guards.values() if services or each.only_for != "services"]
    sets = (sorted(set(guards_in(guards, each, document.has_variables, target))) for each in allowing)
    return tuple(dict.fromkeys(map(tuple, sets)))


def guards_in(guards: Iterable[Guard], statement: Statement, variables: bool, target: Target) -> Iterator[str]:
    """The guards that wrote some of a statement's conditions."""
    there = {same_condition(each, variables) for each in statement.conditions}
    for guard in guards:
        for condition in statement.conditions:
            text = guard_text(guard, condition)
            written = written_by(guard, text, target)
            if same_condition(condition, variables) in written and written <= there:
                yield text


def guard_text(guard: Guard, condition: Condition) -> str:
    """The guard as a grant would name it for it to write a condition, if it writes such."""
    if guard.parameter is None:
        return guard.name
    key = f"{condition.key.partition('/')[2]}=" if guard.parameter.type == "tag" else ""
    return f"{guard.name}={key}{','.join(condition.values)}"


@lru_cache(maxsize=4096)
def written_by(guard: Guard, text: str, target: Target) -> frozenset[Condition]:
    """The conditions that a guard writes; none where it does not take such a value."""
    try:
        block = condition_of(bind_guard({guard.name: guard}, text), target)
    except (ValueError, EcrgenError):
        return frozenset()
    return frozenset(same_condition(each, True) for each in conditions_of(block))
