"""Stack sets as values: what is asked for, what is there, the steps in between, and what became of them

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecrgen.account.provenance import CATALOG
from ecrgen.errors import EcrgenError

__all__ = [
    "AccountResult",
    "CreateInstances",
    "CreateSet",
    "DeleteInstances",
    "DeleteSet",
    "Instance",
    "Operation",
    "Outcome",
    "Result",
    "StackSet",
    "Step",
    "Targets",
    "UpdateSet",
    "Wanted",
    "refuse_foreign",
    "tags_of_set",
]

NAMESPACE, POLICY = "ecrgen:namespace", "ecrgen:policy"
SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stack set as the catalog and the command ask for it.

    `members` are the active accounts that get its stacks, each with the unit of `units` that it is in; `accounts` are
    those that the command names, none for all of the units. With all of them, accounts that come later get the stacks,
    too, and those that go lose them: AWS does that for whole units only.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """

    name: str
    template: str
    tags: Mapping[str, str]
    regions: tuple[str, ...]
    units: tuple[str, ...]
    members: Mapping[str, str]
    accounts: tuple[str, ...] = ()

    @property
    def automatic(self) -> bool:
        return not self.accounts


@dataclass(frozen=True, slots=True)
class Instance:
    """The stack of an account in a region. `status` is CURRENT, OUTDATED or INOPERABLE; `detail` is AWS's finer one.

    `unit` is the one that it was made for, empty where AWS does not say.
    """

    account: str
    region: str
    unit: str
    status: str
    detail: str = ""
    reason: str = ""
    drift: str = ""

    @property
    def suspended(self) -> bool:
        """True where AWS passes the account over, because it is suspended."""
        return self.detail == SUSPENDED

    @property
    def astray(self) -> bool:
        """True where the account does not have what the template says, as far as AWS knows."""
        return (self.status != "CURRENT" and not self.suspended) or self.drift == "DRIFTED"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in a stack set: CREATE, UPDATE or DELETE of instances, or DETECT_DRIFT."""

    id: str
    action: str
    status: str
    reason: str = ""

    @property
    def runs(self) -> bool:
        return self.status in ("RUNNING", "STOPPING", "QUEUED")


@dataclass(frozen=True, slots=True)
class StackSet:
    """A stack set as AWS has it. `units` are those that its instances were made for."""

    name: str
    template: str
    tags: Mapping[str, str]
    service_managed: bool
    automatic: bool
    units: frozenset[str]
    instances: tuple[Instance, ...] = ()
    operation: Operation | None = None
    drift: str = ""

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(sorted({each.region for each in self.instances}))


@dataclass(frozen=True, slots=True)
class Targets:
    """Whole units, or only these accounts of them."""

    units: tuple[str, ...]
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateSet:
    pass


@dataclass(frozen=True, slots=True)
class UpdateSet:
    """The template, in every instance. `why`: what is not as it should be, in words."""

    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreateInstances:
    targets: Targets
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeleteInstances:
    targets: Targets
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeleteSet:
    pass


Step = CreateSet | UpdateSet | CreateInstances | DeleteInstances | DeleteSet


@dataclass(frozen=True, slots=True)
class AccountResult:
    """What became of an operation in an account and a region, with AWS's reason."""

    account: str
    region: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a step. waiting: its operation still runs · skipped: a step before it was not done"""

    step: Step
    status: Literal["done", "failed", "waiting", "skipped"]
    operation: str = ""
    words: str = ""
    results: tuple[AccountResult, ...] = ()

    @property
    def unsuccessful(self) -> tuple[AccountResult, ...]:
        return tuple(each for each in self.results if each.status != "SUCCEEDED")


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of every step, in the plan's order."""

    outcomes: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        return all(each.status == "done" for each in self.outcomes)


def tags_of_set(namespace: str, catalog: str, policy: str = "") -> dict[str, str]:
    """The tags that say whose a stack set is, that of the catalog only where it is known.

    `policy` is `registry` for one that has the registries' policies, `identity` for any other; empty where a command is
    about either.
    """
    known = {CATALOG: catalog, POLICY: policy}
    return {NAMESPACE: namespace, **{key: value for key, value in known.items() if value}}


def refuse_foreign(found: StackSet, tags: Mapping[str, str]) -> None:
    """Raise EcrgenError for a stack set that was not made for the namespace and the catalog of these tags."""
    what = f"stack set {found.name}"
    if not found.service_managed or NAMESPACE not in found.tags:
        raise EcrgenError(f"{what}: is there, and ecrgen did not make it; it stays as it is: choose another --name")
    if found.tags[NAMESPACE] != tags[NAMESPACE]:
        raise EcrgenError(
            f"{what}: is of namespace {found.tags[NAMESPACE]}, and the catalog's is {tags[NAMESPACE]}; "
            "choose another --name"
        )
    kinds = found.tags.get(POLICY, ""), tags.get(POLICY, "")
    if all(kinds) and kinds[0] != kinds[1]:
        raise EcrgenError(
            f"{what}: has policies of kind {kinds[0]}, and these are of kind {kinds[1]}; give each a set of its own"
        )
    theirs, ours = found.tags.get(CATALOG, ""), tags.get(CATALOG, "")
    if theirs and ours and theirs != ours:
        raise EcrgenError(
            f"{what}: belongs to catalog {theirs}, and this is {ours}; choose another --name, or set "
            f"`id: {theirs}` where both are one catalog"
        )
