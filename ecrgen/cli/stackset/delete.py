"""`ecrgen stackset delete`"""

from __future__ import annotations

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm_name
from ecrgen.cli.options import Aws, Consent, Json, Preview
from ecrgen.cli.stackset.asked import connected
from ecrgen.cli.stackset.options import Name, Region, Waiting, check
from ecrgen.cli.stackset.running import agreed, carry_out, finished
from ecrgen.cli.views import SET_PLAN, show, tell
from ecrgen.cli.views.stackset import PlannedSet
from ecrgen.export.stackset.access import access_of
from ecrgen.export.stackset.describe import counted_accounts
from ecrgen.export.stackset.fetch import read_set
from ecrgen.export.stackset.plan import plan_to_delete
from ecrgen.export.stackset.values import tags_of_set


def run(
    call: Call,
    *,
    name: Name,
    region: Region = None,
    preview: Preview = False,
    waiting: Waiting,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Delete a stack set with all its stacks, so that their accounts lose what it gives. Exit 1 where one failed."""
    check(name, [], [])
    connection, place, _ = connected(call.catalog, name, region, aws)
    tags = tags_of_set(call.catalog.namespace, call.catalog.id)
    if not preview:
        finished(connection, place, tags, waiting.pace)
    found = read_set(connection, place)
    plan = plan_to_delete(name, found, tags)
    accounts = tuple(sorted({each.account for each in found.instances})) if found else ()
    access = access_of(plan, call.catalog.operations, connection.partition, place.region)
    made = PlannedSet(plan, place, accounts, access)
    if preview:
        show(SET_PLAN, made, SET_PLAN.form("", json=json))
        return
    agreed(plan, consent)
    tell(SET_PLAN, made)
    if plan.steps:
        confirm_name(f"delete stack set {name} with the stacks of {counted_accounts(accounts)}", name, consent.yes)
    if not carry_out(plan, connection, place, waiting.pace, json=json):
        raise typer.Exit(1)
