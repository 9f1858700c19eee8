"""`ecrgen apply`"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ecrgen.cli.account import (
    Concurrency,
    EndpointUrl,
    Managed,
    Planned,
    Profile,
    Prune,
    To,
    Yes,
    asked,
    confirm,
    connected,
    planned,
)
from ecrgen.cli.changes import outcome_lines, plan_lines
from ecrgen.cli.options import Guards, Json, Regions
from ecrgen.cli.output import note, print_json, print_text, say, warn_of_problems
from ecrgen.cli.personas import Call, persona_group
from ecrgen.errors import EcrgenError
from ecrgen.provision.apply import Outcome, Result, apply
from ecrgen.provision.changes import Plan, revokes
from ecrgen.provision.connection import Connection
from ecrgen.provision.proof import objections
from ecrgen.provision.words import done_to


def command() -> Any:
    return persona_group(run, "apply")


def run(
    call: Call,
    *,
    to: To = None,
    guard: Guards = None,
    managed: Managed = False,
    region: Regions = None,
    prune: Prune = False,
    plan_digest: Annotated[
        str | None,
        typer.Option("--plan-digest", metavar="DIGEST", help="Only the plan that had this digest, else nothing."),
    ] = None,
    yes: Yes = False,
    concurrency: Concurrency = 8,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    json: Json = False,
) -> None:
    """Make the account hold what is asked for: every grant of the catalog, or a persona alone.

    Adds and changes; with --prune it also takes away. Shows the plan and asks before it writes.
    """
    grants = asked(call, to, guard, region, managed)
    connection = connected(call.catalog, profile, endpoint_url, concurrency)
    made = planned(call, grants, region, connection)
    if plan_digest is not None and made.plan.digest != plan_digest:
        raise EcrgenError(
            f"--plan-digest: the plan is {made.plan.digest} by now: the catalog or the account has moved since "
            f"{plan_digest} was made, so nothing was done; plan again"
        )
    stopped = tuple(objections(made.plan, made.desired, call.catalog))
    if stopped:
        warn_of_problems(stopped)
        note("nothing was done")
        raise typer.Exit(1)
    carry_out(made, connection, prune=prune, yes=yes, json=json)


def carry_out(made: Planned, connection: Connection, *, prune: bool, yes: bool, json: bool) -> None:
    """Show a plan, ask, do it, and say what became of it. Ends with exit 1 where not all was done."""
    for line in plan_lines(made, prune=prune):
        say(line)
    held = made.plan.held(prune=prune)
    count = len(made.plan.steps) - len(held)
    if count:
        confirm(f"apply {count} changes to account {made.plan.account}?", yes)
    with progress_of(count) as finished:
        result = apply(made.plan, connection, prune=prune, finished=finished)
    report(made.plan, result, json=json)
    late = [done_to(outcome.change) for outcome in result.outcomes if late_addition(outcome)]
    for words in late:
        note(f"not done: {words}: something has to be taken away first; apply with --prune")
    if late or not result.complete:
        raise typer.Exit(1)


def late_addition(outcome: Outcome) -> bool:
    """Whether a change that takes nothing away waits for one that does."""
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


def report(plan: Plan, result: Result, *, json: bool) -> None:
    if json:
        print_json(
            {
                "digest": plan.digest,
                "complete": result.complete,
                "interrupted": result.interrupted,
                "changes": [
                    {"words": done_to(outcome.change), "status": outcome.status, "message": outcome.words}
                    for outcome in result.outcomes
                ],
            }
        )
        return
    for line in outcome_lines(result):
        print_text(line)
