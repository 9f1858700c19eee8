"""Policies of AWS's own that stay attached though no grant asks for them: no plan detaches one (docs/adr/0010)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from shlex import quote

from ecrgen.account.state import Attachment, Grantee, IamState
from ecrgen.policy.aws_policies import aws_policy

__all__ = ["Kept", "kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A policy of AWS's own for Amazon ECR (its ARN), and those who have it without a grant that asks for it."""

    policy: str
    grantees: tuple[Grantee, ...]

    @property
    def name(self) -> str:
        return self.policy.rpartition("/")[2]

    def command(self, grantee: Grantee) -> str:
        """The command that takes it away from one of them."""
        kind, name = grantee.kind, quote(grantee.name)
        return f"aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {quote(self.policy)}"


def kept(actual: IamState, asked: Collection[Attachment]) -> tuple[Kept, ...]:
    """Those policies for Amazon ECR that grantees have and none of the attachments asked for explains."""
    found: defaultdict[str, list[Grantee]] = defaultdict(list)
    for grantee, entity in actual.entities.items():
        for arn in entity.attached:
            if aws_policy(arn) is not None and Attachment(arn, grantee) not in asked:
                found[arn].append(grantee)
    return tuple(Kept(arn, tuple(sorted(grantees))) for arn, grantees in sorted(found.items()))
