"""A CloudFormation template of a desired state

Each policy is an `AWS::IAM::ManagedPolicy` with its attachments. It has no Description: a change there replaces the
policy, and the new one would have the name that the old one still has. Its type takes no tags.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html

A logical id is of letters and digits, so that a grant's name is written as in Sids, with the part after `ZZ`. One that
would be too long is the name's fingerprint after `ZH`, which no written name has.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecrgen.account.fingerprint import fingerprint
from ecrgen.catalog.sids import in_letters
from ecrgen.errors import EcrgenError
from ecrgen.export.desired import Exported
from ecrgen.export.handed_over import policies
from ecrgen.export.unnamed import Part, Unnamed, mapped

__all__ = ["INLINE", "cloudformation", "refuse_too_large", "spelled"]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
INLINE = 51_200  # bytes of a template that is sent with the call; a longer one is put into S3
LARGEST = 1_000_000
RESOURCES = 500
LOGICAL_ID = 255

PSEUDO: Mapping[Part, str] = {
    "partition": "${AWS::Partition}",
    "account": "${AWS::AccountId}",
    "region": "${AWS::Region}",
}


def cloudformation(exported: Exported) -> dict[str, Any]:
    """The template as JSON values, the same for the same desired state."""
    namespace = exported.desired.namespace
    resources = {}
    for policy in policies(exported.desired):
        properties = {
            "ManagedPolicyName": policy.name,
            "Path": namespace.path,
            "PolicyDocument": spelled(policy.document.to_dict(), exported.unnamed),
        }
        properties |= {f"{kind.title()}s": list(names) for kind, names in policy.holders.items()}
        resources[logical_id(policy.grant, policy.part)] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": properties,
        }
    if not resources:
        raise EcrgenError("the catalog's grants need no policy in this account, and a template has at least one")
    description = f"Access to Amazon ECR that the catalog of namespace {namespace.name} grants, made by ecrgen"
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": description, "Resources": resources}


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


def refuse_too_large(template: Mapping[str, Any], text: str) -> None:
    """Raises EcrgenError for a template that CloudFormation does not take in any way."""
    resources = len(template["Resources"])
    if resources > RESOURCES or len(text) > LARGEST:
        raise EcrgenError(
            f"the template has {resources} resources in {len(text)} characters, and CloudFormation takes {RESOURCES} "
            f"in {LARGEST}; divide the catalog into several, each with its own namespace"
        )
