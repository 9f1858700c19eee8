"""Handed out: the policies of a plan to which proof may object before anything is written"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ecrgen.account.desired import Desired
from ecrgen.account.provenance import PERSONA
from ecrgen.account.state import IamState
from ecrgen.catalog.grantees import IamKind
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.proof.objections import HandedOut
from ecrgen.provision.changes import Attach, Create, Plan, SetDefault, Update
from ecrgen.provision.set_statements import SetStatements

__all__ = ["handed_back", "handed_out", "let_in"]


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


def let_in(plan: Plan, personas: Mapping[str, str]) -> Iterator[HandedOut]:
    """What the plan writes into each resource's policy for each grant; `personas` are the grants' own."""
    for change in plan.changes:
        if isinstance(change, SetStatements) and not change.goes:
            statements = change.after.by_grant()
            for grant in change.grants:
                if statements.get(grant):
                    document = PolicyDocument(tuple(map(Statement.from_dict, statements[grant])))
                    kind = change.place.kind.name
                    yield HandedOut(grant, str(change.place), personas.get(grant, ""), document, policy_type=kind)
