"""Access wider than was meant: policies that their holder can change, repositories that anybody reaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.check.carried import never_met
from ecrgen.policy.check.confinement import GIVEN_AWAY, WHO, confined
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, shown
from ecrgen.policy.check.granted import granting
from ecrgen.policy.check.model import ConditionView, PolicyView, StatementView
from ecrgen.policy.document import text_of
from ecrgen.policy.kinds import REGISTRY
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import is_wild

ECR_PRIVILEGE_ESCALATION = Rule(
    "ECR_PRIVILEGE_ESCALATION",
    "SECURITY_WARNING",
    "Whoever holds this can give itself any other permission",
    "Name the resources by path or name, or add a condition such as iam:PolicyARN or iam:PermissionsBoundary.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
)
ECR_REPOSITORY_POLICY_CONTROL = Rule(
    "ECR_REPOSITORY_POLICY_CONTROL",
    "WARNING",
    "Whoever holds this can open the repository to any account",
    "Keep ecr:SetRepositoryPolicy for administrators.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
)
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
    "A Deny unless a repository has a tag, which denies every docker login",
    "Name repositories in Resource, or leave ecr:GetAuthorizationToken out.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-supported-iam-actions-tagging.html",
)
ECR_PUBLIC_ACCESS = Rule(
    "ECR_PUBLIC_ACCESS",
    "SECURITY_WARNING",
    "A repository or registry open to every AWS account",
    "Name the principals, or add a condition on aws:PrincipalOrgID.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html",
)
ECR_USERNAME_FOR_ROLE = Rule(
    "ECR_USERNAME_FOR_ROLE",
    "ERROR",
    "aws:username for a role, whose requests do not carry it, so the statement never applies",
    "Use the policy for users only, or decide by aws:PrincipalTag or aws:userid.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-username",
)

# What changes who may do what. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
ESCALATING = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "ecr:PutRegistryPolicy",
    "ecr:SetRepositoryPolicy",
)
SET_POLICY, PUT_POLICY, LOGIN = "ecr:SetRepositoryPolicy", "ecr:PutRegistryPolicy", "ecr:GetAuthorizationToken"
# one for each partition: a `*` there would run on past the colon
REPOSITORIES = tuple(Pattern.of(f"arn:{partition}:ecr:*:*:repository/*", "resource") for partition in PARTITIONS)
TAGS = ("aws:resourcetag/", "ecr:resourcetag/")
EVERYTHING = re.compile(r"\*+|(user|role|group|policy|repository)/?\*+")
USERNAME = re.compile(r"\$\{aws:username\}", re.IGNORECASE)


def findings(policy: PolicyView) -> Iterator[Finding]:
    identity = policy.kind.principal == "refused"
    withheld = frozenset(name for statement in policy.statements for name in denied_everywhere(statement))
    for statement in policy.statements:
        if statement.allows and policy.kind.grants:
            yield from escalation_findings(statement, withheld) if identity else shared_findings(statement)
        yield from lock_out_findings(policy, statement)
    yield from username_findings(policy)


def denied_everywhere(statement: StatementView) -> Iterable[str]:
    """Of the actions that change who may do what, those that a statement denies on everything, always."""
    whole = statement.resource is None and statement.not_resource is None
    whole = whole or (statement.resource is not None and "*" in statement.resource.values)
    if statement.effect != "Deny" or statement.conditions or not whole:
        return ()
    return granting(statement, ESCALATING)


def escalation_findings(statement: StatementView, withheld: frozenset[str]) -> Iterator[Finding]:
    """One finding for each text that grants such actions, on anything or under no confining condition.

    `withheld` are actions that another statement denies.
    """
    if confined(statement, GIVEN_AWAY):
        return
    wide: dict[str, list[str]] = {}
    for action, text in granting(statement, ESCALATING).items():
        if action in withheld or never_met(statement, action):
            continue
        if on_everything(statement, action):
            wide.setdefault(text, []).append(action)
        elif action == SET_POLICY and names_repositories(statement):
            path = place_of(statement, text)
            yield ECR_REPOSITORY_POLICY_CONTROL.at(path, "allows to share the repository with anybody")
    for text, actions in wide.items():
        named = ", ".join(actions[:4]) + (f" and {len(actions) - 4} more" if len(actions) > 4 else "")
        yield ECR_PRIVILEGE_ESCALATION.at(place_of(statement, text), f"allows {named} on everything", fix_for(actions))


def fix_for(actions: list[str]) -> str | None:
    """What to do about ECR's own actions, for which the rule's fix would be the next error."""
    match sorted(actions):
        case ["ecr:PutRegistryPolicy"]:
            return 'Keep ecr:PutRegistryPolicy for administrators: it works on "Resource": "*" only.'
        case ["ecr:SetRepositoryPolicy"]:
            return "Name the repositories, and keep ecr:SetRepositoryPolicy for administrators."
        case ["ecr:PutRegistryPolicy", "ecr:SetRepositoryPolicy"]:
            return "Keep both for administrators; only ecr:SetRepositoryPolicy can be confined to repositories."
        case _:
            return None


def place_of(statement: StatementView, text: str) -> str:
    if statement.action is None:
        return f"{statement.path}.NotAction"
    return statement.action.at(statement.action.values.index(text))


def on_everything(statement: StatementView, action: str) -> bool:
    if statement.resource is None:
        return statement.not_resource is not None
    service = action.partition(":")[0]
    for text in statement.resource.values:
        parts = text.split(":", 5)
        if len(parts) < 6 and is_wild(text):
            # a `*` that ends a part of an ARN may run on: arn:aws:ecr:* is all of ECR
            whole = (Pattern.of(f"arn:{name}:{service}:*:*:*", "resource") for name in PARTITIONS)
            if any(map(Pattern.of(text, "resource").contains, whole)):
                return True
        if text == "*" or (
            len(parts) == 6 and Pattern.of(parts[2], "text", False).matches(service) and EVERYTHING.fullmatch(parts[5])
        ):
            return True
    return False


def names_repositories(statement: StatementView) -> bool:
    """True where a statement's resources may be repositories."""
    if statement.resource is None:
        return True
    named = (Pattern.of(text, "resource") for text in statement.resource.values)
    return any(pattern.meets(repositories) for pattern in named for repositories in REPOSITORIES)


