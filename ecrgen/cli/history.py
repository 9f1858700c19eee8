"""`ecrgen history`"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from ecrgen.account.connection import Connection
from ecrgen.account.desired import Desired
from ecrgen.account.elsewhere import local_grantees
from ecrgen.account.fetch import with_past
from ecrgen.account.from_catalog import desired_of
from ecrgen.account.state import IamState
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import lets_others_in
from ecrgen.catalog.model import Target
from ecrgen.cli.account import connected, read_account
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.output import note
from ecrgen.cli.views import HISTORY, show
from ecrgen.cli.views.history import History
from ecrgen.errors import EcrgenError
from ecrgen.provision.history import history, pasts

__all__ = ["read_past", "wanted"]


def run(
    call: Call,
    *,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="The name of a grant.", autocompletion=complete_grant)],
    aws: Aws,
    json: Json = False,
) -> None:
    """The versions of a grant's policies, newest first: what each gives, and whether the catalog says the same."""
    catalog = call.catalog
    connection = connected(catalog, aws)
    actual = read_past(catalog, connection, grant)
    found = tuple(pasts(history(actual, grant), wanted(catalog, grant, actual), catalog.operations))
    home = Target(connection.partition, connection.account, catalog.regions)
    show(HISTORY, History(found, home), HISTORY.form("", json=json))
    target = catalog.target(catalog.account or connection.account, partition=connection.partition)
    if grant in catalog.grants and lets_others_in(catalog.grants[grant], target.account, target):
        note(
            f"these are versions of the identity policy in account {connection.account}; what the grant says in "
            "policies of repositories or registries has none"
        )


def read_past(catalog: Catalog, connection: Connection, grant: str) -> IamState:
    """The account with the past of a grant. Raises EcrgenError where it has none, and the catalog says why."""
    actual = read_account(connection, catalog.namespace)
    if not actual.parts(grant):
        stop_without_versions(catalog, grant, connection.account)
    return with_past(connection, actual, grant)


def stop_without_versions(catalog: Catalog, grant: str, account: str) -> None:
    """Raise EcrgenError for a grant of the catalog of which an account has policies of resources alone."""
    granted = catalog.grants.get(grant)
    if granted is None or not granted.to:
        return
    home = catalog.account or account
    if granted.persona.of_registry:
        raise EcrgenError(f"{grant}: stands in the registry's policy, which has no versions; change the catalog")
    if not local_grantees(granted, home, account):
        raise EcrgenError(
            f"{grant}: account {account} has no identity policy of it, and the policies of repositories and registries "
            "have no versions; use credentials of its grantees' account"
        )


def wanted(catalog: Catalog, grant: str, actual: IamState) -> Desired | None:
    """What the catalog asks for; None, with a note, where it cannot be told."""
    if grant not in catalog.grants:
        note(f"the catalog has no grant {grant}")
        return None
    space = actual.namespace
    try:
        return desired_of(
            catalog,
            [catalog.grants[grant]],
            account=space.account,
            partition=space.partition,
            now=datetime.now(UTC),
            limit=actual.quotas.policy_size,
        )
    except EcrgenError as error:
        note(f"what the catalog says cannot be compared: {error}")
        return None
