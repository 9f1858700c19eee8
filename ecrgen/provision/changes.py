"""The changes a plan is made of, and the plan: data that is shown and applied alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from ecrgen.account.desired import DesiredPolicy
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.namespace import Namespace
from ecrgen.account.state import Attachment, ManagedPolicy, Version
from ecrgen.errors import PolicyError
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.set_statements import SetStatements

__all__ = [
    "Attach",
    "Change",
    "Create",
    "Delete",
    "Detach",
    "IamChange",
    "Plan",
    "SetDefault",
    "Step",
    "Update",
    "arn_of",
    "before_after",
    "name_of",
    "readable",
    "revokes",
]


@dataclass(frozen=True, slots=True)
class Create:
    """Create a policy with its document as version v1."""

    policy: DesiredPolicy


@dataclass(frozen=True, slots=True)
class Update:
    """Give a policy a new default version; `spare` is the version deleted first where the policy has its five.

    A policy that `goes` is to be deleted: until then it keeps its Deny statements alone.
    """

    policy: DesiredPolicy
    actual: ManagedPolicy
    spare: str | None
    goes: bool = False


@dataclass(frozen=True, slots=True)
class SetDefault:
    """Make a version that is there the default one. `parts` is the number of policies that the grant is in."""

    actual: ManagedPolicy
    version: Version
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Attach:
    """Attach a policy to a grantee; `document` is what it holds by then (None: it is AWS's own)."""

    attachment: Attachment
    grant: str
    document: PolicyDocument | None


@dataclass(frozen=True, slots=True)
class Detach:
    """Detach a policy from a grantee; `document` is what it holds now (None: it cannot be read)."""

    attachment: Attachment
    document: PolicyDocument | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a policy with all its versions."""

    actual: ManagedPolicy


IamChange = Create | Update | SetDefault | Attach | Detach | Delete
Change = IamChange | SetStatements


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and the numbers of the steps that must be done before it, which stand earlier in the plan.

    `sparing` are those of them that only spare somebody a gap: if they wait for `--prune`, the step does not.
    """

    change: Change
    needs: frozenset[int] = frozenset()
    sparing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in a safe order. `digest` stands for the account and the catalog that the plan was made of.

    `ended` are the grants whose time has passed: nothing is desired for them. `foreign` are the policies that go and
    that no grant explains, by name, each with the reason. `catalog` tells the catalog from others. `in_force` are the
    grants whose policies and attachments are what they should be already.
    """

    namespace: Namespace
    steps: tuple[Step, ...]
    digest: str
    ended: tuple[str, ...] = ()
    foreign: Mapping[str, str] = field(default_factory=dict)
    catalog: str = ""
    in_force: frozenset[str] = frozenset()

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(step.change for step in self.steps)

    @property
    def iam_changes(self) -> tuple[IamChange, ...]:
        """The changes but for those of resource policies."""
        return tuple(change for change in self.changes if not isinstance(change, SetStatements))

    def grant_of(self, change: Change) -> str | None:
        """The grant that a change belongs to; None for a policy that no grant explains, or of several."""
        if isinstance(change, SetStatements):
            return change.grants[0] if len(change.grants) == 1 else None
        name = name_of(change)
        match change:
            case _ if name in self.foreign:
                return None
            case Create(policy) | Update(policy):
                return policy.grant
            case Attach(_, grant):
                return grant
        return self.namespace.grant_of(name)

    def grants_of(self, change: Change) -> tuple[str, ...]:
        """The grants that a change belongs to."""
        if isinstance(change, SetStatements):
            return change.grants
        grant = self.grant_of(change)
        return () if grant is None else (grant,)

    def digest_of(self, *, prune: bool) -> str:
        """The digest of what an apply does: another one with `--prune` where that takes something away."""
        return fingerprint([self.digest, "prune"]) if prune and self.held(prune=False) else self.digest

    def held(self, *, prune: bool) -> frozenset[int]:
        """The numbers of the steps that wait for `--prune`: those that revoke, and those that need one of them."""
        held: set[int] = set()
        for number, step in enumerate(self.steps):
            if not prune and (revokes(step.change) or held & step.needs - step.sparing):
                held.add(number)
        return frozenset(held)

    def needs(self, number: int, held: Collection[int]) -> frozenset[int]:
        """The steps that a step waits for, where some are held."""
        step = self.steps[number]
        return step.needs - step.sparing.intersection(held)


def revokes(change: Change) -> bool:
    """True for a change that takes a policy away, which only `--prune` does, or begins to."""
    return isinstance(change, Detach | Delete) or (isinstance(change, Update | SetStatements) and change.goes)


def name_of(change: Change) -> str:
    """The name of the policy that a change is about; of a resource's policy, that of the resource."""
    match change:
        case SetStatements(place):
            return str(place)
        case Create(policy) | Update(policy):
            return policy.name
        case Attach(attachment) | Detach(attachment):
            return attachment.name
        case SetDefault(actual) | Delete(actual):
            return actual.name
    assert_never(change)


def arn_of(change: IamChange) -> str:
    """The ARN of the policy that a change is about."""
    match change:
        case Create(policy) | Update(policy):
            return policy.arn
        case Attach(attachment) | Detach(attachment):
            return attachment.policy
        case SetDefault(actual) | Delete(actual):
            return actual.arn
    assert_never(change)


def before_after(change: Change) -> tuple[PolicyDocument | None, PolicyDocument | None]:
    """The documents before and after a change; None for none, for one that cannot be read and for AWS's own.

    Of a resource's policy, they are what the namespace says there.
    """
    match change:
        case SetStatements():
            return change.said()
        case Create(policy):
            return None, policy.document
        case Update(policy, actual):
            return readable(actual.default), policy.document
        case SetDefault(actual, version):
            return readable(actual.default), readable(version)
        case Attach(_, _, document):
            return None, document
        case Detach(_, document):
            return document, None
        case Delete(actual):
            return readable(actual.default), None
    assert_never(change)


def readable(version: Version) -> PolicyDocument | None:
    """A version's document, or None where ecrgen's strict reader refuses what IAM took from somebody."""
    try:
        return version.document()
    except PolicyError:
        return None