def lock_out_findings(policy: PolicyView, statement: StatementView) -> Iterator[Finding]:
    """Denies that stop more than anybody means: the next change of the policy itself, or every login."""
    if statement.effect != "Deny":
        return
    everybody = any(principal.value == "*" and principal.kind in ("*", "AWS") for principal in statement.principals)
    if policy.kind.slot == "resource" and everybody and not statement.conditions:
        for action, text in granting(statement, (PUT_POLICY if policy.kind is REGISTRY else SET_POLICY,)).items():
            message = f"denies {action} to everybody, administrators included"
            yield ECR_POLICY_LOCK_OUT.at(place_of(statement, text), message)
    tagged = [condition for condition in statement.conditions if condition.lower.startswith(TAGS)]
    everything = statement.resource is not None and "*" in statement.resource.values
    unless_tagged = tagged and len(tagged) == len(statement.conditions) and all(map(holds_without, tagged))
    if everything and unless_tagged:
        for action, text in granting(statement, (LOGIN,)).items():
            message = f"denies {action}, which is on no repository and carries no tag"
            yield ECR_LOGIN_LOCK_OUT.at(place_of(statement, text), message)


def holds_without(condition: ConditionView) -> bool:
    """True for a condition that a request without the key meets."""
    if condition.operator.comparison.asks_presence:
        return any(text_of(value).lower() == "true" for value in condition.values)
    return condition.operator.holds_absent


def shared_findings(statement: StatementView) -> Iterator[Finding]:
    """In a policy on a repository or registry: who may change it, and whether that is everybody."""
    for text in granting(statement, (SET_POLICY,)).values():
        path = place_of(statement, text)
        yield ECR_REPOSITORY_POLICY_CONTROL.at(path, "allows to share the repository with anybody")
    narrowed = confined(statement, WHO)
    for principal in statement.principals:
        if principal.value == "*" and principal.kind in ("*", "AWS") and not narrowed:
            yield ECR_PUBLIC_ACCESS.at(principal.path, "every AWS account is allowed")


def username_findings(policy: PolicyView) -> Iterator[Finding]:
    """Texts and conditions that never apply to a role, because they need aws:username."""
    if policy.principal_kind != "role":
        return
    for statement in policy.statements:
        for path, text in username_uses(statement):
            yield ECR_USERNAME_FOR_ROLE.at(path, f"{shown(text)} has no value for a role")


def username_uses(statement: StatementView) -> Iterator[tuple[str, str]]:
    """The paths and texts of a statement that need the name of a user, without a default value."""
    for texts in (statement.resource, statement.not_resource):
        for index, text in enumerate(texts.values if texts is not None else ()):
            if texts is not None and USERNAME.search(text):
                yield texts.at(index), text
    for condition in statement.conditions:
        if condition.lower == "aws:username" and condition.operator.needs_key:
            yield condition.path, condition.key
        for index, text in condition.strings():
            if USERNAME.search(text):
                yield condition.at(index), text


FAMILY = Family(
    "ecr_access",
    rules=(
        ECR_PRIVILEGE_ESCALATION,
        ECR_REPOSITORY_POLICY_CONTROL,
        ECR_POLICY_LOCK_OUT,
        ECR_LOGIN_LOCK_OUT,
        ECR_PUBLIC_ACCESS,
        ECR_USERNAME_FOR_ROLE,
    ),
    findings=findings,
)
