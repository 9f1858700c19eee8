"""IAM's rules that moto leaves out, enforced in front of it: sizes, quotas, conflicts, names, pages.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from threading import RLock
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.iam.exceptions import DeleteConflictException, EntityAlreadyExists, LimitExceededException, ValidationError
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
PATH = re.compile(r"/|/([A-Za-z0-9.,+@=_-]+/)+", re.ASCII)
# Details a page of GetAccountAuthorizationDetails holds at most; AWS's own answer is 100 unless MaxItems says more.
PAGE = 1000
ATOMIC = RLock()


def fitting(document: str) -> None:
    size = len(json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":")))
    if size > 6144:
        raise LimitExceededException("Cannot exceed quota for PolicySize: 6144")


def create_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def strict(
        self: IAMBackend,
        description: str,
        path: str,
        policy_document: str,
        policy_name: str,
        tags: list[dict[str, str]],
    ) -> Any:
        if not NAME.fullmatch(policy_name):
            raise ValidationError("The specified value for policyName is invalid")
        if path is not None and (not PATH.fullmatch(path) or len(path) > 512):
            raise ValidationError("The specified value for path is invalid")
        if any(there.name.lower() == policy_name.lower() for there in local_policies(self)):
            raise EntityAlreadyExists(f"A policy called {policy_name} already exists. Duplicate names are not allowed.")
        if len(local_policies(self)) >= self.account_summary._policies_quota:
            raise LimitExceededException("Cannot exceed quota for PoliciesPerAccount")
        fitting(policy_document)
        return original(self, description, path, policy_document, policy_name, tags)

    return strict


def create_policy_version(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def strict(self: IAMBackend, policy_arn: str, policy_document: str, set_as_default: bool) -> Any:
        fitting(policy_document)
        return original(self, policy_arn, policy_document, set_as_default)

    return strict


def delete_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def strict(self: IAMBackend, policy_arn: str) -> None:
        if any(policy_arn in holder.managed_policies for holder in holders(self)):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if any(role.permissions_boundary_arn == policy_arn for role in self.roles.values()):
            raise DeleteConflictException("Cannot delete a policy that is a permissions boundary.")
        if len(self.get_policy(policy_arn).versions) > 1:
            raise DeleteConflictException("This policy has more than one version. Delete all non-default versions.")
        original(self, policy_arn)

    return strict


def attach(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def strict(self: IAMBackend, policy_arn: str, name: str = "", **named: str) -> None:
            name = name or named[f"{kind}_name"]  # as CloudFormation calls it
            holder = getattr(self, f"get_{kind}")(name)
            if policy_arn in holder.managed_policies:
                return
            quota = getattr(self.account_summary, f"_attached_policies_per_{kind}_quota")
            if len(holder.managed_policies) >= quota:
                raise LimitExceededException(f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {quota}")
            original(self, policy_arn, name)

        return strict

    return wrap


def atomic(method: Callable[..., Any]) -> Callable[..., Any]:
    """One at a time: what IAM's own rules look at does not change while they look."""

    @wraps(method)
    def alone(*arguments: Any, **named: Any) -> Any:
        with ATOMIC:
            return method(*arguments, **named)

    return alone


def get_account_authorization_details(self: IamResponse) -> ActionResult:
    """Pages, as IAM gives them and moto does not."""
    asked = self._get_param("Filter", [])
    found = self.backend.get_account_authorization_details(asked)
    kinds = {"UserDetailList": "users", "GroupDetailList": "groups", "RoleDetailList": "roles"}
    kinds["Policies"] = "managed_policies"
    items = [(kind, item) for kind, source in kinds.items() for item in sorted(found[source], key=lambda i: i.arn)]
    start, size = int(self._get_param("Marker") or 0), min(self._get_int_param("MaxItems", 100), PAGE)
    page: dict[str, Any] = {kind: [item for k, item in items[start : start + size] if k == kind] for kind in kinds}
    page["IsTruncated"] = start + size < len(items)
    if page["IsTruncated"]:
        page["Marker"] = str(start + size)
    return ActionResult(page)


def list_policy_versions(self: IamResponse) -> ActionResult:
    """Versions without their documents, which IAM gives only by GetPolicyVersion and in the details above."""
    versions = self.backend.list_policy_versions(self._get_param("PolicyArn"))
    shown = [
        {"VersionId": v.version_id, "IsDefaultVersion": v.is_default, "CreateDate": v.create_date} for v in versions
    ]
    return ActionResult({"Versions": shown, "IsTruncated": False})


def list_entities_for_policy(self: IamResponse) -> ActionResult:
    """By what a policy is used for, which moto does not look at: attached, or a role's permissions boundary."""
    arn, bounds = self._get_param("PolicyArn"), self._get_param("PolicyUsageFilter") == "PermissionsBoundary"
    found: dict[str, Any] = {}
    for kind in ("role", "user", "group"):
        found[f"Policy{kind.capitalize()}s"] = [
            {f"{kind.capitalize()}Name": holder.name}
            for holder in getattr(self.backend, f"{kind}s").values()
            if (getattr(holder, "permissions_boundary_arn", None) == arn if bounds else arn in holder.managed_policies)
        ]
    return ActionResult(found | {"IsTruncated": False})


def local_policies(backend: IAMBackend) -> list[Any]:
    return [policy for policy in backend.managed_policies.values() if f":iam::{backend.account_id}:" in policy.arn]


def holders(backend: IAMBackend) -> Iterator[Any]:
    yield from backend.roles.values()
    yield from backend.users.values()
    yield from backend.groups.values()


@contextmanager
def strict_iam() -> Iterator[None]:
    """IAM's own rules, for moto in this process and for a server in it."""
    wrappers: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
        "create_policy": create_policy,
        "create_policy_version": create_policy_version,
        "delete_policy": delete_policy,
        "attach_role_policy": attach("role"),
        "attach_user_policy": attach("user"),
        "attach_group_policy": attach("group"),
    }
    originals = {name: IAMBackend.__dict__[name] for name in wrappers}
    answers = (get_account_authorization_details, list_policy_versions, list_entities_for_policy)
    try:
        for name, wrapper in wrappers.items():
            setattr(IAMBackend, name, atomic(wrapper(originals[name])))
        with ExitStack() as stack:
            for function in answers:
                stack.enter_context(patch.object(IamResponse, function.__name__, function))
            yield
    finally:
        for name, original in originals.items():
            setattr(IAMBackend, name, original)
