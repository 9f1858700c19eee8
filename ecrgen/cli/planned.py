"""Plans as commands show them and carry them out: of one account, and of several in one run"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecrgen.account.desired import Desired
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.resource_policies import Resources
from ecrgen.account.state import IamState
from ecrgen.catalog.model import Operation, Target
from ecrgen.provision.access import GranteeAccess, access_of
from ecrgen.provision.across import Order
from ecrgen.provision.changes import Plan
from ecrgen.provision.kept import Kept

__all__ = ["Planned", "PlannedTogether"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was made of. `prune`: it also takes away.

    `regions` and `operations` are the catalog's, in which access is told. `objections` are what stops an apply,
    `accepted` what would but for the catalog's `ignore`, and `cautions` what stops nothing: which operations the guards
    of grants that change break. `kept` are policies of AWS's own that no grant asks for, and no plan takes away.
    `others` are words about other catalogs and namespaces of the account, `elsewhere` about the halves of grants that
    other accounts need. `resources` are the policies of repositories and registries where they were looked at, and
    `remarks` words about them.
    """

    plan: Plan
    desired: Desired
    actual: IamState
    prune: bool = False
    objections: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    others: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    operations: Mapping[str, Operation] = field(default_factory=dict)
    resources: Resources | None = None
    remarks: tuple[str, ...] = ()

    @property
    def home(self) -> Target:
        """Where the plan's repositories are, as far as a reader need not be told."""
        space = self.plan.namespace
        return Target(space.partition, space.account, self.regions)

    @property
    def digest(self) -> str:
        """What `--plan-digest` takes to carry out this plan and no other."""
        return self.plan.digest_of(prune=self.prune)

    def access(self) -> tuple[GranteeAccess, ...]:
        """What each grantee gains and loses: the one value that every format shows."""
        return access_of(self.plan, self.actual, self.operations, prune=self.prune)


@dataclass(frozen=True, slots=True)
class PlannedTogether:
    """The plans of several accounts by the names that the catalog gives them, in the order in which they are applied.

    `order` says what has to be done before what, by the ids of the accounts.
    """

    plans: Mapping[str, Planned]
    order: Order

    @property
    def digest(self) -> str:
        """What `--plan-digest` takes to carry out these plans and no others."""
        return fingerprint([each.digest for each in self.plans.values()])

    @property
    def objections(self) -> tuple[str, ...]:
        """What stops an apply, in whatever account."""
        found = (each for planned in self.plans.values() for each in planned.objections)
        return tuple(dict.fromkeys((*found, *self.order.waiting)))
