"""`ecrgen stackset delete`"""

from __future__ import annotations

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm_name
from ecrgen.cli.options import Aws, Consent, Json, Preview
from ecrgen.cli.output import note
from ecrgen.cli.stackset.asked import connected
from ecrgen.cli.stackset.options import Part, Waiting, check
from ecrgen.cli.stackset.running import agreed, carry_out, finished
from ecrgen.cli.views import SET_PLAN, show, tell
from ecrgen.cli.views.stackset import PlannedSet
from ecrgen.export.stackset.access import access_of
from ecrgen.export.stackset.describe import counted_accounts
from ecrgen.export.stackset.fetch import read_set
from ecrgen.export.stackset.part import part_of
from ecrgen.export.stackset.plan import plan_to_delete
from ecrgen.export.stackset.values import DeleteSet, tags_of_set


def run(
    call: Call,
    *,
    asked: Part,
    preview: Preview = False,
    waiting: Waiting,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Delete the stacks of a set, all or some, so that their accounts lose what it gives, and with the last the set.

    Exit 1 where an account failed.
    """
    check(asked)
    units, accounts = tuple(asked.ou or ()), tuple(asked.account or ())
    connection, place, _ = connected(call.catalog, asked.name, asked.region, aws)
    tags = tags_of_set(call.catalog.namespace, call.catalog.id)
    if not preview:
        finished(connection, place, tags, waiting.pace)
    found = read_set(connection, place)
    if found is None:
        note(f"there is no stack set {asked.name} in {place.region}")
    plan = plan_to_delete(asked.name, found, tags, units, accounts)
    part = found and part_of(found, units, accounts)
    concerned = tuple(sorted({each.account for each in part.instances})) if part else ()
    access = access_of(plan, call.catalog.operations, connection.partition, place.region)
    made = PlannedSet(plan, place, concerned, access)
    if preview:
        show(SET_PLAN, made, SET_PLAN.form("", json=json))
        return
    agreed(plan, consent)
    tell(SET_PLAN, made)
    if plan.steps:
        what = f"stack set {asked.name} with" if DeleteSet() in plan.steps else f"of stack set {asked.name}"
        confirm_name(f"delete {what} the stacks of {counted_accounts(concerned)}", asked.name, consent.yes)
    if not carry_out(plan, connection, place, waiting.pace, json=json):
        raise typer.Exit(1)
