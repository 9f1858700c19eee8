"""The result of an applied plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecrgen.cli.views.formats import Item, Marked
from ecrgen.cli.views.plan import WAITS
from ecrgen.provision.apply import Result
from ecrgen.provision.changes import Attach, Create, Delete, Detach, SetDefault, Update
from ecrgen.provision.describe import done_to
from ecrgen.provision.set_statements import SetStatements

__all__ = ["Applied", "counted", "summary", "text", "values"]


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan, by its digest, and what became of it."""

    digest: str
    result: Result


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
        yield "interrupted: what was under way has been finished, the rest was not begun; apply again to go on"
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
