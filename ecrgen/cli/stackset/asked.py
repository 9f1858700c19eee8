"""The stack set that a subcommand is about: its template, its accounts, and the plan for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ecrgen.account.connection import Connection, connect
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Operation
from ecrgen.cli.call import Call
from ecrgen.cli.export import objected
from ecrgen.cli.options import Aws
from ecrgen.cli.output import note, steps
from ecrgen.cli.stackset.options import check
from ecrgen.cli.views import EXPORT, shown
from ecrgen.cli.views.stackset import PlannedSet
from ecrgen.errors import EcrgenError
from ecrgen.export.cloudformation import INLINE, cloudformation
from ecrgen.export.desired import Where, to_export
from ecrgen.export.handed_over import handed_over, policies
from ecrgen.export.left_out import notes, notes_of_aws
from ecrgen.export.stackset.access import access_of
from ecrgen.export.stackset.fetch import Place, administrator, members_of, read_set
from ecrgen.export.stackset.plan import plan_of
from ecrgen.export.stackset.values import Wanted, tags_of_set
from ecrgen.messages import in_words

__all__ = ["Ready", "connected", "ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that a plan is made of, but for the set as it is."""

    connection: Connection
    place: Place
    wanted: Wanted
    suspended: tuple[str, ...]
    grantees: tuple[str, ...]
    operations: Mapping[str, Operation]
    prune: bool

    def planned(self) -> PlannedSet:
        """The plan for the set as it is now. Raises EcrgenError."""
        plan = plan_of(self.wanted, read_set(self.connection, self.place), prune=self.prune)
        access = access_of(plan, self.operations, self.connection.partition, self.place.region)
        accounts = tuple(sorted(self.wanted.members))
        return PlannedSet(plan, self.place, accounts, access, self.suspended, self.grantees)


def ready(
    call: Call, name: str, region: str | None, units: list[str], accounts: list[str], aws: Aws, *, prune: bool
) -> Ready:
    """What the catalog and the command ask for. Raises EcrgenError; ends with exit 1 where findings object."""
    check(name, units, accounts)
    template, grantees = template_of(call.catalog)
    connection, place, management = connected(call.catalog, name, region, aws)
    asked = tuple(dict.fromkeys(units))
    with steps("reading the organization"):
        found = members_of(connection, asked, management)
    named = tuple(sorted(set(accounts)))
    outside = [each for each in named if each not in found.active]
    if outside:
        raise EcrgenError(f"--account: {in_words(outside)}: no active account of {in_words(asked)}")
    members = {each: unit for each, unit in found.active.items() if not named or each in named}
    tags = tags_of_set(call.catalog.namespace, call.catalog.id)
    wanted = Wanted(name, template, tags, (place.region,), asked, members, named)
    suspended = () if named else found.suspended
    return Ready(connection, place, wanted, suspended, grantees, call.catalog.operations, prune)


def template_of(catalog: Catalog) -> tuple[str, tuple[str, ...]]:
    """The export of the catalog's grants for any account, as text, and whom its policies are attached to.

    Raises EcrgenError where the catalog is for one account, and for a template that is too long to be sent.
    """
    now = datetime.now(UTC)
    if not catalog.grants:
        raise EcrgenError("stackset: the catalog has no grants; `ecrgen init` writes one that shows how")
    if catalog.account:
        raise EcrgenError(
            f"stackset: the catalog is for account {catalog.account}, and a stack set is for many; take `account` out"
        )
    exported = to_export(catalog, Where.of(catalog, None, (), None), now)
    objected(catalog, handed_over(exported.desired), exported.target)
    for sentence in (*notes(catalog, exported, now), *notes_of_aws(exported)):
        note(sentence)
    text = shown(EXPORT, cloudformation(exported), "compact")
    size = len(text.encode())
    if size > INLINE:
        raise EcrgenError(
            f"stackset: the template has {size} bytes, and AWS takes {INLINE} for a set; divide the catalog"
        )
    held = (each.holders for each in policies(exported.desired))
    grantees = {f"{kind}/{name}" for holders in held for kind, names in holders.items() for name in names}
    return text, tuple(sorted(grantees))


def connected(catalog: Catalog, name: str, region: str | None, aws: Aws) -> tuple[Connection, Place, str]:
    """The connection, the place of the set, and the organization's management account. Raises EcrgenError.

    Who calls from another account than that is its delegated administrator, or is refused by AWS.
    """
    wanted = region or next(iter(catalog.regions), None)
    connection = connect(profile=aws.profile, endpoint_url=aws.endpoint_url, region=wanted)
    where = wanted or connection.region
    if not where:
        raise EcrgenError("--region: name the region of the stack set; neither the catalog nor AWS's settings do")
    if catalog.partition and catalog.partition != connection.partition:
        raise EcrgenError(
            f"the catalog names partition {catalog.partition}, but the caller is in {connection.partition}"
        )
    management = administrator(connection)
    place = Place(name, where, "SELF" if management == connection.account else "DELEGATED_ADMIN")
    return connection, place, management
