"""Policies in a Terraform plan or state as JSON, as `terraform show -json` prints it.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.messages import quoted
from ecrgen.policy.kinds import (
    IDENTITY,
    PUBLIC_REPOSITORY,
    REGISTRY,
    REPOSITORY,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    TRUST,
    VPC_ENDPOINT,
    PolicyKind,
)
from ecrgen.policy.sources.found import Found, Hole, document, listed, mapping, named

__all__ = ["terraform"]


class Attribute(NamedTuple):
    """An attribute that holds a policy; of a list of blocks, `block` is the list's name."""

    name: str
    kind: PolicyKind
    block: str = ""


TYPES: dict[str, tuple[Attribute, ...]] = {
    "aws_iam_policy": (Attribute("policy", IDENTITY),),
    "aws_iam_role_policy": (Attribute("policy", IDENTITY),),
    "aws_iam_user_policy": (Attribute("policy", IDENTITY),),
    "aws_iam_group_policy": (Attribute("policy", IDENTITY),),
    "aws_iam_role": (Attribute("policy", IDENTITY, "inline_policy"), Attribute("assume_role_policy", TRUST)),
    "aws_ssoadmin_permission_set_inline_policy": (Attribute("inline_policy", IDENTITY),),
    "aws_ecr_repository_policy": (Attribute("policy", REPOSITORY),),
    "aws_ecr_registry_policy": (Attribute("policy", REGISTRY),),
    "aws_ecr_repository_creation_template": (Attribute("repository_policy", REPOSITORY),),
    "aws_ecrpublic_repository_policy": (Attribute("policy", PUBLIC_REPOSITORY),),
    "aws_vpc_endpoint": (Attribute("policy", VPC_ENDPOINT),),
    "aws_vpc_endpoint_policy": (Attribute("policy", VPC_ENDPOINT),),
    "aws_organizations_policy": (Attribute("content", SERVICE_CONTROL),),
}
# Attributes that a resource may leave out.
OPTIONAL = frozenset(("aws_iam_role", "aws_ecr_repository_creation_template", "aws_vpc_endpoint"))
# A module in a module in …; Terraform's own configurations have a handful of them.
MAX_DEPTH = 50


def terraform(data: dict[str, Any]) -> Iterator[Found] | None:
    """The policies of a plan or a state; None where the values are neither. Raises PolicyError."""
    if "format_version" not in data:
        return None
    name = "planned_values" if "planned_values" in data else "values"
    values = data.get(name)
    if values is None:
        return None
    return module(mapping(values, name).get("root_module"), f"{name}.root_module", 0)


def module(value: object, place: str, depth: int) -> Iterator[Found]:
    if value is None:
        return
    if depth > MAX_DEPTH:
        raise PolicyError(f"modules are nested more than {MAX_DEPTH} deep", place)
    found = mapping(value, place)
    for index, one in enumerate(listed(found.get("resources"), f"{place}.resources")):
        here = f"{place}.resources[{index}]"
        resource = mapping(one, here)
        address = str(resource.get("address") or here)
        type_ = str(resource.get("type"))
        if resource.get("mode", "managed") == "managed" and type_ in TYPES:
            values = mapping(resource.get("values", {}), f"{address}.values")
            for attribute in TYPES[type_]:
                yield from attribute_policies(attribute, values, address, type_)
    for index, one in enumerate(listed(found.get("child_modules"), f"{place}.child_modules")):
        yield from module(one, f"{place}.child_modules[{index}]", depth + 1)


def attribute_policies(attribute: Attribute, values: dict[str, Any], address: str, type_: str) -> Iterator[Found]:
    if attribute.block:
        for index, value in enumerate(listed(values.get(attribute.block), f"{address}.{attribute.block}")):
            place = f"{address}.{attribute.block}[{index}]"
            block = mapping(value, place)
            if block.get(attribute.name) is not None:
                data = document(block[attribute.name], place)
                yield Found(named(place, block.get("name")), data, attribute.kind, address)
        return
    place = address if attribute.kind is not TRUST else f"{address}.{attribute.name}"
    value = values.get(attribute.name)
    if value is not None:
        yield Found(place, document(value, place), kind_of(attribute, values, place), address)
    elif type_ not in OPTIONAL:
        hole = Hole((), f"{attribute.name}, known after apply")
        yield Found(place, None, attribute.kind, address, holes=(hole,))


def kind_of(attribute: Attribute, values: dict[str, Any], place: str) -> PolicyKind:
    """The attribute's kind; a policy of AWS Organizations says its own."""
    if attribute.kind is not SERVICE_CONTROL:
        return attribute.kind
    match values.get("type"):
        case None | "SERVICE_CONTROL_POLICY":
            return SERVICE_CONTROL
        case "RESOURCE_CONTROL_POLICY":
            return RESOURCE_CONTROL
        case other:
            raise PolicyError(f"{quoted(other)} is no kind of policy that decides about access", place)
