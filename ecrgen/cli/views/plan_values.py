"""A plan as programs see it: every change with its documents, and what each grantee gains and loses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ecrgen.cli.planned import Planned
from ecrgen.cli.views.difference import condition_values, difference_values
from ecrgen.cli.views.plan import forecasts
from ecrgen.provision.access import GranteeAccess, Line, unattached
from ecrgen.provision.changes import Attach, Change, Detach, Plan, SetDefault, Step, before_after, name_of
from ecrgen.provision.describe import AWS_OWN, Words, done_to, gained_and_lost
from ecrgen.provision.set_statements import SetStatements

__all__ = ["plan_values", "values"]


def values(made: Planned) -> dict[str, Any]:
    room = [each._asdict() | {"grantee": str(each.grantee)} for some in forecasts(made).values() for each in some]
    nobody = unattached(made.plan, made.actual)
    return plan_values(made.plan, prune=made.prune, nobody=nobody) | {
        "forecast": room,
        "objections": list(made.objections),
        "accepted": list(made.accepted),
        "cautions": list(made.cautions),
        "others": list(made.others),
        "remarks": list(made.remarks),
        "documents": list(document_values(made.plan)),
        "elsewhere": list(made.elsewhere),
        "regions": list(made.regions),
        "access": [access_values(each, made) for each in made.access()],
        "unattached": list(nobody),
        "foreign": [{"policy": name, "because": why} for name, why in made.plan.foreign.items()],
        "kept": [
            {
                "policy": each.policy,
                "grantees": [str(grantee) for grantee in each.grantees],
                "commands": [each.command(grantee) for grantee in each.grantees],
            }
            for each in made.kept
        ],
    }


def document_values(plan: Plan) -> Iterator[dict[str, Any]]:
    """The policies of repositories and registries that a plan changes, each as long as it becomes."""
    changed = {each.place: each.after for each in plan.changes if isinstance(each, SetStatements)}
    for place, document in changed.items():
        yield {
            "resource": str(place),
            "region": place.region,
            "characters": document.size,
            "quota": place.kind.quota.characters,
            "others": len(document.others),
        }


def access_values(access: GranteeAccess, made: Planned) -> dict[str, Any]:
    return {
        "grantee": str(access.grantee),
        "kind": access.grantee.kind,
        "gained": [line_values(each, made) for each in access.lines if each.direction == "gained"],
        "lost": [line_values(each, made) for each in access.lines if each.direction == "lost"],
    }


def line_values(line: Line, made: Planned) -> dict[str, Any]:
    """What is gained or lost: in words, in operations, and exactly, in API actions."""
    differences = line.told.differences if line.told else ()
    return {
        "words": line.words(made.home),
        "waits_for_prune": line.waits,
        "operations": list(line.told.operations) if line.told else [],
        "conditions": condition_values(differences[0].conditions if differences else ()),
        "differences": [difference_values(each) for each in differences],
    }


def plan_values(plan: Plan, *, prune: bool, nobody: Collection[str] = ()) -> dict[str, Any]:
    """Every change with what it needs, its documents and what it changes in them.

    `nobody` are the policies that nobody has, by which nobody gains or loses.
    """
    held = plan.held(prune=prune)
    words: dict[tuple[str, str], Words] = {}  # of a grant's policy, which is attached to many
    return {
        "account": plan.namespace.account,
        "partition": plan.namespace.partition,
        "namespace": plan.namespace.name,
        "digest": plan.digest_of(prune=prune),
        "ended": list(plan.ended),
        "changes": [
            {"number": number, **step_values(step, plan.grants_of(step.change), words, number in held, nobody)}
            for number, step in enumerate(plan.steps)
        ],
    }


def step_values(
    step: Step, grants: tuple[str, ...], words: dict[tuple[str, str], Words], waits: bool, nobody: Collection[str]
) -> dict[str, Any]:
    """A change, what it needs, and what it gives and takes. `words` keeps that by the documents before and after."""
    change = step.change
    before, after = before_after(change)
    key = (before.to_json(None) if before else "", after.to_json(None) if after else "")
    if key not in words:
        words[key] = gained_and_lost([before], [after])
    gained, lost = ((), ()) if name_of(change) in nobody else words[key]
    return {
        "action": action_of(change),
        "grant": grants[0] if len(grants) == 1 else None,
        "grants": list(grants),
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
    """create, update, set-default, attach, detach, delete or set-statements"""
    if isinstance(change, SetDefault | SetStatements):
        return "set-default" if isinstance(change, SetDefault) else "set-statements"
    return type(change).__name__.lower()


def attaches_own(change: Change) -> bool:
    """Tell a change that attaches a policy of AWS's own, whose document is not ecrgen's to know."""
    return isinstance(change, Attach) and change.document is None
