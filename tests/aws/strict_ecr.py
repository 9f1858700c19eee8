"""ECR's rules that moto leaves out, enforced in front of it: sizes, principals, Resource, lock-out, actions, pages.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse
from moto.iam.models import iam_backends

CHARACTERS = 10240
# A page of DescribeRepositories holds at most so many, whatever is asked for.
PAGE = 3
ENTITY = re.compile(r"arn:aws:iam::(\d{12}):(role|user)(/.*)")
# Principals that are not seen yet: how often each is still refused.
UNSEEN: dict[str, int] = {}
PLAIN_PUT, PLAIN_SET = ECRBackend.put_registry_policy, ECRBackend.set_repository_policy


def refused(why: str) -> InvalidParameterException:
    return InvalidParameterException(f"Invalid parameter at 'PolicyText' failed to satisfy constraint: '{why}'")


def statements_of(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)["Statement"]
    return [found] if isinstance(found, dict) else found


def named(statement: dict[str, Any]) -> list[str]:
    """The principals of AWS that a statement names."""
    principal = statement.get("Principal")
    names = principal.get("AWS", []) if isinstance(principal, dict) else []
    return names if isinstance(names, list) else [names]


def exists(name: str) -> bool:
    """Accounts exist; a role or a user does with its path; an id of one that was deleted does not."""
    if UNSEEN.get(name, 0):
        UNSEEN[name] -= 1
        return False
    found = ENTITY.fullmatch(name)
    if found is None:
        return not name.startswith(("AROA", "AIDA"))
    account, kind, path = found.groups()
    there = getattr(iam_backends[account]["aws"], f"{kind}s").values()
    return any(path == f"{each.path}{each.name}" for each in there)


def looked_at(text: str) -> list[dict[str, Any]]:
    """The statements of a policy that both kinds of resources may have."""
    if len(text) > CHARACTERS:
        raise refused(f"Policy text has more than {CHARACTERS} characters")
    statements = statements_of(text)
    missing = [name for each in statements for name in named(each) if not exists(name)]
    if missing:
        raise refused("Principal not found")
    return statements


def set_repository_policy(self: ECRBackend, registry_id: str, repository_name: str, policy_text: str) -> Any:
    self._get_repository(repository_name, registry_id)
    for each in looked_at(policy_text):
        if {"Resource", "NotResource"} & each.keys() or "Principal" not in each:
            raise refused("Invalid repository policy provided")
        actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
        if each["Effect"] == "Deny" and each["Principal"] == "*" and {"ecr:*", "ecr:SetRepositoryPolicy"} & {*actions}:
            raise refused("The policy would prevent the caller from setting another one; use force")
    return PLAIN_SET(self, registry_id, repository_name, policy_text)


def put_registry_policy(self: ECRBackend, policy_text: str) -> Any:
    for each in looked_at(policy_text):
        if "Principal" not in each or "Resource" not in each:
            raise refused("Invalid registry policy provided")
    return PLAIN_PUT(self, policy_text)


def describe_repositories(self: ECRResponse) -> ActionResult:
    """Pages, as ECR gives them and moto does not."""
    found = self.ecr_backend.describe_repositories(repository_names=self._get_param("repositoryNames"))
    start, size = int(self._get_param("nextToken") or 0), min(int(self._get_param("maxResults") or 100), PAGE)
    page: dict[str, Any] = {"repositories": found[start : start + size]}
    if start + size < len(found):
        page["nextToken"] = str(start + size)
    return ActionResult(page)


@contextmanager
def strict_ecr() -> Iterator[None]:
    """ECR's own rules, for moto in this process and for a server in it. A registry takes every action of ECR."""
    with ExitStack() as stack:
        for function in (set_repository_policy, put_registry_policy):
            stack.enter_context(patch.object(ECRBackend, function.__name__, function))
        stack.enter_context(patch.object(ECRBackend, "_validate_registry_policy_action", lambda self, text: None))
        stack.enter_context(patch.object(ECRResponse, "describe_repositories", describe_repositories))
        yield
