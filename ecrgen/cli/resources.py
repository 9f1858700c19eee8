"""The resource policies of the account that a command is about"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import NamedTuple

from ecrgen.account.connection import Connection
from ecrgen.account.fetch_resources import FromAws
from ecrgen.account.filed_resources import filed_resources
from ecrgen.account.resource_policies import (
    ResourceReader,
    Resources,
    asked_of_resources,
    resources_of,
    speaks_of_public,
)
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Grant, Target
from ecrgen.cli.output import waiting

__all__ = ["StateFile", "all_resources", "asked_resources", "reader_of"]


class StateFile(NamedTuple):
    """A file that holds an account: its path, and its JSON values."""

    path: str
    data: object


def reader_of(source: Connection | StateFile, account: str) -> ResourceReader | None:
    """What reads the resource policies of a connection's account, or of a file's; None for a file of IAM alone."""
    return FromAws(source) if isinstance(source, Connection) else filed_resources(source.path, source.data, account)


def asked_resources(
    reader: ResourceReader, catalog: Catalog, grants: Iterable[Grant], target: Target, *, everywhere: bool
) -> Resources | None:
    """The policies in which these grants have something to say; None where the account has none of them.

    `everywhere`: all policies of the catalog's own regions, too, where this is an account of repositories: the
    catalog's, or one that a grant of it names.
    """
    halves = asked_of_resources(catalog, grants, target, reader.account, datetime.now(UTC))
    of_repositories = {target.account, *(each.account for each in catalog.grants.values())}
    everywhere = everywhere and reader.account in of_repositories
    if not halves and not everywhere:
        return None
    regions = {each.place.region for each in halves}
    if "region" not in target.examples and reader.account in of_repositories:
        regions.update(target.regions)
    if everywhere and speaks_of_public(catalog.grants.values(), target, reader.account):
        regions.add("")  # ECR Public, which not every account uses and not every network reaches
    what = f"reading the policies of repositories of account {reader.account}"
    with waiting(what) if isinstance(reader, FromAws) else nullcontext():
        return resources_of(reader, catalog.namespace, halves, regions, everywhere=everywhere)


def all_resources(connection: Connection, catalog: Catalog, target: Target) -> Resources | None:
    """The policies of the catalog's regions, of which nothing is asked; None in an account without its repositories."""
    return asked_resources(FromAws(connection), catalog, (), target, everywhere=True)
