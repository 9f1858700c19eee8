"""Names and texts → values: a persona with its arguments, guards with theirs, and the target that ARNs point at."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from ecrgen.catalog.argument_types import partition, read_timestamp
from ecrgen.catalog.arguments import Argument, Parameter, coerce
from ecrgen.catalog.model import BoundGuard, BoundPersona, Guard, Persona, Target
from ecrgen.catalog.schema import near
from ecrgen.errors import Problems
from ecrgen.messages import in_words, quoted
from ecrgen.policy.arn import partition_of
from ecrgen.policy.names import ACCOUNT
from ecrgen.policy.regions import is_region, no_region

__all__ = [
    "EXAMPLE_ACCOUNT",
    "EXAMPLE_REGIONS",
    "bind_arguments",
    "bind_guard",
    "bind_persona",
    "bind_target",
    "end_of",
]

# Where values came from, and the values: one or more.
Found = tuple[str, tuple[str, ...]]
# Where values may come from, and the values, if there are any.
Place = tuple[str, str | tuple[str, ...] | None]

# The values of AWS's own example policies, which `render` shows when nobody says better.
EXAMPLE_ACCOUNT = "123456789012"
EXAMPLE_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}


def bind_arguments(
    parameters: Mapping[str, Parameter], given: Mapping[str, object]
) -> tuple[dict[str, Argument | None], list[tuple[str, str]]]:
    """Arguments for all parameters, and the problems as pairs of a parameter's name and what is wrong."""
    problems: list[tuple[str, str]] = []
    for name in given:
        if name not in parameters:
            hint = near(name, tuple(parameters)) if parameters else "it takes no arguments"
            problems.append((name, f"no such parameter; {hint}"))
    arguments: dict[str, Argument | None] = {}
    for name, parameter in parameters.items():
        value = given.get(name)
        try:
            if value is not None and value != []:
                arguments[name] = coerce(parameter, value)
            elif parameter.required:
                problems.append((name, f"is missing; {parameter.help or parameter.type}"))
            else:
                arguments[name] = parameter.default
        except ValueError as error:
            problems.append((name, str(error)))
    return arguments, problems


def bind_guard(guards: Mapping[str, Guard], text: str) -> BoundGuard:
    """The guard that `NAME` or `NAME=VALUE,…` means. Raises ValueError, in words."""
    name, equals, rest = text.partition("=")
    guard = guards.get(name)
    if guard is None:
        raise ValueError(f"no guard {quoted(name)}; {near(name, tuple(guards))}")
    if guard.parameter is None:
        if equals:
            raise ValueError(f"{name}: takes no value")
        return BoundGuard(guard)
    if not rest:
        raise ValueError(f"{name}: needs a value: {guard.parameter.help or guard.parameter.type}")
    values: list[str] | str = rest.split(",") if guard.parameter.many else rest
    try:
        return BoundGuard(guard, coerce(guard.parameter, values))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def end_of(bound: BoundGuard) -> datetime | None:
    """The moment after which a guard `expires` lets nothing through."""
    if bound.guard.name != "expires" or bound.guard.parameter is None or bound.guard.parameter.type != "timestamp":
        return None
    values = bound.value if isinstance(bound.value, tuple) else (bound.value,)
    return max(read_timestamp(str(value)) for value in values)


def bind_persona(
    persona: Persona,
    given: Mapping[str, object],
    guards: Mapping[str, Guard],
    guard_texts: Iterable[str] = (),
    named: Callable[[str], str] = str,
    now: datetime | None = None,
) -> BoundPersona:
    """A persona with arguments and guards. Raises EcrgenError with every problem; `named` words names.

    With `now`, a guard `expires` with a moment that has passed is a problem, too.
    """
    arguments, wrong = bind_arguments(persona.parameters, given)
    problems = Problems(f"{persona.name}: {named(name)}: {message}" for name, message in wrong)
    bound = []
    for text in (guard_texts,) if isinstance(guard_texts, str) else guard_texts:
        try:
            guard = bind_guard(guards, text)
            end = end_of(guard)
            if now is not None and end is not None and end <= now:
                raise ValueError(f"{guard}: has passed; it would allow nothing")
            bound.append(guard)
        except ValueError as error:
            problems.add(f"{named('guard')}: {error}")
    problems.stop()
    return BoundPersona(persona, arguments, tuple(bound))


