"""Holdings: which of the policies that a plan is about each grantee has, now and once steps of the plan are done"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ecrgen.account.state import Grantee, IamState
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import (
    Attach,
    Change,
    Create,
    Detach,
    Plan,
    SetDefault,
    Update,
    arn_of,
    readable,
)

__all__ = ["Had", "Holdings"]


class Had(NamedTuple):
    """A policy that somebody has, by its ARN, and what it says; None where that cannot be read or is not known."""

    policy: str
    document: PolicyDocument | None

    @property
    def is_unknown(self) -> bool:
        return self.document is None


@dataclass(frozen=True)
class Holdings:
    """Documents by policy, and the policies of each grantee: the namespace's own, and those of AWS for Amazon ECR.

    What else a grantee has is not known, and no plan changes it. Only those whom the plan may concern are in it.
    """

    documents: Mapping[str, PolicyDocument | None]
    attached: Mapping[Grantee, frozenset[str]]

    @classmethod
    def of(cls, plan: Plan, actual: IamState) -> Holdings:
        """What those have now whom a plan concerns: by an attachment that comes or goes, by a policy that changes."""
        own = {policy.arn: policy.default for policy in actual.policies.values()}
        changed = {arn_of(change) for change in plan.iam_changes if not isinstance(change, Attach | Detach)}
        moved = [change.attachment for change in plan.changes if isinstance(change, Attach | Detach)]
        concerned = {attachment.grantee for attachment in moved}
        concerned |= {grantee for grantee, entity in actual.entities.items() if entity.attached & changed}
        attached = {}
        for grantee in sorted(concerned):
            there = actual.entities[grantee].attached if grantee in actual.entities else frozenset()
            attached[grantee] = frozenset(arn for arn in there if arn in own or aws_policy(arn) is not None)
        needed = {attachment.policy for attachment in moved}.union(changed, *attached.values()) & own.keys()
        return cls({arn: readable(own[arn]) for arn in needed}, attached)

    def after(self, changes: Iterable[Change]) -> Holdings:
        """The same once these changes are done."""
        documents, attached = dict(self.documents), dict(self.attached)
        for change in changes:
            match change:
                case Create(policy) | Update(policy):
                    documents[policy.arn] = policy.document
                case SetDefault(actual, version):
                    documents[actual.arn] = readable(version)
                case Attach(attachment):
                    attached[attachment.grantee] |= {attachment.policy}
                case Detach(attachment):
                    attached[attachment.grantee] -= {attachment.policy}
        return Holdings(documents, attached)

    def had(self, grantee: Grantee) -> tuple[Had, ...]:
        return tuple(Had(arn, self.document(arn)) for arn in sorted(self.attached[grantee]))

    def document(self, arn: str) -> PolicyDocument | None:
        known = aws_policy(arn)
        return known.document if known else self.documents.get(arn)
