"""What a text says of a request that was denied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import Caller, caller_of
from ecrgen.policy.layers import Layer

__all__ = ["MASKED", "Culprit", "Denial"]

# The layer that denied. A trust policy decides only about sts:AssumeRole, so it is none of evaluate's layers.
Culprit = Layer | Literal["trust"]

# Stands where a log masks the account of an ARN, so that the rest can be read.
MASKED = "000000000000"


@dataclass(frozen=True, slots=True)
class Denial:
    """A denied request, None where the text does not say.

    `resource` is an ARN or `*`. `layer` is the kind of policy that denied, by an `explicit` Deny or, `implicit`,
    because it does not allow; `policy` is its ARN. `role` is the ARN of the role of an assumed role, with its path.
    `account` is the caller's, where no more is told of it. `authorization` is the id for which IAM tells more, and
    `region` where it was denied.
    """

    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    layer: Culprit | None = None
    effect: Literal["implicit", "explicit"] | None = None
    policy: str | None = None
    role: str | None = None
    account: str | None = None
    authorization: str | None = None
    region: str | None = None

    @property
    def caller(self) -> Caller | None:
        """The principal in its parts; the account is 000000000000 where the text masks it."""
        if self.principal is None:
            return None
        arn = Arn.parse(self.principal)
        if arn is not None and not arn.account.isdecimal():
            return caller_of(str(Arn(arn.partition, arn.service, arn.region, MASKED, arn.resource)))
        return caller_of(self.principal)

    @property
    def across_accounts(self) -> bool | None:
        """Whether principal and resource are of two accounts; None where an account is not known."""
        arn = Arn.parse(self.resource or "")
        account = self.caller.account if self.caller is not None else self.account
        if arn is None or not arn.account.isdecimal() or account in (None, "", MASKED):
            return None
        return account != arn.account
