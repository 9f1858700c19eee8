"""The stack set that a subcommand is about: its template, its accounts, and the plan for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecrgen.account.connection import Connection, connect
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Operation
from ecrgen.cli.call import Call, option_name
from ecrgen.cli.options import Aws
from ecrgen.cli.output import steps
from ecrgen.cli.stackset.options import Asked, check
from ecrgen.cli.stackset.templates import template_of
from ecrgen.cli.views.stackset import PlannedSet
from ecrgen.errors import EcrgenError
from ecrgen.export.stackset.access import access_of
from ecrgen.export.stackset.fetch import Place, administrator, members_of, read_set
from ecrgen.export.stackset.plan import plan_of
from ecrgen.export.stackset.values import Wanted
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


def ready(call: Call, asked: Asked, aws: Aws) -> Ready:
    """What the catalog and the command ask for. Raises EcrgenError; ends with exit 1 where findings object."""
    check(asked)
    template = template_of(call.catalog, asked.region, registry=asked.registry)
    connection, place, management = connected(call.catalog, asked.name, asked.region, aws)
    units = tuple(dict.fromkeys(asked.ou))
    with steps("reading the organization"):
        found = members_of(connection, units, management)
    named = tuple(sorted(set(asked.account or ())))
    outside = [each for each in named if each not in found.active]
    if outside:
        raise EcrgenError(f"--account: {in_words(outside)}: no active account of {in_words(units)}")
    members = {each: unit for each, unit in found.active.items() if not named or each in named}
    regions = template.regions or (place.region,)
    wanted = Wanted(asked.name, template.text, template.tags, regions, units, members, named)
    suspended = () if named else found.suspended
    return Ready(connection, place, wanted, suspended, template.grantees, call.catalog.operations, asked.prune)


def connected(catalog: Catalog, name: str, region: str | None, aws: Aws) -> tuple[Connection, Place, str]:
    """The connection, the place of the set, and the organization's management account. Raises EcrgenError.

    Who calls from another account than that is its delegated administrator, or is refused by AWS.
    """
    catalog.target(region=region, named=option_name)
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
