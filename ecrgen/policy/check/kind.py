"""The kind of a policy document: an identity policy, or one of ECR's two resource policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ecrgen.policy.check.model import PolicyKind

__all__ = ["kind_of_policy"]

REGISTRY_ACTIONS = ("ecr:replicateimage", "ecr:createrepository", "ecr:batchimportupstreamimage")


def kind_of_policy(data: object, policy_type: Literal["identity", "resource"] | None) -> PolicyKind:
    """The kind of a document of JSON values, well-formed or not: by its elements where `policy_type` is None."""
    statements = data.get("Statement") if isinstance(data, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    objects = [one for one in listed if isinstance(one, dict)]
    if policy_type is None:
        policy_type = "resource" if any("Principal" in one or "NotPrincipal" in one for one in objects) else "identity"
    if policy_type == "identity":
        return "identity"
    return "registry" if is_registry_policy(objects) else "repository"


def is_registry_policy(statements: Sequence[Mapping[str, object]]) -> bool:
    """True for a resource policy that is meant for the registry.

    Nothing in a document says what it is attached to. A registry policy names repositories in every statement, and
    either grants one of the actions it was made for or names more repositories than one.
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
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
