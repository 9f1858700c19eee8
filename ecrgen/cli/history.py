"""`ecrgen history`"""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.account.fetch import with_documents
from ecrgen.cli.account import connected, read_account
from ecrgen.cli.call import Call, complete_grant
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.views import HISTORY, show
from ecrgen.provision.history import history


def run(
    call: Call,
    *,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="The name of a grant.", autocompletion=complete_grant)],
    aws: Aws,
    json: Json = False,
) -> None:
    """The versions of a grant's policies, newest first, and which of them holds."""
    connection = connected(call.catalog, aws)
    actual = read_account(connection, call.catalog.namespace)
    parts = history(with_documents(connection, actual, grant), grant)
    show(HISTORY, parts, HISTORY.form("", json=json))
