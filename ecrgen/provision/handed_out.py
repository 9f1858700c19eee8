"""Handed out: the policies of a plan to which proof may object before anything is written"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ecrgen.account.desired import Desired
from ecrgen.account.provenance import PERSONA
from ecrgen.account.state import IamState
from ecrgen.catalog.grantees import IamKind
from ecrgen.proof.objections import HandedOut
from ecrgen.provision.changes import Attach, Create, Plan, SetDefault, Update

__all__ = ["handed_back", "handed_out"]


def handed_out(plan: Plan, desired: Desired) -> Iterator[HandedOut]:
    """Every own policy that the plan makes, changes or attaches, with the kinds of grantees that should have it."""
    arns = {
        change.policy.arn if not isinstance(change, Attach) else change.attachment.policy
        for change in plan.changes
        if isinstance(change, Create | Update | Attach)
    }
    kinds: defaultdict[str, set[IamKind]] = defaultdict(set)
    for attachment in desired.attachments:
        kinds[attachment.policy].add(attachment.grantee.kind)
    for policy in desired.policies.values():
        if policy.arn in arns:
            whom = tuple(sorted(kinds[policy.arn]))
            yield HandedOut(policy.grant, policy.name, policy.persona, policy.document, whom)


def handed_back(plan: Plan, actual: IamState) -> Iterator[HandedOut]:
    """Every policy that a rollback changes, with the kinds of grantees that have it.

    Raises PolicyError for a version that ecrgen cannot read.
    """
    kinds: defaultdict[str, set[IamKind]] = defaultdict(set)
    for attachment in actual.attachments():
        kinds[attachment.policy].add(attachment.grantee.kind)
    for change in plan.changes:
        if isinstance(change, SetDefault):
            policy = change.actual
            grant, persona = plan.grant_of(change) or "", (policy.tags or {}).get(PERSONA, "")
            yield HandedOut(grant, policy.name, persona, change.version.document(), tuple(sorted(kinds[policy.arn])))
