"""IamState from the answer of GetAccountAuthorizationDetails: pages from AWS, or a file of them

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ecrgen.account.namespace import Namespace
from ecrgen.account.state import (
    DOCUMENTED,
    Entity,
    Grantee,
    IamState,
    Kind,
    ManagedPolicy,
    Quotas,
    Version,
    by_name,
)
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.policy.arn import Arn
from ecrgen.policy.elements import parse_json

__all__ = ["read_snapshot", "state_from_details", "version_of"]

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
KINDS: dict[str, Kind] = {"UserDetailList": "user", "GroupDetailList": "group", "RoleDetailList": "role"}


def read_snapshot(path: str | os.PathLike[str], namespace: str, account: str | None = None) -> IamState:
    """The state in a file that `aws iam get-account-authorization-details` wrote; quotas are the documented defaults.

    Raises EcrgenError for a file that is none, or that is of another account than the one given.
    """
    try:
        data = parse_json(Path(path).read_bytes())
    except OSError as error:
        raise EcrgenError(f"{path}: {error.strerror or error}") from None
    except PolicyError as error:
        raise EcrgenError(f"{path}: {error}") from None
    missing = LISTS if not isinstance(data, dict) else [name for name in LISTS if not isinstance(data.get(name), list)]
    if missing:
        raise EcrgenError(
            f"{path}: no snapshot: {', '.join(missing)} missing; "
            "write one with: aws iam get-account-authorization-details > FILE"
        )
    try:
        owner = next((arn for arn in map(Arn.parse, arns(data)) if arn and arn.account.isdigit()), None)
        if owner is None:
            if account is None:
                raise EcrgenError(
                    f"{path}: holds no role, user, group or policy, so no account; name it in the catalog"
                )
            return state_from_details([data], Namespace("aws", account, namespace))
        if account is not None and owner.account != account:
            raise EcrgenError(f"{path}: is of account {owner.account}, not {account}")
        return state_from_details([data], Namespace(owner.partition, owner.account, namespace))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EcrgenError(f"{path}: no snapshot of GetAccountAuthorizationDetails: {error!r}") from None


def arns(data: Mapping[str, Any]) -> Iterable[str]:
    return (item["Arn"] for name in LISTS for item in data[name])


def state_from_details(
    pages: Iterable[Mapping[str, Any]],
    namespace: Namespace,
    quotas: Quotas = DOCUMENTED,
) -> IamState:
    """The state that pages of GetAccountAuthorizationDetails describe, in whatever order their items come."""
    entities: dict[Grantee, Entity] = {}
    policies: list[ManagedPolicy] = []
    taken: dict[str, str] = {}
    for page in pages:
        for name, kind in KINDS.items():
            for detail in page.get(name, ()):
                entities[grantee_of(kind, detail["Arn"])] = Entity(
                    detail["Path"],
                    frozenset(attached["PolicyArn"] for attached in detail.get("AttachedManagedPolicies", ())),
                )
        for detail in page.get("Policies", ()):
            arn = detail["Arn"]
            if f":iam::{namespace.account}:" not in arn:
                continue  # AWS's own
            taken[arn.rpartition("/")[2].lower()] = arn
            if namespace.owns(arn):
                policies.append(policy_of(detail))
    return IamState(namespace, by_name(policies), entities, taken, quotas)


def grantee_of(kind: Kind, arn: str) -> Grantee:
    return Grantee(kind, arn.rpartition("/")[2])


def policy_of(detail: Mapping[str, Any]) -> ManagedPolicy:
    versions = sorted((version_of(version) for version in detail["PolicyVersionList"]), key=lambda v: v.number)
    return ManagedPolicy(detail["Arn"], tuple(versions), detail["DefaultVersionId"])


def version_of(detail: Mapping[str, Any]) -> Version:
    """A PolicyVersion of any IAM answer; its document may be JSON values, JSON text, or URL-encoded JSON text."""
    document = detail.get("Document")
    if isinstance(document, str):
        text: str | None = unquote(document) if document.lstrip()[:1] == "%" else document
    else:
        text = None if document is None else json.dumps(document, separators=(",", ":"))
    created = detail.get("CreateDate", "")
    return Version(detail["VersionId"], created if isinstance(created, str) else created.isoformat(), text)
