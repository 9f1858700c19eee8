"""Policies in a CloudFormation template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ecrgen.errors import PolicyError
from ecrgen.messages import quoted
from ecrgen.policy.elements import parse_json
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
from ecrgen.policy.paths import Steps
from ecrgen.policy.sources.found import Found, Hole, listed, mapping, named
from ecrgen.policy.sources.intrinsics import resolved_policy

__all__ = ["cloudformation"]


class Property(NamedTuple):
    """A property that holds a policy; `within` is the list of objects that have it."""

    name: str
    kind: PolicyKind
    within: str = ""


INLINE = Property("PolicyDocument", IDENTITY, "Policies")
TYPES: dict[str, tuple[Property, ...]] = {
    "AWS::IAM::ManagedPolicy": (Property("PolicyDocument", IDENTITY),),
    "AWS::IAM::Policy": (Property("PolicyDocument", IDENTITY),),
    "AWS::IAM::RolePolicy": (Property("PolicyDocument", IDENTITY),),
    "AWS::IAM::UserPolicy": (Property("PolicyDocument", IDENTITY),),
    "AWS::IAM::GroupPolicy": (Property("PolicyDocument", IDENTITY),),
    "AWS::IAM::Role": (INLINE, Property("AssumeRolePolicyDocument", TRUST)),
    "AWS::IAM::User": (INLINE,),
    "AWS::IAM::Group": (INLINE,),
    "AWS::SSO::PermissionSet": (Property("InlinePolicy", IDENTITY),),
    "AWS::ECR::Repository": (Property("RepositoryPolicyText", REPOSITORY),),
    "AWS::ECR::RepositoryCreationTemplate": (Property("RepositoryPolicy", REPOSITORY),),
    "AWS::ECR::RegistryPolicy": (Property("PolicyText", REGISTRY),),
    "AWS::ECR::PublicRepository": (Property("RepositoryPolicyText", PUBLIC_REPOSITORY),),
    "AWS::EC2::VPCEndpoint": (Property("PolicyDocument", VPC_ENDPOINT),),
    "AWS::Organizations::Policy": (Property("Content", SERVICE_CONTROL),),
}


def cloudformation(data: dict[str, Any]) -> Iterator[Found] | None:
    """The policies of a template; None where the values are none. Raises PolicyError."""
    resources = data.get("Resources")
    if not isinstance(resources, dict) or "Statement" in data:
        return None
    if "AWSTemplateFormatVersion" not in data and not any(
        isinstance(one, dict) and str(one.get("Type")).startswith("AWS::") for one in resources.values()
    ):
        return None
    return policies(resources)


def policies(resources: dict[str, Any]) -> Iterator[Found]:
    for logical, value in resources.items():
        resource = mapping(value, f"Resources.{logical}")
        properties = resource.get("Properties")
        known = TYPES.get(str(resource.get("Type")))
        if known is None or properties is None:
            continue
        given = mapping(properties, f"{logical}.Properties")
        for one in known:
            yield from property_policies(one, given, logical, resources)


def property_policies(one: Property, given: dict[str, Any], logical: str, resources: dict[str, Any]) -> Iterator[Found]:
    if not one.within:
        if given.get(one.name) is not None:
            kind = kind_of(one, given, logical)
            steps: Steps = ("Resources", logical, "Properties", one.name)
            yield policy(given[one.name], f"{logical}.{one.name}", kind, steps, resources)
        return
    inline = given.get(one.within)
    if isinstance(inline, dict):
        words = next(iter(inline), one.within)
        yield Found(f"{logical}.{one.within}", None, one.kind, logical, holes=(Hole((), str(words)),))
        return
    for index, value in enumerate(listed(inline, f"{logical}.{one.within}")):
        place = f"{logical}.{one.within}[{index}]"
        entry = mapping(value, place)
        if one.name in entry:
            steps = ("Resources", logical, "Properties", one.within, index, one.name)
            yield policy(entry[one.name], named(place, entry.get("PolicyName")), one.kind, steps, resources)
        else:
            yield Found(place, None, one.kind, logical, holes=(Hole((), str(next(iter(entry), one.name))),))


def policy(data: object, place: str, kind: PolicyKind, steps: Steps, resources: dict[str, Any]) -> Found:
    try:
        given = parse_json(data) if isinstance(data, str) else data
        found, holes = resolved_policy(given, resources)
    except PolicyError as error:
        raise PolicyError(str(error), place) from None
    return Found(place, found, kind, str(steps[1]), holes=holes, steps=steps, as_written=found == given)


def kind_of(one: Property, given: dict[str, Any], logical: str) -> PolicyKind:
    """The property's kind; a policy of AWS Organizations says its own."""
    if one.kind is not SERVICE_CONTROL:
        return one.kind
    match given.get("Type"):
        case "SERVICE_CONTROL_POLICY":
            return SERVICE_CONTROL
        case "RESOURCE_CONTROL_POLICY":
            return RESOURCE_CONTROL
        case other:
            raise PolicyError(f"{quoted(str(other))} is no kind of policy that decides about access", f"{logical}.Type")
