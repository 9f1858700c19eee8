"""The result of an applied plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecrgen.cli.views.formats import Item
from ecrgen.cli.views.plan import WAITS
from ecrgen.provision.apply import Result
from ecrgen.provision.changes import Plan
from ecrgen.provision.describe import done_to

__all__ = ["Applied", "text", "values"]


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan, and what became of it."""

    plan: Plan
    result: Result


def text(applied: Applied) -> Iterator[Item]:
    """The steps that were not done, with the reason, then the number of each kind of outcome."""
    outcomes = applied.result.outcomes
    for outcome in outcomes:
        if outcome.status not in ("done", "held"):
            about = outcome.words if outcome.status == "failed" else f"{done_to(outcome.change)}: {outcome.words}"
            yield f"{outcome.status}: {about}"
    if applied.result.interrupted:
        yield "interrupted: what was under way has been finished, the rest was not begun; apply again to go on"
    counts = Counter(outcome.status for outcome in outcomes)
    yield ", ".join(f"{count} {WAITS if status == 'held' else status}" for status, count in counts.items()) or "0 done"


def values(applied: Applied) -> dict[str, Any]:
    return {
        "digest": applied.plan.digest,
        "complete": applied.result.complete,
        "interrupted": applied.result.interrupted,
        "changes": [
            {"words": done_to(outcome.change), "status": outcome.status, "message": outcome.words}
            for outcome in applied.result.outcomes
        ],
    }
