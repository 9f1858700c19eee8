"""`ecrgen stackset apply`"""

from __future__ import annotations

import typer

from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm
from ecrgen.cli.options import Aws, Consent, Json
from ecrgen.cli.output import note
from ecrgen.cli.stackset.asked import Ready, ready
from ecrgen.cli.stackset.options import Asked, Waiting
from ecrgen.cli.stackset.running import agreed, carry_out, finished
from ecrgen.cli.views import SET_PLAN, tell
from ecrgen.export.stackset.describe import counted_accounts, done_to_set


def run(
    call: Call,
    *,
    asked: Asked,
    waiting: Waiting,
    consent: Consent,
    aws: Aws,
    json: Json = False,
) -> None:
    """Make a stack set give the access of the catalog in each account of the units.

    Waits for what runs in the set already, shows the plan and asks. Exit 1 where an account failed.
    """
    stack_set = ready(call, asked, aws)
    finished(stack_set.connection, stack_set.place, stack_set.wanted.tags, waiting.pace)
    made = stack_set.planned()
    agreed(made.plan, consent)
    tell(SET_PLAN, made)
    if made.plan.steps:
        confirm(f"apply to {counted_accounts(made.accounts)}?", consent.yes)
    done = carry_out(made.plan, stack_set.connection, stack_set.place, waiting.pace, json=json)
    if not (done and settled(stack_set)):
        raise typer.Exit(1)


def settled(stack_set: Ready) -> bool:
    """Tell whether nothing is left to do, as AWS sees it now; what is left is said."""
    plan = stack_set.planned().plan
    for step in plan.steps:
        note(f"still to do: {done_to_set(step)}; apply again")
    for words in (*plan.broken, *plan.remarks):
        note(words)
    return not (plan.steps or plan.broken)
