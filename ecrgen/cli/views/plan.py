"""A plan as people and pull requests see it: the changes, who gains and loses what by them, the room that is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from ecrgen.account.state import Grantee
from ecrgen.cli.escape import code, inline
from ecrgen.cli.planned import Planned
from ecrgen.cli.screen import Colour
from ecrgen.cli.views.formats import Item, Marked
from ecrgen.messages import in_words
from ecrgen.provision.access import GranteeAccess, Line, unattached
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, Plan, Step, Update, name_of, revokes
from ecrgen.provision.describe import done_to
from ecrgen.provision.kept import Kept
from ecrgen.provision.outsiders import Outsider
from ecrgen.provision.preflight import Forecast, forecast
from ecrgen.provision.set_statements import SetStatements

__all__ = ["SIGNS", "WAITS", "about", "closing", "forecasts", "markdown", "tables", "text"]

WAITS = "waits for --prune"
NOTHING = "no changes: the account holds what is asked for"
# So many are named who have a policy of AWS's own.
MOST_NAMED = 4
NO_GRANT = "(no grant)"
DOCUMENTS = "policies of repositories and registries"
TO_NOBODY = "attached to nobody; nobody gains or loses"
Whom = Grantee | Outsider
# What a line begins with, and the colour of that.
SIGNS: dict[str, tuple[str, Colour]] = {"+": ("+", "green"), "-": ("-", "red"), "~": ("~", "yellow")}


def text(made: Planned) -> Iterator[Item]:
    """All about a plan, and its digest."""
    yield from about(made)
    yield f"digest {made.digest}"


def about(made: Planned) -> Iterator[Item]:
    """The changes grant by grant, then who gains and loses what by all of them."""
    plan, space = made.plan, made.plan.namespace
    yield f"namespace {space.name} in account {space.account} ({space.partition}){within(made)}"
    yield from (f"grant {name} has ended" for name in plan.ended)
    held, nobody, room = plan.held(prune=made.prune), unattached(plan, made.actual), forecasts(made)
    for grant, steps in by_grant(plan).items():
        yield ""
        yield grant
        for number, step in steps:
            waits = f" ({WAITS})" if number in held else ""
            done = f"{done_to(step.change)}{size_of(step.change)}{waits}"
            yield Marked(f"  {sign(step.change)} {done}", *SIGNS[sign(step.change)])
        yield from (f"    {each}" for each in about_policies(plan, steps, nobody))
        yield from (f"    {forecast_text(each)}" for each in room.get(grant, ()))
    if plan.steps:
        yield ""
        yield "access"
        yield from access_text(made)
    yield ""
    yield from remarks(made)
    yield closing(made)


def about_policies(plan: Plan, steps: Iterable[tuple[int, Step]], nobody: Collection[str]) -> Iterator[str]:
    """What there is to say about policies that nobody has, and about those that no grant explains."""
    for name in dict.fromkeys(name_of(step.change) for _, step in steps):
        if name in plan.foreign:
            yield f"{name} belongs to no grant: {plan.foreign[name]}"
        if name in nobody:
            yield f"{name}: {TO_NOBODY}"


def size_of(change: Change) -> str:
    """How long a resource's policy becomes by a change of it, of what AWS takes."""
    if not isinstance(change, SetStatements) or change.after.text is None:
        return ""
    return f", {change.after.size} of {change.place.kind.quota.characters} characters"


def within(made: Planned) -> str:
    """The regions in which a plan's repositories are, in words."""
    return f", region{'s' if len(made.regions) > 1 else ''} {', '.join(made.regions)}" if made.regions else ""


def access_text(made: Planned) -> Iterator[Item]:
    """A line for each thing that some grantees gain or lose."""
    for grantees, lines in alike(made.access()):
        whom = in_words(map(str, grantees))
        for each in lines:
            mark = "+" if each.direction == "gained" else "-"
            yield Marked(f"  {mark} {whom} {line_words(each, made, grantees)}", *SIGNS[mark])
        if not lines:
            yield f"    {whom} {'gain and lose' if len(grantees) > 1 else 'gains and loses'} nothing"
    if not made.access():
        yield "    nobody gains or loses"


def line_words(each: Line, made: Planned, grantees: Sequence[Whom]) -> str:
    return each.words(made.home, several=len(grantees) > 1) + (f" ({WAITS})" if each.waits else "")


def alike(access: Iterable[GranteeAccess]) -> Iterator[tuple[tuple[Whom, ...], tuple[Line, ...]]]:
    """Those who gain and lose the same, together."""
    found: defaultdict[tuple[Line, ...], list[Whom]] = defaultdict(list)
    for each in access:
        found[each.lines].append(each.grantee)
    yield from ((tuple(grantees), lines) for lines, grantees in found.items())


