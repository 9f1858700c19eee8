"""The kinds of policies: where each lies, what it may hold, and what an Allow in it means.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#access_policy-types
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ecrgen.policy import quotas

__all__ = [
    "BOUNDARY",
    "IDENTITY",
    "KINDS",
    "PUBLIC_REPOSITORY",
    "REGISTRY",
    "REPOSITORY",
    "RESOURCE_CONTROL",
    "SERVICE_CONTROL",
    "SESSION",
    "TRUST",
    "VPC_ENDPOINT",
    "Need",
    "PolicyKind",
    "Quota",
    "Slot",
]

# The arguments of evaluate and the options of `can` that take policies.
Slot = Literal["identity", "resource", "boundary", "session", "scp", "rcp", "endpoint"]
Need = Literal["needed", "optional", "refused"]
AnalyzerType = Literal["IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
IAM_QUOTAS = f"{IAM}/reference_iam-quotas.html#reference_iam-quotas-entity-length"
ORGANIZATIONS_QUOTAS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"


class Quota(NamedTuple):
    """The most characters of a document, with the page that says so. `as_sent` counts white space, too."""

    characters: int
    as_sent: bool
    page: str


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """A kind of policy.

    - `name` is what `--type` takes, `words` what messages say.
    - `slot` is where evaluation takes it, None for a kind that no request to ECR is decided by. `grants` says whether
      an Allow in it gives access: the policies of the other slots only take away.
    - `principal` and `resource` say whether a statement has the element (or its Not… form).
    - `service` is the one whose actions and resources it may name, None for any.
    - `judged` is False where no more than the grammar is ecrgen's to judge.
    - `analyzer` is the policyType of Access Analyzer's ValidatePolicy, `analyzer_resource` its
      validatePolicyResourceType, where it has one.
    """

    name: str
    words: str
    slot: Slot | None
    grants: bool
    principal: Need
    resource: Need
    quota: Quota
    analyzer: AnalyzerType
    service: str | None = None
    judged: bool = True
    analyzer_resource: str = ""


IDENTITY = PolicyKind(
    "identity",
    "an identity policy",
    slot="identity",
    grants=True,
    principal="refused",
    resource="needed",
    quota=Quota(quotas.MANAGED, False, IAM_QUOTAS),
    analyzer="IDENTITY_POLICY",
)
REPOSITORY = PolicyKind(
    "repository",
    "a repository policy",
    slot="resource",
    grants=True,
    principal="needed",
    resource="refused",
    quota=Quota(
        quotas.ECR_POLICY,
        True,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html",
    ),
    analyzer="RESOURCE_POLICY",
    service="ecr",
)
REGISTRY = PolicyKind(
    "registry",
    "a registry policy",
    slot="resource",
    grants=True,
    principal="needed",
    resource="needed",
    quota=Quota(
        quotas.ECR_POLICY, True, "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html"
    ),
    analyzer="RESOURCE_POLICY",
    service="ecr",
)
PUBLIC_REPOSITORY = PolicyKind(
    "public-repository",
    "a public repository's policy",
    slot="resource",
    grants=True,
    principal="needed",
    resource="optional",
    quota=Quota(
        quotas.ECR_POLICY,
        True,
        "https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_SetRepositoryPolicy.html",
    ),
    analyzer="RESOURCE_POLICY",
    service="ecr-public",
)
VPC_ENDPOINT = PolicyKind(
    "vpc-endpoint",
    "a VPC endpoint's policy",
    slot="endpoint",
    grants=False,
    principal="needed",
    resource="needed",
    quota=Quota(quotas.ENDPOINT, True, "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"),
    analyzer="RESOURCE_POLICY",
)
SERVICE_CONTROL = PolicyKind(
    "service-control",
    "a service control policy",
    slot="scp",
    grants=False,
    principal="refused",
    resource="needed",
    quota=Quota(quotas.CONTROL, True, ORGANIZATIONS_QUOTAS),
    analyzer="SERVICE_CONTROL_POLICY",
)
RESOURCE_CONTROL = PolicyKind(
    "resource-control",
    "a resource control policy",
    slot="rcp",
    grants=False,
    principal="needed",
    resource="needed",
    quota=Quota(quotas.CONTROL, True, ORGANIZATIONS_QUOTAS),
    analyzer="RESOURCE_CONTROL_POLICY",
)
TRUST = PolicyKind(
    "trust",
    "a role's trust policy",
    slot=None,
    grants=True,
    principal="needed",
    resource="refused",
    quota=Quota(quotas.TRUST, False, IAM_QUOTAS),
    analyzer="RESOURCE_POLICY",
    judged=False,
    analyzer_resource="AWS::IAM::AssumeRolePolicyDocument",
)
SESSION = PolicyKind(
    "session",
    "a session policy",
    slot="session",
    grants=False,
    principal="refused",
    resource="needed",
    quota=Quota(quotas.SESSION, True, "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"),
    analyzer="IDENTITY_POLICY",
)
BOUNDARY = PolicyKind(
    "boundary",
    "a permissions boundary",
    slot="boundary",
    grants=False,
    principal="refused",
    resource="needed",
    quota=Quota(quotas.MANAGED, False, IAM_QUOTAS),
    analyzer="IDENTITY_POLICY",
)

KINDS: Mapping[str, PolicyKind] = {
    kind.name: kind
    for kind in (
        IDENTITY,
        REPOSITORY,
        REGISTRY,
        PUBLIC_REPOSITORY,
        VPC_ENDPOINT,
        SERVICE_CONTROL,
        RESOURCE_CONTROL,
        TRUST,
        SESSION,
        BOUNDARY,
    )
}
