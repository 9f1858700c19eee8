"""Resource policies from AWS: a call for each document, for there is none that reads several

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.resource_policies import Listed, ResourcePolicies, Resources, SharedPlace, resources_of
from ecrgen.account.shared_document import SharedDocument
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import PUBLIC, Repository
from ecrgen.errors import PolicyError
from ecrgen.messages import quoted

__all__ = ["FromAws", "list_repositories", "named", "parameters_of", "policy_text", "read_policies", "read_resources"]

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def list_repositories(connection: Connection, regions: Iterable[str]) -> Listed:
    """All repositories of these regions, of ECR Public for none, a call for each thousand of them.

    Raises AwsError, but for what is denied.
    """

    def read(region: str) -> list[Repository]:
        pages = list(connection.pages("DescribeRepositories", f"in {region or PUBLIC}", region))
        return [repository_of(each, connection, region) for page in pages for each in page.items("repositories")]

    found, unread = unless_denied(connection, read, regions)
    return Listed(tuple(sorted(each for some in found.values() for each in some)), unread)


def repository_of(item: Answer, connection: Connection, region: str) -> Repository:
    """The repository of an answer. Raises EcrgenError for an ARN that is none of this account's in that region."""
    text = item.text("repositoryArn")
    service = "ecr" if region else "ecr-public"
    start = f"arn:{connection.partition}:{service}:{region}:{connection.account}:repository/"
    if not text.startswith(start):
        raise item.wrong(f"has the repositoryArn {quoted(text)}, which does not begin with {start}")
    return Repository(text)


@dataclass(frozen=True, slots=True)
class FromAws:
    """The resource policies of a connection's account. Raises AwsError, but for what is denied."""

    connection: Connection

    @property
    def account(self) -> str:
        return self.connection.account

    def listed(self, regions: Iterable[str]) -> Listed:
        return list_repositories(self.connection, regions)

    def policies(self, namespace: str, places: Iterable[SharedPlace]) -> ResourcePolicies:
        return read_policies(self.connection, namespace, places)


def read_resources(
    connection: Connection, namespace: str, halves: Iterable[ResourceHalf], regions: Iterable[str], *, everywhere: bool
) -> Resources:
    """What halves ask for and what is there, as `resources_of`.

    Costs a call for each document, and for each thousand repositories of a region that is looked through, for a pattern
    or `everywhere`. Raises AwsError.
    """
    return resources_of(FromAws(connection), namespace, halves, regions, everywhere=everywhere)


def read_policies(connection: Connection, namespace: str, places: Iterable[SharedPlace]) -> ResourcePolicies:
    """The documents of these places, a call for each. Raises AwsError, but for what is denied.

    GetRepositoryPolicy says which repositories there are none of, too.
    """

    def read(place: SharedPlace) -> SharedDocument | None:
        try:
            return SharedDocument.read(policy_text(connection, place), namespace)
        except AwsError as error:
            if error.fault.code == "RepositoryNotFoundException":
                return None
            raise

    found, unread = unless_denied(connection, read, places)
    documents = {place: document for place, document in found.items() if document is not None}
    missing = (place for place, document in found.items() if document is None and isinstance(place, Repository))
    return ResourcePolicies(documents, tuple(missing), unread)


def policy_text(connection: Connection, place: SharedPlace) -> str | None:
    """The policy of a place as AWS has it now; None where there is none. Raises AwsError, for no repository, too."""
    operation = f"Get{named(place)}"
    try:
        answer = connection.call(operation, str(place), place.region, **parameters_of(place))
    except AwsError as error:
        if error.fault.code in ("RepositoryPolicyNotFoundException", "RegistryPolicyNotFoundException"):
            return None
        raise
    return answer.text("policyText")


def named(place: SharedPlace) -> str:
    """The end of the names of the operations on a place's policy."""
    return "RepositoryPolicy" if isinstance(place, Repository) else "RegistryPolicy"


def parameters_of(place: SharedPlace) -> dict[str, str]:
    """The parameters that say which place it is; that of a registry is the caller's, and has none."""
    return {"repositoryName": place.name, "registryId": place.account} if isinstance(place, Repository) else {}


def unless_denied(
    connection: Connection, read: Callable[[Asked], Found], asked: Iterable[Asked]
) -> tuple[dict[Asked, Found], dict[Asked, str]]:
    """What is read for each, several at once, and why some could not be read: denied, or not to be given back."""

    found: dict[Asked, Found] = {}
    unread: dict[Asked, str] = {}

    def attempt(one: Asked) -> None:
        try:
            found[one] = read(one)
        except PolicyError as error:
            unread[one] = f"{one}: {error}"
        except AwsError as error:
            if error.fault.meaning != "denied":
                raise
            unread[one] = str(error)

    ordered = list(dict.fromkeys(asked))
    with ThreadPoolExecutor(connection.concurrency) as pool:
        for _ in pool.map(attempt, ordered):
            pass
    return {one: found[one] for one in ordered if one in found}, {one: unread[one] for one in ordered if one in unread}
