"""Plans and their outcomes as people and pull requests see them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from ecrgen.provision.apply import Result
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, Plan, Step, Update, grant_named, revokes
from ecrgen.provision.problems import Forecast, forecast
from ecrgen.provision.words import AWS_OWN, done_to, grant_access

if TYPE_CHECKING:
    from ecrgen.cli.account import Planned

__all__ = ["count_of", "forecast_text", "markdown", "outcome_lines", "plan_lines"]

WAITS = "waits for --prune"
NOTHING = "no changes: the account holds what is asked for"


def plan_lines(made: Planned, *, prune: bool) -> Iterator[str]:
    """A plan for people, grant by grant: the changes, the access they give and take, the room that is left."""
    plan = made.plan
    yield f"namespace {plan.namespace} in account {plan.account} ({plan.partition})"
    yield from (f"grant {name} has ended" for name in plan.ended)
    held, access, room = plan.held(prune=prune), grant_access(plan, made.actual), forecasts(made)
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
    yield count_of(plan, held) if plan.steps else NOTHING
    yield f"digest {plan.digest}"


def markdown(made: Planned, *, prune: bool) -> Iterator[str]:
    """A plan as a table for a pull request."""
    plan = made.plan
    yield f"### ecrgen plan: namespace `{plan.namespace}`, account `{plan.account}`"
    yield ""
    yield from (f"- grant `{name}` has ended" for name in plan.ended)
    if not plan.steps:
        yield f"{NOTHING}, digest `{plan.digest}`"
        return
    held, access, room = plan.held(prune=prune), grant_access(plan, made.actual), forecasts(made)
    yield "| grant | change | access |"
    yield "|---|---|---|"
    for grant, steps in by_grant(plan).items():
        changes = [f"{done_to(step.change)}{f' ({WAITS})' if number in held else ''}" for number, step in steps]
        gained, lost = access.get(grant, ((), ()))
        own = [f"newly grants {AWS_OWN}" for _, step in steps if attaches_own(step.change)]
        about = [*own, *gained, *lost, *(forecast_text(each) for each in room.get(grant, ()))]
        yield f"| {cell([grant])} | {cell(changes)} | {cell(about)} |"
    yield ""
    yield f"{count_of(plan, held)}; digest `{plan.digest}`"


def cell(lines: Sequence[str]) -> str:
    """Lines in a cell of a Markdown table, every character standing for itself."""
    escaped = ("".join(f"\\{c}" if c in "\\|*_`[]" else c for c in line.replace("<", "&lt;")) for line in lines)
    return "<br>".join(escaped)


def by_grant(plan: Plan) -> dict[str, list[tuple[int, Step]]]:
    grants: defaultdict[str, list[tuple[int, Step]]] = defaultdict(list)
    for number, step in enumerate(plan.steps):
        grants[grant_named(step.change) or "(made by hand)"].append((number, step))
    return dict(sorted(grants.items()))


def forecasts(made: Planned) -> dict[str, list[Forecast]]:
    """How much room is left, for the grants that change."""
    out: defaultdict[str, list[Forecast]] = defaultdict(list)
    changed = set(map(grant_named, made.plan.changes))
    for each in forecast(made.desired, made.actual):
        if each.grant in changed:
            out[each.grant].append(each)
    return out


def forecast_text(each: Forecast) -> str:
    room = "" if each.room is None else f", room for about {each.room} more repositories in this grant"
    return f"{each.grantee}: {each.attached} of {each.quota} policies{room}"


def attaches_own(change: Change) -> bool:
    """Whether a change attaches a policy of AWS's own, whose document is not ecrgen's to know."""
    return isinstance(change, Attach) and change.document is None


def sign(change: Change) -> str:
    return "-" if revokes(change) else "+" if isinstance(change, Create | Attach) else "~"


def count_of(plan: Plan, held: Collection[int]) -> str:
    """How many changes of each kind, and how many of all wait."""
    names = {Create: "to create", Update: "to update", Attach: "to attach", Detach: "to detach", Delete: "to delete"}
    counts = Counter(names.get(type(change), "to set back") for change in plan.changes)
    waiting = f" ({len(held)} of them wait for --prune)" if held else ""
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(plan.steps)} change{'' if len(plan.steps) == 1 else 's'}: {each}{waiting}"


def outcome_lines(result: Result) -> Iterator[str]:
    """What was not done and why, then how many of each."""
    for outcome in result.outcomes:
        if outcome.status not in ("done", "held"):
            about = outcome.words if outcome.status == "failed" else f"{done_to(outcome.change)}: {outcome.words}"
            yield f"{outcome.status}: {about}"
    if result.interrupted:
        yield "interrupted: what was under way has been finished, the rest was not begun; apply again to go on"
    counts = Counter(outcome.status for outcome in result.outcomes)
    yield ", ".join(f"{count} {WAITS if status == 'held' else status}" for status, count in counts.items()) or "0 done"
