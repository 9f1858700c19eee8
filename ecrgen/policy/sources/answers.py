"""Policies in what the AWS command line prints, and in a snapshot of an account.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
https://docs.aws.amazon.com/organizations/latest/APIReference/API_Policy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

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
)
from ecrgen.policy.recognise import recognise
from ecrgen.policy.sources.found import Found, document, item, listed, mapping, named

__all__ = ["DETAILS", "answer"]

# The lists of GetAccountAuthorizationDetails, each with the list of inline policies in an entry.
DETAILS = {"UserDetailList": "UserPolicyList", "GroupDetailList": "GroupPolicyList", "RoleDetailList": "RolePolicyList"}
CONTROL = {"SERVICE_CONTROL_POLICY": SERVICE_CONTROL, "RESOURCE_CONTROL_POLICY": RESOURCE_CONTROL}


def answer(data: dict[str, Any]) -> Iterator[Found] | None:
    """The policies of an answer that these keys tell; None where they tell none. Raises PolicyError."""
    if "PolicyVersion" in data:
        found = version(data["PolicyVersion"], "PolicyVersion")
        return iter([replace(found, steps=("PolicyVersion", "Document"))])
    if "PolicyDocument" in data and "PolicyName" in data:
        policy = document(data["PolicyDocument"], "PolicyDocument")
        return iter([Found("PolicyDocument", policy, IDENTITY, steps=("PolicyDocument",))])
    if "policyText" in data:
        return iter([replace(ecr_policy(data), steps=("policyText",))])
    if "Policy" in data and "Statement" not in data:
        return iter([replace(managed_policy(data["Policy"]), steps=("Policy", "Content"))])
    if "Role" in data and "Statement" not in data:
        return role(data["Role"])
    if not data.keys().isdisjoint((*DETAILS, "Policies")):
        return details(data, "")
    if "iam" in data and "version" in data:
        return snapshot(data)
    return None


def version(value: object, place: str, holder: str = "") -> Found:
    place_of_document = f"{place}.Document"
    text = item(mapping(value, place), "Document", place)
    return Found(place_of_document, document(text, place_of_document), IDENTITY, holder)


def ecr_policy(data: dict[str, Any]) -> Found:
    """The policy of a repository, private or public, or of a registry: the one that names no repository."""
    found = document(data["policyText"], "policyText")
    repository = data.get("repositoryName")
    if repository is None:
        return Found("policyText", found, REGISTRY)
    public = recognise(found).kind is PUBLIC_REPOSITORY
    owner = data.get("registryId", "")
    return Found("policyText", found, PUBLIC_REPOSITORY if public else REPOSITORY, repository=f"{owner}/{repository}")


def managed_policy(value: object) -> Found:
    """The policy of `aws organizations describe-policy`; `aws iam get-policy` prints none."""
    policy = mapping(value, "Policy")
    if "PolicySummary" not in policy:
        raise PolicyError("holds no document; aws iam get-policy-version prints it", "Policy")
    summary = mapping(policy["PolicySummary"], "Policy.PolicySummary")
    kind = CONTROL.get(str(summary.get("Type")))
    if kind is None:
        raise PolicyError(
            f"{quoted(str(summary.get('Type')))} is no kind of policy that decides about access", "Policy.PolicySummary"
        )
    return Found("Policy.Content", document(item(policy, "Content", "Policy"), "Policy.Content"), kind)


def role(value: object) -> Iterator[Found]:
    yield replace(trust(mapping(value, "Role"), "Role"), steps=("Role", "AssumeRolePolicyDocument"))


def trust(detail: dict[str, Any], place: str, holder: str = "") -> Found:
    place = f"{place}.AssumeRolePolicyDocument"
    return Found(place, document(item(detail, "AssumeRolePolicyDocument", place), place), TRUST, holder)


def details(data: dict[str, Any], before: str) -> Iterator[Found]:
    """Inline policies, the default versions of an account's own managed policies, and the roles' trust policies."""
    for name, inline in DETAILS.items():
        for index, value in enumerate(listed(data.get(name), f"{before}{name}")):
            place = f"{before}{name}[{index}]"
            detail = mapping(value, place)
            holder = str(detail.get("Arn", place))
            for at, entry in enumerate(listed(detail.get(inline), f"{place}.{inline}")):
                here = f"{place}.{inline}[{at}]"
                policy = mapping(entry, here)
                found = document(item(policy, "PolicyDocument", here), here)
                yield Found(named(here, policy.get("PolicyName")), found, IDENTITY, holder)
            if "AssumeRolePolicyDocument" in detail:
                yield trust(detail, place, holder)
    for index, value in enumerate(listed(data.get("Policies"), f"{before}Policies")):
        place = f"{before}Policies[{index}]"
        policy = mapping(value, place)
        if ":iam::aws:" in str(policy.get("Arn")):
            continue  # AWS's own, which nobody here can change
        for at, entry in enumerate(listed(policy.get("PolicyVersionList"), f"{place}.PolicyVersionList")):
            here = f"{place}.PolicyVersionList[{at}]"
            if mapping(entry, here).get("IsDefaultVersion", False) is True:
                found = version(entry, here, str(policy.get("Arn", place)))
                yield Found(named(found.place, policy.get("PolicyName")), found.data, IDENTITY, found.holder)


def snapshot(data: dict[str, Any]) -> Iterator[Found]:
    """What `ecrgen snapshot` wrote: an account's identities, repositories and registries."""
    if data["iam"] is not None:  # it could not be read
        yield from details(mapping(data["iam"], "iam"), "iam.")
    for index, value in enumerate(listed(data.get("repositories"), "repositories")):
        place = f"repositories[{index}]"
        entry = mapping(value, place)
        if entry.get("policy") is not None:
            found = document(entry["policy"], f"{place}.policy")
            arn = str(entry.get("arn", ""))
            owner, _, name = arn.rpartition(":repository/")
            repository = f"{owner.rpartition(':')[2]}/{name}"
            yield Found(named(f"{place}.policy", arn), found, REPOSITORY, arn or place, repository)
    for index, value in enumerate(listed(data.get("registries"), "registries")):
        place = f"registries[{index}]"
        entry = mapping(value, place)
        if entry.get("policy") is not None:
            found = document(entry["policy"], f"{place}.policy")
            yield Found(named(f"{place}.policy", entry.get("region")), found, REGISTRY, place)
