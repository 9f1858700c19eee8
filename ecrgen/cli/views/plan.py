"""A plan as people, pull requests and programs see it: the changes, the access they give and take, the room left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ecrgen.cli.account import Planned
from ecrgen.cli.escape import code, inline
from ecrgen.cli.views.formats import Item
from ecrgen.provision.changes import (
    Attach,
    Change,
    Create,
    Delete,
    Detach,
    Plan,
    SetDefault,
    Step,
    Update,
    before_after,
    name_of,
    revokes,
)
from ecrgen.provision.describe import AWS_OWN, Words, done_to, gained_and_lost, grant_access
from ecrgen.provision.preflight import Forecast, forecast

__all__ = ["WAITS", "markdown", "plan_values", "text", "values"]

WAITS = "waits for --prune"
NOTHING = "no changes: the account holds what is asked for"


def text(made: Planned) -> Iterator[Item]:
    """Grant by grant."""
    plan = made.plan
    yield f"namespace {plan.namespace.name} in account {plan.namespace.account} ({plan.namespace.partition})"
    yield from (f"grant {name} has ended" for name in plan.ended)
    held, access, room = plan.held(prune=made.prune), grant_access(plan, made.actual), forecasts(made)
    for grant, steps in by_grant(plan).items():
        yield ""
        yield grant
        for number, step in steps:
            waits = f" ({WAITS})" if number in held else ""
            yield f"  {sign(step.change)} {done_to(step.change)}{waits}"
            if attaches_own(step.change):
                yield f"      newly grants {AWS_OWN}"
        gained, lost = access.get(grant, ((), ()))
        yield from (f"      {sentence}" for sentence in (*gained, *lost))
        yield from (f"    {forecast_text(each)}" for each in room.get(grant, ()))
    yield ""
    yield from (f"accepted: {each}" for each in made.accepted)
    yield from (f"caution for {each}" for each in made.cautions)
    yield count_of(plan, held) if plan.steps else NOTHING
    yield f"digest {plan.digest}"


def markdown(made: Planned) -> Iterator[str]:
    """One table, a row a grant."""
    plan = made.plan
    yield f"### ecrgen plan: namespace {code(plan.namespace.name)}, account {code(plan.namespace.account)}"
    yield ""
    yield from (f"- grant {code(name)} has ended" for name in plan.ended)
    if not plan.steps:
        yield f"{NOTHING}, digest {code(plan.digest)}"
        return
    held, access, room = plan.held(prune=made.prune), grant_access(plan, made.actual), forecasts(made)
    yield "| grant | change | access |"
    yield "|---|---|---|"
    for grant, steps in by_grant(plan).items():
        changes = [f"{done_to(step.change)}{f' ({WAITS})' if number in held else ''}" for number, step in steps]
        gained, lost = access.get(grant, ((), ()))
        own = [f"newly grants {AWS_OWN}" for _, step in steps if attaches_own(step.change)]
        about = [*own, *gained, *lost, *(forecast_text(each) for each in room.get(grant, ()))]
        yield f"| {cell([grant])} | {cell(changes)} | {cell(about)} |"
    yield ""
    if made.cautions or made.accepted:
        yield from (f"- accepted: {inline(each)}" for each in made.accepted)
        yield from (f"- caution for {inline(each)}" for each in made.cautions)
        yield ""
    yield f"{count_of(plan, held)}; digest {code(plan.digest)}"


def cell(lines: Sequence[str]) -> str:
    """Lines in a cell of a Markdown table."""
    return "<br>".join(map(inline, lines))


def values(made: Planned) -> dict[str, Any]:
    room = [each._asdict() | {"grantee": str(each.grantee)} for some in forecasts(made).values() for each in some]
    return plan_values(made.plan, prune=made.prune) | {
        "forecast": room,
        "objections": list(made.objections),
        "accepted": list(made.accepted),
        "cautions": list(made.cautions),
    }


def plan_values(plan: Plan, *, prune: bool) -> dict[str, Any]:
    """Every change with what it needs, its documents and its access in words."""
    held = plan.held(prune=prune)
    words: dict[tuple[str, str], Words] = {}  # of a grant's policy, which is attached to many
    return {
        "account": plan.namespace.account,
        "partition": plan.namespace.partition,
        "namespace": plan.namespace.name,
        "digest": plan.digest,
        "ended": list(plan.ended),
        "changes": [
            {"number": number, **step_values(step, plan.grant_of(step.change), words, waits=number in held)}
            for number, step in enumerate(plan.steps)
        ],
    }


def step_values(step: Step, grant: str | None, words: dict[tuple[str, str], Words], *, waits: bool) -> dict[str, Any]:
    """A change, what it needs, and what it gives and takes. `words` keeps that by the documents before and after."""
    change = step.change
    before, after = before_after(change)
    key = (before.to_json(None) if before else "", after.to_json(None) if after else "")
    if key not in words:
        words[key] = gained_and_lost([before], [after])
    gained, lost = words[key]
    return {
        "action": action_of(change),
        "grant": grant,
        "policy": name_of(change),
        "grantee": str(change.attachment.grantee) if isinstance(change, Attach | Detach) else None,
        "words": done_to(change),
        "needs": sorted(step.needs),
        "waits_for_prune": waits,
        "before": before.to_dict() if before else None,
        "after": after.to_dict() if after else None,
        "gained": [AWS_OWN] if attaches_own(change) else list(gained),
        "lost": list(lost),
    }


def action_of(change: Change) -> str:
    """create, update, set-default, attach, detach or delete"""
    return "set-default" if isinstance(change, SetDefault) else type(change).__name__.lower()


def by_grant(plan: Plan) -> dict[str, list[tuple[int, Step]]]:
    grants: defaultdict[str, list[tuple[int, Step]]] = defaultdict(list)
    for number, step in enumerate(plan.steps):
        grants[plan.grant_of(step.change) or "(made by hand)"].append((number, step))
    return dict(sorted(grants.items()))


def forecasts(made: Planned) -> dict[str, list[Forecast]]:
    """The room that is left in the grants that change."""
    out: defaultdict[str, list[Forecast]] = defaultdict(list)
    changed = set(map(made.plan.grant_of, made.plan.changes))
    for each in forecast(made.desired, made.actual):
        if each.grant in changed:
            out[each.grant].append(each)
    return out


def forecast_text(each: Forecast) -> str:
    room = "" if each.room is None else f", room for about {each.room} more repositories in this grant"
    return f"{each.grantee}: {each.attached} of {each.quota} policies{room}"


def attaches_own(change: Change) -> bool:
    """Tell a change that attaches a policy of AWS's own, whose document is not ecrgen's to know."""
    return isinstance(change, Attach) and change.document is None


def sign(change: Change) -> str:
    return "-" if revokes(change) else "+" if isinstance(change, Create | Attach) else "~"


def count_of(plan: Plan, held: Collection[int]) -> str:
    """The number of changes of each kind, and of those that wait."""
    names = {Create: "to create", Update: "to update", Attach: "to attach", Detach: "to detach", Delete: "to delete"}
    counts = Counter(names.get(type(change), "to set back") for change in plan.changes)
    waiting = f" ({len(held)} of them wait for --prune)" if held else ""
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(plan.steps)} change{'' if len(plan.steps) == 1 else 's'}: {each}{waiting}"
