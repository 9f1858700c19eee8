"""ECR's two resource policies: a repository policy names no Resource, a registry policy names repositories.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.check.view import PolicyView

ECR_RESOURCE_IN_REPOSITORY_POLICY = Rule(
    "ECR_RESOURCE_IN_REPOSITORY_POLICY",
    "ERROR",
    "A Resource in a repository policy, which is for its own repository and refuses one",
    "Remove Resource; in a registry policy, name several repositories or a pattern such as repository/team/*.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
)

REGISTRY_ACTIONS = ("ecr:replicateimage", "ecr:createrepository", "ecr:batchimportupstreamimage")


def findings(policy: PolicyView) -> Iterator[Finding]:
    if policy.kind != "repository":
        return
    for statement in policy.statements:
        for texts in (statement.resource, statement.not_resource):
            if texts is not None:
                yield ECR_RESOURCE_IN_REPOSITORY_POLICY.at(texts.path, "a repository policy has no Resource")


def is_registry_policy(statements: Sequence[Mapping[str, object]]) -> bool:
    """Whether a resource policy is meant for the registry.

    Nothing in a document says where it lies. A registry policy names repositories in every statement, and either
    grants one of the actions it was made for or names more repositories than one.
    """
    resources = [texts_of(statement.get("Resource")) for statement in statements]
    if not resources or not all(resources):
        return False
    actions = {text.lower() for statement in statements for text in texts_of(statement.get("Action"))}
    if not actions.isdisjoint(REGISTRY_ACTIONS):
        return True
    named = {text for texts in resources for text in texts}
    return "*" not in named and (len(named) > 1 or any("*" in text for text in named))


def texts_of(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [text for text in values if isinstance(text, str)]
