"""The state of IAM as values: managed policies with their versions, roles, users and groups, attachments, quotas"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ecrgen.account.namespace import Namespace
from ecrgen.catalog.grantees import IamEntity, IamKind, read_grantee
from ecrgen.errors import EcrgenError
from ecrgen.policy import quotas
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "DOCUMENTED",
    "Attachment",
    "Entity",
    "Grantee",
    "IamState",
    "ManagedPolicy",
    "Quotas",
    "Version",
    "by_name",
    "parse_grantee",
]


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """A role, user or group by name, which is unique in its account; `path` only says where it is expected or lies."""

    kind: IamKind
    name: str
    path: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def parse_grantee(text: str, partition: str, account: str) -> Grantee:
    """Read a role, user or group of this account, as `role/NAME` (a path may stand before NAME) or by its ARN.

    Raises EcrgenError with what would be right, and for a grantee of any other kind or account.
    """
    grantee = read_grantee(text)
    if not isinstance(grantee, IamEntity):
        raise EcrgenError(f"{text}: no role, user or group, and a policy of this account is attached to no other")
    if grantee.account is not None and (grantee.partition, grantee.account) != (partition, account):
        raise EcrgenError(f"{text}: not in account {account} ({partition}), which this plan is for")
    return Grantee(grantee.kind, grantee.name, grantee.path)


@dataclass(frozen=True, slots=True, order=True)
class Attachment:
    """A managed policy (its ARN) on a grantee."""

    policy: str
    grantee: Grantee

    @property
    def name(self) -> str:
        return self.policy.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Version:
    """A policy's version: `v3` (or `v3.a-B3`), when it was made, as AWS writes both, and its JSON text.

    The text is None where it was not read.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
    """

    id: str
    created: str
    text: str | None

    @property
    def number(self) -> int:
        return int(self.id[1:].partition(".")[0])

    @property
    def content(self) -> object:
        """What the text says as JSON values, the same however it was read: by pages, by path, or from a file."""
        try:
            return json.loads(self.text or "")
        except (ValueError, RecursionError):
            return self.text

    def document(self) -> PolicyDocument:
        """The document. Raises PolicyError for what IAM took from somebody but ecrgen's strict reader does not."""
        return PolicyDocument.from_json(self.text or "")


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy; `versions` oldest first; `tags` where they were read.

    `stack` is the CloudFormation stack that has it, with its region, where one was found.

    `bounds` are the roles and users whose permissions boundary it is: IAM deletes no such policy, and its document
    limits what they may do. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    arn: str
    versions: tuple[Version, ...]
    default_version: str
    bounds: tuple[Grantee, ...] = ()
    tags: Mapping[str, str] | None = field(default=None, compare=False)
    stack: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def default(self) -> Version:
        return self.version(self.default_version)

    def version(self, version: str) -> Version:
        """The version of that id. Raises EcrgenError with those there are."""
        for candidate in self.versions:
            if candidate.id == version:
                return candidate
        there = ", ".join(candidate.id for candidate in self.versions)
        raise EcrgenError(f"{self.name}: no version {version}; there are: {there}")

    @property
    def oldest_spare(self) -> Version | None:
        """The oldest version that is not the default: the one to give up when there are five."""
        return next((version for version in self.versions if version.id != self.default_version), None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A role, user or group that exists: its path (None: not read) and the ARNs of the managed policies on it."""

    path: str | None
    attached: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Quotas:
    """An account's quotas, which may have been raised; the defaults are the documented ones."""

    policies: int = quotas.MANAGED_POLICIES
    policy_size: int = quotas.MANAGED
    versions: int = quotas.VERSIONS
    role: int = quotas.ATTACHED["role"]
    user: int = quotas.ATTACHED["user"]
    group: int = quotas.ATTACHED["group"]

    def attached(self, kind: IamKind) -> int:
        """The number of managed policies that one grantee of that kind may have."""
        match kind:
            case "role":
                return self.role
            case "user":
                return self.user
            case "group":
                return self.group

    @classmethod
    def from_summary(cls, summary: Mapping[str, int]) -> Quotas:
        """From the SummaryMap of GetAccountSummary; what it leaves out keeps the documented default."""
        keys = {
            "policies": "PoliciesQuota",
            "policy_size": "PolicySizeQuota",
            "versions": "VersionsPerPolicyQuota",
            "role": "AttachedPoliciesPerRoleQuota",
            "user": "AttachedPoliciesPerUserQuota",
            "group": "AttachedPoliciesPerGroupQuota",
        }
        return cls(**{name: summary[key] for name, key in keys.items() if key in summary})


DOCUMENTED = Quotas()


@dataclass(frozen=True, slots=True)
class IamState:
    """An account as one namespace sees it.

    `policies` are the namespace's own, by name; `entities` who exists; `taken` every customer managed policy of the
    account, ARN by lower-case name.
    """

    namespace: Namespace
    policies: Mapping[str, ManagedPolicy]
    entities: Mapping[Grantee, Entity]
    taken: Mapping[str, str]
    quotas: Quotas = DOCUMENTED

    def attachments(self) -> frozenset[Attachment]:
        """The attachments of the namespace's own policies."""
        own = {policy.arn for policy in self.policies.values()}
        return frozenset(
            Attachment(arn, grantee) for grantee, entity in self.entities.items() for arn in entity.attached & own
        )

    def parts(self, grant: str) -> tuple[ManagedPolicy, ...]:
        """A grant's policies, first part first."""
        named = {self.namespace.grant_and_part(name): policy for name, policy in self.policies.items()}
        parts = sorted(each[1] for each in named if each and each[0] == grant)
        return tuple(named[grant, part] for part in parts)


def by_name(policies: Iterable[ManagedPolicy]) -> dict[str, ManagedPolicy]:
    """Policies by their names, in order."""
    return {policy.name: policy for policy in sorted(policies, key=lambda policy: policy.name)}
