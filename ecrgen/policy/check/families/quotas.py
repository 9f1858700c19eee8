"""Documents longer than IAM or ECR take, counted without white space.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy import quotas
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule
from ecrgen.policy.check.model import PolicyView

POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
    "WARNING",
    f"An identity policy over {quotas.INLINE['role']} characters, more than any inline or managed policy may have",
    "Split it into several policies.",
)
POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
    "WARNING",
    f"A repository or registry policy over {quotas.ECR_POLICY} characters",
    "Name accounts instead of roles, or narrow with aws:PrincipalOrgID.",
)
ECR_MANAGED_POLICY_SIZE = Rule(
    "ECR_MANAGED_POLICY_SIZE",
    "WARNING",
    f"An identity policy over {quotas.MANAGED} characters, more than a managed policy may have",
    "Split it into several policies.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length",
)

ECR_NOT_CHECKED = Rule(
    "ECR_NOT_CHECKED",
    "ERROR",
    "A document longer than all that a role can hold; only its length was looked at",
    "Split it: one grant for each team or set of repositories.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length",
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    size, role = policy.size, quotas.INLINE["role"]
    if size > quotas.OF_ROLE:
        yield ECR_NOT_CHECKED.at("", f"{size} characters; a role can hold {quotas.OF_ROLE} in all its policies")
    if policy.kind != "identity":
        if size > quotas.ECR_POLICY:
            message = f"{size} characters; a repository or registry policy has at most {quotas.ECR_POLICY}"
            yield POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA.at("", message)
    elif size > role:
        message = f"{size} characters; a managed policy has at most {quotas.MANAGED}, a role's inline policies {role}"
        yield POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA.at("", message)
    elif size > quotas.MANAGED:
        yield ECR_MANAGED_POLICY_SIZE.at("", f"{size} characters; a managed policy has at most {quotas.MANAGED}")


FAMILY = Family(
    "quotas",
    rules=(
        POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA,
        POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
        ECR_MANAGED_POLICY_SIZE,
        ECR_NOT_CHECKED,
    ),
    findings=findings,
)
