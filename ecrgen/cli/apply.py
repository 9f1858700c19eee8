"""`ecrgen apply`"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from ecrgen.account.connection import Connection
from ecrgen.cli.account import Planned, asked, connected, planned
from ecrgen.cli.call import Call
from ecrgen.cli.consent import confirm, confirm_name
from ecrgen.cli.options import Aws, Concurrency, Consent, Json, Wanted
from ecrgen.cli.output import note, say, warn_of_problems
from ecrgen.cli.views import PLAN, RESULT, show, tell
from ecrgen.cli.views.result import Applied, counted, summary
from ecrgen.errors import EcrgenError
from ecrgen.provision.apply import Outcome, apply
from ecrgen.provision.changes import revokes
from ecrgen.provision.describe import done_to

__all__ = ["carry_out", "stop_at_objections"]


def run(
    call: Call,
    *,
    wanted: Wanted,
    consent: Consent,
    concurrency: Concurrency = 8,
    aws: Aws,
    json: Json = False,
) -> None:
    """Make the account hold what is asked for: every grant of the catalog, one, or a persona alone.

    Adds and changes; with --prune it also takes away. Shows the plan and asks before it writes.
    """
    grants = asked(call, wanted)
    connection = connected(call.catalog, aws, concurrency)
    made = planned(call, wanted, grants, connection)
    stop_at_objections(made)
    carry_out(made, connection, consent, json=json)


def stop_at_objections(made: Planned) -> None:
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
    if consent.plan_digest not in (None, made.digest):
        raise EcrgenError(
            f"--plan-digest: the plan is {made.digest} by now: the catalog, the account or --prune has changed, "
            "so nothing was done; plan again"
        )
    tell(PLAN, made)
    held = made.plan.held(prune=made.prune)
    count = len(made.plan.steps) - len(held)
    if count:
        space = made.plan.namespace
        if destroy:
            confirm_name(f"destroy namespace {space.name} of account {space.account}", space.name, consent.yes)
        else:
            confirm(f"apply {counted(count, 'change')} to account {space.account}?", consent.yes)
    with progress_of(count) as finished:
        result = apply(made.plan, connection, prune=made.prune, finished=finished)
    show(RESULT, Applied(made.digest, result), RESULT.form("", json=json))
    finished_changes = summary(result)
    if finished_changes:
        say(f"account {made.plan.namespace.account}: {finished_changes}")
    late = [done_to(outcome.change) for outcome in result.outcomes if late_addition(outcome)]
    for words in late:
        note(f"not done: {words}: something has to be taken away first; apply with --prune")
    left_alone = made.resources.left_alone() if made.resources else []
    for words in left_alone:
        note(f"left alone: {words}")
    if late or left_alone or not result.complete:
        raise typer.Exit(1)


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
