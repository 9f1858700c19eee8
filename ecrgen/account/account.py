"""An account as values: who is there with which policies, the repositories with theirs, and what is above them.

A policy that could not be read is there without a document and with the reason: it is not known, and never taken for
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecrgen.errors import EcrgenError
from ecrgen.policy.caller import Caller
from ecrgen.policy.document import PolicyDocument

__all__ = ["Account", "Held", "Levels", "Organization", "Principal", "Repository"]

# What the types of callers are called in ARNs.
KINDS = {"User": "user", "AssumedRole": "role"}


@dataclass(frozen=True, slots=True)
class Held:
    """A policy that somebody or something has. `name` says which, `group` through which group a user has it.

    `unknown` is the reason why there is no document; empty where there is one.
    """

    name: str
    document: PolicyDocument | None
    unknown: str = ""
    group: str = ""

    def __str__(self) -> str:
        return f"group {self.group}: {self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or a role with all of its identity policies, a user's groups' among them, and its boundary.

    `groups` are the names of a user's groups. `tags` are None where they were not read. `assumable` is False for a role
    whose trust policy lets nobody in.
    """

    arn: str
    policies: tuple[Held, ...]
    boundary: Held | None = None
    tags: Mapping[str, str] | None = None
    assumable: bool = True
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and its policy; `tags` are None where they were not read."""

    arn: str
    policy: Held | None = None
    tags: Mapping[str, str] | None = None


# The policies that an organisation attaches: to its root, to each unit on the way, and to the account.
Levels = tuple[tuple[Held, ...], ...]


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation's id, the account that manages it, and what is above one account of it.

    `path` is the account's aws:PrincipalOrgPaths, empty where it was not read.
    """

    id: str
    management_account: str
    path: str = ""
    scps: Levels = ()
    rcps: Levels = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a file has it; `source` is the file, and `taken` the time at which it was written, as it says.

    `principals` are by `role/NAME` and `user/NAME`, None where IAM was not read. `registries` has the registry policy
    of each region that was read (None: it has no policy), `repositories` those by ARN; `unlisted` says why those of a
    region could not be listed, where there may be others. `organizations` has what is above each account that the file
    tells of. `unread` are words about what else could not be read.
    """

    id: str
    partition: str
    source: str
    taken: str = ""
    principals: Mapping[str, Principal] | None = None
    registries: Mapping[str, Held | None] = field(default_factory=dict)
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    unlisted: Mapping[str, str] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that were read."""
        return tuple(self.registries)

    @property
    def organization(self) -> Organization | None:
        """What is above this account; None where no file tells it."""
        return self.organizations.get(self.id)

    def policy_of(self, arn: str, region: str) -> Held | None:
        """The policy of a repository of that ARN and region; unknown where nobody could list whether there is one."""
        repository = self.repositories.get(arn)
        if repository is not None:
            return repository.policy
        _, _, name = arn.partition(":repository/")
        if not name or region not in self.unlisted:
            return None
        return Held(f"the policy of repository/{name}", None, self.unlisted[region])

    def principal(self, caller: Caller) -> Principal | None:
        """The user or role that a caller is, or is a session of; None for a kind that has no identity policies.

        Raises EcrgenError where the account has none of that name, or IAM was not read.
        """
        kind = KINDS.get(caller.type)
        if kind is None:
            return None
        if self.principals is None:
            raise EcrgenError(f"{self.source}: holds no users and roles of account {self.id}; write it again with them")
        found = self.principals.get(f"{kind}/{caller.name}")
        if found is None:
            raise EcrgenError(f"{self.source}: account {self.id} has no {kind} {caller.name}")
        if not caller.is_session and found.arn != caller.principal:
            raise EcrgenError(f"{self.source}: account {self.id} has no {caller.principal}, but {found.arn}")
        return found
