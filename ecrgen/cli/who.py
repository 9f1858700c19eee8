"""`ecrgen who`"""

from __future__ import annotations

import typer

from ecrgen.audit.who import who
from ecrgen.cli.call import Call, note_overruled, option_name
from ecrgen.cli.can import Name, Resource
from ecrgen.cli.options import Here, Json
from ecrgen.cli.output import note
from ecrgen.cli.state import States, at_home, gaps, read_accounts
from ecrgen.cli.views import WHO, show
from ecrgen.errors import EcrgenError, together


def run(
    call: Call, *, operation: Name, resource: Resource = None, state: States = None, here: Here, json: Json = False
) -> None:
    """Everybody who can do an operation or action on a resource. Exit 1 where nobody can."""
    if not state:
        raise EcrgenError("--state: name the file of an account; `ecrgen snapshot -o FILE` writes one")
    target, accounts = together(
        lambda: call.catalog.target(here.account, here.region, here.partition, option_name),
        lambda: read_accounts(state),
    )
    if resource is not None and not resource.startswith("arn:"):  # which says it all
        note_overruled(target)
    first = next(iter(accounts.by_id.values()))
    target = at_home(accounts, target, f"arn:{first.partition}:iam::{first.id}:root")
    found = who(call.catalog, accounts, operation, resource, target)
    show(WHO, found, WHO.form("", json=json))
    for words in gaps(accounts, found.arn):
        note(words)
    if not found.principals and not found.others:
        raise typer.Exit(1)
