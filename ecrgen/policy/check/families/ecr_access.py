"""Access wider than was meant: policies that their holder can change, repositories that anybody reaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.check.carried import never_met
from ecrgen.policy.check.confinement import GIVEN_AWAY, WHO, confined
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, shown
from ecrgen.policy.check.granted import granting, place_of
from ecrgen.policy.check.model import PolicyView, StatementView
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
    "Keep the change of policies for administrators.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
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
SET_POLICY, PUT_POLICY = "ecr:SetRepositoryPolicy", "ecr:PutRegistryPolicy"
# one for each partition: a `*` there would run on past the colon
REPOSITORIES = tuple(Pattern.of(f"arn:{partition}:ecr:*:*:repository/*", "resource") for partition in PARTITIONS)
EVERYTHING = re.compile(r"\*+|(user|role|group|policy|repository)/?\*+")
USERNAME = re.compile(r"\$\{aws:username\}", re.IGNORECASE)


def findings(policy: PolicyView) -> Iterator[Finding]:
    identity = policy.kind.principal == "refused"
    denies = [statement for statement in policy.statements if statement.effect == "Deny" and not statement.conditions]
    for statement in policy.statements:
        if statement.allows and policy.kind.grants:
            withheld = frozenset(name for deny in denies for name in withheld_by(deny, statement))
            yield from escalation_findings(statement, withheld) if identity else shared_findings(statement, withheld)
    yield from username_findings(policy)


def withheld_by(deny: StatementView, allow: StatementView) -> Iterable[str]:
    """Of the actions that change who may do what, those that one statement denies wherever another allows them."""
    denied = granting(deny, ESCALATING)
    return [action for action in denied if covers_callers(deny, allow) and covers_resources(deny, allow, action)]


def covers_callers(deny: StatementView, allow: StatementView) -> bool:
    """True where a Deny is for everybody whom an Allow is for; in a policy without principals, for its holder."""
    if not allow.principals:
        return not allow.not_principals and not deny.not_principals
    denied = {(principal.kind, principal.value) for principal in deny.principals}
    return ("*", "*") in denied or ("AWS", "*") in denied or denied.issuperset(who[:2] for who in allow.principals)


def covers_resources(deny: StatementView, allow: StatementView, action: str) -> bool:
    if deny.resource is None or "*" in deny.resource.values:
        return deny.not_resource is None
    if allow.resource is None:
        return False
    denied = [Pattern.of(text, "resource") for text in deny.resource.values]
    # an action on repositories is on no more with `*` than with all repositories
    every = REPOSITORIES[0] if action == SET_POLICY else Pattern.of("*", "resource")
    allowed = [every if text == "*" else Pattern.of(text, "resource") for text in allow.resource.values]
    return all(any(wide.contains(narrow) for wide in denied) for narrow in allowed)


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


def shared_findings(statement: StatementView, withheld: frozenset[str]) -> Iterator[Finding]:
    """In a policy on a repository or registry: who may change it, and whether that is everybody.

    The registry's own policy is changed by an action on `*`, which a statement about repositories does not give.
    """
    allowed = [SET_POLICY]
    if statement.resource is not None and "*" in statement.resource.values:
        allowed.append(PUT_POLICY)
    controls = granting(statement, tuple(action for action in allowed if action not in withheld))
    for text in dict.fromkeys(controls.values()):
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
        ECR_PUBLIC_ACCESS,
        ECR_USERNAME_FOR_ROLE,
    ),
    findings=findings,
)
