"""A stack set: the plan for it, what became of each account, and how it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ecrgen.cli.screen import Colour
from ecrgen.cli.views.formats import Item, Marked, Table
from ecrgen.cli.views.plan import SIGNS, WAITS
from ecrgen.export.stackset.access import Change
from ecrgen.export.stackset.describe import counted_accounts, done_to_set
from ecrgen.export.stackset.fetch import Place
from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DeleteSet,
    Outcome,
    Result,
    StackSet,
    Step,
    UpdateSet,
)
from ecrgen.messages import in_words

__all__ = [
    "AppliedSet",
    "PlannedSet",
    "plan_text",
    "plan_values",
    "result_text",
    "result_values",
    "status_text",
    "status_values",
]


NOTHING = "no changes: the accounts have what is asked for"
# The step's call, as AWS names it.
ACTIONS: dict[type, str] = {
    CreateSet: "CreateStackSet",
    UpdateSet: "UpdateStackSet",
    CreateInstances: "CreateStackInstances",
    DeleteInstances: "DeleteStackInstances",
    DeleteSet: "DeleteStackSet",
}


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """The plan for a set, and whose access it changes. `grantees` are whom each of the accounts has to have."""

    plan: SetPlan
    place: Place
    accounts: tuple[str, ...]
    access: tuple[Change, ...] = ()
    suspended: tuple[str, ...] = ()
    grantees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedSet:
    """A plan, and what became of it."""

    plan: SetPlan
    result: Result


def plan_text(made: PlannedSet) -> Iterator[Item]:
    plan = made.plan
    yield f"stack set {plan.name} in {made.place.region}: {counted_accounts(made.accounts)}"
    for step in plan.steps:
        mark = sign(step)
        yield Marked(f"  {mark} {done_to_set(step)}", *SIGNS[mark])
    for mark, names in (("+", plan.policies.added), ("~", plan.policies.changed), ("-", plan.policies.removed)):
        for name in names:
            yield Marked(f"  {mark} policy {name}, in each account", *SIGNS[mark])
    for words in plan.held:
        yield Marked(f"  - {words} ({WAITS})", *SIGNS["-"])
    for change in made.access:
        yield f"access {change.where}"
        yield from access_text(change)
    if made.grantees and plan.steps:
        yield f"each account has to have {in_words(made.grantees)}"
    if made.suspended:
        yield f"not active, and left out: {in_words(made.suspended)}"
    yield from (*plan.broken, *plan.remarks)
    if not plan.steps:
        yield "nothing to do but what waits for --prune" if plan.held else NOTHING
    yield f"digest {plan.digest}"


def access_text(change: Change) -> Iterator[Item]:
    for each in change.gains:
        mark = "+" if each.gains else "-"
        yield Marked(f"  {mark} {each.grantee} {each.words}", *SIGNS[mark])
    if not change.gains:
        yield f"    {change.unknown or 'nobody gains or loses'}"


def sign(step: Step) -> str:
    match step:
        case CreateSet() | CreateInstances():
            return "+"
        case UpdateSet():
            return "~"
        case _:
            return "-"


def plan_values(made: PlannedSet) -> dict[str, Any]:
    plan = made.plan
    return {
        "stack_set": plan.name,
        "region": made.place.region,
        "call_as": made.place.call_as,
        "accounts": list(made.accounts),
        "suspended": list(made.suspended),
        "grantees": list(made.grantees),
        "steps": [step_values(step) for step in plan.steps],
        "waits_for_prune": list(plan.held),
        "policies": {name: list(names) for name, names in asdict(plan.policies).items()},
        "access": [asdict(each) for each in made.access],
        "broken": list(plan.broken),
        "remarks": list(plan.remarks),
        "digest": plan.digest,
    }


def step_values(step: Step) -> dict[str, Any]:
    """A step in words, by AWS's action, and with the units and accounts that it is about."""
    about: dict[str, Any] = {"action": ACTIONS[type(step)], "words": done_to_set(step)}
    if isinstance(step, CreateInstances | DeleteInstances):
        targets = step.targets
        about |= {"units": list(targets.units), "accounts": list(targets.accounts), "regions": list(step.regions)}
    return about


def result_text(applied: AppliedSet) -> Iterator[Item]:
    """What was not done, with AWS's reason, then the number of accounts by what became of them."""
    for outcome in applied.result.outcomes:
        words = done_to_set(outcome.step)
        if outcome.status != "done":
            operation = f" (operation {outcome.operation})" if outcome.operation else ""
            reason = f": {outcome.words}" if outcome.words else ""
            colour: Colour = "red" if outcome.status == "failed" else "yellow"
            yield Marked(f"{outcome.status}: {words}{operation}{reason}", outcome.status, colour)
        yield from unsuccessful_text(outcome)
        counts = Counter(each.status for each in outcome.results)
        if outcome.status == "done" and not counts:
            yield f"done: {words}"
        if counts:
            yield f"{words}: {', '.join(f'{number} {status}' for status, number in sorted(counts.items()))}"
    if not applied.result.outcomes:
        yield "nothing to do"


def unsuccessful_text(outcome: Outcome) -> Iterator[Item]:
    """A line for all accounts in which the same came of it, those that failed first."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in sorted(outcome.unsuccessful, key=lambda each: (each.status != "FAILED", each.account)):
        alike.setdefault((each.status, each.reason), []).append(f"{each.account} ({each.region})")
    for (status, reason), accounts in alike.items():
        colour: Colour = "red" if status == "FAILED" else "yellow"
        yield Marked(f"  {status} in {in_words(accounts)}: {reason or 'AWS says no reason'}", status, colour)


def result_values(applied: AppliedSet) -> dict[str, Any]:
    return {
        "stack_set": applied.plan.name,
        "digest": applied.plan.digest,
        "complete": applied.result.complete,
        "steps": [
            {
                "words": done_to_set(outcome.step),
                "status": outcome.status,
                "operation": outcome.operation or None,
                "message": outcome.words,
                "accounts": [asdict(each) for each in outcome.results],
            }
            for outcome in applied.result.outcomes
        ],
    }


def status_text(found: StackSet | None) -> Iterator[Item]:
    if found is None:
        yield "there is no such stack set"
        return
    automatic = "on" if found.automatic else "off"
    accounts = counted_accounts(each.account for each in found.instances)
    yield f"stack set {found.name}: {accounts}; accounts to come: {automatic}"
    if found.operation is not None:
        yield f"operation {found.operation.id} ({found.operation.action}): {found.operation.status}"
    rows = tuple(
        (each.account, each.region, each.unit, each.status, each.detail, each.drift, each.reason)
        for each in found.instances
    )
    if rows:
        yield Table(("account", "region", "unit", "status", "detail", "drift", "reason"), rows)
    yield f"drift {found.drift or 'NOT_CHECKED'}"


def status_values(found: StackSet | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "stack_set": found.name,
        "operation": asdict(found.operation) if found.operation else None,
        "automatic_deployment": found.automatic,
        "units": sorted(found.units),
        "drift": found.drift or "NOT_CHECKED",
        "instances": [asdict(each) for each in found.instances],
    }
