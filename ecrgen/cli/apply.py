"""`ecrgen apply`"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ecrgen.account.connection import Connection
from ecrgen.cli.account import Planned, asked, confirm, confirm_name, connected, planned
from ecrgen.cli.call import Call
from ecrgen.cli.options import Aws, Concurrency, Json, Wanted, Yes
from ecrgen.cli.output import note, say, warn_of_problems
from ecrgen.cli.views import PLAN, RESULT, show, tell
from ecrgen.cli.views.result import Applied, counted, summary
from ecrgen.errors import EcrgenError
from ecrgen.provision.apply import Outcome, apply
from ecrgen.provision.changes import revokes
from ecrgen.provision.describe import done_to

__all__ = ["carry_out"]

Digest = Annotated[
    str | None,
    typer.Option("--plan-digest", metavar="DIGEST", help="Apply only if the plan still has this digest."),
]


def run(
    call: Call,
    *,
    wanted: Wanted,
    plan_digest: Digest = None,
    yes: Yes = False,
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
    if plan_digest is not None and made.plan.digest != plan_digest:
        raise EcrgenError(
            f"--plan-digest: the plan is {made.plan.digest} by now: the catalog or the account has moved since "
            f"{plan_digest} was made, so nothing was done; plan again"
        )
    if made.objections:
        warn_of_problems(made.objections)
        note("nothing was done")
        raise typer.Exit(1)
    carry_out(made, connection, yes=yes, json=json)


def carry_out(made: Planned, connection: Connection, *, yes: bool, json: bool, destroy: bool = False) -> None:
    """Show a plan, ask, do it, and say what became of it. Ends with exit 1 where not all was done.

    To `destroy` everything of a namespace, a person has to type its name.
    """
    tell(PLAN, made)
    held = made.plan.held(prune=made.prune)
    count = len(made.plan.steps) - len(held)
    if count:
        space = made.plan.namespace
        if destroy:
            confirm_name(f"destroy namespace {space.name} of account {space.account}", space.name, yes)
        else:
            confirm(f"apply {counted(count, 'change')} to account {space.account}?", yes)
    with progress_of(count) as finished:
        result = apply(made.plan, connection, prune=made.prune, finished=finished)
    show(RESULT, Applied(made.plan, result), RESULT.form("", json=json))
    finished_changes = summary(result)
    if finished_changes:
        say(f"account {made.plan.namespace.account}: {finished_changes}")
    late = [done_to(outcome.change) for outcome in result.outcomes if late_addition(outcome)]
    for words in late:
        note(f"not done: {words}: something has to be taken away first; apply with --prune")
    if late or not result.complete:
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
