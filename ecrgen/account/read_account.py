"""Account from a file: what `ecrgen snapshot` wrote, or `aws iam get-account-authorization-details`.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecrgen.account.account import Account, Held, Levels, Organization, Principal, Repository
from ecrgen.account.answers import Answer
from ecrgen.account.held_policies import assumable, held
from ecrgen.account.snapshot import details_in, owner_of, read_json
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.arn import Arn
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.layers import Layer
from ecrgen.policy.names import ACCOUNT

__all__ = ["VERSION", "read_account"]

# The form of snapshots that is written and read.
VERSION = 1


class Policies(NamedTuple):
    """The managed policies of a file, by ARN."""

    by_arn: Mapping[str, Held]

    def named(self, arn: str) -> Held:
        """The policy of that ARN. What a file leaves out is not known, but for those of AWS's own that ecrgen has."""
        found = self.by_arn.get(arn)
        if found is not None:
            return found
        own = aws_policy(arn)
        if own is not None:
            return Held(str(own), own.document)
        return Held(arn, None, "the file does not hold its document")


def read_account(path: str, text: bytes | None = None) -> Account:
    """The account in a file, or in its text where somebody has read it.

    Raises EcrgenError, with the place, for a file that is none or holds a part of one.
    """
    data = read_json(path, text)
    if isinstance(data, dict) and "iam" in data and "version" in data:
        return from_snapshot(Answer(data, f"{path}: no snapshot"), path)
    details = details_in(data, path)
    owner = owner_of(details)
    if owner is None:
        raise EcrgenError(f"{path}: holds no role, user, group or policy, so it does not say of which account it is")
    return Account(owner.account, owner.partition, path, principals=principals_of(details))


def from_snapshot(data: Answer, path: str) -> Account:
    if not isinstance(data.value, dict) or data.value.get("version") != VERSION:
        raise data.wrong(f"is of another version than {VERSION}; write it again with `ecrgen snapshot`")
    account, partition = data.text("account"), data.text("partition")
    if not re.fullmatch(ACCOUNT, account):
        raise data.wrong(f"has the account {quoted(account)}, which is no id of 12 digits")
    principals = None
    if data.get("iam") is not None:
        details = details_in(data.value["iam"], path)
        owner = owner_of(details)
        if owner is not None and owner.account != account:
            raise data.wrong(f"is of account {account}, and its iam of account {owner.account}")
        principals = principals_of(details)
    return Account(
        account,
        partition,
        path,
        data.text("taken"),
        principals,
        dict(registries_of(data)),
        {each.arn: each for each in repositories_of(data)},
        organizations_of(data),
        tuple(f"{each.text('what')}: {each.text('reason')}" for each in data.items("unread")),
        dict(unlisted_in(data)),
    )


def unlisted_in(data: Answer) -> Iterator[tuple[str, str]]:
    """Why it is not known which repositories a region has, of each region of which it is not."""
    for each in data.items("registries"):
        if each.get("unlisted"):
            yield each.text("region"), each.text("unlisted")
        elif data.get("repositories") is None:
            yield each.text("region"), "the file does not hold its repositories"


def registries_of(data: Answer) -> Iterator[tuple[str, Held | None]]:
    for each in data.items("registries"):
        region = each.text("region")
        yield region, held_of(each, f"the registry policy of {region}")


def repositories_of(data: Answer) -> Iterator[Repository]:
    for each in data.items("repositories"):
        arn = Arn.parse(each.text("arn"))
        if arn is None or not arn.resource.startswith("repository/"):
            raise each.wrong(f"has the arn {quoted(each.text('arn'))}, which is no repository's")
        yield Repository(str(arn), held_of(each, f"the policy of {arn.resource}"), tags_of(each))


def tags_of(owner: Answer) -> dict[str, str] | None:
    """The tags of what a snapshot describes, an object; None where they were not read."""
    tags = owner.get("tags")
    if tags is None:
        return None
    if not isinstance(tags.value, dict):
        raise tags.wrong("must be an object of tags")
    return {key: tags.text(key) for key in tags.value}


def held_of(owner: Answer, name: str) -> Held | None:
    """The policy of a repository or a registry: None where it has none, unknown where it could not be read."""
    if owner.get("unread") is not None:
        return Held(name, None, owner.text("unread"))
    policy = owner.get("policy")
    return None if policy is None else held(name, policy, "resource")


