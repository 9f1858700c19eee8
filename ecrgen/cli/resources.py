"""The resource policies of the account that a command is about"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ecrgen.account.connection import Connection
from ecrgen.account.fetch_resources import read_resources
from ecrgen.account.resource_policies import Resources, asked_of_resources
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Grant, Target
from ecrgen.cli.output import waiting

__all__ = ["all_resources", "asked_resources"]


def asked_resources(
    connection: Connection, catalog: Catalog, grants: Iterable[Grant], target: Target, *, everywhere: bool
) -> Resources | None:
    """The policies in which these grants have something to say; None where this account has none of them.

    `everywhere`: all policies of the catalog's own regions, too, where this is the registry's account.
    """
    halves = asked_of_resources(catalog, grants, target, connection.account, datetime.now(UTC))
    everywhere = everywhere and target.account == connection.account
    if not halves and not everywhere:
        return None
    regions = {each.place.region for each in halves}
    if "region" not in target.examples and target.account == connection.account:
        regions.update(target.regions)
    with waiting(f"reading the policies of repositories of account {connection.account}"):
        return read_resources(connection, catalog.namespace, halves, filter(None, regions), everywhere=everywhere)


def all_resources(connection: Connection, catalog: Catalog, target: Target) -> Resources | None:
    """The policies of the catalog's regions, of which nothing is asked; None in another account than the registry's."""
    return asked_resources(connection, catalog, (), target, everywhere=True)
