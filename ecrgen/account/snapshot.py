"""IamState from the answer of GetAccountAuthorizationDetails: pages from AWS, or a file of them

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from ecrgen.account.answers import Answer
from ecrgen.account.namespace import Namespace
from ecrgen.account.state import (
    DOCUMENTED,
    Entity,
    Grantee,
    IamState,
    ManagedPolicy,
    Quotas,
    Version,
    by_name,
)
from ecrgen.catalog.grantees import IamKind
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import quoted
from ecrgen.policy.arn import PARTITIONS, Arn
from ecrgen.policy.elements import parse_json
from ecrgen.policy.names import ACCOUNT

__all__ = [
    "LISTS",
    "details_in",
    "owner_of",
    "policy_text",
    "read_json",
    "read_snapshot",
    "state_from_details",
    "state_in",
    "version_of",
]

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
# What writes a whole snapshot: the AWS command line asks for all pages unless it is told otherwise.
COMMAND = "aws iam get-account-authorization-details > FILE"
# What says that there is more: to boto3, to the AWS command line with --max-items, and to who asks for the next page.
TRUNCATED = "IsTruncated"
MORE = ("NextToken", "Marker")
KINDS: dict[str, IamKind] = {"UserDetailList": "user", "GroupDetailList": "group", "RoleDetailList": "role"}

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
VERSION = re.compile(r"v[1-9][0-9]{0,17}(\.[A-Za-z0-9-]*)?", re.ASCII)


def read_snapshot(path: str | os.PathLike[str], namespace: str, account: str | None = None) -> IamState:
    """The state in a file that `aws iam get-account-authorization-details` or `ecrgen snapshot` wrote.

    Quotas are the documented defaults. Raises EcrgenError, with the place, for a file that is none, that holds a part
    of one, or that is of another account than the one given.
    """
    state = state_in(read_json(path), path, namespace, account)
    if account is not None and state.namespace.account != account:
        raise EcrgenError(f"{path}: is of account {state.namespace.account}, not {account}")
    return state


def state_in(data: object, path: str | os.PathLike[str], namespace: str, account: str | None = None) -> IamState:
    """The state in the JSON values of such a file; `account` is whose it is where the file does not tell.

    Raises EcrgenError.
    """
    said: tuple[str, str] | None = None
    if isinstance(data, dict) and "iam" in data and "version" in data:
        whole_file = Answer(data, f"{path}: no snapshot")
        said = whole_file.text("partition"), whole_file.text("account")
        data = data["iam"]
        if data is None:
            raise EcrgenError(f"{path}: holds no users and roles, which could not be read; write it again with them")
    details = details_in(data, path)
    owner = owner_of(details)
    found = (owner.partition, owner.account) if owner else None
    if said and found and said != found:
        raise EcrgenError(
            f"{path}: is of account {said[1]} ({said[0]}), and its iam of account {found[1]} ({found[0]})"
        )
    partition, own = found or said or ("aws", account)
    if own is None:
        raise EcrgenError(f"{path}: holds no role, user, group or policy, so no account; name it in the catalog")
    return whole(state_from_details([details], Namespace(partition, own, namespace)), path)


def read_json(path: str | os.PathLike[str], text: bytes | None = None) -> object:
    """The JSON values of a file, or of its text where somebody has read it. Raises EcrgenError."""
    try:
        return parse_json(Path(path).read_bytes() if text is None else text)
    except OSError as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror or error}"
        )
        raise EcrgenError(f"{path}: {reason}") from None
    except PolicyError as error:
        raise EcrgenError(f"{path}: {error}") from None


def details_in(data: object, path: str | os.PathLike[str]) -> Answer:
    """The answer of GetAccountAuthorizationDetails that JSON values are. Raises EcrgenError for a part of one."""
    missing = LISTS if not isinstance(data, dict) else [name for name in LISTS if not isinstance(data.get(name), list)]
    if missing:
        raise EcrgenError(f"{path}: no snapshot: {', '.join(missing)} missing; write one with: {COMMAND}")
    details = Answer(data, f"{path}: no snapshot of GetAccountAuthorizationDetails")
    signs = [TRUNCATED] if details.flag(TRUNCATED) else [name for name in MORE if details.get(name) is not None]
    if signs:
        raise EcrgenError(
            f"{path}: holds the first page only ({signs[0]}); "
            f"without --max-items and --no-paginate, this writes it whole: {COMMAND}"
        )
    return details


def owner_of(details: Answer) -> Arn | None:
    """The ARN of something that is the account's own. Raises EcrgenError where things are of several accounts."""
    owner = None
    for name in LISTS:
        for item in details.items(name):
            arn = Arn.parse(item.text("Arn"))
            if arn is None or arn.service != "iam":
                raise item.wrong(f"has the Arn {quoted(item.text('Arn'))}, which is none of IAM's")
            if arn.account == "aws" and name == "Policies":
                continue  # AWS's own
            if not (re.fullmatch(ACCOUNT, arn.account) and arn.partition in PARTITIONS):
                raise item.wrong(f"has the Arn {quoted(str(arn))}, which is of no account")
            if owner is not None and (owner.partition, owner.account) != (arn.partition, arn.account):
                raise item.wrong(f"is of account {arn.account}, and others are of account {owner.account}")
            owner = arn
    return owner


