"""Documents longer than those of their kind may be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy import quotas
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.kinds import (
    IDENTITY,
    PUBLIC_REPOSITORY,
    REGISTRY,
    REPOSITORY,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    SESSION,
    TRUST,
    VPC_ENDPOINT,
)

POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
    "WARNING",
    f"An identity policy over {quotas.INLINE['role']} characters, more than any inline or managed policy may have",
    "Split it into several policies.",
)
POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
    "WARNING",
    f"A repository or registry policy over {quotas.ECR_POLICY} characters, white space counted",
    "Name accounts instead of roles, or narrow with aws:PrincipalOrgID.",
)
POLICY_SIZE_EXCEEDS_SCP_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
    "ERROR",
    f"A service control policy over {quotas.CONTROL} characters, white space counted",
    "Remove white space, or split it into several policies.",
)
POLICY_SIZE_EXCEEDS_RCP_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
    "ERROR",
    f"A resource control policy over {quotas.CONTROL} characters, white space counted",
    "Remove white space, or split it into several policies.",
)
POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA = analyzer_rule(
    "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
    "WARNING",
    f"A role's trust policy over {quotas.TRUST} characters",
    "Name accounts instead of roles, or narrow with aws:PrincipalOrgID.",
)
ECR_POLICY_SIZE = Rule(
    "ECR_POLICY_SIZE",
    "WARNING",
    f"A session policy over {quotas.SESSION} characters, or an endpoint's over {quotas.ENDPOINT}, white space counted",
    "Remove white space, or statements.",
    "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
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


# What says that a document of a kind is too long; identity policies and boundaries may be managed or inline.
OVER = {
    REPOSITORY: POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
    REGISTRY: POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
    PUBLIC_REPOSITORY: POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
    VPC_ENDPOINT: ECR_POLICY_SIZE,
    SERVICE_CONTROL: POLICY_SIZE_EXCEEDS_SCP_QUOTA,
    RESOURCE_CONTROL: POLICY_SIZE_EXCEEDS_RCP_QUOTA,
    TRUST: POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA,
    SESSION: ECR_POLICY_SIZE,
}


def findings(policy: PolicyView) -> Iterator[Finding]:
    size, kind, role = policy.size, policy.kind, quotas.INLINE["role"]
    if size > quotas.OF_ROLE:
        yield ECR_NOT_CHECKED.at("", f"{size} characters; a role can hold {quotas.OF_ROLE} in all its policies")
    if kind in OVER:
        most = kind.quota.characters
        sent = policy.sent if kind.quota.as_sent and policy.sent is not None else size
        if sent > most:
            short = f", {size} without white space between them" if sent > size else ""
            yield OVER[kind].at("", f"{sent} characters{short}; {kind.words} has at most {most}")
    elif size > role and kind is IDENTITY:
        message = f"{size} characters; a managed policy has at most {quotas.MANAGED}, a role's inline policies {role}"
        yield POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA.at("", message)
    elif size > quotas.MANAGED:
        yield ECR_MANAGED_POLICY_SIZE.at("", f"{size} characters; a managed policy has at most {quotas.MANAGED}")


FAMILY = Family(
    "quotas",
    rules=(
        POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA,
        POLICY_SIZE_EXCEEDS_RCP_QUOTA,
        POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
        POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA,
        POLICY_SIZE_EXCEEDS_SCP_QUOTA,
        ECR_MANAGED_POLICY_SIZE,
        ECR_NOT_CHECKED,
        ECR_POLICY_SIZE,
    ),
    findings=findings,
    of_grammar=True,
)
