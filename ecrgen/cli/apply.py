"""`ecrgen apply`"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import typer

from ecrgen.account.connection import Connection
from ecrgen.cli.account import asked, connected, planned
from ecrgen.cli.accounts import connected_to_all, planned_together
from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm, confirm_name
from ecrgen.cli.options import Accounts, Aws, Concurrency, Consent, Json, Wanted
from ecrgen.cli.output import note, say, warn_of_problems
from ecrgen.cli.planned import Planned, PlannedTogether
from ecrgen.cli.views import PLAN, PLANS, RESULT, RESULTS, show, tell
from ecrgen.cli.views.result import Applied, AppliedTogether, counted, summary
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.provision.apply import Outcome, Result, apply, apply_in_order
from ecrgen.provision.changes import revokes
from ecrgen.provision.describe import done_to

__all__ = ["carry_out", "carry_out_together", "stop_at_objections"]


def run(
    call: Call,
    *,
    wanted: Wanted,
    consent: Consent,
    concurrency: Concurrency = 8,
    aws: Aws,
    accounts: Accounts = False,
    json: Json = False,
) -> None:
    """Make the account hold what is asked for: every grant of the catalog, one, or a persona alone.

    Adds and changes; with --prune it also takes away. Shows the plan and asks before it writes.
    """
    grants = asked(call, wanted)
    if accounts:
        connections = connected_to_all(call, aws, concurrency)
        plan_for = partial(planned, call, wanted, grants)
        together = planned_together(call.catalog, connections, plan_for, prune=wanted.prune)
        stop_at_objections(together)
        carry_out_together(together, connections, consent, prune=wanted.prune, json=json)
        return
    connection = connected(call.catalog, aws, concurrency)
    made = planned(call, wanted, grants, connection)
    stop_at_objections(made)
    carry_out(made, connection, consent, json=json)


def stop_at_objections(made: Planned | PlannedTogether) -> None:
    """End with exit 1, and nothing done, where something objects to a plan."""
    if made.objections:
        warn_of_problems(made.objections)
        note("nothing was done")
        raise typer.Exit(1)


def carry_out(made: Planned, connection: Connection, consent: Consent, *, json: bool, destroy: bool = False) -> None:
    """Show a plan, ask, do it, and say what became of it. Ends with exit 1 where not all was done.

    To `destroy` everything of a namespace, a person has to type its name. Raises EcrgenError where the plan is not the
    one that was agreed to.
    """
    stop_at_another_digest(consent, made.digest)
    tell(PLAN, made)
    count = agreed((made,), consent, destroy=destroy)
    with progress_of(count) as finished:
        result = apply(made.plan, connection, prune=made.prune, finished=finished)
    show(RESULT, Applied(made.digest, result), RESULT.form("", json=json))
    if not said_whole(made, result):
        raise typer.Exit(1)


def carry_out_together(
    made: PlannedTogether,
    connections: Mapping[str, Connection],
    consent: Consent,
    *,
    prune: bool,
    json: bool,
    destroy: bool = False,
) -> None:
    """The same with the plans of several accounts, one account after the other; one that fails does not stop others."""
    stop_at_another_digest(consent, made.digest)
    tell(PLANS, made)
    plans = {planned.plan.namespace.account: planned.plan for planned in made.plans.values()}
    by_account = {each.account: each for each in connections.values()}
    with progress_of(agreed(made.plans.values(), consent, destroy=destroy)) as finished:
        results = apply_in_order(made.order, plans, by_account, prune=prune, digest=made.digest, finished=finished)
    show(RESULTS, AppliedTogether(made, results), RESULTS.form("", json=json))
    whole = [said_whole(each, results[each.plan.namespace.account]) for each in made.plans.values()]
    if not all(whole):
        raise typer.Exit(1)


def stop_at_another_digest(consent: Consent, digest: str) -> None:
    """Raise EcrgenError where the plan is not the one that was agreed to."""
    if consent.plan_digest not in (None, digest):
        raise EcrgenError(
            f"--plan-digest: the plan is {digest} by now: the catalog, the account or --prune has changed, "
            "so nothing was done; plan again"
        )


def agreed(plans: Collection[Planned], consent: Consent, *, destroy: bool) -> int:
    """The number of changes that plans make, which somebody has agreed to."""
    count = sum(len(each.plan.steps) - len(each.plan.held(prune=each.prune)) for each in plans)
    spaces = [each.plan.namespace for each in plans]
    accounts = f"{'account' if len(spaces) == 1 else 'accounts'} {in_words(each.account for each in spaces)}"
    if count and destroy:
        confirm_name(f"destroy namespace {spaces[0].name} of {accounts}", spaces[0].name, consent.yes)
    elif count:
        confirm(f"apply {counted(count, 'change')} to {accounts}?", consent.yes)
    return count


def said_whole(made: Planned, result: Result) -> bool:
    """Say what was done to an account and what was left out. Tells if it was everything."""
    finished_changes = summary(result)
    if finished_changes:
        say(f"account {made.plan.namespace.account}: {finished_changes}")
    late = [done_to(outcome.change) for outcome in result.outcomes if late_addition(outcome)]
    for words in late:
        note(f"not done: {words}: something has to be taken away first; apply with --prune")
    left_alone = made.resources.left_alone() if made.resources else []
    for words in left_alone:
        note(f"left alone: {words}")
    return result.complete and not (late or left_alone)


def late_addition(outcome: Outcome) -> bool:
    """True where a change that takes nothing away waits for one that does."""
    return outcome.status == "held" and not revokes(outcome.change)


@contextmanager
def progress_of(count: int) -> Iterator[Callable[[Outcome], None]]:
    """A progress bar on stderr when a person looks."""
    if not count or not sys.stderr.isatty():
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("applying", total=count)
        yield lambda outcome: None if outcome.status == "held" else bar.advance(task)
