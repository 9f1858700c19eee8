"""A snapshot: all that an account has which decides about access to ECR, as one JSON value

What may not be read is said in it, and taken for unknown by whoever reads it (ecrgen.account.read_account).

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch_resources import list_repositories, policy_text
from ecrgen.account.read_account import VERSION
from ecrgen.account.read_organization import read_organization
from ecrgen.catalog.places import Registry, Repository

__all__ = ["take_snapshot"]

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def take_snapshot(
    connection: Connection, regions: Sequence[str], taken: datetime, *, organization: bool = False
) -> dict[str, Any]:
    """The snapshot of the connection's account and of its registries in these regions.

    Costs the pages of GetAccountAuthorizationDetails and, for each region, those of DescribeRepositories and one
    GetRegistryPolicy, and for each repository GetRepositoryPolicy and ListTagsForResource. With `organization`, the
    policies above each of its accounts are read, too. Raises AwsError, but for what is denied.
    """
    unread: list[dict[str, str]] = []
    iam = read_iam(connection, unread)
    listed = list_repositories(connection, regions)
    unread += [{"what": f"the repositories of {region}", "reason": why} for region, why in listed.unread.items()]
    readable = [region for region in regions if region not in listed.unread]
    with ThreadPoolExecutor(connection.concurrency) as pool:
        repositories = [
            one for one in pool.map(lambda each: read_repository(connection, each), listed.repositories) if one
        ]
        registries = list(pool.map(lambda region: read_registry(connection, region), readable))
    found: dict[str, Any] = {
        "version": VERSION,
        "account": connection.account,
        "partition": connection.partition,
        "regions": list(regions),
        "taken": taken.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "iam": iam,
        "repositories": repositories,
        "registries": registries,
    }
    if organization:
        found["organization"] = read_organization(connection)
    return {**found, "unread": unread}


def read_iam(connection: Connection, unread: list[dict[str, str]]) -> dict[str, Any] | None:
    """The users, groups, roles and policies, each list by ARN; None where they may not be read."""
    found: dict[str, list[Any]] = {name: [] for name in LISTS}
    try:
        for page in connection.pages("GetAccountAuthorizationDetails"):
            for name in LISTS:
                found[name] += [plain(each.value) for each in page.items(name)]
    except AwsError as error:
        if error.fault.meaning != "denied":
            raise
        unread.append({"what": "the users, groups, roles and policies", "reason": str(error)})
        return None
    return {name: sorted(each, key=lambda one: str(one.get("Arn"))) for name, each in found.items()}


def plain(value: Any) -> Any:
    """The values of an answer as JSON has them: a moment becomes text."""
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case _:
            return value


def read_repository(connection: Connection, repository: Repository) -> dict[str, Any] | None:
    """A repository with its tags and its policy; None for one that was deleted since it was listed."""
    found: dict[str, Any] = {"arn": repository.arn, "tags": None, "policy": None}
    try:
        found["policy"] = document(policy_text(connection, repository))
    except AwsError as error:
        if error.fault.code == "RepositoryNotFoundException":
            return None
        found["unread"] = reason(error)
    try:
        tags = connection.call(
            "ListTagsForResource", repository.arn, repository.region, resourceArn=repository.arn
        ).items("tags")
        found["tags"] = {tag.text("Key"): tag.text("Value") for tag in tags}
    except AwsError as error:
        if error.fault.code == "RepositoryNotFoundException":
            return None
        found["tags_unread"] = reason(error)
    return found


def read_registry(connection: Connection, region: str) -> dict[str, Any]:
    try:
        return {"region": region, "policy": document(policy_text(connection, Registry(connection.account, region)))}
    except AwsError as error:
        return {"region": region, "policy": None, "unread": reason(error)}


def reason(error: AwsError) -> str:
    """Why something may not be read. Raises the error that is no denial."""
    if error.fault.meaning != "denied":
        raise error
    return str(error)


def document(text: str | None) -> Any:
    """A policy as JSON values, or as the text that it is where it is none."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text
