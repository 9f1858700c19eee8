"""Permission sets of IAM Identity Center, as a CloudFormation template for the account that manages it

A set has one inline policy, in every account in which it is assigned. A grant is to its users in one account, so that
each of its statements holds for the principals of that account only.
https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetcustom.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ecrgen.account.desired import for_users_only
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import PermissionSet, grantees_of
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.render import and_conditions, identity_half
from ecrgen.catalog.sids import in_letters, sid_of
from ecrgen.errors import EcrgenError, Problems
from ecrgen.export.desired import Where
from ecrgen.policy import quotas
from ecrgen.policy.document import PolicyDocument, Statement, with_condition
from ecrgen.proof.objections import HandedOut

__all__ = ["InSet", "in_sets", "permission_sets"]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sso-permissionset.html
INSTANCE = {
    "Type": "String",
    "Description": "The ARN of the instance of IAM Identity Center",
    "AllowedPattern": "arn:[a-z-]+:sso:::instance/(sso)?ins-[a-zA-Z0-9.-]{16}",
}


@dataclass(frozen=True, slots=True)
class InSet:
    """What a grant gives to the users of a permission set, in these accounts and no other."""

    grant: Grant
    name: str
    accounts: tuple[str, ...]
    document: PolicyDocument

    @property
    def handed_out(self) -> HandedOut:
        """The policy, for what proof may object to it."""
        return HandedOut(
            self.grant.name, f"permission set {self.name}", self.grant.persona.name, self.document, ("role",)
        )


def in_sets(catalog: Catalog, where: Where, now: datetime) -> tuple[InSet, ...]:
    """What the catalog's grants give to permission sets; those that have ended give nothing.

    Raises EcrgenError with every problem, and where nobody names the account or the region.
    """
    if where.account is None or not where.regions or where.partition is None:
        missing = "account" if where.account is None else "region"
        raise EcrgenError(
            f"permission sets are the same in each account: name {missing} in the catalog, or --{missing}"
        )
    home = catalog.account or where.account
    target = catalog.target(home, where.regions, where.partition)
    problems = Problems()
    found: list[InSet] = []
    for grant in catalog.grants.values():
        accounts: dict[str, list[str]] = {}
        for each in grantees_of(grant.to).values():
            if isinstance(each, PermissionSet) and not grant.ended(now):
                accounts.setdefault(each.name, []).append(each.account or home)
        with problems.collected(f"grant {grant.name}: "):
            found += of_grant(grant, target, accounts)
    problems.stop()
    if not found:
        raise EcrgenError("no grant of the catalog is to a permission set; write permission-set/NAME in its to")
    return tuple(found)


def of_grant(grant: Grant, target: Target, accounts: Mapping[str, Sequence[str]]) -> Iterator[InSet]:
    document = identity_half(grant, target) if accounts else None
    if document is None:
        return
    if for_users_only(document):
        raise EcrgenError("its policy speaks of ${aws:username}, which users of permission sets do not have")
    if not document.has_variables:
        raise EcrgenError("its policy is of an older Version, and others of the set are not; write Version 2012-10-17")
    for name, there in accounts.items():
        own = tuple(sorted(there))
        condition = (("StringEquals", (("aws:PrincipalAccount", own[0] if len(own) == 1 else own),)),)
        try:
            statements = tuple(
                with_condition(each, and_conditions(each.condition, condition)) for each in document.statements
            )
        except ValueError as error:
            raise EcrgenError(f"a statement {error}; leave the condition on aws:PrincipalAccount out") from None
        yield InSet(grant, name, own, replace(document, statement=statements))


def permission_sets(namespace: str, made: Iterable[InSet]) -> dict[str, Any]:
    """The template as JSON values: a resource for each permission set, with what all grants give to it.

    Raises EcrgenError for a set whose policy is longer than AWS takes.
    """
    sets: dict[str, list[Statement]] = {}
    for each in made:
        for number, statement in enumerate(each.document.statements, 1):
            signed = replace(statement, sid=sid_of(namespace, each.grant.name, number))
            sets.setdefault(each.name, []).append(signed)
    policies = {name: PolicyDocument(tuple(statements)) for name, statements in sets.items()}
    Problems(
        f"permission set {name}: its policy has {policy.size} characters, and AWS takes {quotas.PERMISSION_SET}; "
        "grant less to it, or to several sets"
        for name, policy in policies.items()
        if policy.size > quotas.PERMISSION_SET
    ).stop()
    description = f"Permission sets for Amazon ECR that the catalog of namespace {namespace} grants, made by ecrgen"
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": {"InstanceArn": INSTANCE},
        "Resources": {
            f"Set{in_letters(name)}": {
                "Type": "AWS::SSO::PermissionSet",
                "Properties": {
                    "InstanceArn": {"Ref": "InstanceArn"},
                    "Name": name,
                    "InlinePolicy": policy.to_dict(),
                },
            }
            for name, policy in policies.items()
        },
    }
