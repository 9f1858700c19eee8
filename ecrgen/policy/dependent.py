"""Dependent actions: what AWS asks of a request besides its own action.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-supported-iam-actions-tagging.html
https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policy-examples.html
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["dependent_actions"]

# Of requests that carry tags. ECR's own answer to CreateRepository with tags names TagResource.
WITH_TAGS = {"ecr:createrepository": "ecr:TagResource", "ecr-public:createrepository": "ecr-public:TagResource"}
ALWAYS = {"ecr-public:getauthorizationtoken": "sts:GetServiceBearerToken"}


def dependent_actions(action: str, keys: Iterable[str] = ()) -> tuple[str, ...]:
    """The actions that a request also needs: for creating a repository with tags, to tag it.

    `keys` are the condition keys of the request, in any case; aws:RequestTag/… and aws:TagKeys tell of tags.
    """
    lower = action.lower()
    tagged = any(key.lower() == "aws:tagkeys" or key.lower().startswith("aws:requesttag/") for key in keys)
    found = (ALWAYS.get(lower), WITH_TAGS.get(lower) if tagged else None)
    return tuple(name for name in found if name is not None)