def organizations_of(data: Answer) -> dict[str, Organization]:
    """What is above each account of the organisation; no policy of it binds the one that manages it."""
    found = data.get("organization")
    if found is None:
        return {}
    organization, management = found.text("id"), found.text("management_account")
    accounts = found.member("accounts")
    if not isinstance(accounts.value, dict):
        raise accounts.wrong("must be an object of accounts")
    above: dict[str, Organization] = {}
    for account in accounts.value:
        own = accounts.member(account)
        path = own.text("path") if own.get("path") is not None else ""
        bound = account != management
        scps, rcps = levels_of(own, "scps", "scp"), levels_of(own, "rcps", "rcp")
        above[account] = Organization(organization, management, path, scps if bound else (), rcps if bound else ())
    return above


def levels_of(owner: Answer, name: str, layer: Layer) -> Levels:
    """The levels of policies, root first, each of which has a target and policies with a name and a document.

    Raises EcrgenError where a list is missing: a level without any policy allows nothing, and no level limits nothing.
    """
    levels = []
    owner.member(name)  # none at all is a list without any
    for level in owner.items(name):
        target = level.text("target")
        level.member("policies")
        names = [(f"{each.text('name')} on {target}", each.get("policy")) for each in level.items("policies")]
        levels.append(tuple(held(named, policy, layer) for named, policy in names))
    return tuple(levels)


def principals_of(details: Answer) -> dict[str, Principal]:
    """The users and roles of GetAccountAuthorizationDetails, by `user/NAME` and `role/NAME`."""
    managed = Policies({each.text("Arn"): managed_policy(each) for each in details.items("Policies")})
    groups = {
        each.text("GroupName"): tuple(policies_of(each, "GroupPolicyList", managed, each.text("GroupName")))
        for each in details.items("GroupDetailList")
    }
    found: dict[str, Principal] = {}
    for user in details.items("UserDetailList"):
        own = tuple(policies_of(user, "UserPolicyList", managed))
        through = tuple(policy for name in groups_of(user) for policy in groups.get(name, (unknown_group(name),)))
        found[f"user/{user.text('UserName')}"] = principal_of(user, own + through, managed)
    for role in details.items("RoleDetailList"):
        own = tuple(policies_of(role, "RolePolicyList", managed))
        found[f"role/{role.text('RoleName')}"] = principal_of(role, own, managed)
    return found


def groups_of(user: Answer) -> Iterator[str]:
    for name in user.items("GroupList"):
        if not isinstance(name.value, str):
            raise name.wrong("must be the name of a group")
        yield name.value


def unknown_group(name: str) -> Held:
    return Held("its policies", None, "the file does not hold the group", name)


def managed_policy(detail: Answer) -> Held:
    """A managed policy, AWS's own or the account's, by the version that is in force."""
    default = detail.text("DefaultVersionId")
    for version in detail.items("PolicyVersionList"):
        if version.text("VersionId") == default:
            return held(detail.text("Arn"), version.get("Document"))
    return Held(detail.text("Arn"), None, f"the file does not hold its version {default}")


def policies_of(entity: Answer, inline: str, managed: Policies, group: str = "") -> Iterator[Held]:
    for each in entity.items(inline):
        yield held(f"inline policy {each.text('PolicyName')}", each.get("PolicyDocument"), group=group)
    for each in entity.items("AttachedManagedPolicies"):
        found = managed.named(each.text("PolicyArn"))
        yield Held(found.name, found.document, found.unknown, group)


def principal_of(entity: Answer, policies: tuple[Held, ...], managed: Policies) -> Principal:
    boundary = entity.get("PermissionsBoundary")
    tags = None
    if entity.get("Tags") is not None:
        tags = {each.text("Key"): each.text("Value") for each in entity.items("Tags")}
    arn = None if boundary is None or boundary.get("PermissionsBoundaryArn") is None else boundary
    return Principal(
        entity.text("Arn"),
        policies,
        None if arn is None else managed.named(arn.text("PermissionsBoundaryArn")),
        tags,
        assumable(entity.get("AssumeRolePolicyDocument")),
        tuple(groups_of(entity)),
    )
