"""`ecrgen stackset apply`"""

from __future__ import annotations

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm
from ecrgen.cli.options import Aws, Consent, Json
from ecrgen.cli.output import note
from ecrgen.cli.stackset.asked import Ready, ready
from ecrgen.cli.stackset.options import Accounts, Asked, Name, OfRegistry, Prune, Region, Units, Waiting
from ecrgen.cli.stackset.running import agreed, carry_out, finished
from ecrgen.cli.views import SET_PLAN, tell
from ecrgen.export.stackset.describe import counted_accounts, done_to_set


def run(
    call: Call,
    *,
    name: Name,
    ou: Units,
    account: Accounts = None,
    region: Region = None,
    registry: OfRegistry = False,
    prune: Prune = False,
    waiting: Waiting,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Make a stack set give the access of the catalog in each account of the units.

    Waits for what runs in the set already, shows the plan and asks. Exit 1 where an account failed.
    """
    asked = ready(call, Asked(name, tuple(ou), tuple(account or ()), region, registry, prune), aws)
    finished(asked.connection, asked.place, asked.wanted.tags, waiting.pace)
    made = asked.planned()
    agreed(made.plan, consent)
    tell(SET_PLAN, made)
    if made.plan.steps:
        confirm(f"apply to {counted_accounts(made.accounts)}?", consent.yes)
    done = carry_out(made.plan, asked.connection, asked.place, waiting.pace, json=json)
    if not (done and settled(asked)):
        raise typer.Exit(1)


def settled(asked: Ready) -> bool:
    """Tell whether nothing is left to do, as AWS sees it now; what is left is said."""
    plan = asked.planned().plan
    for step in plan.steps:
        note(f"still to do: {done_to_set(step)}; apply again")
    for words in (*plan.broken, *plan.remarks):
        note(words)
    return not (plan.steps or plan.broken)
