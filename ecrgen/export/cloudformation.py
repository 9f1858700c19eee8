"""A CloudFormation template of a desired state

Each policy is an `AWS::IAM::ManagedPolicy` with its attachments. It has no Description: a change there replaces the
policy, and the new one would have the name that the old one still has. Its type takes no tags. Its DeletionPolicy is
what holds without one, and written because a resource that is imported needs one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html

A logical id is of letters and digits, so that a grant's name is written as in Sids, with the part after `ZZ`. One that
would be too long is the name's fingerprint after `ZH`, which no written name has.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ecrgen.account.fingerprint import fingerprint
from ecrgen.catalog.sids import in_letters
from ecrgen.errors import EcrgenError
from ecrgen.export.desired import Exported
from ecrgen.export.handed_over import Policy, policies
from ecrgen.export.unnamed import Part, Unnamed, mapped
from ecrgen.messages import in_words

__all__ = [
    "INLINE",
    "LARGEST",
    "MOST",
    "RESOURCES",
    "cloudformation",
    "divided",
    "enough_templates",
    "spelled",
    "to_import",
    "too_large",
]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
INLINE = 51_200  # bytes of a template that is sent with the call; a longer one is put into S3
LARGEST = 1_000_000
RESOURCES = 500
LOGICAL_ID = 255
MOST = 64  # an account has 5,000 policies at most, so that more templates than these are for a grant that none holds

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitconditionhandle.html
NOTHING = {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}

TYPE = "AWS::IAM::ManagedPolicy"

PSEUDO: Mapping[Part, str] = {
    "partition": "${AWS::Partition}",
    "account": "${AWS::AccountId}",
    "region": "${AWS::Region}",
}


def cloudformation(exported: Exported) -> dict[str, Any]:
    """The template as JSON values, the same for the same desired state. Raises EcrgenError where it would be empty."""
    (template,) = divided(exported, 1)
    return template


def divided(exported: Exported, number: int) -> tuple[dict[str, Any], ...]:
    """The policies in so many templates; the name of its grant alone says in which one a policy is.

    So a grant that comes or goes moves no other from stack to stack, which would take its access away meanwhile. A
    template that has no policy yet, or none any more, has a resource that makes nothing, as each needs one.
    Raises EcrgenError where there is no policy at all.
    """
    shares: list[list[Policy]] = [[] for _ in range(number)]
    for policy in policies(exported.desired):
        shares[int(fingerprint(policy.grant), 16) % number].append(policy)
    if not any(shares):
        raise EcrgenError("the catalog's grants need no policy in this account, and a template has at least one")
    return tuple(template_of(exported, share, place, number) for place, share in enumerate(shares, 1))


def template_of(exported: Exported, share: Iterable[Policy], place: int, number: int) -> dict[str, Any]:
    namespace = exported.desired.namespace.name
    which = f", template {place} of {number}" if number > 1 else ""
    resources = {logical_id(each.grant, each.part): resource(each, exported) for each in share}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Access to Amazon ECR that the catalog of namespace {namespace} grants, made by ecrgen{which}",
        "Resources": resources or NOTHING,
    }


def resource(policy: Policy, exported: Exported) -> dict[str, Any]:
    properties = {
        "ManagedPolicyName": policy.name,
        "Path": exported.desired.namespace.path,
        "PolicyDocument": spelled(policy.document.to_dict(), exported.unnamed),
    }
    properties |= {f"{kind.title()}s": list(names) for kind, names in policy.holders.items()}
    return {"Type": TYPE, "DeletionPolicy": "Delete", "Properties": properties}


def to_import(exported: Exported, number: int) -> tuple[list[dict[str, Any]], ...]:
    """For each of so many templates what CloudFormation takes over with it: what `apply` has made, by its ARN.

    Raises EcrgenError where nobody names the account or the partition, and so no ARN.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-new-stack.html
    """
    open_parts = exported.unnamed.parts.keys() - {"region"}
    if open_parts:
        raise EcrgenError(f"--import: names what is there by its ARN; name {in_words(sorted(open_parts))}, too")
    arns = {logical_id(each.grant, each.part): each.arn for each in policies(exported.desired)}
    return tuple(
        [
            {"ResourceType": TYPE, "LogicalResourceId": name, "ResourceIdentifier": {"PolicyArn": arns[name]}}
            for name in template["Resources"]
            if name in arns
        ]
        for template in divided(exported, number)
    )


def logical_id(grant: str, part: int) -> str:
    """The logical id of a grant's policy, which no other grant and no other part has."""
    suffix = f"ZZ{part}" if part > 1 else ""
    name = f"Policy{in_letters(grant)}{suffix}"
    return name if len(name) <= LOGICAL_ID else f"PolicyZH{fingerprint(grant)}{suffix}"


def spelled(value: Any, unnamed: Unnamed) -> Any:
    """JSON values with pseudo parameters for what nobody names.

    Only within Fn::Sub is `${…}` replaced, and `${!…}` is `${…}` there; everywhere else it is text as it stands.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
    """

    def text(written: str) -> Any:
        pieces = list(unnamed.pieces(written))
        if not any(part for _, part in pieces):
            return written
        return {"Fn::Sub": "".join(PSEUDO[part] if part else piece.replace("${", "${!") for piece, part in pieces)}

    return mapped(value, text)


def too_large(template: Mapping[str, Any], text: str) -> bool:
    """True for a template that CloudFormation does not take in any way."""
    return len(template["Resources"]) > RESOURCES or len(text.encode()) > LARGEST


def enough_templates(exported: Exported) -> int | None:
    """The least number of templates that CloudFormation takes; None where a single grant is too much for one."""
    for number in range(1, MOST):
        made = divided(exported, number)
        if not any(too_large(each, json.dumps(each, separators=(",", ":"))) for each in made):
            return number
    return None
