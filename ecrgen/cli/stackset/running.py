"""A stack set while it is changed: stderr tells what AWS does, and what became of each account is the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ecrgen.account.connection import Connection
from ecrgen.cli.options import Consent
from ecrgen.cli.output import note, say, steps
from ecrgen.cli.views import SET_RESULT, show
from ecrgen.cli.views.stackset import AppliedSet
from ecrgen.errors import EcrgenError
from ecrgen.export.stackset.calls import Pace
from ecrgen.export.stackset.carry_out import Run
from ecrgen.export.stackset.fetch import Place, read_set
from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import refuse_foreign

__all__ = ["agreed", "carry_out", "finished", "running"]


@contextmanager
def running(connection: Connection, place: Place, pace: Pace) -> Iterator[Run]:
    """The calls that change a set. An interrupt says that AWS goes on with what is under way."""
    under_way: list[str] = []

    def told(watch: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
        def tell(what: str, done: int, total: int) -> None:
            if what not in under_way:
                under_way.append(what)
                if not sys.stderr.isatty():  # a person sees it in the line that moves
                    say(f"waiting for {what}")
            watch(f"{what}, accounts:", done, total)

        return tell

    try:
        with steps(f"stack set {place.name}") as watch:
            yield Run(connection, place, pace, told(watch))
    except KeyboardInterrupt:
        if under_way:
            say(f"{under_way[-1]} goes on at AWS; `ecrgen stackset status --name {place.name}` shows it")
        raise


def finished(connection: Connection, place: Place, tags: Mapping[str, str], pace: Pace) -> None:
    """Wait for what runs in the set: an apply before this one, or what AWS does by itself."""
    found = read_set(connection, place)
    if found is None or found.operation is None:
        return
    refuse_foreign(found, tags)
    with running(connection, place, pace) as run:
        run.wait_for(found.operation)


def agreed(plan: SetPlan, consent: Consent) -> None:
    """Raise EcrgenError where a plan is not the one that was agreed to."""
    if consent.plan_digest not in (None, plan.digest):
        raise EcrgenError(
            f"--plan-digest: the plan is {plan.digest} by now: the catalog, the set, its accounts or --prune has "
            "changed, so nothing was done; plan again"
        )


def carry_out(plan: SetPlan, connection: Connection, place: Place, pace: Pace, *, json: bool) -> bool:
    """Do what a plan says, and say what became of each account; true where all was done."""
    with running(connection, place, pace) as run:
        result = run.carry_out(plan)
    show(SET_RESULT, AppliedSet(plan, result), SET_RESULT.form("", json=json))
    if not result.complete:
        note("not all was done; the same command goes on where this one ended")
    return result.complete
