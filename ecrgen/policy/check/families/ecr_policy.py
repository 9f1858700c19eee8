"""ECR's two resource policies: a repository policy names no Resource, a registry policy names repositories.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.check.shared_rules import ECR_NO_EFFECT

ECR_RESOURCE_IN_REPOSITORY_POLICY = Rule(
    "ECR_RESOURCE_IN_REPOSITORY_POLICY",
    "ERROR",
    "A Resource in a repository policy, which is for its own repository and refuses one",
    "Remove Resource; in a registry policy, name several repositories or a pattern such as repository/team/*.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    if policy.kind.service is None or policy.kind.resource != "refused":
        return
    for statement in policy.statements:
        for texts in (statement.resource, statement.not_resource):
            if texts is None:
                continue
            if texts is statement.resource and texts.values == ("*",):
                yield ECR_NO_EFFECT.at(texts.path, "a repository policy is for its own repository, whatever it names")
            else:
                yield ECR_RESOURCE_IN_REPOSITORY_POLICY.at(texts.path, "a repository policy has no Resource")


FAMILY = Family(
    "ecr_policy",
    rules=(
        ECR_NO_EFFECT,
        ECR_RESOURCE_IN_REPOSITORY_POLICY,
    ),
    findings=findings,
)
