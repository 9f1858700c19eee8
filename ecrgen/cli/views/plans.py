"""The plans of several accounts, in the order in which they are applied, under one digest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrgen.cli.escape import code, inline
from ecrgen.cli.planned import PlannedTogether
from ecrgen.cli.views import plan, plan_values
from ecrgen.cli.views.formats import Item
from ecrgen.messages import in_words

__all__ = ["markdown", "text", "values"]

ONE_BY_ONE = (
    "the accounts are changed one after the other, in this order, because AWS cannot change two at once; one half of a "
    "grant alone lets nobody in, and if a run stops, the next one goes on from there"
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
SECONDS = "AWS takes seconds to apply a change everywhere, and does not tell when it has"


def text(made: PlannedTogether) -> Iterator[Item]:
    """Each plan under the name of its account."""
    for name, planned in made.plans.items():
        yield f"account {name}"
        yield from plan.about(planned)
        yield ""
    yield from remarks(made)
    yield f"digest {made.digest}"


def remarks(made: PlannedTogether) -> Iterator[str]:
    """What there is to say of the order, and what stops an apply because of it."""
    names = {planned.plan.namespace.account: name for name, planned in made.plans.items()}
    if sum(bool(each.plan.steps) for each in made.plans.values()) > 1:
        yield ONE_BY_ONE
    for account, before in made.order.before.items():
        if before:
            first = in_words(sorted(names[each] for each in before))
            yield f"account {names[account]} only after {first}, so that nobody has too much in between; {SECONDS}"
    yield from (f"stops apply: {each}" for each in made.order.waiting)


def markdown(made: PlannedTogether) -> Iterator[str]:
    for planned in made.plans.values():
        yield from plan.tables(planned)
        yield plan.closing(planned)
        yield ""
    yield from (f"- {inline(each)}" for each in remarks(made))
    yield ""
    yield f"digest of all {code(made.digest)}"


def values(made: PlannedTogether) -> dict[str, Any]:
    return {
        "digest": made.digest,
        "accounts": [
            {
                "name": name,
                "after": sorted(made.order.before.get(planned.plan.namespace.account, ())),
                **plan_values.values(planned),
            }
            for name, planned in made.plans.items()
        ],
        "objections": list(made.objections),
    }
