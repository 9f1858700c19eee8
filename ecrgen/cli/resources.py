"""The resource policies of the account that a command is about"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from ecrgen.account.connection import Connection
from ecrgen.account.fetch_resources import read_resources
from ecrgen.account.filed_resources import filed_resources
from ecrgen.account.resource_policies import Resources, asked_of_resources
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Grant, Target
from ecrgen.cli.output import waiting

__all__ = ["StateFile", "all_resources", "asked_resources"]


class StateFile(NamedTuple):
    """A file that holds an account: its path, and its JSON values."""

    path: str
    data: object


def asked_resources(
    source: Connection | StateFile,
    account: str,
    catalog: Catalog,
    grants: Iterable[Grant],
    target: Target,
    *,
    everywhere: bool,
) -> Resources | None:
    """The policies in which these grants have something to say; None where the account has none of them.

    None, too, for a file that holds IAM alone. `everywhere`: all policies of the catalog's own regions, too, where this
    is the registry's account.
    """
    halves = asked_of_resources(catalog, grants, target, account, datetime.now(UTC))
    everywhere = everywhere and target.account == account
    if not halves and not everywhere:
        return None
    regions = {each.place.region for each in halves}
    if "region" not in target.examples and target.account == account:
        regions.update(target.regions)
    named = sorted(filter(None, regions))
    if isinstance(source, StateFile):
        return filed_resources(
            source.path, source.data, account, catalog.namespace, halves, named, everywhere=everywhere
        )
    with waiting(f"reading the policies of repositories of account {account}"):
        return read_resources(source, catalog.namespace, halves, named, everywhere=everywhere)


def all_resources(connection: Connection, catalog: Catalog, target: Target) -> Resources | None:
    """The policies of the catalog's regions, of which nothing is asked; None in another account than the registry's."""
    return asked_resources(connection, connection.account, catalog, (), target, everywhere=True)