def whole(state: IamState, path: str | os.PathLike[str]) -> IamState:
    """The state itself. Raises EcrgenError where somebody has a policy of the namespace's that the file leaves out."""
    there = {policy.arn for policy in state.policies.values()}
    for grantee, entity in state.entities.items():
        for arn in sorted(entity.attached - there):
            if state.namespace.owns(arn):
                raise EcrgenError(f"{path}: {grantee} has {arn}, which Policies lacks; write the file without --filter")
    return state


def state_from_details(
    pages: Iterable[Answer],
    namespace: Namespace,
    quotas: Quotas = DOCUMENTED,
) -> IamState:
    """The state that pages of GetAccountAuthorizationDetails describe, in whatever order their items come.

    Raises EcrgenError for what is missing or of another type.
    """
    entities: dict[Grantee, Entity] = {}
    policies: list[ManagedPolicy] = []
    taken: dict[str, str] = {}
    bounds: defaultdict[str, list[Grantee]] = defaultdict(list)
    for page in pages:
        for name, kind in KINDS.items():
            for detail in page.items(name):
                grantee = Grantee(kind, detail.text("Arn").rpartition("/")[2])
                attached = frozenset(each.text("PolicyArn") for each in detail.items("AttachedManagedPolicies"))
                entities[grantee] = Entity(detail.text("Path"), attached)
                boundary = detail.get("PermissionsBoundary")
                if boundary is not None and boundary.get("PermissionsBoundaryArn") is not None:
                    bounds[boundary.text("PermissionsBoundaryArn")].append(grantee)
        for detail in page.items("Policies"):
            arn = detail.text("Arn")
            if f":iam::{namespace.account}:" not in arn:
                continue  # AWS's own
            taken[arn.rpartition("/")[2].lower()] = arn
            if namespace.owns(arn):
                policies.append(policy_of(detail))
    bounding = (replace(policy, bounds=tuple(sorted(bounds[policy.arn]))) for policy in policies)
    return IamState(namespace, by_name(bounding), entities, taken, quotas)


def policy_of(detail: Answer) -> ManagedPolicy:
    versions = sorted(map(version_of, detail.items("PolicyVersionList")), key=lambda version: version.number)
    default = detail.text("DefaultVersionId")
    if all(version.id != default for version in versions):
        raise detail.wrong(f"has the DefaultVersionId {quoted(default)}, which is none of its versions")
    return ManagedPolicy(detail.text("Arn"), tuple(versions), default)


def policy_text(document: Answer) -> str:
    """The text of a document in an answer, where it may be JSON values, JSON text, or URL-encoded JSON text."""
    if isinstance(document.value, str):
        return unquote(document.value) if document.value.lstrip()[:1] == "%" else document.value
    return json.dumps(document.value, separators=(",", ":"))


def version_of(detail: Answer) -> Version:
    """A PolicyVersion of any IAM answer."""
    document = detail.get("Document")
    text = None if document is None else policy_text(document)
    created = detail.get("CreateDate")
    if created is None:
        moment = ""
    elif isinstance(created.value, datetime):
        moment = created.value.isoformat()
    else:
        moment = detail.text("CreateDate")
    version = detail.text("VersionId")
    if not VERSION.fullmatch(version):
        raise detail.wrong(f"has the VersionId {quoted(version)}, which is none, such as v1")
    return Version(version, moment, text)
