"""Denies that stop more than anybody means: the next change of the policy itself, or every docker login.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.arn import Arn
from ecrgen.policy.check.carried import carried_key, lacks
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, shown
from ecrgen.policy.check.granted import granting, place_of
from ecrgen.policy.check.model import ConditionView, PolicyView, StatementView
from ecrgen.policy.document import text_of
from ecrgen.policy.global_keys import ALWAYS_PRESENT_KEYS
from ecrgen.policy.kinds import PUBLIC_REPOSITORY, REGISTRY, REPOSITORY

ECR_POLICY_LOCK_OUT = Rule(
    "ECR_POLICY_LOCK_OUT",
    "WARNING",
    "A Deny that keeps everybody from changing the policy again",
    "Leave the action out, or spare administrators by a condition such as ArnNotLike on aws:PrincipalArn.",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html",
)
ECR_LOGIN_LOCK_OUT = Rule(
    "ECR_LOGIN_LOCK_OUT",
    "WARNING",
    "A Deny unless there is a tag, which denies every docker login",
    "Name repositories in Resource, or leave ecr:GetAuthorizationToken out.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-supported-iam-actions-tagging.html",
)

LOGIN = "ecr:GetAuthorizationToken"
# The action that changes a policy of each kind.
CHANGES = {
    REPOSITORY: "ecr:SetRepositoryPolicy",
    REGISTRY: "ecr:PutRegistryPolicy",
    PUBLIC_REPOSITORY: "ecr-public:SetRepositoryPolicy",
}
# ECR takes requests over TLS only, and every one is of somebody.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/infrastructure-security.html
ALWAYS_PRESENT = ALWAYS_PRESENT_KEYS | {"aws:principalarn"}
EVERY_VALUE = {"aws:securetransport": "true"}


def findings(policy: PolicyView) -> Iterator[Finding]:
    change = CHANGES.get(policy.kind)
    for statement in policy.statements:
        if statement.effect != "Deny":
            continue
        if change is not None:
            yield from change_findings(statement, change)
        yield from login_findings(statement)


def change_findings(statement: StatementView, change: str) -> Iterator[Finding]:
    """A Deny of the policy's own change, to everybody or to everybody but principals whose account is not spared."""
    if not reaches_everything(statement) or not all(always_met(each, change) for each in statement.conditions):
        return
    everybody = any(principal.value == "*" and principal.kind in ("*", "AWS") for principal in statement.principals)
    for action, text in granting(statement, (change,)).items():
        place = place_of(statement, text)
        if everybody:
            yield ECR_POLICY_LOCK_OUT.at(place, f"denies {action} to everybody, administrators included")
            continue
        account = account_not_spared(statement)
        if account is not None:
            message = f"may deny {action} to all of {account}, which NotPrincipal does not name beside its principals"
            yield ECR_POLICY_LOCK_OUT.at(f"{statement.path}.NotPrincipal", message)


def reaches_everything(statement: StatementView) -> bool:
    """True where a statement is about the policy's own resource: without Resource, or on `*`.

    That of a registry's policy is changed by an action on no repository, which a pattern of repositories leaves alone.
    """
    if statement.resource is None:
        return statement.not_resource is None
    return any(not text.strip("*") for text in statement.resource.values)


def account_not_spared(statement: StatementView) -> str | None:
    """The account of the first principal in NotPrincipal whose account is not in it, too; None where there is none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    named = [principal.value for principal in statement.not_principals if principal.kind == "AWS"]
    arns = [arn for arn in map(Arn.parse, named) if arn is not None]
    whole = {arn.account for arn in arns if arn.resource == "root"} | set(named)
    return next((arn.account for arn in arns if arn.account not in whole), None)


def login_findings(statement: StatementView) -> Iterator[Finding]:
    """A Deny on everything unless there is a tag, which a login never carries, whatever else the Deny asks."""
    lacking = [each for each in statement.conditions if is_lacked(each, LOGIN)]
    if not lacking or not reaches_everything(statement) or not all(map(holds_without, lacking)):
        return
    for action, text in granting(statement, (LOGIN,)).items():
        message = f"denies {action}, whose requests do not carry {shown(lacking[0].key)}"
        yield ECR_LOGIN_LOCK_OUT.at(place_of(statement, text), message)


def always_met(condition: ConditionView, action: str) -> bool:
    """True for a condition that every request of an action meets, so that it spares nobody."""
    if is_lacked(condition, action):
        return holds_without(condition)
    operator, texts = condition.operator, tuple(map(text_of, condition.values))
    if operator.negated or operator.comparison.asks_presence or condition.lower not in ALWAYS_PRESENT:
        return False
    patterns = operator.comparison.text in ("pattern", "ARN pattern")
    return any(
        text.lower() == EVERY_VALUE.get(condition.lower) or (patterns and text != "" and not text.strip("*:"))
        for text in texts
    )


def is_lacked(condition: ConditionView, action: str) -> bool:
    """True where the requests of an action do not carry a condition's key."""
    key = carried_key(condition.lower)
    return key is not None and lacks(action, key)


def holds_without(condition: ConditionView) -> bool:
    """True for a condition that a request without the key meets."""
    if condition.operator.comparison.asks_presence:
        return any(text_of(value).lower() == "true" for value in condition.values)
    return condition.operator.holds_absent


FAMILY = Family("lock_out", rules=(ECR_POLICY_LOCK_OUT, ECR_LOGIN_LOCK_OUT), findings=findings)
