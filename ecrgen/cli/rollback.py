"""`ecrgen rollback`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.account.desired import desired_state
from ecrgen.account.fetch import with_documents
from ecrgen.cli.account import Planned, connected, read_account
from ecrgen.cli.apply import carry_out
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.options import Aws, Consent, Json, Preview
from ecrgen.cli.output import note
from ecrgen.cli.views import PLAN, show
from ecrgen.provision.history import rollback


def run(
    call: Call,
    *,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="The name of a grant.", autocompletion=complete_grant)],
    to_version: Annotated[
        str | None,
        typer.Option("--to-version", metavar="vN", help="The version to go back to, such as v3. Else the one before."),
    ] = None,
    preview: Preview = False,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Make an earlier version of a grant's policies the one that holds, and read back that it does."""
    connection = connected(call.catalog, aws)
    actual = with_documents(connection, read_account(connection, call.catalog.namespace), grant)
    back = rollback(actual, grant, to_version)
    nothing = desired_state(actual.namespace, ())
    catalog = call.catalog
    shown = Planned(back, nothing, actual, regions=catalog.regions, operations=catalog.operations)
    if preview:
        show(PLAN, shown, PLAN.form("", json=json))
        return
    carry_out(shown, connection, consent, json=json)
    note("the catalog still says otherwise: `ecrgen plan` shows it, and `ecrgen apply` would undo this")
