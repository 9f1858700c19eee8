"""Principal and NotPrincipal of a resource policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrgen.policy import names
from ecrgen.policy.arn import PARTITIONS, Arn
from ecrgen.policy.check.confinement import SOURCE, confined
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.model import PolicyView, PrincipalView, StatementView
from ecrgen.policy.check.service_principals import is_service_principal
from ecrgen.policy.check.shared_rules import (
    INVALID_ARN_ACCOUNT,
    INVALID_PARTITION,
    INVALID_PRINCIPAL_FORMAT,
    INVALID_SERVICE_PRINCIPAL_FORMAT,
)

UNSUPPORTED_WILDCARD_IN_PRINCIPAL = analyzer_rule(
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
    "ERROR",
    "A wildcard in a part of a principal",
    'Name the principal in full, or write "*" and narrow it with a condition on aws:PrincipalArn.',
)
FEDERATED_PRINCIPAL_NOT_SUPPORTED = analyzer_rule(
    "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
    "ERROR",
    "A federated identity provider outside a role's trust policy",
    "Name the role that the federated users assume.",
)
INVALID_ROLE_REFERENCE = analyzer_rule(
    "INVALID_ROLE_REFERENCE",
    "WARNING",
    "A role named by its id, as IAM shows a role that was deleted",
    "Write the role's ARN.",
)
INVALID_USER_REFERENCE = analyzer_rule(
    "INVALID_USER_REFERENCE",
    "WARNING",
    "A user named by its id, as IAM shows a user that was deleted",
    "Write the user's ARN.",
)
ALLOW_WITH_NOT_PRINCIPAL = analyzer_rule(
    "ALLOW_WITH_NOT_PRINCIPAL",
    "SECURITY_WARNING",
    "Allow to everybody but some, strangers included",
    "Name in Principal who is allowed.",
)
RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL = analyzer_rule(
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
    "SECURITY_WARNING",
    "A service may act for any account's resources",
    "Add a condition on aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths.",
)
RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL = analyzer_rule(
    "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
    "SUGGESTION",
    "A service is narrowed by a key that does not say whom it acts for",
    "Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths instead.",
)
UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL = analyzer_rule(
    "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
    "ERROR",
    "A key of users and roles in a statement for services, whose requests do not carry it",
    "Remove the key, or use aws:SourceOrgID for the organisation of the resource the service acts for.",
)

ECR_SOURCE_KEY_FOR_PEOPLE = Rule(
    "ECR_SOURCE_KEY_FOR_PEOPLE",
    "WARNING",
    "The source of a service's request asked of users and roles, whose own requests carry none: they are never allowed",
    "Use aws:PrincipalAccount, aws:PrincipalArn or aws:PrincipalOrgID, or name the service in Principal.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
    "#condition-keys-sourceaccount",
)

NO_SOURCE_KEYS = ("aws:referer", "aws:useragent")
# A service principal belongs to no organisation and carries no tags or names of users.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
USER_KEYS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/", "aws:username")

ACCOUNT = re.compile(names.ACCOUNT)
UNIQUE_ID_AND_SESSION = re.compile(f"{names.UNIQUE_ID}(:.*)?")
PRINCIPAL_RESOURCE = {
    "iam": re.compile(r"root|(user|role)/.+", re.DOTALL),
    "sts": re.compile(r"assumed-role/.+/.+|federated-user/.+|self", re.DOTALL),
}


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        for principal in statement.principals + statement.not_principals:
            yield from principal_findings(principal)
        if statement.allows and statement.not_principals:
            path = f"{statement.path}.NotPrincipal"
            yield ALLOW_WITH_NOT_PRINCIPAL.at(path, "everybody else is allowed, anonymous callers included")
        yield from service_findings(statement)
        if statement.allows and is_for_people(policy, statement):
            for condition in statement.conditions:
                if condition.lower in SOURCE.keys and condition.operator.needs_key:
                    message = f"only requests of AWS services carry {condition.key}"
                    yield ECR_SOURCE_KEY_FOR_PEOPLE.at(condition.path, message)


def is_for_people(policy: PolicyView, statement: StatementView) -> bool:
    """True where a statement is for users and roles: those that it names, or the holder of an identity policy."""
    return policy.kind.slot == "identity" or any(map(is_person, statement.principals))


def is_person(principal: PrincipalView) -> bool:
    """True for users, roles and accounts by name; everybody includes the services."""
    return principal.kind == "AWS" and principal.value != "*"


def principal_findings(principal: PrincipalView) -> Iterator[Finding]:
    kind, value, path = principal
    if "${" in value or (value == "*" and kind in ("*", "AWS")):
        return
    if kind == "Federated":
        yield FEDERATED_PRINCIPAL_NOT_SUPPORTED.at(path, f"{shown(value)} assumes a role, and the role calls ECR")
    elif "*" in value or "?" in value:
        yield UNSUPPORTED_WILDCARD_IN_PRINCIPAL.at(path, f"{shown(value)} is not matched as a pattern")
    elif kind == "Service":
        if not is_service_principal(value):
            yield INVALID_SERVICE_PRINCIPAL_FORMAT.at(path, f"{shown(value)} is no service principal")
    elif kind == "AWS":
        yield from aws_findings(value, path)


def aws_findings(value: str, path: str) -> Iterator[Finding]:
    if ACCOUNT.fullmatch(value):
        return
    if UNIQUE_ID_AND_SESSION.fullmatch(value):
        rule = INVALID_ROLE_REFERENCE if value.startswith("AROA") else INVALID_USER_REFERENCE
        yield rule.at(path, f"{shown(value)} is an id; if its owner was deleted, it never comes back")
        return
    arn = Arn.parse(value)
    form = PRINCIPAL_RESOURCE.get(arn.service) if arn is not None else None
    if arn is None or form is None or arn.region or not form.fullmatch(arn.resource):
        yield INVALID_PRINCIPAL_FORMAT.at(path, f"{shown(value)} is no account, user or role")
        return
    if arn.partition not in PARTITIONS:
        yield INVALID_PARTITION.at(path, f"no such partition: {shown(arn.partition)}; one of: {', '.join(PARTITIONS)}")
    if not ACCOUNT.fullmatch(arn.account):
        yield INVALID_ARN_ACCOUNT.at(path, f"{shown(arn.account)} is no account id")


def service_findings(statement: StatementView) -> Iterator[Finding]:
    """Services as principals that may act for anybody, and condition keys that their requests do not have."""
    services = [principal for principal in statement.principals if principal.kind == "Service"]
    if not services:
        return
    if statement.allows and not confined(statement, SOURCE):
        weak = [condition for condition in statement.conditions if condition.lower in NO_SOURCE_KEYS]
        for condition in weak:
            message = f"{condition.key} does not say whom {shown(services[0].value)} acts for"
            yield RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL.at(condition.path, message)
        for principal in services if not weak else ():
            message = f"{shown(principal.value)} is allowed to act for any account"
            yield RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL.at(principal.path, message)
    if len(services) == len(statement.principals):
        for condition in statement.conditions:
            if condition.lower.startswith(USER_KEYS) and condition.operator.asks_value:
                message = f"requests of {shown(services[0].value)} do not carry {condition.key}"
                yield UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL.at(condition.path, message)


FAMILY = Family(
    "principals",
    rules=(
        UNSUPPORTED_WILDCARD_IN_PRINCIPAL,
        FEDERATED_PRINCIPAL_NOT_SUPPORTED,
        INVALID_ROLE_REFERENCE,
        INVALID_USER_REFERENCE,
        ALLOW_WITH_NOT_PRINCIPAL,
        RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL,
        RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL,
        UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL,
        ECR_SOURCE_KEY_FOR_PEOPLE,
        INVALID_ARN_ACCOUNT,
        INVALID_PARTITION,
        INVALID_PRINCIPAL_FORMAT,
        INVALID_SERVICE_PRINCIPAL_FORMAT,
    ),
    findings=findings,
)
