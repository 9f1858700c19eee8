"""The result of an applied plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecrgen.cli.planned import PlannedTogether
from ecrgen.cli.views.formats import Item, Marked
from ecrgen.cli.views.plan import WAITS
from ecrgen.provision.apply import Result
from ecrgen.provision.changes import Attach, Create, Delete, Detach, SetDefault, Update
from ecrgen.provision.describe import done_to
from ecrgen.provision.set_statements import SetStatements

__all__ = ["Applied", "AppliedTogether", "counted", "summary", "text", "text_together", "values", "values_together"]


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan, by its digest, and what became of it."""

    digest: str
    result: Result


@dataclass(frozen=True, slots=True)
class AppliedTogether:
    """The plans of several accounts, and what became of each, by the account's id."""

    made: PlannedTogether
    results: Mapping[str, Result]

    @property
    def by_name(self) -> dict[str, Applied]:
        """What became of the plan of each account, by the name of that."""
        return {
            name: Applied(planned.digest, self.results[planned.plan.namespace.account])
            for name, planned in self.made.plans.items()
        }


def text_together(applied: AppliedTogether) -> Iterator[Item]:
    """What became of each account's plan, under its name."""
    for name, each in applied.by_name.items():
        yield f"account {name}"
        yield from text(each)


def text(applied: Applied) -> Iterator[Item]:
    """The steps that were not done, with the reason, then the number of each kind of outcome."""
    outcomes = applied.result.outcomes
    for outcome in outcomes:
        if outcome.status not in ("done", "held"):
            about = outcome.words if outcome.status == "failed" else f"{done_to(outcome.change)}: {outcome.words}"
            yield Marked(
                f"{outcome.status}: {about}", outcome.status, "red" if outcome.status == "failed" else "yellow"
            )
    if applied.result.interrupted:
        yield "interrupted: what was under way has been finished, the rest was not begun; the same command goes on"
    counts = Counter(outcome.status for outcome in outcomes)
    yield ", ".join(f"{count} {ended(status, count)}" for status, count in counts.items()) or "nothing to do"


def ended(status: str, count: int) -> str:
    """What became of so many changes: `done`; one that is held waits, and several wait."""
    if status != "held":
        return status
    return WAITS if count == 1 else WAITS.replace("waits", "wait", 1)


DONE: Mapping[type, tuple[str, str]] = {
    Create: ("created", "policy"),
    Update: ("updated", "policy"),
    SetDefault: ("set back", "policy"),
    Attach: ("made", "attachment"),
    Detach: ("removed", "attachment"),
    Delete: ("deleted", "policy"),
    SetStatements: ("changed", "resource policy"),
}


def summary(result: Result) -> str:
    """What was done, in words: `created 1 policy, made 2 attachments`; empty where nothing was."""
    done = Counter(type(outcome.change) for outcome in result.outcomes if outcome.status == "done")
    return ", ".join(f"{verb} {counted(done[kind], noun)}" for kind, (verb, noun) in DONE.items() if done[kind])


def counted(number: int, noun: str) -> str:
    """`1 policy`, `2 policies`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def values_together(applied: AppliedTogether) -> dict[str, Any]:
    results = applied.results.values()
    return {
        "digest": applied.made.digest,
        "complete": all(each.complete for each in results),
        "interrupted": any(each.interrupted for each in results),
        "accounts": [
            {"name": name, "account": applied.made.plans[name].plan.namespace.account, **values(each)}
            for name, each in applied.by_name.items()
        ],
    }


def values(applied: Applied) -> dict[str, Any]:
    return {
        "digest": applied.digest,
        "complete": applied.result.complete,
        "interrupted": applied.result.interrupted,
        "changes": [
            {"words": done_to(outcome.change), "status": outcome.status, "message": outcome.words}
            for outcome in applied.result.outcomes
        ],
    }
