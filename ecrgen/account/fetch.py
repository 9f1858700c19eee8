"""IamState from AWS: in bulk where the caller may, else by path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.namespace import Namespace
from ecrgen.account.snapshot import state_from_details, version_of
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

if TYPE_CHECKING:
    from mypy_boto3_iam.literals import PolicyUsageTypeType

__all__ = ["GRANTEE_PARAMETER", "attached_to", "default_version", "read_state", "tags_of", "with_past", "with_tags"]

GRANTEE_PARAMETER: Mapping[IamKind, str] = {"role": "RoleName", "user": "UserName", "group": "GroupName"}
FILTER = ["User", "Role", "Group", "LocalManagedPolicy"]


def default_version(connection: Connection, arn: str) -> Version:
    """A policy's default version with its document, as IAM has it now. Raises AwsError."""
    entity = arn.rpartition("/")[2]
    default = connection.call("GetPolicy", entity, PolicyArn=arn).member("Policy").text("DefaultVersionId")
    answer = connection.call("GetPolicyVersion", entity, PolicyArn=arn, VersionId=default)
    return version_of(answer.member("PolicyVersion"))


def read_state(connection: Connection, namespace: str, grantees: Iterable[Grantee] = ()) -> IamState:
    """The account as a namespace sees it.

    Costs the pages of GetAccountAuthorizationDetails and GetAccountSummary. Where the first is denied: the pages of
    ListPolicies, a few calls for each own policy, and one for each of `grantees`, the only ones known to exist then.
    Where GetAccountSummary is denied, the documented quotas hold. Raises AwsError.
    """
    own = Namespace(connection.partition, connection.account, namespace)
    quotas = read_quotas(connection)
    pages = connection.pages("GetAccountAuthorizationDetails", Filter=FILTER)
    try:
        first = next(pages)
    except AwsError as error:
        if error.fault.meaning != "denied":
            raise
        return state_by_path(connection, own, grantees, quotas)

    def details() -> Iterator[Answer]:
        yield first
        yield from pages

    return state_from_details(details(), own, quotas)


def read_quotas(connection: Connection) -> Quotas:
    try:
        return Quotas.from_summary(connection.call("GetAccountSummary").member("SummaryMap").numbers())
    except AwsError as error:
        if error.fault.meaning != "denied":
            raise
        return DOCUMENTED


def state_by_path(
    connection: Connection, namespace: Namespace, grantees: Iterable[Grantee], quotas: Quotas
) -> IamState:
    """The state without GetAccountAuthorizationDetails; only default versions come with their documents."""
    local = [policy for page in connection.pages("ListPolicies", Scope="Local") for policy in page.items("Policies")]
    taken = {policy.text("PolicyName").lower(): policy.text("Arn") for policy in local}
    own = [arn for arn in taken.values() if namespace.owns(arn)]
    attached: dict[Grantee, set[str]] = {}
    with ThreadPoolExecutor(connection.concurrency) as pool:
        policies = list(pool.map(lambda arn: read_policy(connection, arn), own))
        for arn, holders in zip(own, pool.map(lambda arn: list(holders_of(connection, arn)), own), strict=True):
            for holder in holders:
                attached.setdefault(holder, set()).add(arn)
        asked = sorted(set(grantees))
        for grantee, there in zip(
            asked, pool.map(lambda grantee: attached_to(connection, grantee), asked), strict=True
        ):
            if there is not None:
                attached.setdefault(grantee, set()).update(there)
    entities = {grantee: Entity(None, frozenset(arns)) for grantee, arns in attached.items()}
    return IamState(namespace, by_name(policies), entities, taken, quotas)


def read_policy(connection: Connection, arn: str) -> ManagedPolicy:
    default = default_version(connection, arn)
    others = [
        version_of(version)
        for page in connection.pages("ListPolicyVersions", arn.rpartition("/")[2], PolicyArn=arn)
        for version in page.items("Versions")
        if version.text("VersionId") != default.id
    ]
    versions = sorted([default, *others], key=lambda version: version.number)
    bounds = sorted(holders_of(connection, arn, "PermissionsBoundary"))
    return ManagedPolicy(arn, tuple(versions), default.id, tuple(bounds))


def holders_of(connection: Connection, arn: str, usage: PolicyUsageTypeType = "PermissionsPolicy") -> Iterator[Grantee]:
    """The roles, users and groups that a policy is attached to, or those whose permissions boundary it is."""
    kinds: tuple[tuple[IamKind, str, str], ...] = (
        ("role", "PolicyRoles", "RoleName"),
        ("user", "PolicyUsers", "UserName"),
        ("group", "PolicyGroups", "GroupName"),
    )
    entity = arn.rpartition("/")[2]
    for page in connection.pages("ListEntitiesForPolicy", entity, PolicyArn=arn, PolicyUsageFilter=usage):
        for kind, shape, name in kinds:
            for holder in page.items(shape):
                yield Grantee(kind, holder.text(name))


def attached_to(connection: Connection, grantee: Grantee) -> list[str] | None:
    """The ARNs of the managed policies on a grantee; None for one that does not exist."""
    operation = f"ListAttached{grantee.kind.capitalize()}Policies"
    parameter = {GRANTEE_PARAMETER[grantee.kind]: grantee.name}
    try:
        pages = list(connection.pages(operation, str(grantee), **parameter))
    except AwsError as error:
        if error.fault.meaning == "absent":
            return None
        raise
    return [policy.text("PolicyArn") for page in pages for policy in page.items("AttachedPolicies")]


def with_past(connection: Connection, actual: IamState, grant: str) -> IamState:
    """The state with the tags and all versions' documents of one grant's policies. Raises AwsError.

    Neither way of reading an account brings the tags of policies, and one by path only the documents that hold.
    """
    policies = dict(actual.policies)
    for policy in actual.parts(grant):
        versions = tuple(
            version if version.text is not None else read_version(connection, policy.arn, version.id)
            for version in policy.versions
        )
        policies[policy.name] = replace(policy, versions=versions, tags=read_tags(connection, policy.arn))
    return replace(actual, policies=policies)


def with_tags(connection: Connection, actual: IamState, names: Iterable[str]) -> IamState:
    """The state with the tags of the own policies of these names, a call for each; None stays where that is denied."""

    def tags(name: str) -> dict[str, str] | None:
        try:
            return read_tags(connection, actual.policies[name].arn)
        except AwsError as error:
            if error.fault.meaning in ("denied", "absent"):
                return None
            raise

    asked = sorted(names)
    with ThreadPoolExecutor(connection.concurrency) as pool:
        found = zip(asked, pool.map(tags, asked), strict=True)
        tagged = {name: replace(actual.policies[name], tags=each) for name, each in found}
    return replace(actual, policies={**actual.policies, **tagged})


def read_tags(connection: Connection, arn: str) -> dict[str, str]:
    return tags_of(connection.call("GetPolicy", arn.rpartition("/")[2], PolicyArn=arn).member("Policy"))


def tags_of(policy: Answer) -> dict[str, str]:
    """The tags in an answer's Policy."""
    return {tag.text("Key"): tag.text("Value") for tag in policy.items("Tags")}


def read_version(connection: Connection, arn: str, version: str) -> Version:
    entity = f"{arn.rpartition('/')[2]} {version}"
    answer = connection.call("GetPolicyVersion", entity, PolicyArn=arn, VersionId=version)
    return version_of(answer.member("PolicyVersion"))
