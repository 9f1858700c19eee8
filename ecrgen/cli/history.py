"""`ecrgen history`"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from ecrgen.account.desired import Desired
from ecrgen.account.fetch import with_past
from ecrgen.account.from_catalog import desired_of
from ecrgen.account.state import IamState
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.cli.account import connected, read_account
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.output import note
from ecrgen.cli.views import HISTORY, show
from ecrgen.cli.views.history import History
from ecrgen.errors import EcrgenError
from ecrgen.provision.history import history, pasts

__all__ = ["wanted"]


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
    actual = with_past(connection, read_account(connection, catalog.namespace), grant)
    found = tuple(pasts(history(actual, grant), wanted(catalog, grant, actual), catalog.operations))
    home = Target(connection.partition, connection.account, catalog.regions)
    show(HISTORY, History(found, home), HISTORY.form("", json=json))


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