def remarks(made: Planned) -> Iterator[str]:
    """What stays although no grant asks for it, what stops an apply, what was accepted, and what will not work."""
    yield from map(kept_text, made.kept)
    yield from (f"stops apply: {each}" for each in made.objections)
    yield from (f"accepted: {each}" for each in made.accepted)
    yield from (f"caution for {each}" for each in made.cautions)
    yield from made.others
    yield from made.remarks
    yield from made.elsewhere


def kept_text(kept: Kept) -> str:
    names = [str(each) for each in kept.grantees]
    if len(names) > MOST_NAMED:
        names[MOST_NAMED - 1 :] = [f"{len(names) - MOST_NAMED + 1} more"]
    stays = f"AWS's own {kept.name} stays attached to {in_words(names)}, for which no grant asks"
    return f"{stays}; to take it away: {kept.command(kept.grantees[0])}"


def markdown(made: Planned) -> Iterator[str]:
    """All about a plan, and its digest."""
    yield from tables(made)
    yield f"{closing(made)}{';' if made.plan.steps else ','} digest {code(made.digest)}"


def closing(made: Planned) -> str:
    """What a plan comes to, in a line."""
    return count_of(made.plan, made.plan.held(prune=made.prune)) if made.plan.steps else NOTHING


def tables(made: Planned) -> Iterator[str]:
    """A table of who gains and loses, a row for those who do the same, and one of the changes, a row a grant."""
    plan, space = made.plan, made.plan.namespace
    yield f"### ecrgen plan: namespace {code(space.name)}, account {code(space.account)}{inline(within(made))}"
    yield ""
    yield from (f"- grant {code(name)} has ended" for name in plan.ended)
    yield from (f"- {inline(each)}" for each in remarks(made))
    yield ""
    if plan.steps:
        yield from access_table(made)
        yield from changes_table(made, plan.held(prune=made.prune))


def access_table(made: Planned) -> Iterator[str]:
    access = made.access()
    if not access:
        yield "nobody gains or loses"
    else:
        yield "| grantee | gains | loses |"
        yield "|---|---|---|"
    for grantees, lines in alike(access):
        gained, lost = (
            cell([line_words(each, made, grantees) for each in lines if each.direction == direction] or ["nothing"])
            for direction in ("gained", "lost")
        )
        yield f"| {cell([str(each) for each in grantees])} | {gained} | {lost} |"
    yield ""


def changes_table(made: Planned, held: Collection[int]) -> Iterator[str]:
    nobody, room = unattached(made.plan, made.actual), forecasts(made)
    yield "| grant | change | note |"
    yield "|---|---|---|"
    for grant, steps in by_grant(made.plan).items():
        changes = [
            f"{done_to(step.change)}{size_of(step.change)}{f' ({WAITS})' if number in held else ''}"
            for number, step in steps
        ]
        about = [*about_policies(made.plan, steps, nobody), *(forecast_text(each) for each in room.get(grant, ()))]
        yield f"| {cell([grant])} | {cell(changes)} | {cell(about)} |"
    yield ""


def cell(lines: Sequence[str]) -> str:
    """Lines in a cell of a Markdown table."""
    return "<br>".join(map(inline, lines))


def by_grant(plan: Plan) -> dict[str, list[tuple[int, Step]]]:
    grants: defaultdict[str, list[tuple[int, Step]]] = defaultdict(list)
    for number, step in enumerate(plan.steps):
        of_document = isinstance(step.change, SetStatements)
        grants[DOCUMENTS if of_document else plan.grant_of(step.change) or NO_GRANT].append((number, step))
    return dict(sorted(grants.items(), key=lambda item: (item[0] == DOCUMENTS, item[0])))


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


def sign(change: Change) -> str:
    if isinstance(change, SetStatements):
        return "-" if change.takes_out else "~" if change.document.ours else "+"
    return "-" if revokes(change) else "+" if isinstance(change, Create | Attach) else "~"


def count_of(plan: Plan, held: Collection[int]) -> str:
    """The number of changes of each kind, and of those that wait."""
    names = {Create: "to create", Update: "to update", Attach: "to attach", Detach: "to detach", Delete: "to delete"}
    names[SetStatements] = "of resource policies"
    counts = Counter(names.get(type(change), "to set back") for change in plan.changes)
    waiting = f" ({len(held)} of them wait for --prune)" if held else ""
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(plan.steps)} change{'' if len(plan.steps) == 1 else 's'}: {each}{waiting}"
