"""Allow statements that pass roles or create service-linked ones more widely than any task needs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.check.confinement import CREATED_ROLE, PASSED_ROLE, confined
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, Severity, analyzer_rule, shown
from ecrgen.policy.check.granted import granting
from ecrgen.policy.check.model import PolicyView, StatementView
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import is_wild

FORMS = ("NOT_RESOURCE", "STAR_IN_ACTION_AND_NOT_RESOURCE", "NOT_ACTION_AND_NOT_RESOURCE")
STARS = ("STAR_IN_RESOURCE", "STAR_IN_ACTION_AND_RESOURCE", "STAR_IN_RESOURCE_AND_NOT_ACTION")
HOW = {
    "NOT_RESOURCE": "on all resources but some",
    "STAR_IN_ACTION_AND_NOT_RESOURCE": "by a wildcard in the action, on all resources but some",
    "NOT_ACTION_AND_NOT_RESOURCE": "by NotAction, on all resources but some",
    "STAR_IN_RESOURCE": "on resources by wildcard",
    "STAR_IN_ACTION_AND_RESOURCE": "by a wildcard in the action, on resources by wildcard",
    "STAR_IN_RESOURCE_AND_NOT_ACTION": "by NotAction, on resources by wildcard",
}


def family(prefix: str, severity: Severity, what: str, fix: str) -> dict[str, Rule]:
    """The six rules about one action, by the form of the statement that allows it."""
    return {
        form: analyzer_rule(f"{prefix}_WITH_{form}", severity, f"{what} {HOW[form]}", fix) for form in FORMS + STARS
    }


PASS_ROLE = family(
    "PASS_ROLE",
    "SECURITY_WARNING",
    "iam:PassRole allowed",
    "Name the roles in Resource, and the service in a condition on iam:PassedToService.",
)
CREATE_SLR = family(
    "CREATE_SLR",
    "WARNING",
    "iam:CreateServiceLinkedRole allowed",
    "Name the service-linked role in Resource, or the service in a condition on iam:AWSServiceName.",
)

PASS, CREATE = "iam:PassRole", "iam:CreateServiceLinkedRole"
# What confines each action, and the rules about it.
CONFINEMENT_AND_RULES = {PASS: (PASSED_ROLE, PASS_ROLE), CREATE: (CREATED_ROLE, CREATE_SLR)}


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        if not statement.allows or policy.kind.slot != "identity":
            continue
        for action, text in granting(statement, (PASS, CREATE)).items():
            yield from form_findings(statement, action, text)


def form_findings(statement: StatementView, action: str, text: str) -> Iterator[Finding]:
    """The finding for the form in which a statement allows the action, if it does so too widely."""
    confinement, rules = CONFINEMENT_AND_RULES[action]
    star = is_wild(text)
    if statement.not_resource is not None:
        form = FORMS[2] if statement.not_action is not None else FORMS[1] if star else FORMS[0]
        yield rules[form].at(f"{statement.path}.NotResource", f"allows {action} {HOW[form]}")
        return
    if statement.resource is None or confined(statement, confinement):
        return
    form = STARS[2] if statement.not_action is not None else STARS[1] if star else STARS[0]
    for index, resource in enumerate(statement.resource.values):
        if names_many_roles(resource, action):
            message = f"allows {action} on {shown(resource)}"
            yield rules[form].at(statement.resource.at(index), message)


@lru_cache(maxsize=4096)
def names_many_roles(resource: str, action: str) -> bool:
    """True where a resource names roles by a wildcard that takes in unrelated ones.

    A wildcard after the beginning of a name does not count, as Access Analyzer's page allows `role/Service*`.
    """
    if not is_wild(resource):
        return False
    if resource == "*":
        return True
    parts = resource.split(":", 5)
    if len(parts) < 6:
        # a `*` that ends a part of an ARN may run on: arn:aws:iam:* is all of IAM
        pattern = Pattern.of(resource, "resource")
        return any(pattern.contains(Pattern.of(f"arn:{name}:iam::*:role/*", "resource")) for name in PARTITIONS)
    if not Pattern.of(parts[2], "text", False).matches("iam"):
        return False
    name = parts[5]
    if action == CREATE:
        # arn:aws:iam::*:role/aws-service-role/SERVICE/… names the service
        name = name.replace("role/aws-service-role/", "role/", 1)
    return name.startswith(("*", "role*", "role/*"))


FAMILY = Family(
    "escalation",
    rules=(
        *PASS_ROLE.values(),
        *CREATE_SLR.values(),
    ),
    findings=findings,
)
