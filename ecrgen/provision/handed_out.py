"""Handed out: the policies of a plan to which proof may object before anything is written"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ecrgen.account.desired import Desired
from ecrgen.catalog.grantees import IamKind
from ecrgen.proof.objections import HandedOut
from ecrgen.provision.changes import Attach, Create, Plan, Update

__all__ = ["handed_out"]


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
