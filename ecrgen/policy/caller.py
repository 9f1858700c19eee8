"""The caller of a request: the principal in its parts, and the context keys that follow from who it is.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from ecrgen.policy import names
from ecrgen.policy.arn import Arn

__all__ = ["Caller", "CallerType", "caller_of"]

ACCOUNT = re.compile(names.ACCOUNT)
PARTITION = re.compile(names.PARTITION)
SERVICE_PRINCIPAL = re.compile(names.SERVICE_PRINCIPAL)
IAM_RESOURCES = re.compile(r"(?P<root>root)|user/([^:*?/]+/)*(?P<user>[^:*?/]+)|role/([^:*?/]+/)*(?P<role>[^:*?/]+)")
STS_RESOURCES = re.compile(
    r"assumed-role/(?P<role>[^:*?/]+)/(?P<session>[^:*?/]+)|federated-user/(?P<federated>[^:*?/]+)"
)

# aws:PrincipalType, or Service for an AWS service.
CallerType = Literal["Account", "User", "AssumedRole", "FederatedUser", "Service"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request in its parts. `type` is aws:PrincipalType, or Service for an AWS service.

    `arn` is aws:PrincipalArn (of an assumed role, the role's), `name` that of the user, role or service. `keys` are the
    context keys that follow from it, in lower case; None for one that such a request never has.
    """

    principal: str
    type: CallerType
    name: str
    partition: str = ""
    account: str = ""
    arn: str = ""
    keys: Mapping[str, str | None] = field(default_factory=dict, compare=False)

    @property
    def is_session(self) -> bool:
        """True where the principal is a session of a role, not the role itself."""
        return self.type == "AssumedRole" and self.principal != self.arn

    @property
    def root(self) -> str:
        """The ARN that stands for the caller's account in a policy."""
        return f"arn:{self.partition}:iam::{self.account}:root"


@lru_cache(maxsize=1024)
def caller_of(principal: str) -> Caller | None:
    """The caller that a principal is, or None where it is none (`*`, a group, no ARN)."""
    if SERVICE_PRINCIPAL.fullmatch(principal):
        keys = {"aws:principalisawsservice": "true", "aws:principalservicename": principal, "aws:username": None}
        return Caller(principal, "Service", principal, keys=keys)
    arn = Arn.parse(principal)
    if arn is None or arn.region or not ACCOUNT.fullmatch(arn.account) or not PARTITION.fullmatch(arn.partition):
        return None
    forms = {"iam": IAM_RESOURCES, "sts": STS_RESOURCES}.get(arn.service)
    found = forms.fullmatch(arn.resource) if forms else None
    if found is None:
        return None
    name = found[found.lastgroup or 0]
    match found.lastgroup:
        case "root":
            return person(arn, "Account", name, principal, {"aws:userid": arn.account})
        case "user":
            return person(arn, "User", name, principal, {"aws:username": name})
        case "federated":
            return person(arn, "FederatedUser", name, principal, {"aws:userid": f"{arn.account}:{name}"})
        case "role":
            return person(arn, "AssumedRole", name, principal, {})
        case _:
            role = f"arn:{arn.partition}:iam::{arn.account}:role/{found['role']}"
            return person(arn, "AssumedRole", found["role"], role, {})


def person(
    arn: Arn,
    kind: Literal["Account", "User", "AssumedRole", "FederatedUser"],
    name: str,
    principal_arn: str,
    more: Mapping[str, str],
) -> Caller:
    keys = {
        "aws:principalarn": principal_arn,
        "aws:principalaccount": arn.account,
        "aws:principaltype": kind,
        "aws:principalisawsservice": "false",
        "aws:principalservicename": None,
        "aws:username": None,
        **more,
    }
    return Caller(str(arn), kind, name, arn.partition, arn.account, principal_arn, keys)
