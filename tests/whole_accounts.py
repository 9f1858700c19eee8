"""Accounts as files, for tests of what asks them: principals with their policies, repositories, registries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "PROD",
    "REPO",
    "TOOLS",
    "TRUST",
    "allow",
    "details",
    "document",
    "group",
    "organization",
    "role",
    "snapshot",
    "user",
]

PROD, TOOLS = "111122223333", "444455556666"
REPO = f"arn:aws:ecr:eu-central-1:{PROD}:repository/team/web"

Json = dict[str, Any]


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str = REPO, **more: Any) -> Json:
    """An Allow; with a Principal, one of a repository's policy."""
    return {"Effect": "Allow", "Action": list(actions), **({} if "Principal" in more else {"Resource": on}), **more}


TRUST = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}})


def entity(kind: str, name: str, inline: Iterable[Json], attached: Iterable[str], account: str, path: str) -> Json:
    return {
        f"{kind}Name": name,
        "Arn": f"arn:aws:iam::{account}:{kind.lower()}{path}{name}",
        "Path": path,
        f"{kind}PolicyList": [{"PolicyName": f"p{at}", "PolicyDocument": each} for at, each in enumerate(inline)],
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached],
    }


def role(
    name: str, *inline: Json, attached: Iterable[str] = (), account: str = PROD, path: str = "/", **more: Any
) -> Json:
    return {**entity("Role", name, inline, attached, account, path), "AssumeRolePolicyDocument": TRUST, **more}


def user(
    name: str, *inline: Json, attached: Iterable[str] = (), groups: Iterable[str] = (), account: str = PROD, **more: Any
) -> Json:
    return {**entity("User", name, inline, attached, account, "/"), "GroupList": list(groups), **more}


def group(name: str, *inline: Json, attached: Iterable[str] = (), account: str = PROD) -> Json:
    return entity("Group", name, inline, attached, account, "/")


def details(*entities: Json, managed: Mapping[str, Json] | None = None) -> Json:
    """What GetAccountAuthorizationDetails answers for these; `managed` are documents by ARN."""
    return {
        f"{kind}DetailList": [each for each in entities if f"{kind}Name" in each] for kind in ("User", "Group", "Role")
    } | {
        "Policies": [
            {
                "PolicyName": arn.rpartition("/")[2],
                "Arn": arn,
                "DefaultVersionId": "v2",
                "PolicyVersionList": [
                    {"VersionId": "v2", "IsDefaultVersion": True, "Document": each},
                    {"VersionId": "v1", "IsDefaultVersion": False, "Document": document(allow("ecr:*", on="*"))},
                ],
            }
            for arn, each in (managed or {}).items()
        ]
    }


def snapshot(
    *entities: Json,
    managed: Mapping[str, Json] | None = None,
    repositories: Mapping[str, Json | None] | None = None,
    registry: Json | None = None,
    account: str = PROD,
    **more: Any,
) -> Json:
    """A snapshot of one region; `repositories` are their policies by ARN."""
    return {
        "version": 1,
        "account": account,
        "partition": "aws",
        "regions": ["eu-central-1"],
        "taken": "2026-11-28T07:00:00Z",
        "iam": details(*entities, managed=managed),
        "repositories": [
            {"arn": arn, "tags": {}, "policy": each} for arn, each in (repositories or {REPO: None}).items()
        ],
        "registries": [{"region": "eu-central-1", "policy": registry}],
        **more,
    }


def organization(*scps: Json, rcps: Iterable[Json] = (), account: str = PROD, management: str = "999900009999") -> Json:
    """An organisation, with policies on the account itself beside those that AWS attaches everywhere."""
    full = {"name": "FullAWSAccess", "policy": document({"Effect": "Allow", "Action": "*", "Resource": "*"})}
    every = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
    own = {"name": "RCPFullAWSAccess", "policy": every}

    def levels(first: Json, others: Iterable[Json]) -> list[Json]:
        named = [{"name": f"own{at}", "policy": each} for at, each in enumerate(others)]
        return [{"target": "r-abcd", "policies": [first]}, {"target": account, "policies": [first, *named]}]

    above = {"path": "o-a1b2c3d4e5/r-abcd/", "scps": levels(full, scps), "rcps": levels(own, rcps)}
    return {"id": "o-a1b2c3d4e5", "management_account": management, "accounts": {account: above}}