def bind_target(
    account: str | None,
    region: str | Iterable[str] | None,
    partition_name: str | None,
    *,
    catalog_account: str | None = None,
    catalog_regions: tuple[str, ...] = (),
    catalog_partition: str | None = None,
    new_regions: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
    named: Callable[[str], str] = str,
) -> Target:
    """The account, regions and partition: as given, from the catalog, from the environment, or AWS's example values.

    A partition that nobody names follows from the regions. Raises EcrgenError with every problem, each after the
    place its value came from.
    """
    environ = os.environ if environ is None else environ
    accounts, other_account = first_named(
        (named("account"), (str(account),) if account is not None else ()),
        ("catalog account", catalog_account),
        ("AWS_ACCOUNT_ID", environ.get("AWS_ACCOUNT_ID")),
    )
    regions, other_region = first_named(
        (named("region"), (region,) if isinstance(region, str) else tuple(region or ())),
        ("catalog region", catalog_regions),
        ("AWS_REGION", environ.get("AWS_REGION")),
        ("AWS_DEFAULT_REGION", environ.get("AWS_DEFAULT_REGION")),
    )
    chosen = partition_name
    if chosen is None and (regions is None or regions[0] != named("region")):
        chosen = catalog_partition  # which a region of the environment must not take elsewhere unseen
    if chosen is None:
        chosen = (partition_of(regions[1][0]) if regions else None) or "aws"
    problems = Problems(account_problems(accounts))
    problems.add(*partition_problems(named("partition"), chosen, regions, new_regions))
    problems.stop()
    return Target(
        partition=chosen,
        account=accounts[1][0] if accounts else EXAMPLE_ACCOUNT,
        regions=tuple(dict.fromkeys(regions[1])) if regions else (EXAMPLE_REGIONS[chosen],),
        examples=frozenset(name for name, found in (("account", accounts), ("region", regions)) if found is None),
        overruled=(*other_account, *other_region),
    )


def first_named(given: Place, in_catalog: Place, *environment: Place) -> tuple[Found | None, tuple[str, ...]]:
    """The first place that has a value, and a sentence where the catalog's differs from the environment's."""
    found, there = first_of(given, in_catalog, *environment), first_of(*environment)
    if found is None or there is None or found[0] != in_catalog[0] or there[1][0] in found[1]:
        return found, ()
    place, (value,) = there
    sentence = f"the catalog names {in_words(found[1])}, so {place} ({quoted(value)}) does not count; {given[0]} would"
    return found, (sentence,)


def account_problems(found: Found | None) -> Iterator[str]:
    place, (account, *_) = found or ("", (EXAMPLE_ACCOUNT,))
    if not re.fullmatch(ACCOUNT, account):
        yield f"{place}: {quoted(account)}: an account id is 12 digits 0-9"


def partition_problems(place: str, chosen: str, regions: Found | None, new_regions: tuple[str, ...]) -> Iterator[str]:
    try:
        partition(chosen)
    except ValueError as error:
        yield f"{place}: {quoted(chosen)}: {error}"
        return
    region_place, values = regions or ("", ())
    for value in values:
        actual = partition_of(value)
        if not is_region(value, new_regions):
            yield f"{region_place}: {quoted(value)}: {no_region(value)}"
        elif actual != chosen:
            yield f"{region_place}: {value} is a region of partition {actual}, not of {chosen}"


def first_of(*places: Place) -> Found | None:
    """The first place that has a value, and its values."""
    for place, values in places:
        if values:
            return place, (values,) if isinstance(values, str) else values
    return None
