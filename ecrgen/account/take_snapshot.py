"""A snapshot: all that an account has which decides about access to ECR, as one JSON value

What may not be read is said in it, and taken for unknown by whoever reads it (ecrgen.account.read_account).

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch_resources import list_repositories, policy_text
from ecrgen.account.read_account import VERSION
from ecrgen.account.read_organization import read_organization
from ecrgen.account.snapshot import LISTS
from ecrgen.catalog.places import Registry, Repository
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.policy.elements import parse_json

__all__ = ["take_snapshot"]

Found = TypeVar("Found")
Asked = TypeVar("Asked")
# Told what is read now, how much of it there is by now, and how much there will be, 0 where nobody knows.
Watch = Callable[[str, int, int], None]

# The lists of the details that are in no order of their own, and what orders them. Documents stay as they are.
ORDER = {
    **dict.fromkeys((*LISTS, "InstanceProfileList", "Roles"), "Arn"),
    **dict.fromkeys(("UserPolicyList", "GroupPolicyList", "RolePolicyList"), "PolicyName"),
    "AttachedManagedPolicies": "PolicyArn",
    "PolicyVersionList": "VersionId",
    "Tags": "Key",
    "GroupList": "",
}
DOCUMENTS = ("Document", "PolicyDocument", "AssumeRolePolicyDocument")


@dataclass(frozen=True, slots=True)
class Denied:
    """Stands for what the caller may not read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot that is being taken: `unread` is what the caller may not read, and why."""

    connection: Connection
    watch: Watch
    unread: list[dict[str, str]] = field(default_factory=list)

    def unless_denied(self, read: Callable[[], Found]) -> Found | Denied:
        """What is read, or that the caller may not. Raises AwsError for any other failure."""
        try:
            return read()
        except AwsError as error:
            if error.fault.meaning != "denied":
                raise
            above = error.action.startswith("organizations:")  # a member account may not, whatever its policies say
            where = " in the organization's management account or a delegated one" if above else ""
            return Denied(f"{self.connection.caller} lacks {error.action}; persona auditor grants it{where}")

    def known(self, what: str, found: Found | Denied) -> Found | None:
        """What was read; None where it was denied, which is said."""
        if isinstance(found, Denied):
            self.unread.append({"what": what, "reason": found.reason})
            return None
        return found

    def each(self, what: str, read: Callable[[Asked], Found], asked: Sequence[Asked]) -> Iterator[tuple[Asked, Found]]:
        """What is read for each, several at once, in the order of those asked. Raises what `read` raises."""
        with ThreadPoolExecutor(self.connection.concurrency) as pool:
            for done, (one, found) in enumerate(zip(asked, pool.map(read, asked), strict=True), 1):
                self.watch(what, done, len(asked))
                yield one, found


def take_snapshot(
    connection: Connection,
    regions: Sequence[str],
    taken: datetime,
    *,
    organization: bool = False,
    watch: Watch = lambda what, done, total: None,
) -> dict[str, Any]:
    """The snapshot of the connection's account and of its registries in these regions.

    Costs the pages of GetAccountAuthorizationDetails and, for each region, those of DescribeRepositories and one
    GetRegistryPolicy, and for each repository GetRepositoryPolicy and ListTagsForResource. With `organization`, the
    policies above each of its accounts are read, too. Raises AwsError, but for what is denied, and EcrgenError where
    that is everything.
    """
    regions = tuple(dict.fromkeys(regions))
    reading = Reading(connection, watch)
    iam = reading.known("the users, groups, roles and policies", reading.unless_denied(lambda: read_iam(reading)))
    listed = list_repositories(connection, regions)
    registries = [found for _, found in reading.each("registries", registry_reader(reading), regions)]
    for registry in registries:
        region = registry["region"]
        if region in listed.unread:
            registry["unlisted"] = f"{connection.caller} lacks ecr:DescribeRepositories; persona auditor grants it"
            reading.unread.append({"what": f"the repositories of {region}", "reason": registry["unlisted"]})
        if "unread" in registry:
            reading.unread.append({"what": f"the registry policy of {region}", "reason": registry["unread"]})
    if iam is None and all({"unlisted", "unread"} <= registry.keys() for registry in registries):
        raise EcrgenError(*(f"{each['what']}: {each['reason']}" for each in reading.unread))
    found: dict[str, Any] = {
        "version": VERSION,
        "account": connection.account,
        "partition": connection.partition,
        "regions": list(regions),
        "taken": taken.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "iam": iam,
        "repositories": list(repositories_of(reading, listed.repositories)),
        "registries": registries,
    }
    if organization:
        above = reading.unless_denied(lambda: read_organization(connection, watch))
        found["organization"] = reading.known("the organization", above)
    return {**found, "unread": reading.unread}


def read_iam(reading: Reading) -> dict[str, Any]:
    """The users, groups, roles and policies of all pages. Raises AwsError."""
    found: dict[str, list[Any]] = {name: [] for name in LISTS}
    for page in reading.connection.pages("GetAccountAuthorizationDetails"):
        for name in LISTS:
            found[name] += [each.value for each in page.items(name)]
        reading.watch("users, groups, roles and policies", sum(map(len, found.values())), 0)
    return {name: plain(each, name) for name, each in found.items()}


def plain(value: Any, name: str = "") -> Any:
    """A value of an answer as JSON has it: a moment as text, and a list in an order that is the same each time."""
    match value:
        case datetime():
            return value.isoformat()
        case dict() if name not in DOCUMENTS:
            return {key: plain(each, key) for key, each in value.items()}
        case list() if name in ORDER:
            items = [plain(each) for each in value]
            return sorted(items, key=lambda each: str(each.get(ORDER[name]) if isinstance(each, dict) else each))
        case _:
            return value


def registry_reader(reading: Reading) -> Callable[[str], dict[str, Any]]:
    def read(region: str) -> dict[str, Any]:
        place = Registry(reading.connection.account, region)
        return {"region": region, **said(reading.unless_denied(lambda: policy_text(reading.connection, place)))}

    return read


def repositories_of(reading: Reading, listed: Sequence[Repository]) -> Iterator[dict[str, Any]]:
    """The repositories with their tags and policies, but for those that were deleted since they were listed."""
    connection = reading.connection

    def read(place: Repository) -> tuple[str | Denied | None, dict[str, str] | Denied] | None:
        try:
            text = reading.unless_denied(lambda: policy_text(connection, place))
            return text, reading.unless_denied(lambda: tags_of(connection, place))
        except AwsError as error:
            if error.fault.code == "RepositoryNotFoundException":
                return None
            raise

    denied: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for place, found in reading.each("repositories", read, listed):
        if found is None:
            continue
        for what, one in zip(("policies", "tags"), found, strict=True):
            if isinstance(one, Denied):
                denied[what, place.region, one.reason] += 1
        text, tags = found
        yield {"arn": place.arn, "tags": None if isinstance(tags, Denied) else tags, **said(text)}
    for (what, region, reason), count in sorted(denied.items()):
        reading.unread.append({"what": f"the {what} of repositories of {region} ({count})", "reason": reason})


def tags_of(connection: Connection, place: Repository) -> dict[str, str]:
    answer = connection.call("ListTagsForResource", place.arn, place.region, resourceArn=place.arn)
    return dict(sorted((tag.text("Key"), tag.text("Value")) for tag in answer.items("tags")))


def said(text: str | Denied | None) -> dict[str, Any]:
    """The policy of a resource as JSON values, or as the text that it is where those would not say the same."""
    if isinstance(text, Denied):
        return {"policy": None, "unread": text.reason}
    try:
        values = None if text is None else parse_json(text)
    except PolicyError:
        values = None
    return {"policy": values if isinstance(values, dict) else text}
